"""Every screen once, with invented people: for pictures, for review by eye, for tests of contrast and size."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

from kiosk.domain.message import Message, msg
from kiosk.hal.device import HealthState
from kiosk.link.client import Picture
from kiosk.tui.citizen.scene import Local, Panel
from kiosk.workflow.board import Alert, Approval, Board, DeviceLine
from kiosk.workflow.view import (
    Capture,
    Choice,
    Entry,
    Help,
    KeySet,
    Option,
    Pause,
    Review,
    Row,
    Screen,
    Signature,
    Target,
    View,
)

NUMBER = "999156000001"
PLACE = "CÔNG AN XÃ MẪU · CẤP THẺ CĂN CƯỚC"
SIX = ("vi", "mtq", "tyz", "ium", "blt", "hmn", "en")


class Shot(NamedTuple):
    """One picture of the gallery; without a `view` the core is away."""

    name: str
    view: View | None
    local: Local = Local()
    picture: Picture | None = None


def say(name: str) -> Message:
    return msg(f"gallery.{name}")


def option(name: str, tone: str = "plain") -> Option:
    return Option(name, say(name), tone)


def view(screen: Screen, step: int = 0, **more: object) -> View:
    """A view of an activity of eight steps, or of none."""
    values: dict[str, object] = {
        "place": PLACE,
        "step": step,
        "steps": 8 if step else 0,
        "demo": True,
        **more,
    }
    return View(revision=1, screen=screen, **values)  # type: ignore[arg-type]


YES_NO = (option("yes", "yes"), option("no", "no"))
CANNOT = (option("cannot"),)


def shots() -> list[Shot]:
    """All citizen's screens, in the order of a visit."""
    return [*_arrival(), *_typing(), *_capturing(), *_closing(), *_meanwhile()]


def welcome() -> Choice:
    return Choice(
        "welcome", say("welcome"), tuple(map(option, ("first_issue", "collect", "status", "nearby")))
    )


def _arrival() -> list[Shot]:
    notice = Choice(
        "notice",
        say("notice_title"),
        (option("understood", "yes"), option("later")),
        body=(say("notice_1"), say("notice_2")),
    )
    return [
        Shot("01-welcome", view(welcome())),
        Shot("02-languages", view(welcome(), languages=SIX), Local(panel=Panel.LANGUAGES)),
        Shot("03-notice", view(notice, 1)),
    ]


def _typing() -> list[Shot]:
    number = Entry("number", say("number"), KeySet.DIGITS, 12, options=(option("by_card"), option("by_name")))
    again = Entry("number", say("number"), KeySet.DIGITS, 12, problem=say("not_found"))
    name = Entry("name", say("name"), KeySet.LETTERS)
    year = Entry("year", say("year"), KeySet.DIGITS, 4)
    correct = Entry("fix", say("correct"), KeySet.LETTERS, shown="NGUYỄN THỊ MẪU")
    birth = Choice("birth", say("confirm"), YES_NO, body=(say("birth"),), shown="09/03/1956")
    person = Choice("name", say("confirm"), YES_NO, body=(say("full_name"),), shown="NGUYỄN THỊ MẪU")
    return [
        Shot("04-number-empty", view(number, 2)),
        Shot("05-number-partly", view(number, 2), Local(typed=NUMBER[:7])),
        Shot("06-number-problem", view(again, 2)),
        Shot(
            "07-number-short",
            view(again, 2),
            Local(typed=NUMBER[:9], problem=msg("screen.digits_left", left=3)),
        ),
        Shot("08-letters", view(name, 2), Local(typed="NGUYỄN THỊ M")),
        Shot("09-letters-group", view(name, 2), Local(typed="NGUYỄN THỊ M", panel=Panel.GROUP)),
        Shot("10-letters-marks", view(name, 2), Local(typed="NGUYỄN THỊ MÂ", panel=Panel.MARKS)),
        Shot("11-year", view(year, 2), Local(typed="19")),
        Shot("12-ways", view(number, 2), Local(panel=Panel.WAYS)),
        Shot("13-card", view(Capture("card", say("card"), Target.CARD), 2), picture=card_picture()),
        Shot("14-confirm-date", view(birth, 3)),
        Shot("15-confirm-name", view(person, 3)),
        Shot("16-correction", view(correct, 3), Local(typed="NGUYỄN THỊ MÂN")),
    ]


