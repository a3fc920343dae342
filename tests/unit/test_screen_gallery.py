"""Every screen of the gallery: contrast, size of targets, words, and pictures without a link outside."""

from __future__ import annotations

import asyncio
import io
import re
import unicodedata
from functools import cache
from pathlib import Path

import msgspec
import pytest
from PIL import Image, ImageChops
from textual.strip import Strip

from kiosk.cli.screens import size_of
from kiosk.errors import BadInputError
from kiosk.locale import HERE, Words
from kiosk.tui.bigtext import big_lines
from kiosk.tui.canvas import Canvas, Ink, Rect, balanced, wrap
from kiosk.tui.citizen.app import CitizenApp
from kiosk.tui.citizen.draw import draw
from kiosk.tui.citizen.hands import FINGERS, dots
from kiosk.tui.citizen.picture import fitted
from kiosk.tui.citizen.scene import Local, Scene
from kiosk.tui.drawings import face_picture
from kiosk.tui.gallery import Shot, shots
from kiosk.tui.gallery_corrections import bench_shots
from kiosk.tui.gallery_desk import desk_shots
from kiosk.tui.hardened import HardenedApp
from kiosk.tui.officer.posed import PosedOfficer
from kiosk.tui.page import Page
from kiosk.tui.page import Target as Pressable
from kiosk.tui.shots import colours, draw_gallery, faces, painted, png, show_shot, without_links
from kiosk.workflow.view import Capture, Target

SIZES = [(80, 24), (67, 18), (100, 30), (160, 45)]
SHOTS = [shot for shot in shots() if shot.view is not None]


def page(shot: Shot, size: tuple[int, int], language: str = "vi") -> Page:
    assert shot.view is not None
    view = msgspec.structs.replace(shot.view, language=language)
    return draw(Scene(view, shot.local, Words(language), *size, live=shot.picture is not None))


def luminance(colour: str) -> float:
    parts = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@cache
