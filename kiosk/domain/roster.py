"""One line of a roster file, from its cells to a `Person`, or to every cell that has to be put right."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import date, datetime
from itertools import zip_longest
from typing import TypeVar

import msgspec

from kiosk.domain.dates import parse_date
from kiosk.domain.message import Message, msg
from kiosk.domain.names import canonical, fold
from kiosk.domain.person import Person, Sex, parse_sex
from kiosk.domain.personal_number import DIGITS, PersonalNumber, parse_number

T = TypeVar("T")

Cell = str | int | float | date | None
"""What a spreadsheet can hold; a text file has only `str`."""

HEADERS: dict[str, tuple[str, str]] = {
    "personal_number": ("personal_number", "so_dinh_danh"),
    "full_name": ("full_name", "ho_ten"),
    "birth_date": ("birth_date", "ngay_sinh"),
    "sex": ("sex", "gioi_tinh"),
    "commune": ("commune", "xa"),
    "hamlet": ("hamlet", "thon"),
    "phone": ("phone", "dien_thoai"),
}
REQUIRED = ("personal_number", "full_name", "birth_date")

_EXPECTED = {
    "personal_number": msg("roster.expect_number"),
    "full_name": msg("roster.expect_name"),
    "birth_date": msg("roster.expect_date"),
    "sex": msg("roster.expect_sex"),
}

_FIELD_OF = {header: field for field, headers in HEADERS.items() for header in headers}
_WORD = re.compile(r"[^\W_]+")
_SHAPE_LENGTH = 24
_LOST_CHARACTERS = frozenset("?\ufffd")
_MOBILE_WITHOUT_ZERO = 9


class BadCell(msgspec.Struct, frozen=True):
    """A place of the file to put right. `value_shape` tells digits (#) and letters (a, A), never the value."""

    line: int
    column: str
    value_shape: str
    why: Message
    expected: Message


class Columns(msgspec.Struct, frozen=True):
    """Where each field stands, and the headers of all columns as they are written in the file."""

    places: dict[str, int]
    headers: tuple[str, ...]

    def header_of(self, field: str) -> str:
        place = self.places.get(field)
        return field if place is None else self.headers[place]


def read_header(cells: Sequence[Cell], line: int = 1) -> Columns | list[BadCell]:
    """The columns of a header line: either set of names, in any order, case and accents, others kept.

    Bad are a required column that is missing and a column that is there twice, in either language.
    """
    headers = tuple(canonical(cell_text(cell)) for cell in cells)
    meanings = [_FIELD_OF.get(slug, slug) for slug in map(_slug, headers)]
    bad = [_missing(field, line) for field in REQUIRED if field not in meanings]
    twice = [name for name, times in Counter(meanings).items() if name and times > 1]
    bad += [_twice(headers[meanings.index(name)], line) for name in twice]
    if bad:
        return bad
    places = {name: place for place, name in enumerate(meanings) if name in HEADERS}
    return Columns(places, headers)


def parse_row(cells: Sequence[Cell], columns: Columns, line: int, today: date) -> Person | list[BadCell]:
    """The person of one line, or each cell that is wrong. A blank sex is taken from the number."""
    row = _Row(cells, columns, line)
    number = row.read("personal_number", _number)
    name = row.read("full_name", _name)
    birth = row.read("birth_date", lambda cell: parse_date(cell_text(cell), today))
    sex = row.read("sex", _sex)
    extra = row.extra()
    if row.bad or number is None or name is None or birth is None:
        return row.bad
    return Person(
        number=number.text,
        full_name=name,
        birth_date=birth,
        sex=sex or number.sex,
        commune=row.text("commune"),
        hamlet=row.text("hamlet"),
        phone=_phone(row.cell("phone")),
        extra=extra,
    )


def number_of(cells: Sequence[Cell], columns: Columns) -> PersonalNumber | None:
    """The number of a line, also of one whose other cells are bad; None when it cannot be read."""
    number = _number(_Row(cells, columns, 0).cell("personal_number"))
    return None if isinstance(number, Message) else number


def cell_text(cell: Cell) -> str:
    """A cell as text: a date as 1940-01-31, a whole number without a fraction, an empty cell as nothing."""
    if cell is None:
        return ""
    if isinstance(cell, datetime):
        return cell.date().isoformat()
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell)


