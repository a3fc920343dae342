"""`kiosk roster import | find | invent`: what it prints, where, and how it exits (D1, T1)."""

from __future__ import annotations

import argparse
import json
import re
from pathlib import Path
from typing import Any

import polib
import pytest

import kiosk
from kiosk.cli import roster as command
from kiosk.store.demo_people import EXAMPLES

PACKAGE = Path(kiosk.__file__).parent
SOURCES = (
    "domain/dates.py",
    "domain/personal_number.py",
    "domain/card.py",
    "domain/roster.py",
    "cli/roster.py",
)
STORES = ("store/roster.py", "store/roster_import.py", "store/roster_table.py")
BAD = "personal_number,full_name,birth_date\n" + "".join(f"{line},Lê Thử,31/02/1985\n" for line in range(30))


@pytest.fixture(autouse=True)
def vietnamese(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LANG", "vi_VN.UTF-8")


def run(*words: str | Path) -> int:
    parser = argparse.ArgumentParser(prog="kiosk")
    command.add(parser.add_subparsers(required=True))
    args = parser.parse_args(["roster", *map(str, words)])
    code = args.run(args)
    assert isinstance(code, int)
    return code


@pytest.fixture
def data(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    assert run("invent", "--count", "200", "--seed", "4", "--out", tmp_path / "people.csv") == 0
    assert run("import", tmp_path / "people.csv", "--data", tmp_path) == 0
    printed = capsys.readouterr()
    assert "200" in printed.out
    assert printed.err == ""
    return tmp_path


def test_find_as_json_has_the_whole_record(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("find", "nguyen", "van", "mau", "--data", data, "--json") == 0
    first: dict[str, Any] = json.loads(capsys.readouterr().out)[0]
    assert first["personal_number"] == EXAMPLES[0].number
    assert (first["full_name"], first["birth_date"], first["sex"]) == ("Nguyễn Văn Mẫu", "1985-03-09", "male")


def test_find_for_the_eye_masks_the_number(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("find", "999085000001", "--data", data) == 0
    title, person, total = capsys.readouterr().out.splitlines()
    assert title.startswith("Số định danh")
    assert person.split("  ")[0] == "999*****0001"
    assert "09/03/1985" in person
    assert total.startswith("1 ")


def test_nobody_found_is_no_error(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("find", "zzz", "--data", data) == 0
    printed = capsys.readouterr()
    assert (printed.out, printed.err.strip()) == ("", "Chưa tìm thấy ai.")
    assert run("find", "zzz", "--data", data, "--json") == 0
    assert json.loads(capsys.readouterr().out) == []


def test_import_as_json(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("import", data / "people.csv", "--data", data, "--json") == 0
    assert json.loads(capsys.readouterr().out)["imported"] == 200


def test_a_rejected_file_is_reported_in_full_as_json_and_in_part_for_the_eye(
    data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (data / "bad.csv").write_text(BAD, encoding="utf-8")
    before = (data / "roster.db").read_bytes()
    assert run("import", data / "bad.csv", "--data", data, "--json") == 1
    cells = json.loads(capsys.readouterr().out)["rejected"]
    assert len(cells) == 60
    assert cells[1] == {
        "line": 2,
        "column": "birth_date",
        "value_shape": "##/##/####",
        "code": "date.impossible",
        "why": "Ngày không có trong lịch.",
        "expected": "ngày/tháng/năm (09/03/1985), tháng/năm hoặc năm",
    }
    assert run("import", data / "bad.csv", "--data", data) == 1
    printed = capsys.readouterr()
    assert printed.out == ""
    assert len(printed.err.splitlines()) == 22
    assert "Lê" not in printed.err
    assert (data / "roster.db").read_bytes() == before


@pytest.mark.parametrize("language", ["vi_VN.UTF-8", "en_US.UTF-8", "C.UTF-8", ""])
def test_unusable_files_exit_with_2_and_words(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, language: str
) -> None:
    monkeypatch.setenv("LANG", language)
    assert run("import", tmp_path / "none.csv", "--data", tmp_path, "--json") == 2
    printed = capsys.readouterr()
    assert json.loads(printed.out)["error"] == "roster.file_missing"
    expected = "No such file: none.csv." if language.startswith("en") else "Không có tệp none.csv."
    assert printed.err.strip() == expected
    assert run("find", "x", "--data", tmp_path) == 2
    assert "roster.db" in capsys.readouterr().err


def test_invent_refuses_what_it_cannot_do(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("invent", "--count", "-1", "--out", tmp_path / "x.csv") == 2
    assert run("invent", "--count", "2", "--out", tmp_path / "no folder" / "x.csv") == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert "⟦" not in printed.err


@pytest.mark.parametrize("language", ["vi", "en"])
def test_every_code_has_words(language: str) -> None:
    entries = {
        (entry.msgctxt, entry.msgid): entry.msgstr
        for entry in polib.pofile(str(PACKAGE / "locale" / language / "LC_MESSAGES" / "kiosk.po"))
    }
    sources = [(PACKAGE / name).read_text(encoding="utf-8") for name in SOURCES + STORES]
    codes = {
        code for text in sources for code in re.findall(r'"((?:roster|number|date|card)\.[a-z_]+)"', text)
    }
    codes -= {"roster.db"}
    assert len(codes) > 50
    for code in codes:
        assert entries.get(("technician", code)) or entries.get(("common", code)), code
        if not code.startswith("roster.") and code.split("_")[-1] not in ("province", "differs"):
            assert entries.get(("citizen", code)), code
