"""`kiosk finger match` where the optional part is there or not, and with files that are no pictures."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from PIL import Image

from kiosk.biometrics import matching_client
from kiosk.biometrics.matching import NotMatched, Template
from kiosk.cli.main import main
from kiosk.domain.message import msg


class Scripted:
    """Implements `Matcher`."""

    score = 77
    refused: NotMatched | None = None

    def engine(self) -> str:
        return "invented 1"

    def template(self, png: bytes, ppi: int, *, graded: bool) -> Template | NotMatched:
        return self.refused or Template(png[:4] + str(ppi).encode(), -1, "invented 1")

    def compare(self, probe: bytes, gallery: tuple[bytes, ...]) -> tuple[int, ...]:
        return (self.score,)

    def close(self) -> None:
        pass


@pytest.fixture
def files(tmp_path: Path) -> list[str]:
    file = io.BytesIO()
    Image.new("L", (8, 8), 200).save(file, "PNG")
    names = [tmp_path / "a.png", tmp_path / "b.png"]
    for name in names:
        name.write_bytes(file.getvalue())
    return [str(name) for name in names]


def scripted(monkeypatch: pytest.MonkeyPatch, **fields: object) -> None:
    monkeypatch.setattr(matching_client, "WorkerMatcher", type("One", (Scripted,), fields))


@pytest.mark.parametrize(("score", "status", "same"), [(77, 0, True), (48, 0, True), (47, 1, False)])
def test_the_score_decides(
    files: list[str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    score: int,
    status: int,
    same: bool,
) -> None:
    scripted(monkeypatch, score=score)
    assert main(["finger", "match", *files, "--json"]) == status
    assert json.loads(capsys.readouterr().out) == {"same": same, "score": score, "threshold": 48}


def test_a_threshold_of_ones_own(
    files: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LANG", "en_GB.UTF-8")
    scripted(monkeypatch)
    assert main(["finger", "match", *files, "--threshold", "90"]) == 1
    assert capsys.readouterr().out == "Another finger: score 77, threshold 90.\n"


def test_where_it_is_not_installed_it_says_so_and_what_to_do(
    files: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LANG", "en_GB.UTF-8")
    scripted(monkeypatch, refused=NotMatched(msg("matching.absent"), lasting=True))
    assert main(["finger", "match", *files, "--json"]) == 3
    told = capsys.readouterr()
    assert json.loads(told.out)["error"] == "matching.absent"
    assert told.err.startswith("Not available here: ")
    assert "nfiq2" in told.err


def test_a_picture_without_a_finger_is_the_pictures_trouble(
    files: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    scripted(monkeypatch, refused=NotMatched(msg("matching.unreadable", why="no minutiae")))
    assert main(["finger", "match", *files, "--json"]) == 2
    assert json.loads(capsys.readouterr().out)["error"] == "matching.unreadable"


@pytest.mark.parametrize("content", [b"", b"\x89PNG\r\n\x1a\n" + bytes(50), b"GIF89a", None])
def test_a_file_that_is_no_picture(
    files: list[str], capsys: pytest.CaptureFixture[str], content: bytes | None
) -> None:
    if content is None:
        Path(files[1]).unlink()
    else:
        Path(files[1]).write_bytes(content)
    assert main(["finger", "match", *files, "--json"]) == 2
    found = json.loads(capsys.readouterr().out)
    assert (found["error"], found["file"]) == ("finger.file_unreadable", files[1])
