"""The places where cards are made and handed out, from a TOML file that a technician edits."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import msgspec


class Place(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`metres`: the way from this kiosk, 0 for the house it stands in. Hours are written as people read them."""

    name: str
    metres: Annotated[int, msgspec.Meta(ge=0)]
    weekdays: str
    saturday: str = ""
    hands_out_cards: bool = False


class Places(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The whole file: at least one place."""

    place: Annotated[tuple[Place, ...], msgspec.Meta(min_length=1)]


def read_places(path: Path) -> tuple[Place, ...]:
    """Read anew each time, so that new hours need no restart. Raises `ValueError` or `OSError` for an unusable file."""
    return msgspec.convert(tomllib.loads(path.read_text(encoding="utf-8")), Places).place


def nearest_first(places: Iterable[Place]) -> tuple[Place, ...]:
    return tuple(sorted(places, key=lambda place: place.metres))
