"""What is kept: database, drafts, spool of sealed dossiers, audit chain, roster. One writer, the core."""
