"""The roster at the size of a large district: how fast people are found, and whether all of them are.

`python -m bench.roster [PEOPLE]`. Times are milliseconds of one query, people read included.
"""

from __future__ import annotations

import json
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from random import Random

from bench.table import Row
from kiosk.domain.names import fold
from kiosk.domain.person import Person
from kiosk.store.demo_people import invented_people
from kiosk.store.roster import Roster, build

PEOPLE, QUERIES, SEED = 300_000, 300, 7
EVERYBODY = 1_000_000


def measure(people: int = PEOPLE) -> dict[str, float]:
    """Build a roster of invented `people`, ask it and a bare full-text table the same questions."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "roster.db"
        started = time.perf_counter()
        build(path, invented_people(people, SEED), "bench")
        built = time.perf_counter() - started
        wanted = _sample(people)
        queries = [fold(person.full_name) for person in wanted]
        with closing(Roster.open(path)) as roster, closing(_bare(Path(folder) / "bare.db", people)) as bare:
            by_number = _timed(roster.by_number, [person.number for person in wanted])
            by_words = _timed(roster.search, queries)
            by_bare = _timed(lambda query: _ask(bare, query), queries)
            hits = sum(_is_found(roster, person) for person in wanted)
        size = path.stat().st_size / 1e6
    ratios = {f"ratio_{rank}": by_words[rank] / by_bare[rank] for rank in ("p50", "p99")}
    figures = {"people": people, "build_s": built, "file_mb": size, "queries": QUERIES, "hits": hits}
    for name, times in {"number": by_number, "words": by_words, "bare": by_bare}.items():
        figures |= {f"{name}_{rank}_ms": value for rank, value in times.items()}
    return {name: round(value, 3) for name, value in (figures | ratios).items()}


def rows() -> list[Row]:
    """What the kiosk promises of its look-up: everybody found, and nearly as fast as the bare table."""
    found = measure()
    return [
        Row("roster: found without marks", found["hits"] / found["queries"] * 100, "%", 100, at_least=True),
        Row("roster: search by name, p99", found["words_p99_ms"], "ms", 2.0, found["bare_p99_ms"]),
        Row("roster: search by number, p99", found["number_p99_ms"], "ms", 5),
    ]


def _sample(people: int) -> list[Person]:
    places = set(Random(SEED).sample(range(people), QUERIES))
    return [person for place, person in enumerate(invented_people(people, SEED)) if place in places]


def _is_found(roster: Roster, person: Person) -> bool:
    """Whether the whole answer to the name without marks holds the person."""
    return person in roster.search(fold(person.full_name), limit=EVERYBODY)


def _bare(path: Path, people: int) -> sqlite3.Connection:
    """The least that could be done: one full-text table over a folded column, its defaults."""
    connection = sqlite3.connect(path)
    connection.execute("CREATE VIRTUAL TABLE person USING fts5 (fold, number UNINDEXED, full_name UNINDEXED)")
    rows = ((fold(one.full_name), one.number, one.full_name) for one in invented_people(people, SEED))
    connection.executemany("INSERT INTO person VALUES (?, ?, ?)", rows)
    connection.execute("INSERT INTO person (person) VALUES ('optimize')")
    connection.commit()
    return connection


def _ask(bare: sqlite3.Connection, query: str) -> list[tuple[str, str]]:
    return bare.execute(
        "SELECT number, full_name FROM person WHERE person MATCH ? LIMIT 50", [query]
    ).fetchall()


def _timed(ask: Callable[[str], object], questions: Sequence[str]) -> dict[str, float]:
    """Median and 99th percentile."""
    times = []
    for question in questions:
        started = time.perf_counter()
        ask(question)
        times.append((time.perf_counter() - started) * 1000)
    times.sort()
    return {"p50": times[len(times) // 2], "p99": times[len(times) * 99 // 100]}


if __name__ == "__main__":
    print(json.dumps(measure(*map(int, sys.argv[1:2])), indent=1))
