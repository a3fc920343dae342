"""The form at the foot of the desk: staff number, PIN, and a PIN of one's own where somebody else gave it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Final, NamedTuple

from kiosk.domain.message import Message, msg
from kiosk.domain.people import parse_staff_number
from kiosk.link.messages import ChangePin, FromScreen, SignIn
from kiosk.tui.canvas import Rect
from kiosk.tui.officer.desk import Desk
from kiosk.tui.officer.pieces import draw_key, title
from kiosk.tui.page import Act, Do, Page
from kiosk.tui.palette import CARD, PAGE, TITLE, TROUBLE

LONGEST: Final = 12
FIELDS: Final = {"sign_in": ("number", "pin"), "change": ("pin", "new", "again")}
SHOWN: Final = frozenset({"number"})


@dataclass(frozen=True)
class Form:
    """`kind` is a key of `FIELDS`; `at` is the field being typed. Nothing of it is ever printed or logged."""

    kind: str = "sign_in"
    values: tuple[str, ...] = field(default=("", ""), repr=False)
    at: int = 0
    trouble: Message | None = None
    waiting: bool = False

    @property
    def names(self) -> tuple[str, ...]:
        return FIELDS[self.kind]

    def value(self, name: str) -> str:
        return self.values[self.names.index(name)]


def sign_in_form() -> Form:
    return Form()


def change_form() -> Form:
    return Form("change", ("", "", ""))


class Typed(NamedTuple):
    """What a key makes of the form, and what is sent to the core; the form is None once it is put away."""

    form: Form | None
    out: FromScreen | None = None


def typed(form: Form, key: str, character: str | None) -> Typed:
    """One key. While the core looks at the PIN nothing is taken but the way out."""
    if key == "escape":
        return Typed(None)
    if form.waiting:
        return Typed(form)
    if key in ("enter", "tab", "down"):
        return _next(form)
    if key in ("up", "shift+tab"):
        return Typed(replace(form, at=max(0, form.at - 1)))
    if key == "backspace":
        return Typed(_with(form, form.values[form.at][:-1]))
    if character is not None and character.isascii() and character.isalnum():
        return Typed(_with(form, (form.values[form.at] + character)[:LONGEST]))
    return Typed(form)


def _with(form: Form, value: str) -> Form:
    values = (*form.values[: form.at], value, *form.values[form.at + 1 :])
    return replace(form, values=values, trouble=None)


def _next(form: Form) -> Typed:
    """To the next field, or off with it; what can be said without the core is said here."""
    if form.at < len(form.values) - 1:
        return Typed(replace(form, at=form.at + 1))
    if form.kind == "sign_in":
        number = parse_staff_number(form.value("number"))
        if isinstance(number, Message):
            return Typed(replace(form, at=0, trouble=number))
        return Typed(replace(form, waiting=True), SignIn(number, form.value("pin")))
    if form.value("new") != form.value("again"):
        return Typed(replace(form, at=1, trouble=msg("people.pins_differ")))
    return Typed(replace(form, waiting=True), ChangePin(form.value("pin"), form.value("new")))


def refused(form: Form, why: Message) -> Form:
    """Said beside the form; the PIN is typed again."""
    cleared = tuple(v if name == "number" else "" for name, v in zip(form.names, form.values, strict=True))
    return replace(form, values=cleared, at=form.names.index("pin"), trouble=why, waiting=False)


def draw_form(desk: Desk, page: Page, rect: Rect, form: Form) -> None:
    rest = title(page, rect, desk.own(f"form.{form.kind}"))
    labels = [desk.own(f"field.{name}") for name in form.names]
    wide = max(len(label) for label in labels) + 2
    for row, (name, label, value) in enumerate(zip(form.names, labels, form.values, strict=True)):
        page.canvas.text(rest.x, rest.y + row, label, TITLE if row == form.at else PAGE)
        box = Rect(rest.x + wide, rest.y + row, LONGEST + 3, 1)
        page.canvas.fill(box, CARD)
        shown = value.upper() if name in SHOWN else "•" * len(value)
        page.canvas.text(box.x + 1, box.y, shown + ("▏" if row == form.at else ""), CARD)
    y = rest.y + len(labels)
    ink = TROUBLE if form.trouble else PAGE
    said = desk.own("checking_pin") if form.waiting else desk.say(form.trouble) if form.trouble else ""
    demo = desk.board is not None and desk.board.demo
    page.canvas.text(rest.x, y, (said or (desk.own("demo_staff") if demo else ""))[: rest.w], ink)
    x = draw_key(page, rest.x, y + 1, "enter", desk.own("key_sign_in"), Act(Do.FORM, "enter"))
    draw_key(page, x, y + 1, "escape", desk.own("key_cancel"), Act(Do.FORM, "escape"))
