"""Taking in a roster file: all of it, or nothing and a whole report (D1, D2, T1)."""

from __future__ import annotations

import codecs
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from kiosk.errors import BadInputError
from kiosk.store.demo_people import EXAMPLES, invented_people
from kiosk.store.roster import Roster, build
from kiosk.store.roster_export import write_csv
from kiosk.store.roster_import import Imported, Rejected, import_roster

TODAY = date(2026, 11, 22)
PLAIN = (
    "so_dinh_danh,ho_ten,ngay_sinh,gioi_tinh,xa,thon,dien_thoai,ho_so\r\n"
    '999085000001,"Nguyễn Văn Mẫu",09/03/1985,Nam,"Mẫu, xã",,,"hai\r\ndòng"\r\n'
    "\r\n"
    "999040000004,Trần Văn Cụ,1940,,,,,\r\n"
)


def outcome(folder: Path, content: bytes | str, name: str = "people.csv") -> Imported | Rejected:
    source = folder / name
    source.write_bytes(content.encode() if isinstance(content, str) else content)
    return import_roster(source, folder / "roster.db", TODAY)


def faults(found: Imported | Rejected) -> list[tuple[int, str, str]]:
    assert isinstance(found, Rejected)
    return [(cell.line, cell.column, cell.why.code) for cell in found.bad]


def sheet(folder: Path, *rows: list[Any]) -> bytes:
    workbook = Workbook()
    page = workbook.active
    assert page is not None
    for row in rows:
        page.append(row)
    workbook.save(folder / "made.xlsx")
    return (folder / "made.xlsx").read_bytes()


@pytest.mark.parametrize(
    ("mark", "encoding"),
    [
        (b"", "utf-8"),
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
    ],
)
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_files_of_any_office_program(tmp_path: Path, mark: bytes, encoding: str, delimiter: str) -> None:
    text = PLAIN if delimiter == "," else PLAIN.replace("Mẫu, xã", "Mẫu xã").replace(",", delimiter)
    found = outcome(tmp_path, mark + text.encode(encoding))
    assert isinstance(found, Imported)
    assert found.count == 2
    assert found.columns[0] == "so_dinh_danh"
    roster = Roster.open(tmp_path / "roster.db")
    person = roster.by_number("999085000001")
    assert person is not None
    assert (person.full_name, person.extra) == ("Nguyễn Văn Mẫu", {"ho_so": "hai dòng"})
    assert roster.search("tran van cu")[0].birth_date.precision == "Y"
    assert roster.version.startswith("2026-11-22-")
    roster.close()


def test_what_is_written_can_be_taken_in_again(tmp_path: Path) -> None:
    people = list(invented_people(300, seed=2))
    assert write_csv(tmp_path / "out.csv", people) == 300
    assert import_roster(tmp_path / "out.csv", tmp_path / "roster.db", TODAY) == Imported(
        300, ("personal_number", "full_name", "birth_date", "sex", "commune", "hamlet", "phone")
    )
    roster = Roster.open(tmp_path / "roster.db")
    assert [roster.by_number(person.number) for person in people] == people
    roster.close()


def test_a_spreadsheet(tmp_path: Path) -> None:
    content = sheet(
        tmp_path,
        ["Số định danh", "Họ tên", "Ngày sinh", "Xã"],
        ["999085000001", "Nguyễn Văn Mẫu", date(1985, 3, 9), "Xã Mẫu"],
        [None, " ", None, None],
        [999040000004, "Trần Văn Cụ", 1940, None],
    )
    assert outcome(tmp_path, content, "people.XLSX") == Imported(
        2, ("Số định danh", "Họ tên", "Ngày sinh", "Xã")
    )


def test_numbers_that_lost_their_zeros_are_not_guessed(tmp_path: Path) -> None:
    content = sheet(
        tmp_path, ["personal_number", "full_name", "birth_date"], [1085000001, "Nguyễn Văn Mẫu", 1985]
    )
    found = outcome(tmp_path, content, "people.xlsx")
    assert faults(found) == [(2, "personal_number", "roster.zeros_lost")]
    assert isinstance(found, Rejected)
    assert found.bad[0].expected.code == "roster.expect_number"


