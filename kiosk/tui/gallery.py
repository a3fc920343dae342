"""Every screen of a visit once, as the core shows it, with invented people: for pictures, for review by eye, for tests."""

from __future__ import annotations

from typing import Final

from kiosk.domain.dossier import ITEMS
from kiosk.domain.fingers import FingerExceptionCode
from kiosk.domain.message import msg
from kiosk.hal.device import HealthState
from kiosk.tui.citizen.scene import Local, Panel
from kiosk.tui.drawings import card_picture, signature
from kiosk.tui.gallery_fingers import placing, placings, wet
from kiosk.tui.gallery_kit import DOSSIER, KEPT, STEPS, Shot, choice, entry, view
from kiosk.tui.gallery_portrait import portrait_shots
from kiosk.workflow.board import Alert, Approval, Board, CorrectionCounts, DeviceLine
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
    Signature,
    Target,
)

__all__ = (
    "STEPS",
    "YES_NO",
    "Shot",
    "board",
    "choice",
    "entry",
    "name_entry",
    "number_entry",
    "placing",
    "quiet_board",
    "shots",
    "signing",
    "view",
    "welcome",
    "wet",
)

NUMBER: Final = "999156000001"
NAME: Final = "NGUYỄN THỊ THANH NGUYỆT"
SIX: Final = ("vi", "mtq", "tyz", "ium", "blt", "hmn", "en")
VALUES: Final = dict(
    zip(ITEMS, (NAME, "09/03/1956", "Nữ", "Xã Mẫu", "Thôn Ví Dụ", "0999000001"), strict=True)
)
YES_NO: Final = (Option("yes", msg("confirm.yes"), "yes"), Option("no", msg("confirm.no"), "no"))


def shots() -> list[Shot]:
    """All citizen's screens, in the order of a visit; those of what does not go straight at the end."""
    from kiosk.tui.gallery_corrections import correction_shots
    from kiosk.tui.gallery_exceptions import exception_shots  # drawn with what stands here

    scenes = (
        _arrival,
        _by_number,
        _by_name,
        _by_card,
        _confirming,
        portrait_shots,
        placings,
        _closing,
        _meanwhile,
        exception_shots,
        correction_shots,
        _aloud,
    )
    found = [shot for scene in scenes for shot in scene()]
    return [shot._replace(name=f"{number:02}-{shot.name}") for number, shot in enumerate(found, start=1)]


def welcome() -> Choice:
    return Choice("welcome", msg("welcome"), (Option("first_issue", msg("activity.first_issue")),))


def number_entry() -> Entry:
    return entry("identify.number", KeySet.DIGITS, 12)


def name_entry() -> Entry:
    return entry("identify.name", KeySet.LETTERS)


def _arrival() -> list[Shot]:
    lines = tuple(msg(f"notice.{line}") for line in ("what", "why", "who", "rights"))
    return [
        Shot("welcome", view(welcome())),
        Shot("languages", view(welcome(), languages=SIX), Local(panel=Panel.LANGUAGES)),
        Shot("language", view(choice("language", "vi", "en"), "language")),
        Shot("notice", view(choice("notice", "continue", body=lines), "notice")),
        Shot("way", view(choice("identify.way", "number", "card", "name"), "identify")),
    ]


def _by_number() -> list[Shot]:
    short = Local(typed=NUMBER[:9], problem=msg("screen.digits_left", left=3))
    not_found = choice("identify.not_found", "again", "enter")
    repeated = choice("identify.repeated", "understood", shown=DOSSIER)
    young = choice("identify.too_young", "understood", age=14)
    return [
        Shot("number-empty", view(number_entry(), "identify")),
        Shot("number-partly", view(number_entry(), "identify"), Local(typed=NUMBER[:7])),
        Shot("number-short", view(number_entry(), "identify"), short),
        Shot("number-full", view(number_entry(), "identify"), Local(typed=NUMBER)),
        Shot("number-ways", view(_many_ways(), "identify"), Local(panel=Panel.WAYS)),
        Shot("not-found", view(not_found, "identify")),
        Shot("repeated", view(repeated, "identify")),
        Shot("too-young", view(young, "identify")),
    ]