def _capturing() -> list[Shot]:
    def portrait(hint: str | None) -> View:
        return view(Capture("face", say("portrait"), Target.PORTRAIT, hint=say(hint) if hint else None), 4)

    slap = Capture("slap", say("slap"), Target.FINGERS, fingers=(2, 3, 4, 5))
    rolled = Capture(
        "roll", say("rolled"), Target.FINGERS, (2,), (1, 6, 7, 8, 9), (10,), rolled=True, options=CANNOT
    )
    wet = Capture(
        "roll", say("rolled"), Target.FINGERS, (2,), (1,), rolled=True, hint=say("wet"), options=CANNOT
    )
    good = Capture("roll", say("rolled"), Target.FINGERS, (3,), (1, 2), rolled=True, good=True)
    face, ridges = face_picture(), finger_picture()
    return [
        Shot("17-portrait", portrait(None), picture=face),
        Shot("18-portrait-closer", portrait("closer"), picture=face),
        Shot("19-portrait-back", portrait("back"), picture=face),
        Shot("20-portrait-hold", portrait("hold"), picture=face),
        Shot("21-slap", view(slap, 5)),
        Shot("22-rolled", view(rolled, 6), picture=ridges),
        Shot("23-wet", view(wet, 6), picture=ridges),
        Shot("24-good", view(good, 6)),
        Shot("25-exception", view(Pause("exception", say("exception")), 6, help=Help.COMING)),
    ]


def _closing() -> list[Shot]:
    rows = (
        Row("name", say("full_name"), "NGUYỄN THỊ MẪU"),
        Row("birth", say("birth"), "1956", say("will_check")),
        Row("sex", say("sex"), say("female")),
        Row("address", say("address"), "Thôn Ví Dụ, Xã Mẫu, Tỉnh Mẫu"),
        Row("phone", say("phone"), "0900 000 000"),
        Row("prints", say("prints"), say("nine"), say("exception")),
    )
    review = Review("review", say("review"), rows, YES_NO)
    sign = Signature("sign", say("sign"), (option("finger_mark"),))
    done = Choice("done", say("done"), (option("finish", "yes"), option("rate")), shown="14:30 07/12/2026")
    return [
        Shot("26-review", view(review, 7)),
        Shot("27-signature", view(sign, 7)),
        Shot("28-signature-drawn", view(sign, 7), Local(strokes=_signature())),
        Shot("29-printing", view(Pause("print", say("printing")), 8)),
        Shot("30-done", view(done, 8)),
    ]


def _meanwhile() -> list[Shot]:
    number = Entry("number", say("number"), KeySet.DIGITS, 12)
    return [
        Shot("31-idle", view(number, 2, idle_left=12)),
        Shot("32-help-called", view(welcome(), help=Help.CALLED)),
        Shot("33-help-coming", view(number, 2, help=Help.COMING), Local(typed=NUMBER[:4])),
        Shot("34-resumed", view(welcome(), 3, notice=say("resumed"))),
        Shot("35-out-of-service", view(Pause("out", say("out")))),
        Shot("36-reconnecting", None),
    ]


