"""`kiosk repair`: what stands on the console of a machine without its data."""

from __future__ import annotations

from pathlib import Path

import pytest

from kiosk.cli.main import main
from kiosk.cli.repair import LANGUAGES, TROUBLES, lines
from kiosk.locale import Words


@pytest.mark.parametrize("code", sorted(TROUBLES))
def test_what_was_found_and_what_to_do_in_both_languages(
    code: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = tmp_path / "repair"
    found.write_text(f"code={code}\ndetail=/dev/mmcblk0p6: vfat\n")
    assert main(["repair", "--found", str(found)]) == 0
    said = capsys.readouterr().out
    assert "MÁY CHƯA PHỤC VỤ ĐƯỢC" in said and "OUT OF SERVICE" in said
    assert said.count("/dev/mmcblk0p6: vfat") == 2
    assert "⟦" not in said


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("code", sorted(TROUBLES))
def test_large_letters_leave_no_word_broken(code: str, language: str, tmp_path: Path) -> None:
    """Eighty columns: every line fits, and both languages in twenty-four rows."""
    found = tmp_path / "repair"
    found.write_text(f"code={code}\ndetail=/dev/mmcblk0p6: vfat\n")
    words = Words(language)
    wrapped, whole = lines(found, words, 78), lines(found, words)
    assert all(len(line) <= 78 for line in wrapped.splitlines())
    assert wrapped.split() == whole.split()
    assert len(wrapped.splitlines()) <= 11


@pytest.mark.parametrize("text", ["", "code=\n", "code=something.new\ndetail=x\n", "\x00\xff"])
def test_a_finding_it_does_not_know_still_says_something(
    text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "repair").write_text(text)
    assert main(["repair", "--found", str(tmp_path / "repair")]) == 0
    assert "⟦" not in capsys.readouterr().out


def test_a_file_that_is_not_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["repair", "--found", str(tmp_path / "none")]) == 2
    assert str(tmp_path / "none") in capsys.readouterr().err
