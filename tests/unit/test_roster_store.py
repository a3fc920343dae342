"""The roster file: found by number and by words without marks, replaced whole or not at all (C4, D1, X2)."""

from __future__ import annotations

import random
import sqlite3
import threading
import unicodedata
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kiosk.domain.dates import PartialDate
from kiosk.domain.names import fold, sort_key
from kiosk.domain.person import Person, Sex
from kiosk.errors import BadInputError, StoreError
from kiosk.store.demo_people import EXAMPLES, invented_people
from kiosk.store.roster import Roster, build

CROWD = list(invented_people(1500, seed=5))


@pytest.fixture(scope="module")
def roster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Roster]:
    path = tmp_path_factory.mktemp("roster") / "roster.db"
    assert build(path, CROWD, "v7") == len(CROWD)
    opened = Roster.open(path)
    yield opened
    opened.close()


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Roster]:
    people = [
        Person("999085000011", "Trần Văn Anh", PartialDate(1985), commune="Xã Mẫu"),
        Person("999085000012", "Trần An Văn", PartialDate(1985, 5), commune="Xã Ví Dụ"),
        Person("999085000013", "Trần Văn An", PartialDate(1986), commune="Xã Mẫu"),
        Person("999085000014", "Trần Thị Văn An", PartialDate(1940), commune="Xã Mẫu"),
        Person("001085000015", "Lý Quí", PartialDate(1985, 3, 9), Sex.MALE, extra={"hộ": "12"}),
        Person("999085000016", "Giàng A H’Đông", PartialDate(2005)),
    ]
    build(tmp_path / "roster.db", people, "small")
    opened = Roster.open(tmp_path / "roster.db")
    yield opened
    opened.close()


def names(people: list[Person]) -> list[str]:
    return [person.full_name for person in people]


def test_everybody_is_found_by_number_as_they_came_in(roster: Roster) -> None:
    assert (roster.size, roster.version) == (len(CROWD), "v7")
    assert [roster.by_number(person.number) for person in CROWD] == CROWD
    assert roster.by_number("999.085.000001") == EXAMPLES[0]
    assert roster.by_number("999085999999") is None
    assert roster.by_number("Nguyễn") is None


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(CROWD), st.randoms(use_true_random=False), st.booleans())
def test_everybody_is_found_by_words_in_any_order(
    roster: Roster, person: Person, shuffle: random.Random, decomposed: bool
) -> None:
    words = person.full_name.split()
    shuffle.shuffle(words)
    typed = unicodedata.normalize("NFD", " ".join(words)) if decomposed else fold(" ".join(words))
    assert person in roster.search(typed.upper(), limit=len(CROWD))
    assert person in roster.search(f"{typed[:-1]}", limit=len(CROWD))
    assert person in roster.search(
        f"{person.birth_date.year} {typed}", commune=person.commune, limit=len(CROWD)
    )
    first = roster.search(person.full_name, limit=1)
    assert fold(first[0].full_name) == fold(person.full_name)


@settings(max_examples=300, deadline=None)
@given(st.text() | st.text('"*():^-+{}AND OR NOT NEAR ny12/.', max_size=40), st.integers(-1, 60))
def test_no_query_breaks_the_search(roster: Roster, query: str, limit: int) -> None:
    assert len(roster.search(query, limit=limit)) <= max(0, limit)


@settings(deadline=None)
@given(st.text(), st.text(), st.integers())
def test_no_filter_breaks_the_search(roster: Roster, query: str, commune: str, year: int) -> None:
    assert isinstance(roster.search(query, birth_year=year, commune=commune), list)


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(["nguyen", "thi", "van a", "n", "1985", "tran 1990"]), st.integers(1, 200))
def test_the_limit_cuts_the_end_of_the_same_answer(roster: Roster, query: str, limit: int) -> None:
    assert roster.search(query, limit=limit) == roster.search(query, limit=len(CROWD))[:limit]


def test_people_of_one_family_name_come_in_vietnamese_order(roster: Roster) -> None:
    found = names(roster.search("nguyen", limit=len(CROWD)))
    assert found == sorted(found, key=sort_key)
    assert len(found) == sum("nguyen" in fold(person.full_name).split() for person in CROWD)


def test_best_first(small: Roster) -> None:
    assert names(small.search("tran van an")) == [
        "Trần Văn An",
        "Trần Thị Văn An",
        "Trần An Văn",
        "Trần Văn Anh",
    ]
    assert names(small.search("tran van an", limit=2)) == ["Trần Văn An", "Trần Thị Văn An"]
    assert names(small.search("tran van an", limit=1)) == ["Trần Văn An"]


def test_years_dates_communes_and_digits(small: Roster) -> None:
    assert names(small.search("tran 1985")) == ["Trần Văn Anh", "Trần An Văn"]
    assert names(small.search("tran", birth_year=1986)) == ["Trần Văn An"]
    assert names(small.search("van", commune="xa vi du")) == ["Trần An Văn"]
    assert names(small.search("", birth_year=1940)) == ["Trần Thị Văn An"]
    assert names(small.search("9/3/1985")) == ["Lý Quí"]
    assert names(small.search("quy 09/03/1985")) == ["Lý Quí"]
    assert names(small.search("001")) == ["Lý Quí"]
    assert names(small.search("001 085 000 015")) == ["Lý Quí"]
    assert names(small.search("99908500001")) == names(small.search("999 0850 0001"))
    assert names(small.search("tran 999085000013")) == ["Trần Văn An"]


