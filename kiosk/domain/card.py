"""The QR code on the front of the 2021 card. It is unsigned: a way to type less, never a proof."""

from __future__ import annotations

from datetime import date

import msgspec

from kiosk.domain.dates import PartialDate, parse_date
from kiosk.domain.message import Message, msg
from kiosk.domain.names import canonical
from kiosk.domain.person import Sex, parse_sex
from kiosk.domain.personal_number import PersonalNumber, parse_number

FIELDS = 7


class CardData(msgspec.Struct, frozen=True):
    """What the code says. `extra` are the fields after the seventh, `raw` the text as it was read."""

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
    answer is `card.unreadable`; an unreadable sex or date of issue is None.
    """
    fields = [field.strip() for field in text.split("|")]
    if len(fields) < FIELDS:
        return msg("card.unreadable")
    number, birth, issued = (
        parse_number(fields[0]),
        parse_date(fields[3], today),
        parse_date(fields[6], today),
    )
    name = canonical(fields[2])
    if isinstance(number, Message) or isinstance(birth, Message) or not name:
        return msg("card.unreadable")
    return CardData(
        number=number,
        old_number=canonical(fields[1]),
        full_name=name,
        birth_date=birth,
        sex=parse_sex(fields[4]),
        address=canonical(fields[5]),
        issued=None if isinstance(issued, Message) else issued,
        extra=tuple(fields[FIELDS:]),
        raw=text,
    )
