"""A person as the roster knows them."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from kiosk.domain.dates import PartialDate
from kiosk.domain.names import fold


class Sex(StrEnum):
    """The two values a personal number and a card know."""

    MALE = "male"
    FEMALE = "female"


_SEX_WORDS = {
    "nam": Sex.MALE,
    "male": Sex.MALE,
    "m": Sex.MALE,
    "nu": Sex.FEMALE,
    "female": Sex.FEMALE,
    "f": Sex.FEMALE,
}


def parse_sex(text: str) -> Sex | None:
    """Nam, Nữ, male, female, m, f in any case and without marks; None for anything else."""
    return _SEX_WORDS.get(fold(text))


class Person(msgspec.Struct, frozen=True):
    """One line of the roster; `number` is 12 digits, `extra` holds the further columns as they came."""

    number: str
    full_name: str
    birth_date: PartialDate
    sex: Sex | None = None
    commune: str = ""
    hamlet: str = ""
    phone: str = ""
    extra: dict[str, str] = {}