def _many_ways() -> Entry:
    """More ways out than the bar has room for."""
    ways = tuple(Option(key, msg(f"identify.way.{key}")) for key in ("card", "name"))
    back = Option("back", msg("identify.number.back"))
    return Entry("identify.number", msg("identify.number"), KeySet.DIGITS, 12, options=(*ways, back))


def _by_name() -> list[Shot]:
    asked = view(name_entry(), "identify")
    people = (
        (NAME, "09/03/1956", "Thôn Ví Dụ"),
        (NAME, "27/11/1956", "Xóm Dưới"),
        ("NGUYỄN THỊ THANH NGUYÊN", "1956", "Bản Thử"),
        ("NGUYỄN THÚY THANH NGUYỆT", "30/12/1956", "Thôn Giữa"),
    )
    candidates = tuple(
        Option(
            str(n), msg("identify.candidate", name=name, birth=birth, hamlet=hamlet, number="999*****0001")
        )
        for n, (name, birth, hamlet) in enumerate(people)
    )
    none = Option("none", msg("identify.pick.none"))
    pick = Choice("identify.pick", msg("identify.pick"), (*candidates, none))
    typed = "NGUYỄN THỊ M"
    return [
        Shot("name-empty", asked),
        Shot("name", asked, Local(typed=typed)),
        Shot("name-group", asked, Local(typed=typed, panel=Panel.GROUP)),
        Shot("name-marks", asked, Local(typed=typed + "Â", panel=Panel.MARKS)),
        Shot("year", view(entry("identify.year", KeySet.DIGITS, 4), "identify"), Local(typed="19")),
        Shot("year-problem", view(entry("identify.year", KeySet.DIGITS, 4, "year.impossible"), "identify")),
        Shot("pick", view(pick, "identify")),
        Shot("birth", view(entry("enter.birth_date", KeySet.DIGITS), "identify"), Local(typed="0903")),
    ]


def _by_card() -> list[Shot]:
    back = (Option("back", msg("identify.card.back")),)
    card = Capture("identify.card", msg("identify.card"), Target.CARD, options=back)
    hint = Capture(
        "identify.card", msg("identify.card"), Target.CARD, hint=msg("card.unreadable"), options=back
    )
    return [
        Shot("card-waking", view(card, "identify")),
        Shot("card", view(card, "identify"), picture=card_picture()),
        Shot("card-problem", view(hint, "identify"), picture=card_picture()),
    ]


def _confirming() -> list[Shot]:
    found = []
    for item in ITEMS:
        question = Choice(
            f"confirm.{item}", msg("confirm"), YES_NO, (msg(f"item.{item}"),), shown=VALUES[item]
        )
        found.append(Shot(f"confirm-{item.replace('_', '-')}", view(question, "confirm")))
    sexes = (Option("male", msg("sex.male")), Option("female", msg("sex.female")))
    back = (Option("back", msg("correct.back")),)
    said = msg("correct", item=msg("item.full_name"))
    words = Entry("correct", said, KeySet.LETTERS, shown=NAME, options=back)
    return [
        *found,
        Shot("correct-name", view(words, "confirm"), Local(typed="NGUYỄN THỊ THANH NGỌC")),
        Shot(
            "correct-sex", view(Choice("correct.sex", msg("correct", item=msg("item.sex")), sexes), "confirm")
        ),
    ]


def review_rows() -> tuple[Row, ...]:
    """Six items, one of them corrected, and what was captured."""
    items = [
        Row(
            item,
            msg(f"item.{item}"),
            VALUES[item],
            msg("review.will_be_checked") if item == "hamlet" else None,
        )
        for item in ITEMS
    ]
    fingers = msg("review.fingers_taken", taken=9)
    return (
        *items,
        Row("portrait", msg("item.portrait"), msg("review.portrait_taken")),
        Row("fingers", msg("item.fingers"), fingers, msg("review.described", count=1)),
    )


def signing() -> Signature:
    return Signature("sign", msg("sign"), (Option("mark", msg("sign.mark")),))