def contrast(one: str, other: str) -> float:
    """WCAG 2 contrast ratio."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def is_writing(letter: str) -> bool:
    """Letters, figures and signs; not the blocks and lines that pictures and edges are made of."""
    return letter != " " and not 0x2500 <= ord(letter) <= 0x259F and not 0x2800 <= ord(letter) <= 0x28FF


def assert_readable(strips: list[Strip], name: str) -> None:
    for strip in strips:
        for words, style, _ in strip:
            if any(map(is_writing, words)):
                assert contrast(*colours(style)) >= 7.0, (name, words, colours(style))


async def painted_samples(size: tuple[int, int], language: str) -> list[tuple[str, list[Strip]]]:
    found = []
    citizen = CitizenApp(None)
    async with citizen.run_test(size=size) as pilot:
        for shot in shots()[::8]:
            show_shot(citizen, shot, language)
            await pilot.pause()
            found.append((shot.name, painted(citizen)))
    officer: HardenedApp = PosedOfficer(None, language)
    async with officer.run_test(size=size) as pilot:
        assert isinstance(officer, PosedOfficer)
        for page in desk_shots():
            officer.pose(page.room, page.place, page.form)
            await pilot.pause()
            found.append((f"officer {page.name}", painted(officer)))
    return found


@pytest.mark.parametrize(("size", "language"), [((80, 24), "vi"), ((160, 45), "en")])
def test_every_painted_letter_has_a_contrast_of_seven_and_every_code_has_words(
    size: tuple[int, int], language: str
) -> None:
    drawn = [(shot.name, page(shot, size, language).canvas.strips()) for shot in SHOTS]
    for name, strips in [*drawn, *asyncio.run(painted_samples(size, language))]:
        assert len(strips) == size[1]
        assert all(strip.cell_length == size[0] for strip in strips), name
        assert_readable(strips, name)
        assert not any("⟦" in strip.text for strip in strips), name


@pytest.mark.parametrize("size", SIZES)
def test_targets_are_big_apart_and_inside(size: tuple[int, int]) -> None:
    for shot in SHOTS:
        assert_pressable(page(shot, size).targets, size, shot.name)


def assert_pressable(targets: list[Pressable], size: tuple[int, int], name: str) -> None:
    small = size == (67, 18)
    keys = [target.key for target in targets]
    assert len(keys) == len(set(keys)), (name, "one key, one target")
    for number, target in enumerate(targets):
        rect = target.rect
        assert rect.h >= (3 if small else 5) and rect.w >= (16 if small else 20), (name, target.key, rect)
        assert rect.x >= 0 and rect.y >= 0 and rect.x + rect.w <= size[0] and rect.y + rect.h <= size[1]
        for other in targets[number + 1 :]:
            assert not overlap(rect, other.rect), (name, target.key, other.key)


def test_what_does_not_divide_is_free_on_both_sides() -> None:
    """91 columns, as a panel of 1280 pixels has: the two buttons of the first page stand in the middle."""
    drawn = page(SHOTS[0], (91, 24)).targets
    first, last = drawn[0].rect, drawn[1].rect
    assert first.x == 91 - (last.x + last.w - 1)


def overlap(a: Rect, b: Rect) -> bool:
    return a.x < b.x + b.w and b.x < a.x + a.w and a.y < b.y + b.h and b.y < a.y + a.h


@pytest.mark.parametrize("language", ["vi", "en"])
@pytest.mark.parametrize("size", [(80, 24), (160, 45)])
def test_the_prompt_and_every_button_are_whole(size: tuple[int, int], language: str) -> None:
    """No word is cut: a button shows all its words, the page all of its prompt."""
    for shot in SHOTS:
        assert_words_whole(shot, size, language)


def assert_words_whole(shot: Shot, size: tuple[int, int], language: str) -> None:
    drawn = page(shot, size, language)
    assert shot.view is not None
    words = Words(language)
    if shot.view.idle_left is None and shot.local.panel == Local().panel:
        assert_whole(drawn, words.say(shot.view.screen.prompt))
        for option in getattr(shot.view.screen, "options", ()):
            if drawn.by_key("f4") is None:
                assert_whole(drawn, words.say(option.label))


def assert_whole(drawn: Page, said: str) -> None:
    """Every word is there."""
    seen = set(drawn.canvas.plain().replace("▀", " ").split())
    assert not [word for word in said.split() if word not in seen], said


def shot_of(name: str) -> Shot:
    return next(shot for shot in SHOTS if shot.name.partition("-")[2] == name)


FINGER_SHOTS = [s for s in SHOTS if s.view and getattr(s.view.screen, "target", None) is Target.FINGERS]


@pytest.mark.parametrize("language", ["vi", "en"])
@pytest.mark.parametrize("size", [*SIZES, (120, 40)])
def test_no_remedy_hides_the_finger_asked_for_or_whom_to_ask(size: tuple[int, int], language: str) -> None:
    """C2, C3: the finger, its name, what to do and whom to ask are there at the same time.

    While a remedy takes its time no finger is to be placed, and none is marked; it is still named.
    """
    assert len(FINGER_SHOTS) >= 8
    for shot in FINGER_SHOTS:
        assert_finger_in_sight(shot, size, language)


def assert_finger_in_sight(shot: Shot, size: tuple[int, int], language: str) -> None:
    assert shot.view is not None
    screen = shot.view.screen
    assert isinstance(screen, Capture)
    drawn = page(shot, size, language)
    plain = drawn.canvas.plain()
    asked = 0 if screen.seconds else len(screen.fingers)
    assert plain.count("●") == (0 if screen.good else asked)
    assert plain.count("✓") >= (asked if screen.good else 0)
    assert plain.count("▼") >= asked
    assert_whole(drawn, Words(language).say(screen.prompt))
    if screen.hint is not None:
        assert_whole(drawn, Words(language).say(screen.hint))
    if screen.about is not None and (screen.better or screen.seconds):
        assert_whole(drawn, Words(language).say(screen.about))
    assert plain.count("F1") == 2, "on its key and in a sentence"


def test_a_small_screen_gives_the_portrait_all_its_height() -> None:
    slot = page(shot_of("portrait"), (80, 24)).slot
    assert slot is not None
    place = fitted(face_picture(), slot)
    assert place.h >= 16, "of 24 rows, header and keys taken away"


def test_a_wide_terminal_shows_one_column_in_its_middle() -> None:
    for shot in SHOTS:
        assert_in_column(shot)


def assert_in_column(shot: Shot) -> None:
    drawn = page(shot, (200, 60))
    for target in drawn.targets:
        assert target.rect.x >= 40 and target.rect.x + target.rect.w <= 160, shot.name
        assert target.rect.h >= 5
    if shot.view is not None and shot.view.idle_left is None:
        assert min(t.rect.x for t in drawn.targets) + max(
            t.rect.x + t.rect.w for t in drawn.targets
        ) in range(196, 205)


def test_yes_and_no_are_told_apart_without_colour() -> None:
    shot = shot_of("confirm-birth-date")
    plain = page(shot, (80, 24)).canvas.plain()
    assert "✓ Đúng rồi" in plain and "✗ Chưa đúng" in plain


@pytest.mark.parametrize("tick", [0, 1])
def test_asked_taken_and_described_fingers_are_told_apart_without_colour(tick: int) -> None:
    shot = shot_of("rolled")
    assert shot.view is not None
    plain = draw(Scene(shot.view, shot.local, Words("vi"), 80, 24, tick)).canvas.plain()
    hands = plain.split("ngón cần đặt")[0]
    assert hands.count("✓") == 8
    assert hands.count("●") == 1
    assert hands.count("▼") + hands.count("▽") == 2, "the arrow over the finger and in the legend"


@pytest.mark.parametrize("size", [(40, 18), (88, 40)])
def test_hands_have_five_long_fingers_apart_from_one_another(size: tuple[int, int]) -> None:
    grid = dots(*size)
    for code, finger in FINGERS.items():
        assert sum(row.count(code) for row in grid) > 12
        assert grid[int(finger.y1 * size[1] / 100)][int(finger.x1 * size[0] / 100)] == code
    across = grid[int(size[1] * 0.38)]
    runs = [part for part, before in zip(across, (0, *across), strict=False) if part and part != before]
    assert [part for part in runs if part in (2, 3, 4, 5)] == [2, 3, 4, 5]
    assert all(across[x] == 0 or across[x + 1] in (0, across[x]) for x in range(size[0] - 1))


@pytest.mark.system
def test_the_gallery_is_drawn_without_a_link_to_any_host(tmp_path: Path) -> None:
    chosen = shots()[::9]
    files = draw_gallery(tmp_path, (80, 24), chosen)
    assert len(files) == 2 * 2 * (len(chosen) + len(desk_shots()) + len(bench_shots()))
    for file in files:
        if file.suffix == ".png":
            assert file.read_bytes().startswith(b"\x89PNG")
            continue
        links = set(re.findall(r"https?://[^\"' )<]*", file.read_text(encoding="utf-8")))
        assert links == {"http://www.w3.org/2000/svg"}, file.name


def test_fonts_in_an_svg_are_those_of_the_machine() -> None:
    svg = without_links(
        '<style>@font-face { src: url("https://x/y.woff2"); } a{font-family: Fira Code}</style>'
    )
    assert "url" not in svg and "JetBrains Mono" in svg


def test_every_letter_of_the_catalogues_and_every_sign_has_a_drawing() -> None:
    """DejaVu Sans Mono alone lacks 46 Vietnamese letters, ầ among them."""
    fonts = faces()
    letters = set(" ".join(path.read_text(encoding="utf-8") for path in HERE.rglob("*.po")))
    letters |= {letter for shot in SHOTS for letter in page(shot, (80, 24)).canvas.plain()}
    lost = bytes(fonts.regular.getmask("\U000ffffe")), bytes(fonts.signs.getmask("\U000ffffe"))
    for letter in filter(is_writing, letters - {"\n"}):
        assert bytes(fonts.of(letter, bold=False).getmask(letter)) not in lost, letter


def test_a_picture_is_as_large_as_its_cells_and_tells_marks_apart() -> None:
    def drawn(text: str) -> Image.Image:
        ink = Ink("#000000", "#ffffff", True)
        canvas = Canvas(4, 1, ink)
        canvas.text(0, 0, text, ink)
        return Image.open(io.BytesIO(png(canvas.strips(), 4)))

    assert drawn("cần").size == (48, 24)
    assert ImageChops.difference(drawn("cần"), drawn("cân")).getbbox() is not None


def test_wrapping_keeps_every_word_and_no_line_is_too_long() -> None:
    said = "Ngón tay hơi ướt. Ông/bà lau khô rồi đặt lại."
    for width in range(6, 60):
        for lines in (wrap(said, width), balanced(said, width)):
            assert " ".join(lines).split() == said.split() or width < 6
            assert max(map(len, lines)) <= width
    assert len(balanced(said, 30)) == len(wrap(said, 30))
    assert wrap(unicodedata.normalize("NFD", "Nguyễn\x1b[2J"), 30) == ["Nguyễn [2J"]


def test_tall_figures_only_for_what_has_them() -> None:
    assert big_lines("12/03", 80) is not None
    assert big_lines("NGUYỄN", 80) is None
    assert big_lines("999156000001", 20) is None


@pytest.mark.parametrize("bad", ["80", "x24", "80x", "8x8", "9000x24", "80X24", "-80x24"])
def test_a_size_that_cannot_be_used_is_refused(bad: str) -> None:
    with pytest.raises(BadInputError):
        size_of(bad)
