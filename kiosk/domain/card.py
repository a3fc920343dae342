"""The QR code on the front of the 2021 card. It is unsigned: a way to type less, never a proof."""

from __future__ import annotations

import re
import unicodedata
from datetime import date

import msgspec

from kiosk.domain.dates import PartialDate, parse_date
from kiosk.domain.message import Message, msg
from kiosk.domain.names import canonical
from kiosk.domain.person import Sex, parse_sex
from kiosk.domain.personal_number import PersonalNumber, parse_number

FIELDS = 7
MOST_CHARACTERS = 4296
"""What the largest QR code can hold."""
LONGEST_NAME, LONGEST_ADDRESS = 80, 300
IN_NAMES = frozenset(" '-.\u2019\u02bc")
"""What stands in names beside letters and their marks: Y Blô, H'Mông."""
_OLD_NUMBER = re.compile(r"[0-9]{9}|[0-9]{12}")


class CardData(msgspec.Struct, frozen=True):
    """What the code says, which anybody can have printed.

    `old_number`: 9 digits, or 12 of a number since cancelled, else empty. `extra` are the fields after the seventh, as
    they came. `raw` is the text as it was read, so that nothing is lost of what was not understood.
    """

    number: PersonalNumber
    old_number: str
    full_name: str
    birth_date: PartialDate
    sex: Sex | None
    address: str
    issued: PartialDate | None
    extra: tuple[str, ...]
    raw: str


def parse_card(text: str, today: date) -> CardData | Message:
    """The fields `number|old number|name|ddmmyyyy|Nam or Nữ|address|ddmmyyyy`, then any others.

    The name may come without marks. Number, name and date of birth must be readable, else the
    answer is `card.unreadable`; an unreadable sex or date of issue is None. Never raises: a code can hold anything.
    """
    fields = [field.strip() for field in text.split("|")]
    if len(fields) < FIELDS or len(text) > MOST_CHARACTERS or not _storable(text):
        return msg("card.unreadable")
    number, birth, issued = (
        parse_number(fields[0]),
        parse_date(fields[3], today),
        parse_date(fields[6], today),
    )
    name = canonical(fields[2])
    address = canonical(fields[5])
    if isinstance(number, Message) or isinstance(birth, Message):
        return msg("card.unreadable")
    if not is_name(name) or len(address) > LONGEST_ADDRESS:
        return msg("card.unreadable")
    old_number = _OLD_NUMBER.fullmatch(fields[1])
    return CardData(
        number=number,
        old_number=old_number[0] if old_number else "",
        full_name=name,
        birth_date=birth,
        sex=parse_sex(fields[4]),
        address=address,
        issued=None if isinstance(issued, Message) else issued,
        extra=tuple(fields[FIELDS:]),
        raw=text,
    )


def is_name(text: str) -> bool:
    """Letters with their marks, spaces, apostrophes, hyphens and dots, not too many: no markup, no commands."""
    letters = any(letter.isalpha() for letter in text)
    fitting = all(unicodedata.category(letter)[0] in "LM" or letter in IN_NAMES for letter in text)
    return letters and fitting and len(text) <= LONGEST_NAME


def _storable(text: str) -> bool:
    """Whether the text can be written to a file: half of a pair of surrogates cannot."""
    return text.isascii() or not any(unicodedata.category(letter) == "Cs" for letter in text)