def test_every_bad_cell_is_told_and_the_old_roster_stays(tmp_path: Path) -> None:
    build(tmp_path / "roster.db", EXAMPLES, "old")
    before = (tmp_path / "roster.db").read_bytes()
    found = outcome(
        tmp_path,
        "personal_number;full_name;birth_date;note\n"
        "999085000001;Nguyễn Văn Mẫu;09/03/1985;\n"
        '99908500000;"";31/02/1985;"a\nb"\n'
        "999085000001;Nguyễn Văn Mẫu;x;\n"
        "999085000007;Nguyễn Văn Mẫu;1985;;thừa\n",
    )
    assert faults(found) == [
        (3, "personal_number", "number.length"),
        (3, "full_name", "roster.blank"),
        (3, "birth_date", "date.impossible"),
        (5, "personal_number", "roster.number_again"),
        (5, "birth_date", "date.unreadable"),
        (6, "#5", "roster.no_header"),
    ]
    assert isinstance(found, Rejected)
    assert found.bad[3].why.values == {"line": 2}
    assert (tmp_path / "roster.db").read_bytes() == before
    assert {path.name for path in tmp_path.iterdir()} == {"roster.db", "people.csv"}


def test_a_report_is_never_cut(tmp_path: Path) -> None:
    rows = "".join(f"{line};A;1985\n" for line in range(3000))
    assert len(faults(outcome(tmp_path, "personal_number;full_name;birth_date\n" + rows))) == 3000


def test_headers_that_cannot_be_used(tmp_path: Path) -> None:
    assert faults(outcome(tmp_path, "\n\nho_ten;ngay_sinh\nx;1985\n")) == [
        (3, "personal_number", "roster.column_missing")
    ]
    assert not (tmp_path / "roster.db").exists()


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("people.csv", b"", "roster.file_empty"),
        ("people.csv", b"\n ; \n", "roster.file_empty"),
        ("people.csv", b"personal_number,full_name,birth_date\n", "roster.no_people"),
        ("people.csv", PLAIN.encode("utf-16-le"), "roster.file_encoding"),
        ("people.csv", PLAIN.replace("Nguyễn", "Nguyên").encode("cp1258", "replace"), "roster.file_encoding"),
        ("people.csv", b'personal_number,full_name,birth_date\n1,"A,1985\n', "roster.file_broken"),
        ("people.xlsx", b"", "roster.file_broken"),
        ("people.xlsx", b"PK\x03\x04 not a workbook", "roster.file_broken"),
        ("people.xls", b"", "roster.file_kind"),
        ("people", b"", "roster.file_kind"),
    ],
)
def test_files_that_cannot_be_used(tmp_path: Path, name: str, content: bytes, code: str) -> None:
    build(tmp_path / "roster.db", EXAMPLES, "old")
    before = (tmp_path / "roster.db").read_bytes()
    with pytest.raises(BadInputError) as trouble:
        outcome(tmp_path, content, name)
    assert trouble.value.code == code
    assert (tmp_path / "roster.db").read_bytes() == before


def test_no_file_and_a_folder(tmp_path: Path) -> None:
    for source, code in ((tmp_path / "none.csv", "roster.file_missing"), (tmp_path, "roster.file_is_folder")):
        with pytest.raises(BadInputError) as trouble:
            import_roster(source, tmp_path / "roster.db", TODAY)
        assert trouble.value.code == code


lines = st.lists(
    st.sampled_from(
        ["999085000001", "Nguyễn Văn Mẫu", "1985", '"', ";", ",", "\n", "\r", "\t", "x", "\x00", "ngay_sinh"]
    ),
    max_size=30,
).map(lambda parts: "personal_number;full_name;birth_date\n" + "".join(parts))


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.binary(max_size=200) | lines.map(str.encode) | lines.map(lambda text: text.encode("utf-16")))
def test_any_bytes_are_taken_rejected_or_unusable(tmp_path: Path, content: bytes) -> None:
    target = tmp_path / "roster.db"
    build(target, EXAMPLES[:1], "old")
    before = target.read_bytes()
    try:
        found = outcome(tmp_path, content)
    except BadInputError as trouble:
        found = None
        assert trouble.code.startswith("roster.")
    assert isinstance(found, Imported) or target.read_bytes() == before


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.data())
def test_a_damaged_spreadsheet_is_unusable_or_rejected(tmp_path: Path, data: st.DataObject) -> None:
    if not (tmp_path / "made.xlsx").exists():
        sheet(
            tmp_path,
            ["personal_number", "full_name", "birth_date"],
            ["999085000001", "Nguyễn Văn Mẫu", "1985"],
        )
    content = bytearray((tmp_path / "made.xlsx").read_bytes())
    for place in data.draw(st.lists(st.integers(0, len(content) - 1), min_size=1, max_size=4)):
        content[place] = data.draw(st.integers(0, 255))
    try:
        found: object = outcome(tmp_path, bytes(content), "people.xlsx")
    except BadInputError as trouble:
        found = trouble.code
    assert isinstance(found, Imported | Rejected) or found in ("roster.file_broken", "roster.file_empty")
