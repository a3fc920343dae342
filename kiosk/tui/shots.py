"""Pictures of screens as SVG and PNG, drawn without any program of the system and without a link outside."""

from __future__ import annotations

import asyncio
import io
import re
from collections.abc import Sequence
from functools import lru_cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec
from rich.cells import cell_len
from rich.style import Style
from textual.pilot import Pilot
from textual.strip import Strip

from kiosk.locale import Words
from kiosk.tui.citizen.app import CitizenApp
from kiosk.tui.gallery import Shot, shots
from kiosk.tui.gallery_corrections import bench_shots
from kiosk.tui.gallery_desk import desk_shots
from kiosk.tui.hardened import HardenedApp
from kiosk.tui.officer.posed import PosedOfficer
from kiosk.tui.officer.review import ReviewScreen

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageDraw import ImageDraw
    from PIL.ImageFont import FreeTypeFont

FONTS: Final = Path(__file__).parent / "fonts"
CELL: Final = (12, 24)
FONT_SIZE: Final = 20
SIGNS: Final = frozenset("○☎⌫↵␣✎↺")
# Quarters of a cell a block letter fills: upper left, upper right, lower left, lower right.
QUARTERS: Final = dict(zip("▘▝▀▖▌▞▛▗▚▐▜▄▙▟█", range(1, 16), strict=True))


def without_links(svg: str) -> str:
    """Textual's SVG with fonts of this machine instead of fonts from a web host."""
    svg = re.sub(r"<!--.*?-->", "", svg, flags=re.DOTALL)
    svg = re.sub(r"@font-face\s*\{.*?\}", "", svg, flags=re.DOTALL)
    return svg.replace("Fira Code", "JetBrains Mono, Noto Sans Mono, DejaVu Sans Mono")


def png(strips: list[Strip], width: int) -> bytes:
    """A picture of `strips`, `width` cells wide, 12 × 24 dots a cell."""
    from PIL import Image, ImageDraw

    image = Image.new("RGB", (width * CELL[0], len(strips) * CELL[1]))
    draw = ImageDraw.Draw(image)
    fonts = faces()
    # Grounds first: the marks of some Vietnamese letters reach into the next cell.
    for row, strip in enumerate(strips):
        _grounds(draw, strip, row)
    for row, strip in enumerate(strips):
        _line(draw, strip, row, fonts)
    output = io.BytesIO()
    image.save(output, "PNG")
    return output.getvalue()


class Faces(NamedTuple):
    """JetBrains Mono has every Vietnamese letter, which DejaVu Sans Mono has not; DejaVu has the rarer signs."""

    regular: FreeTypeFont
    bold: FreeTypeFont
    signs: FreeTypeFont

    def of(self, letter: str, bold: bool) -> FreeTypeFont:
        if letter in SIGNS:
            return self.signs
        return self.bold if bold else self.regular


@lru_cache(maxsize=1)
def faces() -> Faces:
    from PIL import ImageFont

    names = ("JetBrainsMono-Regular.ttf", "JetBrainsMono-Bold.ttf", "DejaVuSansMono.ttf")
    return Faces(*(ImageFont.truetype(str(FONTS / name), FONT_SIZE) for name in names))


def _grounds(draw: ImageDraw, strip: Strip, row: int) -> None:
    x, y = 0, row * CELL[1]
    for segment in strip:
        right = x + segment.cell_length * CELL[0]
        draw.rectangle((x, y, right - 1, y + CELL[1] - 1), fill=colours(segment.style)[1])
        x = right


def _line(draw: ImageDraw, strip: Strip, row: int, fonts: Faces) -> None:
    x = 0
    for text, style, _ in strip:
        colour, _ = colours(style)
        for letter in text:
            _cell(draw, x, row, letter, colour, fonts.of(letter, bool(style and style.bold)))
            x += cell_len(letter)


def colours(style: Style | None) -> tuple[str, str]:
    """Letters and ground of a style, `#rrggbb`."""
    letters = style.color.get_truecolor().hex if style and style.color else "#000000"
    ground = style.bgcolor.get_truecolor().hex if style and style.bgcolor else "#ffffff"
    return letters, ground


