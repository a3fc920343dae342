"""How the correction bench is drawn at the foot of the page with a dossier: one question at a time, with its keys."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from kiosk.domain.dossier import SampleKind
from kiosk.domain.message import Message, msg
from kiosk.locale import Audience, Words
from kiosk.tui.canvas import Rect
from kiosk.tui.officer.bench import Bench, Stage, field_of, kinds, offered, papers_of
from kiosk.tui.officer.pieces import draw_key, key_width
from kiosk.tui.page import Act, Do, Page
from kiosk.tui.palette import CARD, TITLE

if TYPE_CHECKING:
    from kiosk.tui.officer.review_page import Reviewed

ZOOM_KEY: Final = "z"


class Cap(NamedTuple):
    """A key and what it does."""

    key: str
    label: str


def own(words: Words, name: str, **values: str | int) -> str:
    return words.say(Message(f"desk.bench.{name}", dict(values)), Audience.OFFICER)


def bench_rows(state: Reviewed, words: Words, width: int) -> int:
    """Rows of the question and its keys."""
    return 1 + len(flowed(_caps(state, words), width))


def draw_bench(page: Page, rect: Rect, state: Reviewed, words: Words) -> None:
    """The question on the first row, the keys below it."""
    label = _question(state, words)
    page.canvas.text(rect.x, rect.y, label[: rect.w], TITLE)
    text = _line(state.bench)
    if text is not None:
        box = Rect(rect.x + len(label) + 1, rect.y, max(1, rect.w - len(label) - 1), 1)
        page.canvas.fill(box, CARD)
        page.canvas.text(box.x + 1, box.y, text[-max(1, box.w - 3) :] + "▏", CARD)
    for row, caps in enumerate(flowed(_caps(state, words), rect.w), start=1):
        x = rect.x
        for cap in caps:
            x = draw_key(page, x, rect.y + row, cap.key, cap.label, Act(Do.SELECT, cap.key))


def flowed(caps: list[Cap], width: int) -> list[list[Cap]]:
    """In as many rows as they need."""
    rows: list[list[Cap]] = [[]]
    room = width
    for cap in caps:
        wide = key_width(cap.key, cap.label)
        if rows[-1] and wide > room + 1:
            rows.append([])
            room = width
        rows[-1].append(cap)
        room -= wide
    return rows


def picture_caps(state: Reviewed, words: Words) -> list[Cap]:
    """Turning to another picture; a paper comes nearer, and is then moved about."""
    if not state.shown.pictures:
        return []
    caps = []
    paper = state.shown.pictures[state.at].kind is SampleKind.EVIDENCE
    if state.lens.zoom > 1:
        caps += [Cap(key, "") for key in ("left", "right", "up", "down")]
    elif len(state.shown.pictures) > 1:
        caps += [Cap("left", ""), Cap("right", words.say(msg("desk.key_picture"), Audience.OFFICER))]
    return [*caps, Cap(ZOOM_KEY, own(words, "zoom"))] if paper else caps


def _question(state: Reviewed, words: Words) -> str:
    bench = state.bench
    if bench.stage is Stage.REASON:
        return own(words, "reason", choice=_choice(words, bench.choice))
    if bench.stage is Stage.VERDICT and not papers_of(state.shown):
        return own(words, "no_paper")
    item = words.say(msg(f"item.{field_of(state.approval)}"), Audience.OFFICER) if state.approval else ""
    return own(words, bench.stage.name.lower(), item=item)


def _line(bench: Bench) -> str | None:
    """What is being typed."""
    return {Stage.VALUE: bench.value, Stage.REASON: bench.reason}.get(bench.stage)


def _caps(state: Reviewed, words: Words) -> list[Cap]:
    say = words.say
    back = Cap("escape", say(msg("desk.key_back"), Audience.OFFICER))
    if state.bench.stage is Stage.VERDICT and state.approval is not None:
        choices = offered(state.approval, state.shown).items()
        return [*(Cap(k, _choice(words, c)) for k, c in choices), *picture_caps(state, words), back]
    if state.bench.stage is Stage.EVIDENCE:
        named = (Cap(k, say(msg(f"evidence.{kind}"), Audience.OFFICER)) for k, kind in kinds().items())
        return [*named, back]
    last = state.bench.stage is Stage.REASON
    go = msg("desk.key_decide") if last else msg("desk.bench.next")
    return [Cap("enter", say(go, Audience.OFFICER)), back]


def _choice(words: Words, choice: str) -> str:
    return words.say(msg(f"choice.{choice}"), Audience.OFFICER)
