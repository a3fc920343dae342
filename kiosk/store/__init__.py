"""What is kept on disk: SQLite through sqlite-utils, and sealed files."""
