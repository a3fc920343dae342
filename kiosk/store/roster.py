"""The roster: one read-only file of people, found by number or by words without marks.

The file is written beside its place and renamed, so a reader has the old one or the new one, whole.
People are stored in the Vietnamese order of names: the full-text index then answers in that order
and can stop at the limit, however common the name is.
"""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from kiosk.domain.dates import PartialDate
from kiosk.domain.message import Message
from kiosk.domain.names import sort_key
from kiosk.domain.person import Person, Sex
from kiosk.domain.personal_number import parse_number
from kiosk.errors import BadInputError, StoreError
from kiosk.store.roster_query import RosterQuery, parse_query, place_of, words_of

if TYPE_CHECKING:
    from sqlite_utils import Database

# "KROS": tells the file from any other database.
APPLICATION_ID = 0x4B524F53
SCHEMA = 1

_STAGED = {
    "sort": str,
    "number": int,
    "full_name": str,
    "fold": str,
    "birth": str,
    "sex": str,
    "commune": str,
    "place": str,
    "hamlet": str,
    "phone": str,
    "extra": str,
}
_TABLES = """
CREATE TABLE person (
    position INTEGER PRIMARY KEY, number INTEGER NOT NULL UNIQUE, full_name TEXT NOT NULL, fold TEXT NOT NULL,
    birth TEXT NOT NULL, sex TEXT NOT NULL, commune TEXT NOT NULL, place TEXT NOT NULL,
    hamlet TEXT NOT NULL, phone TEXT NOT NULL, extra TEXT NOT NULL);
CREATE TABLE info (size INTEGER NOT NULL, version TEXT NOT NULL);
"""
_FILL = """
INSERT INTO person (number, full_name, fold, birth, sex, commune, place, hamlet, phone, extra)
SELECT number, full_name, fold, birth, sex, commune, place, hamlet, phone, extra
FROM staged.person ORDER BY sort, number;
"""
# Words are folded and cut before they come here, hence the plainest tokenizer; no ranking, hence no sizes.
_INDEX = """
CREATE INDEX person_fold ON person (fold);
CREATE VIRTUAL TABLE search USING fts5 (
    fold, birth, place, content='person', content_rowid='position',
    tokenize='ascii', detail=column, columnsize=0, prefix='2 3');
INSERT INTO search (search) VALUES ('rebuild');
INSERT INTO search (search) VALUES ('optimize');
"""


def build(path: Path, people: Iterable[Person], version: str) -> int:
    """Write a new roster in place of `path`; the number of people.

    Raises BadInputError `roster.number_twice` when two people have one number, StoreError when the
    disk fails. The old file then stays as it was.
    """
    with RosterWriter(path) as writer:
        writer.add(people)
        return writer.publish(version)


class RosterWriter:
    """A roster being written beside its place; without `publish` it leaves no trace.

    Holds no people in memory. The methods raise StoreError when the disk fails.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._new = path.with_name(f".{path.name}.new")
        self._staged = path.with_name(f".{path.name}.staged")

    def __enter__(self) -> RosterWriter:
        with _writing(self._path, OSError):
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._discard()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._discard()

    def add(self, people: Iterable[Person]) -> None:
        """Take all of `people`; what their iterator raises passes through."""
        with _writing(self._path, sqlite3.Error), closing(_scratch(self._staged)) as database:
            table = database.table("person")
            table.create(_STAGED)
            table.insert_all(map(_row_of, people), batch_size=5000)

    def publish(self, version: str) -> int:
        """Sort, index, sync and put in place; the number of people. BadInputError for a number given twice."""
        with _writing(self._path, sqlite3.Error, OSError):
            try:
                size = self._assemble(version)
            except sqlite3.IntegrityError as error:
                raise BadInputError("roster.number_twice") from error
            _sync(self._new)
            self._new.replace(self._path)
            _sync(self._path.parent)
        return size

    def _assemble(self, version: str) -> int:
        with closing(_scratch(self._new)) as database:
            database.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            database.execute(f"PRAGMA user_version = {SCHEMA}")
            database.attach("staged", self._staged)
            database.executescript(_TABLES + _FILL + _INDEX)
            size = database.table("person").count
            database.table("info").insert({"size": size, "version": version})
            return size

    def _discard(self) -> None:
        self._new.unlink(missing_ok=True)
        self._staged.unlink(missing_ok=True)


class Roster:
    """A roster opened for reading. One thread at a time, not always the one that opened it."""

    def __init__(self, connection: sqlite3.Connection, size: int, version: str) -> None:
        self._connection = connection
        self.size = size
        self.version = version

    @classmethod
    def open(cls, path: Path) -> Roster:
        """Raises BadInputError `roster.absent` or `roster.damaged`."""
        if not path.is_file():
            raise BadInputError("roster.absent", file=path.name)
        uri = f"{path.resolve().as_uri()}?mode=ro&immutable=1"
        try:
            connection = sqlite3.connect(uri, uri=True, check_same_thread=False)
        except sqlite3.Error as error:
            raise BadInputError("roster.damaged", file=path.name) from error
        try:
            return cls(connection, *_info(connection))
        except (sqlite3.Error, ValueError) as error:
            connection.close()
            raise BadInputError("roster.damaged", file=path.name) from error

    def close(self) -> None:
        self._connection.close()

    def by_number(self, text: str) -> Person | None:
        """The person with this number; None also when `text` is not a number."""
        number = parse_number(text)
        if isinstance(number, Message):
            return None
        rows = self._rows(_BY_NUMBER, {"number": int(number.text)})
        return next(iter(rows.values()), None)

    def search(
        self, query: str, birth_year: int | None = None, commune: str | None = None, limit: int = 50
    ) -> list[Person]:
        """People all of whose words match, best first.

        Marks, case and order of words do not matter, the last word may be unfinished. A year
        1800–2099 or dd/mm/yyyy among the words is the birth, other digits begin the number; `commune`
        is a whole name, with or without marks. First come those named exactly so, then those with
        all words whole, then the others; each in Vietnamese order. Without words: in order of number
        if digits were given, else in Vietnamese order.
        """
        wanted = parse_query(query, birth_year, commune)
        if wanted.is_hopeless or limit < 1:
            return []
        values = _values_of(wanted, limit)
        if wanted.words:
            found = self._by_words(wanted, values, limit)
        else:
            found = self._rows(_BY_INDEX if wanted.expression(False) else _BY_DIGITS, values)
        return list(found.values())[:limit]

    def _by_words(self, wanted: RosterQuery, values: dict[str, Any], limit: int) -> dict[str, Person]:
        found = self._rows(_BY_NAME, values)
        if len(found) >= limit:
            return found
        wide = self._rows(_BY_INDEX, values)
        if len(wide) < limit:
            ordered = sorted(wide.values(), key=lambda person: not wanted.ends_whole(person.full_name))
            return found | {person.number: person for person in ordered}
        return found | self._rows(_BY_INDEX, values | {"match": wanted.expression(False)}) | wide

    def _rows(self, sql: str, values: dict[str, Any]) -> dict[str, Person]:
        """Raises StoreError when the file cannot be read any more."""
        try:
            rows = self._connection.execute(sql, values).fetchall()
        except sqlite3.Error as error:
            raise StoreError("roster.cannot_read") from error
        people = map(_person_of, rows)
        return {person.number: person for person in people}


_BY_NUMBER = """
SELECT number, full_name, birth, sex, commune, hamlet, phone, extra FROM person WHERE number = :number
"""
_BY_DIGITS = """
SELECT number, full_name, birth, sex, commune, hamlet, phone, extra FROM person
WHERE number BETWEEN :low AND :high ORDER BY number LIMIT :limit
"""
_BY_NAME = """
SELECT number, full_name, birth, sex, commune, hamlet, phone, extra FROM person
WHERE fold = :fold AND +number BETWEEN :low AND :high
    AND (:birth IS NULL OR birth = :birth) AND (:year IS NULL OR substr(birth, 1, 4) = :year)
    AND (:place IS NULL OR place = :place)
