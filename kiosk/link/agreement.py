"""An officer's agreement to a change of the release, asked for on the officer's socket."""

from __future__ import annotations

import msgspec

from kiosk.domain.change import Change


class AgreeTo(msgspec.Struct, frozen=True, tag_field="type", tag="agree_to"):
    """An officer agrees by staff number and PIN to a change of the release; answered with `AgreedTo` or `Refused`, before
    that with `FactorWanted` where a second factor is asked for. Nobody is signed in afterwards."""

    officer: str
    pin: str
    change: Change

    def __repr__(self) -> str:
        return f"AgreeTo(officer={self.officer!r}, change={self.change!r})"


class AgreedTo(msgspec.Struct, frozen=True, tag_field="type", tag="agreed_to"):
    """The officer's agreement is in the audit chain."""

    officer: str