def value_shape(text: str) -> str:
    """`09/3/85` → `##/#/##`: enough to find the fault, nothing about the person."""
    shown = "".join(_shape_of(letter) for letter in text[:_SHAPE_LENGTH])
    return f"{shown}…" if len(text) > _SHAPE_LENGTH else shown


class _Row:
    """The cells of one line while they are read; `bad` gathers what is wrong."""

    def __init__(self, cells: Sequence[Cell], columns: Columns, line: int) -> None:
        self._cells = cells
        self._columns = columns
        self._line = line
        self.bad: list[BadCell] = []

    def cell(self, field: str) -> Cell:
        place = self._columns.places.get(field)
        return None if place is None or place >= len(self._cells) else self._cells[place]

    def text(self, field: str) -> str:
        return canonical(cell_text(self.cell(field)))

    def read(self, field: str, parse: Callable[[Cell], T | Message]) -> T | None:
        """The value of a field; None and a bad cell when it cannot be read or a required one is blank."""
        cell = self.cell(field)
        text = self.text(field)
        value = msg("roster.blank") if field in REQUIRED and not text else parse(cell)
        if isinstance(value, Message):
            self._reject(self._columns.header_of(field), text, value, _EXPECTED[field])
            return None
        return value

    def extra(self) -> dict[str, str]:
        """The further columns that hold something; a cell under no header is bad."""
        known = set(self._columns.places.values())
        kept: dict[str, str] = {}
        for place, (header, cell) in enumerate(zip_longest(self._columns.headers, self._cells, fillvalue="")):
            text = "" if place in known else canonical(cell_text(cell))
            if text and header:
                kept[header] = text
            elif text:
                self._reject(f"#{place + 1}", text, msg("roster.no_header"), msg("roster.expect_header"))
        return kept

    def _reject(self, column: str, text: str, why: Message, expected: Message) -> None:
        self.bad.append(BadCell(self._line, column, value_shape(text), why, expected))


def _number(cell: Cell) -> PersonalNumber | Message:
    """A number that a spreadsheet keeps as a number has lost its zeros; they are not guessed."""
    digits = cell_text(cell)
    if isinstance(cell, int | float) and len(digits) < DIGITS:
        return msg("roster.zeros_lost", digits=len(digits))
    return parse_number(digits)


def _name(cell: Cell) -> str | Message:
    name = canonical(cell_text(cell))
    if not _LOST_CHARACTERS.isdisjoint(name):
        return msg("roster.name_damaged")
    if not any(map(str.isalpha, name)) or any(map(str.isdigit, name)):
        return msg("roster.name_unreadable")
    return name


def _sex(cell: Cell) -> Sex | Message | None:
    text = canonical(cell_text(cell))
    return (parse_sex(text) or msg("roster.sex_unknown")) if text else None


def _phone(cell: Cell) -> str:
    """As written; a spreadsheet number of 9 digits gets back the 0 every phone number here starts with."""
    text = canonical(cell_text(cell))
    return f"0{text}" if isinstance(cell, int | float) and len(text) == _MOBILE_WITHOUT_ZERO else text


def _slug(header: str) -> str:
    """`Số định danh` → `so_dinh_danh`."""
    return "_".join(_WORD.findall(fold(header)))


def _missing(field: str, line: int) -> BadCell:
    expected = msg("roster.expect_column", names=", ".join(HEADERS[field]))
    return BadCell(line, field, "", msg("roster.column_missing"), expected)


def _twice(header: str, line: int) -> BadCell:
    return BadCell(line, header, "", msg("roster.column_twice"), msg("roster.expect_column_once"))


def _shape_of(letter: str) -> str:
    if letter.isdigit():
        return "#"
    if letter.isalpha():
        return "A" if letter.isupper() else "a"
    return letter if letter.isascii() and letter.isprintable() else "·"