def _closing() -> list[Shot]:
    answers = (Option("yes", msg("review.yes"), "yes"), Option("no", msg("review.no"), "no"))
    which = (*(Option(item, msg(f"item.{item}")) for item in ITEMS), Option("back", msg("review.back")))
    mark = Capture(
        "sign.finger",
        msg("fingers.flat", finger=msg("finger.2")),
        Target.FINGERS,
        fingers=(2,),
        options=(Option("back", msg("sign.back")),),
    )
    done = Choice(
        "done", msg("done"), (Option("taken", msg("done.taken"), "yes"),), (msg("done.number"),), DOSSIER
    )
    return [
        Shot("review", view(Review("review", msg("review"), review_rows(), answers), "review")),
        Shot("review-which", view(Choice("review.which", msg("review.which"), which), "review")),
        Shot("signature", view(signing(), "sign")),
        Shot("signature-drawn", view(signing(), "sign"), Local(strokes=signature())),
        Shot("finger-mark", view(mark, "sign")),
        Shot(
            "dossier-officer",
            view(Pause("approval.dossier", msg("approval.dossier"), (msg("approval.wait"),)), "slip"),
        ),
        Shot("refused", view(choice("refused", "understood", shown=DOSSIER), "slip")),
        Shot("sealing", view(Pause("sealing", msg("sealing")), "slip")),
        Shot("printing", view(Pause("printing", msg("printing")), "slip")),
        Shot("printer-waiting", view(Pause("printer.paper_out", msg("printer.waiting"), KEPT), "slip")),
        Shot("done", view(done, "slip")),
    ]


def _meanwhile() -> list[Shot]:
    return [
        Shot("idle", view(number_entry(), "identify", idle_left=12)),
        Shot("help-called", view(welcome(), help=Help.CALLED)),
        Shot("help-coming", view(number_entry(), "identify", help=Help.COMING), Local(typed=NUMBER[:4])),
        Shot("unexpected", view(Pause("unexpected", msg("unexpected"), KEPT), "portrait")),
        Shot("out-of-service", view(Pause("out_of_service", msg("out_of_service")))),
        Shot("starting", view(Pause("starting", msg("starting")))),
        Shot("reconnecting", None),
    ]


def _aloud() -> list[Shot]:
    """Where a speaker reads the question aloud."""
    return [
        Shot("aloud-welcome", view(welcome(), read_aloud=True)),
        Shot("aloud-number", view(number_entry(), "identify", read_aloud=True), Local(typed=NUMBER[:7])),
        Shot("aloud-ways", view(_many_ways(), "identify", read_aloud=True)),
        Shot("aloud-finger", view(wet(), "fingers", read_aloud=True)),
    ]


def board() -> Board:
    """An officer's board with everything on it."""
    finger = msg("approval.finger.what", finger=msg("finger.2"))
    printer = msg("printer.paper_low", metres=2)
    return Board(
        revision=1,
        station="MAU01",
        view=view(wet(), "fingers", help=Help.CALLED, dossier=DOSSIER, kept=("1",)),
        devices=(
            DeviceLine("fingers", "sim optical", HealthState.OK),
            DeviceLine("camera", "sim camera", HealthState.OK),
            DeviceLine("printer", "sim 80 mm", HealthState.DEGRADED, printer),
            DeviceLine(
                "panel", "sim panel", HealthState.GONE, msg("device.gone", device=msg("device.panel"))
            ),
        ),
        approvals=(
            Approval(
                "a1", "finger", DOSSIER, finger, (*FingerExceptionCode, "again"), "2026-11-22T07:32:50+00:00"
            ),
            Approval(
                "a2",
                "dossier",
                "MAU01-000416",
                msg("approval.dossier.what", reasons=msg("flag.correction")),
                ("approve", "refuse"),
                "2026-11-22T07:29:10+00:00",
            ),
        ),
        alerts=(
            Alert(msg("alert.step_failed", step="portrait", error="CameraError")),
            Alert(msg("store.disk", why="ENOSPC"), urgent=True),
        ),
        dossiers={"draft": 1, "captured": 2, "sealed": 41},
        outbox=41,
        corrections=CorrectionCounts(2, 5),
        step="fingers",
        step_seconds=95,
        demo=True,
    )


def quiet_board() -> Board:
    """Nobody at the machine, nothing to decide."""
    works = tuple(
        DeviceLine(kind, f"sim {kind}", HealthState.OK) for kind in ("fingers", "camera", "printer", "panel")
    )
    return Board(revision=1, station="MAU01", view=view(welcome()), devices=works)
