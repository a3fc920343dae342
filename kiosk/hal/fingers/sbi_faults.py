"""What goes wrong with a simulated Secure Biometric Interface service, by a script that plays the same way each time.

    [[fault]]
    kind = "hash"
    verb = "RCAPTURE"
    nth = 2

At the `nth` question of a `verb` (0: at every one). `kind`:
the documents: `signature` changes one after it was signed; `foreign`, `expired` sign with such a certificate; `unsigned`
does not sign; `other_device`, `transaction`, `old`, `env` and `hash` give wrong ones; `names` gives fingers of the other
hand, `twice` one finger two times, `fewer` one finger less; `record` damages the finger record, `wsq` compresses it so,
`coarse` says 250 ppi, `rolled` says rolled; `error` answers the error `code`; `callback` names another machine.
the state, for `seconds`: `busy`, `not_ready`, `unregistered`, and `gone` (the scanner is unplugged from its service).
the line: `slow` answers `seconds` late; `hang` stops in mid-body for `seconds`; `drip` sends a byte at a time for so
long; `cut` closes in mid-body; `huge` never ends; `not_json`; `chunk` breaks the chunked coding; `status` says 500;
`refuse` stops listening for `seconds`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import msgspec

from kiosk.errors import BadInputError

Document = Literal[
    "signature", "foreign", "expired", "unsigned", "other_device", "transaction", "old", "env", "hash", "names",
    "twice", "fewer", "record", "wsq", "coarse", "rolled", "error", "callback",
]  # fmt: skip
State = Literal["busy", "not_ready", "unregistered", "gone"]
Line = Literal["slow", "hang", "drip", "cut", "huge", "not_json", "chunk", "status", "refuse"]

STATES: dict[str, tuple[str, int]] = {
    "busy": ("Busy", 111),
    "not_ready": ("Not Ready", 110),
    "unregistered": ("Not Registered", 100),
    "gone": ("Not Ready", 202),
}
"""What a device says of itself then, and the error of its answers."""


class Fault(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One entry of the script; see the module."""

    kind: Document | State | Line
    verb: Literal["MOSIPDISC", "MOSIPDINFO", "RCAPTURE", "STREAM"] = "RCAPTURE"
    nth: Annotated[int, msgspec.Meta(ge=0)] = 1
    seconds: Annotated[float, msgspec.Meta(ge=0, le=3600)] = 1.0
    code: int = 102


class FaultScript(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    fault: tuple[Fault, ...] = ()


def read_faults(path: Path) -> FaultScript:
    """A script from a `.json` or a `.toml` file. Raises `BadInputError` naming what is wrong with it."""
    decode = msgspec.json.decode if path.suffix == ".json" else msgspec.toml.decode
    try:
        return decode(path.read_bytes(), type=FaultScript)
    except (OSError, ValueError, msgspec.MsgspecError) as error:
        raise BadInputError("sim.bad_script", file=str(path), why=str(error)) from error


class Mischief:
    """Plays a script: says which fault is due at a question."""

    def __init__(self, script: FaultScript) -> None:
        self._faults = script.fault
        self._asked: dict[str, int] = {}
        self.played: list[str] = []

    def due(self, verb: str) -> Fault | None:
        """The fault of the next question of `verb`, the first that fits."""
        number = self._asked[verb] = self._asked.get(verb, 0) + 1
        found = next((f for f in self._faults if f.verb == verb and f.nth in (0, number)), None)
        if found is not None:
            self.played.append(found.kind)
        return found
