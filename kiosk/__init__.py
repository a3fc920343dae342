"""The commune kiosk: a citizen walks up, and walks away with a printed slip and a sealed dossier."""

__version__ = "0.1.0"