def _cell(draw: ImageDraw, column: int, row: int, letter: str, colour: str, font: FreeTypeFont) -> None:
    w, h = CELL
    x, y = column * w, row * h
    quarters = QUARTERS.get(letter)
    if quarters is None:
        if "\u2800" <= letter <= "\u28ff":
            _braille(draw, x, y, ord(letter) - 0x2800, colour)
        elif letter != " ":
            draw.bitmap((x - w, y - h), _stamp(letter, font), fill=colour)
        return
    for bit in range(4):
        if quarters & 1 << bit:
            left, top = x + (bit & 1) * w // 2, y + (bit >> 1) * h // 2
            draw.rectangle((left, top, left + w // 2 - 1, top + h // 2 - 1), fill=colour)


@lru_cache(maxsize=1024)
def _stamp(letter: str, font: FreeTypeFont) -> Image:
    """A letter in the middle of three by three cells: quicker laid down again than drawn again."""
    import PIL.Image
    import PIL.ImageDraw

    w, h = CELL
    stamp = PIL.Image.new("L", (3 * w, 3 * h))
    PIL.ImageDraw.Draw(stamp).text((w, h + 18), letter, fill=255, font=font, anchor="ls")
    return stamp


def _braille(draw: ImageDraw, x: int, y: int, bits: int, colour: str) -> None:
    """Eight dots that touch, as terminals draw them."""
    w, h = CELL[0] // 2, CELL[1] // 4
    for bit, (column, row) in enumerate(((0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (1, 2), (0, 3), (1, 3))):
        if bits & 1 << bit:
            left, top = x + column * w, y + row * h
            draw.rectangle((left, top, left + w - 1, top + h - 1), fill=colour)


def draw_gallery(folder: Path, size: tuple[int, int], chosen: Sequence[Shot] = ()) -> list[Path]:
    """Every screen, or those `chosen`, in Vietnamese and English as SVG and PNG; the files written."""
    folder.mkdir(parents=True, exist_ok=True)
    return asyncio.run(_gallery(folder, size, chosen or shots()))


async def _gallery(folder: Path, size: tuple[int, int], chosen: Sequence[Shot]) -> list[Path]:
    written = []
    for language in ("vi", "en"):
        citizen = CitizenApp(None)
        async with citizen.run_test(size=size) as pilot:
            for shot in chosen:
                show_shot(citizen, shot, language)
                written += await _keep(pilot, citizen, folder / f"citizen-{shot.name}.{language}")
        officer = PosedOfficer(None, language)
        async with officer.run_test(size=size) as pilot:
            for page in desk_shots():
                officer.pose(page.room, page.place, page.form)
                written += await _keep(pilot, officer, folder / f"officer-{page.name}.{language}")
            for bench in bench_shots():
                over = ReviewScreen(bench.state, partial(Words, language), lambda _: None, None)
                await officer.push_screen(over)
                written += await _keep(pilot, officer, folder / f"officer-{bench.name}.{language}")
                officer.pop_screen()
    return written


def show_shot(app: CitizenApp, shot: Shot, language: str) -> None:
    """Bring `app` to the moment of `shot`."""
    app.lost()
    if shot.view is None:
        return
    app.show(msgspec.structs.replace(shot.view, language=language), shot.local)
    if shot.picture is not None:
        app.lay(shot.picture)


async def _keep(pilot: Pilot[None], app: HardenedApp, stem: Path) -> list[Path]:
    await pilot.pause()
    svg, dots = stem.with_name(stem.name + ".svg"), stem.with_name(stem.name + ".png")
    svg.write_text(without_links(app.export_screenshot(title="kiosk")), encoding="utf-8")
    dots.write_bytes(png(painted(app), app.size.width))
    return [svg, dots]


def painted(app: HardenedApp) -> list[Strip]:
    """What Textual's compositor paints now. Private in Textual, hence the pinned version."""
    return app.screen._compositor.render_strips(app.size)