@pytest.mark.parametrize(
    "query", ["", " ", "1985 1986", "0010850000155", "tran 31/02/1985", "tran " * 17, '"', "*"]
)
def test_hopeless_questions_find_nobody(small: Roster, query: str) -> None:
    assert small.search(query) == []


def test_one_name_in_two_spellings(small: Roster) -> None:
    assert names(small.search("li quy")) == names(small.search("lý quí")) == ["Lý Quí"]
    assert names(small.search("h'dong")) == names(small.search("h’đông a")) == ["Giàng A H’Đông"]
    assert small.search("ly")[0].extra == {"hộ": "12"}


def test_another_thread_may_ask(roster: Roster) -> None:
    answers: list[Person | None] = []
    worker = threading.Thread(target=lambda: answers.append(roster.by_number(CROWD[9].number)))
    worker.start()
    worker.join()
    assert answers == [CROWD[9]]


def test_the_file_is_read_only(roster: Roster) -> None:
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        roster._connection.execute("DELETE FROM info")


def test_an_open_roster_outlives_its_replacement(tmp_path: Path) -> None:
    path = tmp_path / "new folder" / "d#%? ữ.db"
    build(path, EXAMPLES[:1], "one")
    old = Roster.open(path)
    build(path, EXAMPLES[1:3], "two")
    new = Roster.open(path)
    assert (old.version, names(old.search("nguyen"))) == ("one", ["Nguyễn Văn Mẫu"])
    assert (new.version, new.size, new.search("nguyen")) == ("two", 2, [])
    old.close()
    new.close()


def test_a_broken_off_build_leaves_the_old_file_and_no_trace(tmp_path: Path) -> None:
    path = tmp_path / "roster.db"
    build(path, EXAMPLES, "old")
    before = path.read_bytes()
    with pytest.raises(BadInputError) as twice:
        build(path, [*EXAMPLES, EXAMPLES[0]], "new")
    assert twice.value.code == "roster.number_twice"

    def broken() -> Iterator[Person]:
        yield from EXAMPLES
        raise KeyError("cable")

    with pytest.raises(KeyError):
        build(path, broken(), "new")
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_what_a_power_cut_left_is_swept_away(tmp_path: Path) -> None:
    path = tmp_path / "roster.db"
    (tmp_path / ".roster.db.new").write_bytes(b"half")
    (tmp_path / ".roster.db.staged").write_bytes(b"half")
    assert build(path, EXAMPLES, "v") == 4
    assert list(tmp_path.iterdir()) == [path]


def test_a_place_that_cannot_be_written_is_a_store_error(tmp_path: Path) -> None:
    (tmp_path / "roster.db").mkdir()
    with pytest.raises(StoreError) as trouble:
        build(tmp_path / "roster.db", EXAMPLES, "v")
    assert trouble.value.code == "roster.cannot_write"
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(StoreError):
        build(tmp_path / "file" / "roster.db", EXAMPLES, "v")


@pytest.mark.parametrize("content", [b"", b"not a database at all, but long enough to look like one" * 40])
def test_another_file_is_not_a_roster(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "roster.db"
    with pytest.raises(BadInputError) as trouble:
        Roster.open(path)
    assert trouble.value.code == "roster.absent"
    path.write_bytes(content)
    with pytest.raises(BadInputError) as trouble:
        Roster.open(path)
    assert trouble.value.code == "roster.damaged"


def test_a_roster_cut_short_is_damaged_or_tells_so_when_asked(tmp_path: Path) -> None:
    path = tmp_path / "roster.db"
    build(path, CROWD, "v")
    path.write_bytes(path.read_bytes()[:12_288])
    with pytest.raises((BadInputError, StoreError)) as trouble:
        Roster.open(path).search("nguyen")
    assert trouble.value.code in ("roster.damaged", "roster.cannot_read")


def test_invented_people() -> None:
    """No number can be a real one; the same seed gives the same people; the examples come first."""
    assert tuple(CROWD[:4]) == EXAMPLES
    assert list(invented_people(1500, seed=5)) == CROWD
    assert list(invented_people(1500, seed=6)) != CROWD
    assert len({person.number for person in CROWD}) == len(CROWD)
    assert {person.number[:3] for person in CROWD} == {"999"}
    assert {person.birth_date.precision for person in CROWD} == {"Y", "YM", "YMD"}
    assert list(invented_people(2, seed=1)) == list(EXAMPLES[:2])
    assert list(invented_people(0, seed=1)) == []
    with pytest.raises(ValueError, match="invented"):
        next(invented_people(2_000_000, seed=1))


def test_numbers_of_invented_people_agree_with_them() -> None:
    from kiosk.data import load_provinces
    from kiosk.domain.personal_number import PersonalNumber, doubts

    provinces = load_provinces(demo=True)
    for person in CROWD:
        assert doubts(PersonalNumber(person.number), person.sex, person.birth_date, provinces) == ()
