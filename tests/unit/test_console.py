"""The plain Linux console: the kiosk's own letters and colours, readable by the same people (C1)."""

from __future__ import annotations

import asyncio
import subprocess
from pathlib import Path

import pytest
from rich.color import ColorType
from rich.segment import Segment
from rich.style import Style
from textual.color import Color as Background
from textual.strip import Strip

from image.console_font import HEADER, MAGIC, SIZES, charset, paint, psf
from kiosk.locale import HERE
from kiosk.tui.canvas import Ink, style_of
from kiosk.tui.citizen.app import CitizenApp
from kiosk.tui.console import COLOURS, GROUNDS, ITS_COLOURS, OWN_COLOURS, ConsoleColours, shown
from kiosk.tui.gallery_desk import desk_shots
from kiosk.tui.officer.posed import PosedOfficer
from kiosk.tui.palette import LINE, PAPER, SAND, STONE
from kiosk.tui.shots import painted
from tests.unit.test_screen_gallery import SHOTS, contrast, is_writing, page

SCRIPT = Path(__file__).parents[2] / "image/overlay/usr/libexec/kiosk/console-font"
ROOM = (80, 24)
# Written by one letter for the other in every font.
TWINS = ("–—", " \xa0", "-\xad", "ÐĐ")
BRAILLE = range(0x2800, 0x2900)


class OnConsole(CitizenApp):
    """Keeps what the terminal is told."""

    def __init__(self) -> None:
        super().__init__(None)
        self.told: list[str] = []
        self.use_console()

    def margins(self, order: str) -> None:
        self.told.append(order)


async def desk_pages(officer: PosedOfficer) -> list[tuple[str, list[Strip]]]:
    """As the terminal gets them."""
    found = []
    async with officer.run_test(size=ROOM) as pilot:
        for page in desk_shots():
            officer.pose(page.room, page.place, page.form)
            await pilot.pause()
            found.append((f"officer {page.name}", painted(officer)))
    return found


@pytest.fixture(scope="module")
def drawn() -> list[tuple[str, list[Strip]]]:
    officer, colours = PosedOfficer(None, "vi"), ConsoleColours()
    officer.use_console()
    citizen = [(shot.name, page(shot, ROOM).canvas.strips()) for shot in SHOTS]
    return [
        *(
            (name, [strip.apply_filter(colours, Background(0, 0, 0)) for strip in strips])
            for name, strips in citizen
        ),
        *asyncio.run(desk_pages(officer)),
    ]


def of_sixteen(style: Style | None) -> tuple[str, str]:
    """The colours the console shows: both are numbers, and what lies behind letters is one of eight."""
    assert style is not None
    assert style.color is not None
    assert style.bgcolor is not None
    assert style.color.type is style.bgcolor.type is ColorType.STANDARD
    assert not style.bold
    assert style.color.number is not None
    assert style.bgcolor.number is not None
    return COLOURS[style.color.number], GROUNDS[style.bgcolor.number]


def test_every_page_keeps_its_contrast_in_sixteen_colours(drawn: list[tuple[str, list[Strip]]]) -> None:
    for name, strips in drawn:
        for strip in strips:
            for words, style, _ in strip:
                if any(map(is_writing, words)):
                    assert contrast(*of_sixteen(style)) >= 7.0, (name, words, of_sixteen(style))


def test_every_letter_of_every_page_and_catalogue_is_in_the_font(
    drawn: list[tuple[str, list[Strip]]],
) -> None:
    """But for strokes of a finger, which a console has not: nobody signs there."""
    pages = {letter for _, strips in drawn for strip in strips for letter in strip.text}
    catalogues = {
        letter
        for file in Path(HERE).rglob("*.po")
        for letter in file.read_text(encoding="utf-8")
        if letter != "\n"
    }
    strokes = {letter for letter in pages if ord(letter) in BRAILLE}
    assert (pages | catalogues) - strokes - set(charset()) == set()


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size.width}x{size.height}")
def test_no_letter_looks_like_another(size: object) -> None:
    """A mark that got lost would change the word."""
    seen: dict[bytes, str] = {}
    for letter in charset():
        picture = paint(letter, size).tobytes()  # type: ignore[arg-type]
        seen[picture] = seen.get(picture, "") + letter
    assert {letters for letters in seen.values() if len(letters) > 1} <= set(TWINS)


