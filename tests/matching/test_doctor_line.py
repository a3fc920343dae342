"""`kiosk doctor` says whether fingers are compared on this kiosk."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from kiosk.app.doctor import Finding, Place, State, examine
from kiosk.config import Config
from kiosk.hal.clock import SystemClock


def line(data: Path) -> Finding:
    findings = examine(Place(Config(), data, SystemClock()))
    (found,) = [finding for finding in findings if finding.topic == "matching"]
    return found


def test_without_the_optional_part_it_is_said_and_no_fault(tmp_path: Path) -> None:
    found = line(tmp_path)
    assert (found.state, found.found.code, found.remedy) == (State.OK, "doctor.matching_absent", None)


def test_a_part_that_does_not_load_is_a_fault_with_a_remedy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As nbis-python on Debian 12."""
    (tmp_path / "nbis").mkdir()
    (tmp_path / "nbis" / "__init__.py").write_text("raise ImportError('GLIBC_2.38 not found')")
    monkeypatch.syspath_prepend(str(tmp_path))
    path = os.environ.get("PYTHONPATH", str(Path.cwd()))
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join((str(tmp_path), path)))
    found = line(tmp_path / "data")
    assert (found.state, found.found.code) == (State.WARN, "matching.unloadable")
    assert "GLIBC_2.38" in str(found.found.values["why"])
    assert found.remedy
    assert found.remedy.code == "doctor.remedy.matching"
