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


class Checked(msgspec.Struct, frozen=True):
    """A file that can be taken in: how many people it holds, and the SHA-256 of its bytes."""

    count: int
    sha256: str


def check_roster(source: Path, today: date) -> Checked | Rejected:
    """What `import_roster` would do with `source`, without doing it. Raises `BadInputError` as that does."""
    lines = read_lines(source)
    check = _begin(source, lines, today)
    if isinstance(check, Rejected):
        return check
    count = sum(1 for _ in check.people(lines))
    if check.bad:
        return Rejected(check.bad)
    if not count:
        raise BadInputError("roster.no_people", file=source.name)
    return Checked(count, sha256_of(source))


def import_roster(source: Path, target: Path, today: date) -> Imported | Rejected:
    """Put the people of `source` (.csv or .xlsx) in place of the roster `target`.

    Raises BadInputError when the file as a whole cannot be used (the codes of `read_lines`,
    `roster.file_empty`, `roster.no_people`), StoreError when the disk fails.
    """
    lines = read_lines(source)
    check = _begin(source, lines, today)
    if isinstance(check, Rejected):
        return check
    with RosterWriter(target) as writer:
        writer.add(check.people(lines))
        if check.bad:
            return Rejected(check.bad)
        if not check.first_lines:
            raise BadInputError("roster.no_people", file=source.name)
        count = writer.publish(_version_of(source, today))
    return Imported(count, tuple(header for header in check.headers if header))


def sha256_of(source: Path) -> str:
    """In hex. Raises `BadInputError` when the file is gone or cannot be read."""
    try:
        with source.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except FileNotFoundError as error:
        raise BadInputError("roster.file_missing", file=source.name) from error
    except OSError as error:
        raise BadInputError("roster.file_unreadable", file=source.name) from error


def _begin(source: Path, lines: Iterator[Line], today: date) -> _Check | Rejected:
    line, header = next(lines, (0, ()))
    if not line:
        raise BadInputError("roster.file_empty", file=source.name)
    columns = read_header(header, line)
    return _Check(columns, today) if isinstance(columns, Columns) else Rejected(columns)


class _Check:
    """Turns lines into people; gathers what is wrong in `bad`, and where each number was first seen."""

    def __init__(self, columns: Columns, today: date) -> None:
        self._columns = columns
        self._today = today
        self.headers = columns.headers
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
    return f"{today.isoformat()}-{sha256_of(source)[:12]}"
