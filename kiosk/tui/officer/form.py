"""Forms at the foot of a page: their fields, what a key makes of them, how they are drawn."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import Enum, auto
from typing import Final, NamedTuple

from kiosk.domain.factors import FactorKind
from kiosk.domain.message import Message
from kiosk.domain.people import LONGEST_NAME, Role
from kiosk.domain.queue import Priority
from kiosk.domain.request import LONGEST_WHY
from kiosk.domain.visit import BY_OFFICER
from kiosk.tui.canvas import Rect, clean
from kiosk.tui.officer.desk import Desk
from kiosk.tui.officer.pieces import draw_key, title
from kiosk.tui.page import Act, Do, Page
from kiosk.tui.palette import BANNER, CARD, PAGE, QUIET, TITLE, TROUBLE
from kiosk.tui.vietnamese import Typing, composed

LONGEST: Final = 12
SIGNS: Final = "-/.:"


class Kind(Enum):
    """CODE: letters and figures, shown large. NUMBER: with the signs of dossier numbers, dates and hours. SECRET: letters
    and figures, never shown. WORDS: anything people write. PICK: one of a few, turned with the arrows or its number."""

    CODE = auto()
    NUMBER = auto()
    SECRET = auto()
    WORDS = auto()
    PICK = auto()


class Field(NamedTuple):
    """One line. `picks` are the keys of a PICK, with words under `family`."""

    name: str
    kind: Kind = Kind.CODE
    longest: int = LONGEST
    picks: tuple[str, ...] = ()
    family: str = ""


NUMBER: Final = Field("number")
OFFICER: Final = Field("officer")
PIN: Final = Field("pin", Kind.SECRET)
WHY: Final = Field("why", Kind.WORDS, LONGEST_WHY)
DOSSIER: Final = Field("dossier", Kind.NUMBER, 22)
FIELDS: Final[dict[str, tuple[Field, ...]]] = {
    "sign_in": (NUMBER, PIN),
    "change": (PIN, Field("new", Kind.SECRET), Field("again", Kind.SECRET)),
    "end_visit": (Field("outcome", Kind.PICK, picks=tuple(BY_OFFICER), family="desk.outcome"), WHY),
    "answer": (Field("value", Kind.WORDS, LONGEST_WHY),),
    "open_shift": (Field("leader"), Field("clock", Kind.PICK, picks=("right", "wrong"), family="desk.clock")),
    "close_shift": (),
    "add_waiting": (Field("priority", Kind.PICK, picks=tuple(Priority), family="priority"),),
    "print_shift": (Field("shift"),),
    "agree": (),
    "decline": (),
    "add_officer": (
        OFFICER,
        Field("name", Kind.WORDS, LONGEST_NAME),
        Field("role", Kind.PICK, picks=tuple(Role), family="role"),
        WHY,
    ),
    "retire_officer": (OFFICER, WHY),
    "reset_pin": (OFFICER, WHY),
    "cancel_dossier": (DOSSIER, WHY),
    "set_clock": (Field("date", Kind.NUMBER), Field("time", Kind.NUMBER), WHY),
    "import_roster": (Field("file", Kind.PICK), WHY),
    "purge_dossier": (DOSSIER, WHY),
    "purge_unknown": (WHY,),
    "enrol_factor": (Field("factor", Kind.PICK, picks=tuple(FactorKind), family="factor"), WHY),
    "forget_factors": (OFFICER, WHY),
}


@dataclass(frozen=True)
class Form:
    """`kind` is a key of `FIELDS`; `at` is the field being typed; `about` is the question or request it is for, `said`
    what it comes to; `picks` what there is to choose from where `FIELDS` cannot know it. Nothing of what was typed is ever
    printed or logged."""

    kind: str
    values: tuple[str, ...] = field(repr=False)
    at: int = 0
    trouble: Message | None = None
    waiting: bool = False
    about: str = ""
    said: Message | None = None
    picks: tuple[str, ...] = ()

    @property
    def fields(self) -> tuple[Field, ...]:
        """What is to be picked may be known only now."""
        return tuple(
            known._replace(picks=self.picks) if known.kind is Kind.PICK and not known.picks else known
            for known in FIELDS[self.kind]
        )

    @property
    def current(self) -> Field | None:
        return self.fields[self.at] if self.fields else None

    def value(self, name: str) -> str:
        return self.values[[known.name for known in self.fields].index(name)]


def blank(
    kind: str, about: str = "", said: Message | None = None, picks: tuple[str, ...] = (), **known: str
) -> Form:
    """A form to fill in, with the values known already."""
    empty = Form(kind, (), about=about, said=said, picks=picks)
    values = tuple(known.get(f.name, f.picks[0] if f.picks else "") for f in empty.fields)
    return replace(empty, values=values)


def sign_in_form() -> Form:
    return blank("sign_in")


def change_form() -> Form:
    return blank("change")


class Pressed(NamedTuple):
    """What a key makes of a form: None once it is put away; `done` when it should go to the core."""

    form: Form | None
    done: bool = False


def pressed(form: Form, key: str, character: str | None, typing: Typing = Typing.OFF) -> Pressed:
    """One key. While the core looks at it nothing is taken but the way out."""
    if key == "escape":
        return Pressed(None)
    if form.waiting:
        return Pressed(form)
    if key == "enter" and form.at >= len(form.fields) - 1:
        return Pressed(form, done=True)
    if key in ("enter", "tab", "down"):
        return Pressed(replace(form, at=max(0, min(form.at + 1, len(form.fields) - 1))))
    if key in ("up", "shift+tab"):
        return Pressed(replace(form, at=max(0, form.at - 1)))
    return Pressed(_typed(form, key, character, typing) if form.current else form)


def pasted(form: Form, text: str) -> Form:
    """What the clipboard held, as far as the field takes it; marks are not made of pasted letters."""
    if form.current is None or form.waiting or form.current.kind is Kind.PICK:
        return form
    for character in clean(text[: form.current.longest]):
        form = _typed(form, character, character, Typing.OFF)
    return form


def _typed(form: Form, key: str, character: str | None, typing: Typing) -> Form:
    known, value = form.fields[form.at], form.values[form.at]
    if known.kind is Kind.PICK:
        return _with(form, _picked(known, value, key))
    if key == "backspace":
        return _with(form, value[:-1])
    if character is None or not _fits(known.kind, character):
        return form
    longer = composed(value, character, typing if known.kind is Kind.WORDS else Typing.OFF)
    return _with(form, longer[: known.longest])


def _fits(kind: Kind, character: str) -> bool:
    if kind is Kind.WORDS:
        return character.isprintable()
    return character.isascii() and (character.isalnum() or (kind is Kind.NUMBER and character in SIGNS))


def _picked(known: Field, value: str, key: str) -> str:
    count, at = len(known.picks), known.picks.index(value)
    if key in ("right", "space", "left"):
        return known.picks[(at + (-1 if key == "left" else 1)) % count]
    return known.picks[int(key) - 1] if key in tuple("123456789"[:count]) else value


def _with(form: Form, value: str) -> Form:
    values = (*form.values[: form.at], value, *form.values[form.at + 1 :])
    return replace(form, values=values, trouble=None)


def refused(form: Form, why: Message) -> Form:
    """Said beside the form; secrets are typed again."""
    secret = [known.kind is Kind.SECRET for known in form.fields]
    cleared = tuple("" if hidden else value for hidden, value in zip(secret, form.values, strict=True))
    at = secret.index(True) if True in secret else form.at
    return replace(form, values=cleared, at=at, trouble=why, waiting=False)


# -- drawing -------------------------------------------------------------------------------------------------------


def form_rows(form: Form) -> int:
    """Rows of the form with its title, its remark and its keys."""
    return len(form.fields) + 3


def draw_form(desk: Desk, page: Page, rect: Rect, form: Form) -> None:
    page.canvas.fill(rect, PAGE)
    rest = title(page, rect, desk.own(f"form.{form.kind}"))
    labels = [desk.own(f"field.{known.name}") for known in form.fields]
    wide = max((len(label) for label in labels), default=0) + 2
    for row, (known, label, value) in enumerate(zip(form.fields, labels, form.values, strict=True)):
        page.canvas.text(rest.x, rest.y + row, label, TITLE if row == form.at else PAGE)
        box = Rect(rest.x + wide, rest.y + row, rest.w - wide, 1)
        _draw_field(desk, page, box, known, value, row == form.at)
    y = rest.y + len(labels)
    text = f"▲ {desk.say(form.trouble)}" if form.trouble else _remark(desk, form)
    page.canvas.text(rest.x, y, text[: rest.w], TROUBLE if form.trouble else PAGE)
    x = draw_key(page, rest.x, y + 1, "enter", desk.own(f"form.{form.kind}.go"), Act(Do.FORM, "enter"))
    draw_key(page, x, y + 1, "escape", desk.own("key_cancel"), Act(Do.FORM, "escape"))


def _remark(desk: Desk, form: Form) -> str:
    if form.waiting:
        return desk.own("checking_pin" if Kind.SECRET in {f.kind for f in form.fields} else "sent")
    if form.said is not None:
        return desk.say(form.said)
    if form.kind == "sign_in" and desk.board is not None and desk.board.demo:
        return desk.own("demo_staff")
    return ""


def _draw_field(desk: Desk, page: Page, rect: Rect, known: Field, value: str, here: bool) -> None:
    if known.kind is Kind.PICK:
        _draw_picks(desk, page, rect, known, value)
        return
    box = rect._replace(w=min(rect.w, known.longest + 3))
    page.canvas.fill(box, CARD)
    shown = {Kind.CODE: value.upper(), Kind.NUMBER: value.upper(), Kind.SECRET: "•" * len(value)}.get(
        known.kind, value
    )
    page.canvas.text(box.x + 1, box.y, shown[-(box.w - 3) :] + ("▏" if here else ""), CARD)


def _draw_picks(desk: Desk, page: Page, rect: Rect, known: Field, value: str) -> None:
    """All of them in a row where they fit, else the one taken between two arrows."""
    words = [desk.name(known.family, pick) if known.family else pick for pick in known.picks]
    if sum(map(len, words)) + 5 * len(words) - 1 > rect.w:
        page.canvas.text(rect.x, rect.y, f"‹ {words[known.picks.index(value)]} ›", BANNER)
        return
    x = rect.x
    for number, (pick, word) in enumerate(zip(known.picks, words, strict=True), start=1):
        text = f" {number} {word} "
        page.canvas.text(x, rect.y, text, BANNER if pick == value else QUIET)
        x += len(text) + 1