ORDER BY position LIMIT :limit
"""
# CROSS JOIN holds the planner to the index first: left alone it may probe the index once a person.
# Year and commune are words of the index, so only a full date and the digits are left to compare.
_BY_INDEX = """
SELECT number, full_name, person.birth, sex, commune, hamlet, phone, extra
FROM search CROSS JOIN person ON person.position = search.rowid
WHERE search MATCH :match AND +person.number BETWEEN :low AND :high
    AND (:birth IS NULL OR +person.birth = :birth)
ORDER BY search.rowid LIMIT :limit
"""


def _values_of(wanted: RosterQuery, limit: int) -> dict[str, Any]:
    low, high = wanted.number_range
    return {
        "match": wanted.expression(True),
        "fold": " ".join(wanted.words),
        "low": low,
        "high": high,
        "birth": wanted.birth,
        "year": wanted.year,
        "place": wanted.place,
        "limit": limit,
    }


def _info(connection: sqlite3.Connection) -> tuple[int, str]:
    """Size and version; ValueError when this is another kind of file."""
    identity = [
        connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("application_id", "user_version")
    ]
    if identity != [APPLICATION_ID, SCHEMA]:
        raise ValueError("not a roster of this schema")
    size, version = connection.execute("SELECT size, version FROM info").fetchone()
    return int(size), str(version)


def _row_of(person: Person) -> dict[str, str | int]:
    return {
        "sort": sort_key(person.full_name),
        "number": int(person.number),
        "full_name": person.full_name,
        "fold": " ".join(words_of(person.full_name)),
        "birth": person.birth_date.iso,
        "sex": person.sex or "",
        "commune": person.commune,
        "place": place_of(person.commune),
        "hamlet": person.hamlet,
        "phone": person.phone,
        "extra": json.dumps(person.extra, ensure_ascii=False) if person.extra else "",
    }


def _person_of(row: tuple[Any, ...]) -> Person:
    number, full_name, birth, sex, commune, hamlet, phone, extra = row
    return Person(
        number=f"{number:012d}",
        full_name=full_name,
        birth_date=PartialDate.from_iso(birth),
        sex=Sex(sex) if sex else None,
        commune=commune,
        hamlet=hamlet,
        phone=phone,
        extra=json.loads(extra) if extra else {},
    )


@contextmanager
def _writing(path: Path, *failures: type[Exception]) -> Iterator[None]:
    """Say `failures` of the disk as StoreError `roster.cannot_write`."""
    try:
        yield
    except failures as error:
        raise StoreError("roster.cannot_write", file=path.name) from error


def _scratch(path: Path) -> Database:
    """A database file that may be lost while it is written: it is synced once, when whole."""
    from sqlite_utils import Database

    database = Database(path)
    database.execute("PRAGMA journal_mode = OFF")
    database.execute("PRAGMA synchronous = OFF")
    return database


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
