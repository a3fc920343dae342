"""How a dossier before it is sealed is drawn, with its pictures; and the page before a signature under many."""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from functools import partial
from typing import Final

from kiosk.domain.batch import Unsigned
from kiosk.domain.dossier import SampleKind
from kiosk.domain.message import Message, msg
from kiosk.link.client import Picture
from kiosk.link.messages import BatchSigned
from kiosk.link.shown import DossierShown, FieldShown, PictureShown
from kiosk.locale import Audience, Words
from kiosk.tui.canvas import Canvas, Ink, Rect, wrap
from kiosk.tui.citizen.picture import fitted, picture_strips
from kiosk.tui.officer.bench import EMPTY, Bench, at_bench, field_of
from kiosk.tui.officer.bench_page import bench_rows, draw_bench, picture_caps
from kiosk.tui.officer.pieces import KEY, draw_key, put_lines, title
from kiosk.tui.page import Act, Do, Page
from kiosk.tui.palette import BANNER, CARD, HEADER, LINES, PAGE, QUIET, TITLE, TROUBLE
from kiosk.workflow.board import Approval, Board
from kiosk.workflow.view import Help

WIDEST_FACTS: Final = 46
WIDE: Final = 70
"""Columns from which the arrows have words."""


@dataclass(frozen=True)
class Lens:
    """How near a picture is looked at: `zoom` times, moved by half a window to the right and down."""

    zoom: int = 1
    x: int = 0
    y: int = 0

    def moved(self, right: int, down: int) -> Lens:
        most = 2 * (self.zoom - 1)
        return Lens(self.zoom, min(max(self.x + right, 0), most), min(max(self.y + down, 0), most))

    def nearer(self) -> Lens:
        return Lens(self.zoom * 2) if self.zoom < NEAREST else FAR


NEAREST: Final = 8
FAR: Final = Lens()


@dataclass(frozen=True)
class Reviewed:
    """A dossier on the screen: the question about it while there is one, the choice taken, the reason being typed,
    which picture is shown and how near, and how far the officer is with a correction."""

    shown: DossierShown
    approval: Approval | None = None
    choice: str = ""
    reason: str = field(default="", repr=False)
    at: int = 0
    lens: Lens = FAR
    bench: Bench = EMPTY


@dataclass(frozen=True)
class Signing:
    """What waits for a signature, who would sign it, and once it is done what the core said."""

    unsigned: Unsigned
    officer: str
    sent: bool = False
    signed: BatchSigned | None = None


def draw_review(
    state: Reviewed | Signing, words: Words, width: int, height: int, board: Board | None = None
) -> Page:
    page = Page(width, height, PAGE)
    top, body = Rect(0, 0, width, height).take(1)
    if board is not None and board.view.help is Help.CALLED:
        page.canvas.fill(top, BANNER)
        page.canvas.text(1, 0, f"☎ {own(words, 'called')}", BANNER)
        draw_key(page, width - 7, 0, "escape", "", Act(Do.SELECT, "escape"))
        top, body = body.take(1)
    page.canvas.fill(top, HEADER)
    if isinstance(state, Signing):
        _draw_signing(page, top, body.inset(2, 1), state, words)
    else:
        _draw_dossier(page, top, body, state, words)
    return page


def _draw_signing(page: Page, top: Rect, rect: Rect, state: Signing, words: Words) -> None:
    page.canvas.text(1, top.y, own(words, "unsigned", count=state.unsigned.count), HEADER)
    text, foot = rect.drop(1)
    if state.signed is not None:
        batch = state.signed.batch
        said = [say(words, msg("batch.signed", count=batch.count, batch=batch.id))]
    else:
        said = [own(words, "batch.what"), own(words, "batch.means", officer=state.officer)]
    lines = [(line, TITLE) for each in said for line in [*wrap(each, text.w), ""]]
    put_lines(page, text, [*lines, (f"SHA-256 {state.unsigned.digest[:16]}…", QUIET)])
    x = foot.x
    if state.signed is None:
        x = draw_key(page, x, foot.y, "enter", own(words, "key_sign"), Act(Do.SELECT, "enter")) + 1
    draw_key(page, x, foot.y, "escape", own(words, "key_back"), Act(Do.SELECT, "escape"))


