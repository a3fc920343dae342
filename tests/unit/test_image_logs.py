"""Logs for support: whole enough to help, nothing in them of a person. M3, P2."""

from __future__ import annotations

import json
import tarfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.cli.main import main
from kiosk.imaging.logs import HIDDEN, redacted, write_logs


@pytest.mark.parametrize(
    "personal",
    [
        "999085000001",
        "999 085 000 001",
        "999.085.000.001",
        "9990 8500 0001",
        "999085001",
        "999 085 001",
        "0999000001",
        "0999 000 001",
        "84999000001",
        "mau.vi-du@example.test",
        "AGE-SECRET-KEY-1QQQSYQCYQ5RQWZQFPG9SCRGWPUGPZYSNZS23V9CCRYDPK8QARC0",
    ],
)
@pytest.mark.parametrize("around", ["{}", "no {}, gone", "id={};", "“{}”", "\t{}\n", "kiosk[{}]:"])
def test_what_belongs_to_a_person_is_hidden(personal: str, around: str) -> None:
    assert redacted(around.format(personal)) == around.format(HIDDEN)


@pytest.mark.parametrize(
    "kept",
    [
        "2026-11-29T07:33:12+0700 kiosk kiosk-core[812]: ready",
        "MAU01-000123 sealed",
        "sha256 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "28e2bee483d9677e",
        "32000000 kB of 64",
        "boot 1.2.0 slot A",
    ],
)
def test_what_helps_is_kept(kept: str) -> None:
    assert redacted(kept) == kept


@given(st.from_regex(r"999[0-9]{9}", fullmatch=True), st.text(), st.text())
def test_a_number_is_found_in_any_text(number: str, before: str, after: str) -> None:
    assert number not in redacted(f"{before} {number} {after}")


def test_every_part_of_the_file_is_redacted(tmp_path: Path) -> None:
    out = tmp_path / "logs.tar.gz"
    write_logs(out, {"journal.txt": "Số 999085000001", "doctor.txt": "ok"})
    with tarfile.open(out) as archive:
        texts = {member.name: archive.extractfile(member).read().decode() for member in archive}  # type: ignore[union-attr]
    assert texts == {"kiosk-logs/journal.txt": f"Số {HIDDEN}", "kiosk-logs/doctor.txt": "ok"}


def test_logs_of_a_machine_without_most_tools_are_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("kiosk.imaging.logs.COMMANDS", {"x.txt": ["no-such-program-here"]})
    out = tmp_path / "logs.tar.gz"
    assert main(["image", "logs", "--out", str(out), "--data", str(tmp_path / "data"), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["parts"] == [
        "version.txt",
        "image.json",
        "doctor.txt",
        "x.txt",
    ]
    assert main(["image", "logs", "--out", str(tmp_path / "none" / "x"), "--data", str(tmp_path)]) == 2
