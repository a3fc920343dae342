"""The 12-digit personal number: `PPP C YY NNNNNN`, without a check digit.

PPP place of birth registration, C century and sex (0/1 for 19xx male/female, 2/3 for 20xx, … 8/9),
YY year of birth (TT 07/2016). A number can lawfully disagree with the person: sex and
dates of birth are corrected, numbers are not. Hence doubts are warnings, never refusals.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

import msgspec

from kiosk.domain.dates import PartialDate
from kiosk.domain.message import Message, msg
from kiosk.domain.person import Sex

DIGITS = 12
OLD_CARD_DIGITS = 9

_SEPARATORS = re.compile(r"[\s.\-]")
_TWELVE = re.compile(r"[0-9]{12}")
_ONLY_DIGITS = re.compile(r"[0-9]+")


class PersonalNumber(msgspec.Struct, frozen=True):
    """Twelve digits; ValueError for anything else."""

    text: str

    def __post_init__(self) -> None:
        if not _TWELVE.fullmatch(self.text):
            raise ValueError("a personal number is 12 digits")

    @property
    def masked(self) -> str:
        """`999*****0001`: enough to recognise one's own number, not to copy it."""
        return f"{self.text[:3]}*****{self.text[-4:]}"

    @property
    def prefix(self) -> str:
        """The three digits of the place where the birth was registered."""
        return self.text[:3]

    @property
    def sex(self) -> Sex:
        return Sex.FEMALE if int(self.text[3]) % 2 else Sex.MALE

    @property
    def birth_year(self) -> int:
        return 1900 + 100 * (int(self.text[3]) // 2) + int(self.text[4:6])


def parse_number(text: str) -> PersonalNumber | Message:
    """The number keyed in or read from a file; spaces, dots and dashes between digits do no harm.

    Codes: `number.empty`, `number.not_digits`, `number.old_card` (9 digits of the old CMND),
    `number.length` with `digits`, how many were given.
    """
    digits = _SEPARATORS.sub("", text)
    if not digits:
        return msg("number.empty")
    if not _ONLY_DIGITS.fullmatch(digits):
        return msg("number.not_digits")
    if len(digits) == OLD_CARD_DIGITS:
        return msg("number.old_card")
    if len(digits) != DIGITS:
        return msg("number.length", digits=len(digits))
    return PersonalNumber(digits)


def doubts(
    number: PersonalNumber, sex: Sex | None, birth: PartialDate | None, provinces: Mapping[str, str]
) -> tuple[Message, ...]:
    """What an officer should look at twice; none of it stops the person.

    `provinces` maps the known three-digit prefixes to names. Codes: `number.unknown_province`,
    `number.sex_differs`, `number.year_differs`.
    """
    found = []
    if number.prefix not in provinces:
        found.append(msg("number.unknown_province", prefix=number.prefix))
    if sex is not None and sex is not number.sex:
        found.append(msg("number.sex_differs", number_sex=msg(f"sex.{number.sex}"), sex=msg(f"sex.{sex}")))
    if birth is not None and birth.year != number.birth_year:
        found.append(msg("number.year_differs", number_year=str(number.birth_year), year=str(birth.year)))
    return tuple(found)
