"""`kiosk people`: the first account when a machine is handed over."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from kiosk.cli.main import main
from kiosk.domain.people import Officer, Role
from kiosk.hal.clock import SystemClock
from kiosk.store.database import Database
from kiosk.store.keys import DeviceKeys
from kiosk.store.people import People, SignedIn

FIRST = ("people", "first", "--officer", "gs01", "--name", "Trần Thị Lan")


def run(data: Path, pin: str, monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{pin}\n"))
    return main([*arguments, "--data", str(data)])


def test_the_first_supervisor_signs_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert run(tmp_path, "280451", monkeypatch, *FIRST) == 0
    people = People(Database(tmp_path / "kiosk.db", SystemClock()), DeviceKeys.open(tmp_path / "keys").pins)
    lan = Officer("GS01", "Trần Thị Lan", Role.SUPERVISOR)
    assert people.check("GS01", "280451") == SignedIn(lan, fresh=False)


@pytest.mark.parametrize("pin", ["123456", "12", "abcdef", ""])
def test_a_pin_that_is_no_good_makes_no_account(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], pin: str
) -> None:
    assert run(tmp_path, pin, monkeypatch, *FIRST) == 2
    assert capsys.readouterr().err.count("\n") == 1
    assert run(tmp_path, "", monkeypatch, "people", "list") == 1


def test_the_second_is_not_made_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert run(tmp_path, "280451", monkeypatch, *FIRST) == 0
    assert run(tmp_path, "280451", monkeypatch, *FIRST) == 2
