"""`kiosk face grade FILE`: any picture from outside, and any file that is none."""

from __future__ import annotations

import json
import resource
import struct
import zlib
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from kiosk.biometrics.outside import ENOUGH, MOST_JPEG_PIXELS, MOST_PIXELS, open_picture
from kiosk.biometrics.pictures import rgb_of
from kiosk.biometrics.portrait import PORTRAIT_SIZE
from kiosk.cli.main import main
from kiosk.errors import BadInputError
from tests.unit.faces import Studio, drawn_cat

ORIENTATION = 0x0112


@pytest.fixture(autouse=True)
def english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "en_GB.UTF-8")


@pytest.fixture
def studio(tmp_path: Path) -> Studio:
    return Studio(tmp_path)


def picture_of(studio: Studio, **fields: object) -> Image.Image:
    return Image.fromarray(rgb_of(studio.still(person=331, **fields)))


def grade(capsys: pytest.CaptureFixture[str], *arguments: str | Path) -> tuple[int, dict[str, Any], str]:
    """Exit status, the JSON answered, what was said."""
    status = main(["face", "grade", *map(str, arguments), "--json"])
    said = capsys.readouterr()
    return status, json.loads(said.out), said.err


@pytest.mark.parametrize("ending", ["jpg", "png", "webp", "bmp"])
def test_a_good_portrait_is_accepted_in_every_format(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, studio: Studio, ending: str
) -> None:
    file, cut = tmp_path / f"good.{ending}", tmp_path / "cut.png"
    picture_of(studio).save(file)
    status, found, _ = grade(capsys, file, "--out", cut)
    assert (status, found["accepted"], found["trouble"]) == (0, True, "none")
    assert (found["width"], found["height"]) == (960, 1280)
    assert found["score"] >= 80
    assert found["quality"]["eyes_px"] > 150
    assert "eyes_open" in found["not_measured"]
    with Image.open(cut) as picture:
        assert picture.size == PORTRAIT_SIZE


@pytest.mark.parametrize(
    ("fields", "trouble", "word"),
    [
        ({"distance": 1.7}, "closer", "closer"),
        ({"tilt": 16}, "lean_right", "right"),
        ({"light": 0.1}, "dark", "dark"),
        ({"glasses": True}, "glasses", "glasses"),
        ({"face_present": False}, "no_face", "camera"),
    ],
)
def test_what_is_wrong_comes_with_its_remedy(
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    studio: Studio,
    fields: dict[str, object],
    trouble: str,
    word: str,
) -> None:
    file = tmp_path / "given.jpg"
    picture_of(studio, **fields).save(file, quality=90)
    status, found, _ = grade(capsys, file)
    assert (status, found["accepted"], found["trouble"]) == (1, False, trouble)
    assert word in found["remedy"].lower()
    assert main(["face", "grade", str(file)]) == 1
    assert found["remedy"] in capsys.readouterr().out


