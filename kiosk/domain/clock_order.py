"""What the core asks of the one process that may set the machine's clock, and what that answers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from enum import StrEnum

import msgspec

TAG = b"kiosk.clock.v1\0"


class ClockOrder(msgspec.Struct, frozen=True):
    """Two persons agreed (`request`) that it was `wall` (ISO 8601) when this boot was `boottime_ns` old.

    Bound to that moment it sets the same time however late it is carried out, and however often.
    """

    request: str
    boot_id: str
    boottime_ns: int
    wall: str
    issued_ns: int
    key: str
    signature: str = ""

    @property
    def signed_bytes(self) -> bytes:
        """`TAG`, then the fields but the signature as canonical JSON."""
        fields = msgspec.structs.asdict(self)
        del fields["signature"]
        return TAG + msgspec.json.encode(fields, order="sorted")

    def wall_at(self, boottime_ns: int) -> datetime:
        """What a right clock shows once the boot is this old."""
        passed = timedelta(microseconds=(boottime_ns - self.boottime_ns) // 1000)
        return (datetime.fromisoformat(self.wall) + passed).astimezone(UTC)


class ClockResult(StrEnum):
    """SET, or why not: not this device's signature, an order of another boot or too long ago, or the system refused."""

    SET = "set"
    FORGED = "forged"
    STALE = "stale"
    REFUSED = "refused"


class ClockOutcome(msgspec.Struct, frozen=True):
    """What became of an order; `before` and `after` are what the clock showed (ISO 8601)."""

    request: str
    result: ClockResult
    boot_id: str
    before: str
    after: str
