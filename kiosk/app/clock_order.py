"""Setting the machine's clock: the core has no right to, and asks a process that has no other.

The core writes a signed order into `orders/`; systemd sees the file and starts `kiosk clock apply`, which takes the
order away, looks at it, sets the clock and leaves its answer beside. Whoever could forge an order holds the device's key.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from kiosk.domain.clock_order import ClockOrder, ClockOutcome, ClockResult
from kiosk.domain.message import Message, msg
from kiosk.domain.request import MOMENT, Request, parse_moment
from kiosk.domain.time import Clock, wall_text
from kiosk.hal.clock import CLOCK_SET
from kiosk.store.files import disk_trouble, make_folder, write_durably
from kiosk.store.keys import DeviceKeys, read_public
from kiosk.store.ledger import SqliteLedger

ORDER: Final = Path("orders/clock.json")
ANSWER: Final = Path("orders/clock.answer")
FRESH_S: Final = 60
PATIENCE_S: Final = 30.0


class ClockSetting:
    """The core's side. A clock that the network keeps is left alone: it would be set back at once."""

    def __init__(self, data: Path, ledger: SqliteLedger, clock: Clock) -> None:
        self._data = data
        self._ledger = ledger
        self._keys: DeviceKeys = ledger.keys
        self._clock = clock
        self._until: float | None = None

    def look(self, values: dict[str, str]) -> dict[str, str] | Message:
        """The time as it is now, and this moment of the machine, to which what was asked is bound."""
        reading = self._clock.read()
        if reading.source == "ntp":
            return msg("clock.kept")
        shown = reading.local.strftime(MOMENT)
        return {**values, "now": shown, "boot": reading.boot_id, "at": str(reading.boottime_ns)}

    def do(self, request: Request, officers: tuple[str, str]) -> Message | None:
        """Leave the order; what becomes of it is told by `answered`."""
        values, reading = request.values, self._clock.read()
        moment = parse_moment(values)
        if isinstance(moment, Message) or values["boot"] != reading.boot_id:
            return msg("clock.restarted")
        plain = ClockOrder(
            request.id,
            reading.boot_id,
            int(values["at"]),
            wall_text(moment),
            reading.boottime_ns,
            self._keys.key_id,
        )
        order = msgspec.structs.replace(plain, signature=self._keys.sign(plain.signed_bytes).hex())
        make_folder(self._data / ORDER.parent)
        write_durably(self._data / ORDER, msgspec.json.encode(order))
        self._until = self._clock.monotonic() + PATIENCE_S
        return None

    def answered(self) -> Message | None:
        """Called now and then: what came of the order, once; None while there is nothing to say."""
        path = self._data / ANSWER
        if path.exists():
            self._until = None
            return self._note(path)
        if self._until is None or self._clock.monotonic() < self._until:
            return None
        self._until = None
        (self._data / ORDER).unlink(missing_ok=True)
        return msg("clock.nobody")

    def _note(self, path: Path) -> Message:
        with disk_trouble(path):
            outcome = msgspec.json.decode(path.read_bytes(), type=ClockOutcome)
        self._ledger.audit(
            "clock.set" if outcome.result is ClockResult.SET else "clock.not_set",
            outcome.request,
            result=outcome.result,
            before=outcome.before,
            after=outcome.after,
        )
        with disk_trouble(path):
            if outcome.result is ClockResult.SET:
                path.rename(self._data / CLOCK_SET)
            else:
                path.unlink()
        return msg(f"clock.{outcome.result}", request=outcome.request)


def apply_order(data: Path, clock: Clock, set_wall: Callable[[datetime], None]) -> ClockOutcome | None:
    """The other side, with the right to set the clock: one order, taken away before it is looked at; None without one.

    Raises `StoreError` and, where the device has no key, `BadInputError`.
    """
    path = data / ORDER
    with disk_trouble(path):
        if not path.exists():
            return None
        text = path.read_bytes()
        path.unlink()
    before = clock.read()
    result, request = _carry_out(text, read_public(data / "keys"), clock, set_wall)
    after = clock.read()
    outcome = ClockOutcome(request, result, after.boot_id, before.wall, after.wall)
    write_durably(data / ANSWER, msgspec.json.encode(outcome))
    return outcome


def _carry_out(
    text: bytes, public: Ed25519PublicKey, clock: Clock, set_wall: Callable[[datetime], None]
) -> tuple[ClockResult, str]:
    try:
        order = msgspec.json.decode(text, type=ClockOrder)
        public.verify(bytes.fromhex(order.signature), order.signed_bytes)
    except (msgspec.MsgspecError, InvalidSignature, ValueError):
        return ClockResult.FORGED, ""
    now = clock.read()
    age_s = (now.boottime_ns - order.issued_ns) / 1e9
    if order.boot_id != now.boot_id or not 0 <= age_s <= FRESH_S:
        return ClockResult.STALE, order.request
    try:
        set_wall(order.wall_at(now.boottime_ns).astimezone(UTC))
    except OSError:
        return ClockResult.REFUSED, order.request
    return ClockResult.SET, order.request
