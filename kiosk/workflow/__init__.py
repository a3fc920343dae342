"""How a visit runs: steps over a durable dossier, what the screens see of it, what comes back."""