def test_a_font_is_what_setfont_reads() -> None:
    """PSF2: 512 pictures and names as the kernel wants them, the blank where the console wipes with it."""
    for size in SIZES:
        font = psf(size)
        magic, version, start, flags, count, stride, height, width = HEADER.unpack_from(font)
        assert (magic, version, flags, height, width) == (MAGIC, 0, 1, size.height, size.width)
        assert stride == height * ((width + 7) // 8)
        assert count == 512
        assert font[start + stride * 0x20 :][:stride] == bytes(stride)
        names = font[start + stride * count :].split(b"\xff")
        assert [name.decode() for name in names[: len(charset())]] == [*charset()]
        assert not any(names[len(charset()) :]) and len(names) == count + 1


def setfont(way: str, screen: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["sh", str(SCRIPT), way],
        env={"KIOSK_SCREEN": str(screen), "KIOSK_SETFONT": "echo", "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=True,
    )


@pytest.mark.parametrize(
    ("screen", "font"),
    [
        ("1280,800", "16x32"),
        ("1024,768", "12x24"),
        ("800,480", "10x20"),
        ("720,400", "8x16"),
        ("1080,1920", "12x24"),
        ("", "8x16"),
    ],
)
def test_the_largest_letters_that_leave_room_for_the_page(tmp_path: Path, screen: str, font: str) -> None:
    (tmp_path / "size").write_text(screen + "\n")
    told = setfont("now", tmp_path / "size")
    assert told.stdout == f"-C /dev/tty1 /usr/share/kiosk/console/{font}.psf\n"
    assert told.stderr == ""


@pytest.mark.parametrize(
    ("screen", "font"),
    [("1920,1080", "16x32"), ("1280,800", "12x24"), ("1024,768", "10x20"), ("800,480", "8x16")],
)
def test_the_form_of_the_first_start_has_room_for_its_code(tmp_path: Path, screen: str, font: str) -> None:
    (tmp_path / "size").write_text(f"{screen}\n")
    assert setfont("form", tmp_path / "size").stdout.splitlines()[-1].endswith(f"/{font}.psf")


def test_the_console_gets_the_kiosks_colours_and_its_own_back() -> None:
    async def run() -> list[str]:
        app = OnConsole()
        async with app.run_test(size=ROOM) as pilot:
            await pilot.pause()
        return app.told

    assert asyncio.run(run()) == [OWN_COLOURS, ITS_COLOURS]
    assert OWN_COLOURS.count("\x1b]P") == len(COLOURS) == 16
    assert all(COLOURS[:8][i] == ground for i, ground in enumerate(GROUNDS))


def test_what_has_no_colour_keeps_none() -> None:
    assert shown(Style()) == Style.null()
    assert shown(style_of(Ink(COLOURS[9], GROUNDS[7]))).color is not None


@pytest.mark.parametrize(
    ("above", "below", "block"),
    [(STONE, STONE, "█"), (STONE, PAPER, "▀"), (PAPER, STONE, "▄"), (SAND, PAPER, "▀"), (LINE, STONE, "▀")],
)
def test_a_picture_keeps_greys_that_cannot_lie_behind_letters(above: str, below: str, block: str) -> None:
    (drawn,) = ConsoleColours().apply([Segment("▀▀", style_of(Ink(above, below)))], Background(0, 0, 0))
    assert drawn.text == block * 2
    letters, ground = of_sixteen(drawn.style)
    shown_above, shown_below = {"▀": (letters, ground), "▄": (ground, letters), "█": (letters, letters)}[
        block
    ]
    assert shown_above == above
    assert shown_below == below or {above, below}.isdisjoint(GROUNDS)