def board() -> Board:
    """An officer's board with everything on it."""
    wet = Capture(
        "roll", say("rolled"), Target.FINGERS, (2,), (1,), rolled=True, hint=say("wet"), options=CANNOT
    )
    return Board(
        revision=1,
        station="MÁY 1 · CÔNG AN XÃ MẪU",
        view=view(wet, 6, help=Help.CALLED, kept=("1",)),
        devices=(
            DeviceLine("fingers", "sim optical", HealthState.OK),
            DeviceLine("camera", "sim camera", HealthState.OK),
            DeviceLine("printer", "sim 80 mm", HealthState.DEGRADED, say("paper")),
            DeviceLine("panel", "sim panel", HealthState.GONE),
        ),
        approvals=(
            Approval("a1", "finger", "D-000417", say("approval"), ("approve", "retry", "later"), "14:32"),
            Approval("a2", "correction", "D-000417", say("correction"), ("approve", "reject"), "14:29"),
        ),
        alerts=(Alert(say("paper")), Alert(say("cable"), urgent=True)),
        dossiers={"draft": 1, "captured": 2, "sealed": 41, "sent": 38, "received": 35},
        outbox=3,
        step="fingers",
        step_seconds=95,
        demo=True,
    )


def quiet_board() -> Board:
    """Nobody at the machine, nothing to decide."""
    works = tuple(
        DeviceLine(kind, f"sim {kind}", HealthState.OK) for kind in ("fingers", "camera", "printer", "panel")
    )
    return Board(revision=1, station="MÁY 1 · CÔNG AN XÃ MẪU", view=view(welcome()), devices=works)


def face_picture(width: int = 96, height: int = 120) -> Picture:
    """A face of ellipses: no person."""
    return _painted(width, height, _face)


def card_picture(width: int = 128, height: int = 80) -> Picture:
    """A card with a square code."""
    return _painted(width, height, _card)


def finger_picture(width: int = 96, height: int = 96) -> Picture:
    """Whorls inside an oval."""
    return _painted(width, height, _ridges)


def _painted(width: int, height: int, grey: Callable[[float, float], int]) -> Picture:
    dots = (grey(x / width * 2 - 1, y / height * 2 - 1) for y in range(height) for x in range(width))
    return Picture(width, height, bytes(dots))


def _in(x: float, y: float, cx: float, cy: float, rx: float, ry: float) -> bool:
    return ((x - cx) / rx) ** 2 + ((y - cy) / ry) ** 2 <= 1


def _face(x: float, y: float) -> int:
    if _in(x, y, -0.2, -0.12, 0.08, 0.03) or _in(x, y, 0.2, -0.12, 0.08, 0.03):
        return 40
    if _in(x, y, 0, 0.32, 0.18, 0.04):
        return 90
    if _in(x, y, 0, 0.08, 0.44, 0.52) and not _in(x, y, 0, -0.5, 0.5, 0.2):
        return 190 - int(50 * abs(x)) - (30 if abs(x) < 0.05 and 0 < y < 0.16 else 0)
    if _in(x, y, 0, -0.12, 0.5, 0.5):
        return 30
    return 95 if _in(x, y, 0, 1.1, 0.9, 0.5) or (abs(x) < 0.18 and y > 0.4) else 232


def _card(x: float, y: float) -> int:
    if abs(x) > 0.9 or abs(y) > 0.85:
        return 60
    if 0.4 < x < 0.8 and -0.7 < y < -0.05:
        return 20 if (int((x + 2) * 20) * 7 + int((y + 2) * 14) * 5) % 3 else 240
    if -0.8 < x < -0.4 and -0.3 < y < 0.6:
        return 130
    return 120 if -0.3 < x < 0.7 and int((y + 1) * 10) % 3 == 0 and y > 0 else 215


def _ridges(x: float, y: float) -> int:
    if not _in(x, y, 0, 0.05, 0.7, 0.9):
        return 245
    swirl = math.hypot(x * 1.2, y + 0.1) * 34 + math.atan2(y + 0.1, x) * 1.0
    return 70 if math.sin(swirl) > 0 else 215


def _signature() -> tuple[tuple[tuple[int, int], ...], ...]:
    loops = tuple((200 + t * 6, int(520 + 240 * math.sin(t / 6) * math.cos(t / 17))) for t in range(95))
    return (loops, ((240, 800), (760, 720)))
