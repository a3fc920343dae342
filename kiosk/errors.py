"""Every exception the kiosk raises on purpose: a code and values; the words live in the catalogues.

Expected trouble is a returned value (a refused finger, a bad row of a roster). An exception means that
the caller cannot go on: a cable is dead, a disk is full, a configuration cannot be read.
"""

from __future__ import annotations


class KioskError(Exception):
    """Root of the kiosk's exceptions. `code` finds the words, `values` fill them."""

    def __init__(self, code: str, **values: str | int) -> None:
        super().__init__(code, values)
        self.code = code
        self.values = values

    def __str__(self) -> str:
        facts = ", ".join(f"{name}={value}" for name, value in self.values.items())
        return f"{self.code} ({facts})" if facts else self.code


class ConfigError(KioskError, ValueError):
    """A configuration that cannot be used: names the file, the place in it and the remedy."""


class DeviceError(KioskError, OSError):
    """A device does not answer or answers nonsense: a dead cable, not a refused finger."""


class StoreError(KioskError, OSError):
    """The disk or the database cannot take what must not be lost; the kiosk goes out of service."""


class BadInputError(KioskError, ValueError):
    """A file or an argument given by a person cannot be used; nothing was changed."""


class LinkError(KioskError, ConnectionError):
    """The other end of a socket is absent, went away or broke the protocol."""


class PluginError(KioskError, TypeError):
    """A plugin breaks its contract at load; it is quarantined and the kiosk starts without it."""
