"""First issue of the ID card: the sheet on the wall, from "xin chào" to the slip.

The order is the prescribed one (TT 60/2021 art. 5): search, confirm, fingers and portrait, check and sign, slip.
"""

from __future__ import annotations

from kiosk.domain.message import msg
from kiosk.hookspecs import hookimpl
from kiosk.workflow.close import seal_and_print
from kiosk.workflow.coaching import take_fingers
from kiosk.workflow.confirm import confirm_items, review_everything
from kiosk.workflow.desk import Desk
from kiosk.workflow.fingers_check import check_fingers, settle_fingers
from kiosk.workflow.identify import identify_person
from kiosk.workflow.modalities import note_modalities
from kiosk.workflow.papers import show_papers
from kiosk.workflow.portrait import take_portrait
from kiosk.workflow.sign import sign_record
from kiosk.workflow.step import Activity, Outcome, Step


def choose_language(desk: Desk) -> Outcome:
    """Vietnamese first; the choice is remembered for this visit."""
    if desk.visit.language is None:
        desk.set_language(desk.choose("language", *desk.languages))
    return Outcome.DONE


def show_notice(desk: Desk) -> Outcome:
    """What is collected, why, who gets it, which rights there are (C8; personal-data law 91/2025). Information, not
    consent: the card rests on the identity law, so nothing is ticked, and that it was shown is recorded."""
    if not desk.visit.notice_seen:
        body = tuple(msg(f"notice.{line}") for line in ("what", "why", "who", "rights"))
        desk.choose("notice", "continue", body=body)
        desk.notice_seen()
    return Outcome.DONE


def take_prints(desk: Desk) -> Outcome:
    """The fingers in the plan's order, then what the plan asks for beside them."""
    take_fingers(desk)
    note_modalities(desk)
    return Outcome.DONE


def look_over(desk: Desk) -> Outcome:
    """The whole record, then the papers for what is to be corrected: the officer decides on it before the seal."""
    review_everything(desk)
    show_papers(desk)
    return Outcome.DONE


ACTIVITY = Activity(
    code="first_issue",
    title=msg("activity.first_issue"),
    order=10,
    steps=(
        Step("language", choose_language),
        Step("notice", show_notice),
        Step("identify", identify_person),
        Step("confirm", confirm_items),
        Step("portrait", take_portrait),
        Step("fingers", take_prints),
        Step("fingers_check", check_fingers),
        Step("review", look_over),
        Step("sign", sign_record),
        Step("fingers_settle", settle_fingers),
        Step("slip", seal_and_print, for_draft=False),
    ),
)


@hookimpl
def kiosk_activities() -> tuple[Activity, ...]:
    return (ACTIVITY,)