def test_a_cat_is_not_accepted(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    file = tmp_path / "cat.jpg"
    Image.fromarray(drawn_cat((206, 142, 84), 900)).save(file)
    status, found, _ = grade(capsys, file)
    assert (status, found["accepted"], found["box"]) == (1, False, None)


Turn = Image.Transpose
STORED: dict[int, Turn] = {
    2: Turn.FLIP_LEFT_RIGHT,
    3: Turn.ROTATE_180,
    4: Turn.FLIP_TOP_BOTTOM,
    5: Turn.TRANSPOSE,
    6: Turn.ROTATE_90,
    7: Turn.TRANSVERSE,
    8: Turn.ROTATE_270,
}
"""How a camera that writes this orientation has laid the picture down."""


@pytest.mark.parametrize("orientation", [1, *STORED])
def test_a_picture_is_turned_as_its_exif_says(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, studio: Studio, orientation: int
) -> None:
    stored = picture_of(studio).resize((480, 640))
    if orientation in STORED:
        stored = stored.transpose(STORED[orientation])
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    file = tmp_path / "turned.jpg"
    stored.save(file, exif=exif)
    status, found, _ = grade(capsys, file)
    assert (status, found["trouble"]) == (0, "none"), orientation
    assert (found["width"], found["height"]) == (480, 640)


@pytest.mark.parametrize("mode", ["L", "P", "RGBA", "CMYK", "1", "I;16"])
def test_pictures_of_every_mode_are_graded_or_refused(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, studio: Studio, mode: str
) -> None:
    file = tmp_path / ("given.jpg" if mode == "CMYK" else "given.png")
    base = picture_of(studio).resize((480, 640))
    picture = (
        Image.fromarray(np.asarray(base.convert("L"), np.uint16) * 256)
        if mode == "I;16"
        else base.convert(mode)
    )
    picture.save(file)
    status, found, _ = grade(capsys, file)
    assert status in (0, 1)
    assert found["accepted"] == (status == 0)
    if mode in ("L", "1"):
        assert not found["accepted"], "no colour"


def test_what_is_transparent_is_white(tmp_path: Path) -> None:
    file = tmp_path / "clear.png"
    Image.new("RGBA", (60, 60), (10, 20, 30, 0)).save(file)
    assert rgb_of(open_picture(file)).min() == 255


# -- files that are no pictures, or too much ---------------------------------------------------------------------


def refused(capsys: pytest.CaptureFixture[str], file: Path) -> str:
    """The code of a refusal: one line, exit status 2, no traceback."""
    status, found, said = grade(capsys, file)
    assert status == 2
    assert len(said.strip().splitlines()) == 1
    assert "Traceback" not in said
    return str(found["error"])


@pytest.mark.parametrize(
    "content", [b"", b"\x00", b"GIF89a", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"<svg/>", b"%PDF-1.7"]
)
def test_files_that_are_no_picture_are_refused(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, content: bytes
) -> None:
    file = tmp_path / "given.jpg"
    file.write_bytes(content)
    assert refused(capsys, file) == "picture.unreadable"


def test_no_file_and_a_folder_are_refused(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert refused(capsys, tmp_path / "absent.jpg") == "picture.unreadable"
    assert refused(capsys, tmp_path) == "picture.unreadable"


def test_a_picture_cut_short_is_refused(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, studio: Studio
) -> None:
    file = tmp_path / "half.jpg"
    whole = BytesIO()
    picture_of(studio).save(whole, "JPEG")
    file.write_bytes(whole.getvalue()[: whole.tell() // 2])
    assert refused(capsys, file) == "picture.unreadable"


def png_claiming(width: int, height: int) -> bytes:
    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(b"\x00" * 64)) + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    ("width", "height"), [(5000, 5000), (12_000, 12_000), (60_000, 60_000), (2**31 - 1, 2**31 - 1)]
)
def test_a_bomb_is_refused_before_it_is_decoded(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, width: int, height: int
) -> None:
    assert width * height > MOST_PIXELS
    file = tmp_path / "bomb.png"
    file.write_bytes(png_claiming(width, height))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert refused(capsys, file) in ("picture.too_large", "picture.unreadable")
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 80_000, "kilobytes"


def test_a_large_photograph_is_decoded_small(tmp_path: Path, studio: Studio) -> None:
    file = tmp_path / "large.jpg"
    picture_of(studio).resize((6000, 8000), Image.Resampling.NEAREST).save(file, quality=60)
    assert MOST_JPEG_PIXELS > 6000 * 8000
    frame = open_picture(file)
    assert (frame.width, frame.height) == (ENOUGH * 3 // 4, ENOUGH)


@given(data=st.data())
@settings(max_examples=40, deadline=None)
def test_a_spoiled_file_is_a_picture_or_a_refusal(
    data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Bytes changed anywhere in a small JPEG, PNG, WebP or BMP with EXIF data."""
    form = data.draw(st.sampled_from(["JPEG", "PNG", "WEBP", "BMP"]))
    whole = BytesIO()
    exif = Image.Exif()
    exif[ORIENTATION] = 6
    Image.fromarray(drawn_cat((150, 120, 96), 64)).save(
        whole, form, **({} if form == "BMP" else {"exif": exif})
    )
    spoiled = bytearray(whole.getvalue())
    for _ in range(data.draw(st.integers(1, 6))):
        # The first bytes hold what a decoder believes, so they are spoiled more often.
        place = data.draw(
            st.one_of(st.integers(0, min(200, len(spoiled) - 1)), st.integers(0, len(spoiled) - 1))
        )
        spoiled[place] = data.draw(st.integers(0, 255))
    file = tmp_path_factory.getbasetemp() / "spoiled"
    file.write_bytes(
        bytes(spoiled[: data.draw(st.integers(1, len(spoiled)))] if data.draw(st.booleans()) else spoiled)
    )
    try:
        frame = open_picture(file)
    except BadInputError as error:
        assert error.code in ("picture.unreadable", "picture.too_large")
    else:
        assert len(frame.pixels) == frame.width * frame.height * 3
