"""Taking in a roster file: all of it, or none of it and a list of everything to put right."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path

import msgspec

from kiosk.domain.message import msg
from kiosk.domain.person import Person
from kiosk.domain.roster import BadCell, Cell, Columns, number_of, parse_row, read_header, value_shape
from kiosk.errors import BadInputError
from kiosk.store.roster import RosterWriter
from kiosk.store.roster_table import Line, read_lines


class Imported(msgspec.Struct, frozen=True):
    """How many people are in the new roster, and the columns they came with as the file calls them."""

    count: int
    columns: tuple[str, ...]


class Rejected(msgspec.Struct, frozen=True):
    """Every bad cell, in the order of the file. The roster in use is as it was."""

    bad: list[BadCell]


def import_roster(source: Path, target: Path, today: date) -> Imported | Rejected:
    """Put the people of `source` (.csv or .xlsx) in place of the roster `target`.

    Raises BadInputError when the file as a whole cannot be used (the codes of `read_lines`,
    `roster.file_empty`, `roster.no_people`), StoreError when the disk fails.
    """
    lines = read_lines(source)
    line, header = next(lines, (0, ()))
    if not line:
        raise BadInputError("roster.file_empty", file=source.name)
    columns = read_header(header, line)
    if not isinstance(columns, Columns):
        return Rejected(columns)
    check = _Check(columns, today)
    with RosterWriter(target) as writer:
        writer.add(check.people(lines))
        if check.bad:
            return Rejected(check.bad)
        if not check.first_lines:
            raise BadInputError("roster.no_people", file=source.name)
        count = writer.publish(_version_of(source, today))
    return Imported(count, tuple(header for header in columns.headers if header))


class _Check:
    """Turns lines into people; gathers what is wrong in `bad`, and where each number was first seen."""

    def __init__(self, columns: Columns, today: date) -> None:
        self._columns = columns
        self._today = today
        self.bad: list[BadCell] = []
        self.first_lines: dict[int, int] = {}

    def people(self, lines: Iterator[Line]) -> Iterator[Person]:
        for line, cells in lines:
            person = parse_row(cells, self._columns, line, self._today)
            is_new = self._is_new(cells, line)
            if not isinstance(person, Person):
                self.bad += person
            elif is_new:
                yield person

    def _is_new(self, cells: Sequence[Cell], line: int) -> bool:
        """Whether no line before has the number; if one has, this line is bad."""
        number = number_of(cells, self._columns)
        first = line if number is None else self.first_lines.setdefault(int(number.text), line)
        if number is None or first == line:
            return True
        column = self._columns.header_of("personal_number")
        why, expected = msg("roster.number_again", line=first), msg("roster.expect_number_once")
        self.bad.append(BadCell(line, column, value_shape(number.text), why, expected))
        return False


def _version_of(source: Path, today: date) -> str:
    """Day of the import and the start of the file's SHA-256: tells two deliveries apart."""
    with source.open("rb") as file:
        return f"{today.isoformat()}-{hashlib.file_digest(file, 'sha256').hexdigest()[:12]}"
