"""One line of a roster file (D1, D2: wrong data is named, never guessed)."""

from __future__ import annotations

from datetime import date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.domain.dates import PartialDate
from kiosk.domain.person import Person, Sex
from kiosk.domain.roster import HEADERS, REQUIRED, BadCell, Cell, Columns, parse_row, read_header, value_shape

TODAY = date(2026, 11, 22)
ENGLISH = tuple(HEADERS)
VIETNAMESE = tuple(names[1] for names in HEADERS.values())
GOOD = ("999085000001", "Nguyễn Văn Mẫu", "09/03/1985", "Nam", "Xã Mẫu", "Thôn Ví Dụ", "0999000001")

cells = (
    st.none()
    | st.text(max_size=30)
    | st.integers()
    | st.floats()
    | st.dates()
    | st.datetimes()
    | st.booleans()
)


def columns(*headers: str) -> Columns:
    found = read_header(headers)
    assert isinstance(found, Columns)
    return found


def person(*row: Cell, headers: tuple[str, ...] = ENGLISH) -> Person:
    found = parse_row(row, columns(*headers), 2, TODAY)
    assert isinstance(found, Person)
    return found


def bad(*row: Cell, headers: tuple[str, ...] = ENGLISH) -> list[tuple[str, str]]:
    found = parse_row(row, columns(*headers), 2, TODAY)
    assert isinstance(found, list)
    assert all(cell.line == 2 for cell in found)
    return [(cell.column, cell.why.code) for cell in found]


@given(
    st.permutations(range(len(GOOD))),
    st.sampled_from([ENGLISH, VIETNAMESE]),
    st.sampled_from([str.upper, str.title]),
)
def test_columns_stand_in_any_order_and_case(
    order: list[int], names: tuple[str, ...], case: type[str]
) -> None:
    headers = tuple(case(names[place]) for place in order)
    found = person(*(GOOD[place] for place in order), headers=headers)
    assert found == Person(
        "999085000001",
        "Nguyễn Văn Mẫu",
        PartialDate(1985, 3, 9),
        Sex.MALE,
        "Xã Mẫu",
        "Thôn Ví Dụ",
        "0999000001",
    )


def test_headers_as_people_write_them_and_further_columns_kept() -> None:
    headers = ("Số định danh", "Họ tên", "Ngày sinh", "Hộ số", "", "Ghi chú")
    found = person("999085000001", "Nguyễn Văn Mẫu", "1985", "H-12", "", None, headers=headers)
    assert found.extra == {"Hộ số": "H-12"}


def test_sex_comes_from_the_number_when_it_is_not_given() -> None:
    assert person("999190000002", "Lê Thị Ví Dụ", "1990").sex is Sex.FEMALE
    assert person("999190000002", "Lê Thị Ví Dụ", "1990", " ").sex is Sex.FEMALE
    assert person("999190000002", "Lê Thị Ví Dụ", "1990", "Nam").sex is Sex.MALE


def test_header_faults_are_all_told() -> None:
    found = read_header(["so_dinh_danh", "Personal_Number", "xa", "Ghi chú", "ghi chu"])
    assert isinstance(found, list)
    assert [(cell.column, cell.why.code) for cell in found] == [
        ("full_name", "roster.column_missing"),
        ("birth_date", "roster.column_missing"),
        ("so_dinh_danh", "roster.column_twice"),
        ("Ghi chú", "roster.column_twice"),
    ]
    assert found[0].expected.values["names"] == "full_name, ho_ten"


@pytest.mark.parametrize(
    ("change", "column", "code"),
    [
        ({0: ""}, "personal_number", "roster.blank"),
        ({0: "99908500000"}, "personal_number", "number.length"),
        ({0: 85000001}, "personal_number", "roster.zeros_lost"),
        ({0: 1085000001.0}, "personal_number", "roster.zeros_lost"),
        ({0: 1.5}, "personal_number", "roster.zeros_lost"),
        ({1: None}, "full_name", "roster.blank"),
        ({1: "Nguy?n V?n M?u"}, "full_name", "roster.name_damaged"),
        ({1: "12"}, "full_name", "roster.name_unreadable"),
        ({1: "..."}, "full_name", "roster.name_unreadable"),
        ({2: " "}, "birth_date", "roster.blank"),
        ({2: "31/02/1985"}, "birth_date", "date.impossible"),
        ({2: 31115}, "birth_date", "date.unreadable"),
        ({2: date(2027, 1, 1)}, "birth_date", "date.future"),
        ({3: "x"}, "sex", "roster.sex_unknown"),
        ({7: "x"}, "#8", "roster.no_header"),
    ],
)
def test_each_fault_names_its_column(change: dict[int, Cell], column: str, code: str) -> None:
    row: list[Cell] = [*GOOD, None]
    for place, value in change.items():
        row[place] = value
    assert bad(*row) == [(column, code)]


def test_all_faults_of_a_line_are_told_at_once() -> None:
    assert bad("1", "", "x", "y", headers=VIETNAMESE) == [
        ("so_dinh_danh", "number.length"),
        ("ho_ten", "roster.blank"),
        ("ngay_sinh", "date.unreadable"),
        ("gioi_tinh", "roster.sex_unknown"),
    ]


def test_cells_of_a_spreadsheet() -> None:
    found = person(
        999085000001, "Nguyễn Văn Mẫu", datetime.fromisoformat("1985-03-09"), "Nam", "Xã Mẫu", "", 999000001
    )
    assert (found.number, found.birth_date.iso, found.phone) == ("999085000001", "1985-03-09", "0999000001")
    assert person(999085000001.0, "Nguyễn Văn Mẫu", 1985).birth_date == PartialDate(1985)


@given(st.lists(cells, max_size=10))
def test_any_line_is_a_person_or_a_report_without_personal_data(row: list[Cell]) -> None:
    found = parse_row(row, columns(*ENGLISH, "note"), 7, TODAY)
    if isinstance(found, Person):
        assert all(getattr(found, name) for name in ("number", "full_name", "sex"))
        return
    assert found
    for cell in found:
        assert cell.line == 7
        assert not any(
            letter.isdigit() or letter.isalpha() for letter in cell.value_shape if letter not in "aA"
        )


@given(st.lists(st.text(max_size=20), max_size=12))
def test_any_header_is_understood_or_reported(headers: list[str]) -> None:
    found = read_header(headers)
    if isinstance(found, Columns):
        assert all(name in found.places for name in REQUIRED)
    else:
        assert all(isinstance(cell, BadCell) for cell in found)


def test_a_shape_is_short_and_tells_kinds_only() -> None:
    assert value_shape("09/3/85") == "##/#/##"
    assert value_shape("Nguyễn Văn\tMẫu") == "Aaaaaa Aaa·Aaa"
    assert len(value_shape("a" * 100)) == 25