def _draw_dossier(page: Page, top: Rect, body: Rect, state: Reviewed, words: Words) -> None:
    page.canvas.text(1, top.y, own(words, "review", dossier=state.shown.dossier), HEADER)
    bench = at_bench(state.approval)
    body, foot = body.drop(1 + (bench_rows(state, words, body.w - 2) if bench else 1))
    why = wrap(_why(state, words), body.w - 2)
    head, body = body.take(len(why))
    put_lines(page, head.inset(1), [(line, TROUBLE) for line in why])
    facts = min(WIDEST_FACTS, body.w // 2)
    left, right = body._replace(w=facts), body._replace(x=body.x + facts, w=body.w - facts)
    put_lines(page, left.inset(1), _facts(state, words, facts - 2))
    _pictures(page, right.inset(1), state, words)
    page.canvas.text(foot.x + 1, foot.y, "─" * (foot.w - 2), LINES)
    draw = draw_bench if bench else _foot
    draw(page, Rect(foot.x + 1, foot.y + 1, foot.w - 2, foot.h - 1), state, words)


def _why(state: Reviewed, words: Words) -> str:
    if state.shown.flags:
        reasons = "; ".join(say(words, msg(f"flag.{flag}")) for flag in state.shown.flags)
        return own(words, "review.why", reasons=reasons)
    drawn = state.approval is not None and state.approval.kind == "sample"
    return (
        own(words, "review.why", reasons=say(words, msg("flag.sample")))
        if drawn
        else own(words, "review.plain")
    )


def _facts(state: Reviewed, words: Words, width: int) -> list[tuple[str, Ink]]:
    """What the citizen says now, and below it what was known where that differs; then doubts and exceptions."""
    shown, lines = state.shown, list[tuple[str, Ink]]()
    asked = field_of(state.approval) if state.approval and at_bench(state.approval) else ""
    for datum in shown.fields:
        lines += _corrected(datum, asked, words, width) if asked else _datum(datum, words, width)
    if shown.source:
        source = say(words, msg(f"source.{shown.source}"))
        lines += [(line, QUIET) for line in wrap(own(words, "review.source", source=source), width)]
    for doubt in shown.doubts:
        lines += [(line, TROUBLE) for line in wrap(f"▲ {say(words, doubt)}", width)]
    for position, code in shown.described:
        finger, why = say(words, msg(f"finger.{position}")), say(words, msg(f"choice.{code}"))
        lines += [(line, PAGE) for line in wrap(f"✎ {finger}: {why}", width)]
    return lines


def _corrected(datum: FieldShown, asked: str, words: Words, width: int) -> list[tuple[str, Ink]]:
    """At the bench: what is asked about stands out, with both values in full; what is decided is one line."""
    label, say_value = say(words, msg(f"item.{datum.item}")), partial(_value, datum.item, words=words)
    if datum.decided is not None:
        verdict = say(words, msg(f"choice.{datum.decided.verdict}"))
        text = f"✓ {label}: {say_value(datum.decided.value)} ({verdict})"
        return [(line, PAGE) for line in wrap(text, width)]
    if datum.said is None:
        return [(line, QUIET) for line in wrap(f"{label}: {say_value(datum.known)}", width)]
    ink, mark = (KEY, "▶") if datum.item == asked else (TITLE, "✎")
    known = own(words, "bench.known", known=say_value(datum.known))
    said = own(words, "bench.said", said=say_value(datum.said))
    values = [line for text in (known, said) for line in wrap(text, width - 2)]
    return [(f"{mark} {label}", ink), *((f"  {line}", TITLE) for line in values)]


def _datum(datum: FieldShown, words: Words, width: int) -> list[tuple[str, Ink]]:
    label = say(words, msg(f"item.{datum.item}"))
    if datum.said is None:
        return [(line, PAGE) for line in wrap(f"{label}: {_value(datum.item, datum.known, words)}", width)]
    now, mark = (datum.decided.value, "✓") if datum.decided else (datum.said, "✎")
    said = f"{mark} {label}: {_value(datum.item, now, words)}"
    known = own(words, "review.known", known=_value(datum.item, datum.known, words))
    return [(line, TITLE) for line in wrap(said, width)] + [
        (f"  {line}", QUIET) for line in wrap(known, width - 2)
    ]


def _value(item: str, value: str, words: Words) -> str:
    if not value:
        return "—"
    return say(words, msg(f"sex.{value}")) if item == "sex" else value


def _foot(page: Page, rect: Rect, state: Reviewed, words: Words) -> None:
    if state.choice:
        label = own(words, "reason", choice=say(words, msg(f"choice.{state.choice}")))
        page.canvas.text(rect.x, rect.y, label, TITLE)
        box = Rect(rect.x + len(label) + 1, rect.y, max(1, rect.w - len(label) - 1), 1)
        page.canvas.fill(box, CARD)
        page.canvas.text(box.x + 1, box.y, state.reason[-max(1, box.w - 3) :] + "▏", CARD)
        return
    x = rect.x
    for number, choice in enumerate(state.approval.choices if state.approval else (), start=1):
        name = say(words, msg(f"choice.{choice}"))
        x = draw_key(page, x, rect.y, str(number), name, Act(Do.SELECT, str(number))) + 1
    for cap in picture_caps(state, words):
        label = cap.label if rect.w >= WIDE else ""
        x = draw_key(page, x, rect.y, cap.key, label, Act(Do.SELECT, cap.key)) - (0 if label else 2)
    draw_key(page, x, rect.y, "escape", own(words, "key_back"), Act(Do.SELECT, "escape"))


# -- pictures --------------------------------------------------------------------------------------------------------


def _pictures(page: Page, rect: Rect, state: Reviewed, words: Words) -> None:
    """One picture as large as there is room for."""
    pictures = state.shown.pictures
    if not pictures:
        return
    picture = pictures[state.at]
    name = f"{state.at + 1}/{len(pictures)} {_name(picture, words)}"
    rest = title(page, rect._replace(x=rect.x - 1, w=rect.w + 2), name)
    _picture(page, rest, picture, words, state.lens)


def _name(picture: PictureShown, words: Words) -> str:
    """What it is, and the kiosk's own measure of it where there is one."""
    if picture.kind is SampleKind.FINGER:
        name = say(words, msg(f"finger.{picture.position}"))
        way = "rolled" if picture.key.startswith("rolled") else "flat"
        name = f"{name} ({say(words, msg(f'picture.{way}'))})"
    else:
        name = say(words, msg(f"picture.{picture.kind}"))
    return f"{name} · {picture.score}/100" if picture.score >= 0 else name


def _picture(page: Page, rect: Rect, picture: PictureShown, words: Words, lens: Lens) -> None:
    place, small = _fitting(picture.png, rect, lens)
    if small is None:
        page.canvas.centre(rect, wrap(own(words, "review.no_picture"), rect.w), QUIET)
        return
    _paint(page.canvas, place, small)


def _fitting(png: bytes, rect: Rect, lens: Lens) -> tuple[Rect, Picture | None]:
    """The part under the lens in as many dots as its place has, each the mean of what it stands for; two dots a cell."""
    from PIL import Image

    if not png or rect.w < 1 or rect.h < 1:
        return rect, None
    try:
        with Image.open(io.BytesIO(png), formats=("PNG",)) as image:
            place = fitted(Picture(image.width, image.height, b""), rect)
            wide, high = image.width / lens.zoom, image.height / lens.zoom
            left, top = lens.x * wide / 2, lens.y * high / 2
            part = (left, top, left + wide, top + high)
            dots = image.convert("L").resize((place.w, place.h * 2), Image.Resampling.BOX, box=part)
    except (OSError, ValueError, Image.DecompressionBombError):
        return rect, None
    return place, Picture(place.w, place.h * 2, dots.tobytes())


def _paint(canvas: Canvas, place: Rect, picture: Picture) -> None:
    for row, strip in enumerate(picture_strips(picture, place.w, place.h, oval=False)):
        x = place.x
        for text, style, _ in strip:
            if style is None or style.color is None or style.bgcolor is None:
                continue
            ink = Ink(style.color.name, style.bgcolor.name)
            for letter in text:
                canvas.put(x, place.y + row, letter, ink)
                x += 1


def own(words: Words, name: str, **values: str | int) -> str:
    return words.say(Message(f"desk.{name}", dict(values)), Audience.OFFICER)


def say(words: Words, message: Message) -> str:
    """For officers, or else as citizens are told."""
    text = words.say(message, Audience.OFFICER)
    return words.say(message, Audience.CITIZEN) if text.startswith("⟦") else text
