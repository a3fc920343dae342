"""Screens of what does not go straight: fingers described, an officer away, a child with a representative."""

from __future__ import annotations

from kiosk.domain.dossier import Relation
from kiosk.domain.fingers import FingerExceptionCode
from kiosk.domain.message import msg
from kiosk.tui.citizen.scene import Local
from kiosk.tui.drawings import hands_picture
from kiosk.tui.gallery import NAME, NUMBER, VALUES, quiet_board
from kiosk.tui.gallery_kit import DOSSIER, Shot, choice, entry, view
from kiosk.workflow.board import Alert, Approval, Board, Voice
from kiosk.workflow.exceptions import DAYS_TO_HEAL
from kiosk.workflow.view import (
    Capture,
    Choice,
    KeySet,
    Option,
    Pause,
    Review,
    Row,
    Signature,
    Target,
)

OTHERS = (Option("others", msg("approval.finger.others")),)
THUMB = msg("finger.6")


def exception_shots() -> list[Shot]:
    """In the order of a visit."""
    return [*_children(), *_officer_away(), *_bandaged(), *_hands(), *_closing()]


def _children() -> list[Shot]:
    relations = tuple(Option(r.value, msg(f"relation.{r.value}")) for r in Relation)
    who = Choice("representative", msg("representative"), relations, (msg("representative.why", age=14),))
    number = entry("representative.number", KeySet.DIGITS, 12)
    own = entry("representative.number", KeySet.DIGITS, 12, "representative.same")
    yes_no = (Option("yes", msg("confirm.yes"), "yes"), Option("no", msg("confirm.no"), "no"))
    found = Choice("representative.found", msg("representative.found"), yes_no, shown=NAME)
    papers = Pause("approval.age", msg("approval.age"), (msg("approval.wait"),))
    return [
        Shot("representative", view(who, "identify")),
        Shot("representative-number", view(number, "identify"), Local(typed=NUMBER[:5])),
        Shot("representative-same", view(own, "identify")),
        Shot("representative-found", view(found, "identify")),
        Shot("representative-name", view(entry("representative.name", KeySet.LETTERS), "identify")),
        Shot("age-officer", view(papers, "identify")),
        Shot("under-six", view(choice("identify.online_only", "understood", age=6), "identify")),
    ]


def _officer_away() -> list[Shot]:
    def waiting(told: str, ways: tuple[Option, ...]) -> Pause:
        body = (msg(told), msg("approval.others")) if ways else (msg(told),)
        return Pause("approval.finger", msg("approval.finger"), body, ways)

    return [
        Shot("exception-others", view(waiting("approval.wait", OTHERS), "fingers")),
        Shot("exception-away", view(waiting("approval.away", OTHERS), "fingers")),
        Shot("exception-away-last", view(waiting("approval.away", ()), "fingers")),
    ]


def _bandaged() -> list[Shot]:
    options = tuple(Option(key, msg(f"heals.{key}")) for key in (*DAYS_TO_HEAL, "unknown"))
    understood = (Option("understood", msg("heals.back.understood")),)
    told = Choice("heals.back", msg("heals.back"), understood, (msg("heals.back.what", finger=THUMB),))
    return [
        Shot("heals", view(Choice("heals", msg("heals", finger=THUMB), options), "fingers")),
        Shot("heals-back", view(_with_shown(told, "07/12/2026"), "fingers")),
    ]


def _with_shown(screen: Choice, shown: str) -> Choice:
    return Choice(screen.id, screen.prompt, screen.options, screen.body, shown)


def _hands() -> list[Shot]:
    take = (Option("take", msg("hands.take"), "yes"),)
    asked = Capture("hands", msg("hands"), Target.HANDS, hint=msg("hands.hint"), options=take)
    good = Capture("hands", msg("hands"), Target.HANDS, hint=msg("good"), good=True)
    picture = hands_picture()
    return [
        Shot("hands", view(asked, "fingers"), picture=picture),
        Shot("hands-good", view(good, "fingers"), picture=picture),
    ]


def _closing() -> list[Shot]:
    answers = (Option("yes", msg("review.yes"), "yes"), Option("no", msg("review.no"), "no"))
    rows = (
        Row("full_name", msg("item.full_name"), "NGUYỄN THỊ BÉ"),
        Row("birth_date", msg("item.birth_date"), "05/03/2016"),
        Row("commune", msg("item.commune"), VALUES["commune"]),
        Row("representative", msg("item.representative"), NAME, msg("relation.mother")),
        Row("portrait", msg("item.portrait"), msg("review.portrait_taken")),
        Row(
            "fingers",
            msg("item.fingers"),
            msg("review.fingers_taken", taken=9),
            msg("review.described", count=1),
        ),
        Row("iris", msg("modality.iris"), msg("not_taken.no_device")),
    )
    sign = Signature("sign", msg("sign.representative", name=NAME), (Option("mark", msg("sign.mark")),))
    return [
        Shot("review-child", view(Review("review", msg("review"), rows, answers), "review")),
        Shot("signature-representative", view(sign, "sign")),
    ]


def waiting_board() -> Board:
    """A citizen waits: one officer has spoken where two are needed, and the question has grown urgent."""
    asked = Approval(
        "a1",
        "finger",
        DOSSIER,
        msg("approval.finger.what", finger=THUMB),
        (*FingerExceptionCode, "again"),
        "2026-11-22T07:32:50+00:00",
        ("cannot",),
        (Voice("CB01", "cannot"),),
    )
    age = Approval(
        "a2",
        "age",
        DOSSIER,
        msg("approval.age.what", age=14),
        ("of_age", "under_age"),
        "2026-11-22T07:35:10+00:00",
    )
    pause = Pause("approval.finger", msg("approval.finger"), (msg("approval.away"),), OTHERS)
    quiet = quiet_board()
    return Board(
        revision=1,
        station="MAU01",
        view=view(pause, "fingers", dossier=DOSSIER),
        devices=quiet.devices,
        approvals=(asked, age),
        alerts=(Alert(msg("alert.unanswered", dossier=DOSSIER, minutes=3), urgent=True),),
        step="fingers",
        step_seconds=185,
        demo=True,
    )
