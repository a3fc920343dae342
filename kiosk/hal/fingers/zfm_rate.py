"""The rate a module had before it was raised, kept on disk: after a pulled cable or a crash the next start finds the
module at the raised rate, and at its end puts back what it was at first."""

from __future__ import annotations

from pathlib import Path

import msgspec

from kiosk.hal.files import replace_file

RATES_FILE = "zfm.rates"


class Raised(msgspec.Struct, frozen=True):
    """`original` was changed to `raised`."""

    original: int
    raised: int


class RateNote:
    """The note about the module on `port`, in the data folder; other modules' notes stay as they are."""

    def __init__(self, data: Path, port: str) -> None:
        self._path = data / RATES_FILE
        self._port = port

    def original(self, found: int) -> int:
        """The rate to put back of a module found at `found`. A note that tells of another rate is out of date."""
        note = self._read().get(self._port)
        return note.original if note and note.raised == found else found

    def keep(self, original: int, raised: int) -> bool:
        """Whether it is on disk; a rate of which nobody would know any more should not be changed."""
        if not self._path.parent.is_dir():
            return False
        return self._write({**self._read(), self._port: Raised(original, raised)})

    def forget(self) -> None:
        """The module is as it was found at first."""
        notes = self._read()
        if notes.pop(self._port, None) is not None:
            self._write(notes)

    def _read(self) -> dict[str, Raised]:
        try:
            return msgspec.json.decode(self._path.read_bytes(), type=dict[str, Raised])
        except (OSError, msgspec.MsgspecError, UnicodeDecodeError):
            return {}

    def _write(self, notes: dict[str, Raised]) -> bool:
        try:
            if notes:
                replace_file(self._path, msgspec.json.encode(notes), durably=True)
            else:
                self._path.unlink(missing_ok=True)
        except OSError:
            return False
        return True
