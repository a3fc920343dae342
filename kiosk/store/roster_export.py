"""People as a CSV file that `import_roster` takes in again."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from pathlib import Path

from kiosk.domain.person import Person
from kiosk.domain.roster import HEADERS


def write_csv(path: Path, people: Iterable[Person]) -> int:
    """Write UTF-8 with a mark (spreadsheets then see the accents), columns of `HEADERS`; the number of people.

    Raises OSError when the file cannot be written.
    """
    rows = map(_cells, people)
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        table = csv.writer(file)
        table.writerow(HEADERS)
        return sum(1 for row in rows if table.writerow(row))


def _cells(person: Person) -> tuple[str, ...]:
    sex, birth = person.sex or "", person.birth_date.text()
    return person.number, person.full_name, birth, sex, person.commune, person.hamlet, person.phone
