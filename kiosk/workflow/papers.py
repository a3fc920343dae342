"""Papers for what is to be corrected, laid before the kiosk's camera (D2): asked kindly, and never a dead end."""

from __future__ import annotations

from kiosk.biometrics import frame_png, live_picture
from kiosk.domain.correction import EvidenceShown
from kiosk.domain.dossier import SampleKind
from kiosk.domain.message import msg
from kiosk.workflow.desk import Desk
from kiosk.workflow.view import Capture, Choice, Option, Target

PREVIEW_TIMEOUT_S = 2.0
STILL_TIMEOUT_S = 5.0
PREVIEW_SIZE = (96, 72)
MOST_PAPERS = 3
SHOW_GOOD_S = 1.2


def show_papers(desk: Desk) -> None:
    """Until the citizen has shown what they have, or says that it is not with them; nothing where nothing is asked."""
    while not desk.dossier.papers_settled:
        shown = len(desk.dossier.papers)
        answer = desk.ask(_more(shown) if shown else _first(desk))
        if answer == "show":
            _photograph(desk, shown + 1)
        elif answer == "again":
            _photograph(desk, shown)
        else:
            desk.record(EvidenceShown(shown))


def _first(desk: Desk) -> Choice:
    """Which data it is about stands in large letters: people forget what they answered."""
    items = ", ".join(desk.say(msg(f"item.{fact.field}")) for fact in desk.dossier.undecided)
    options = (Option("show", msg("papers.show"), "yes"), Option("none", msg("papers.none")))
    return Choice("papers", msg("papers"), options, (msg("papers.which"),), items)


def _more(shown: int) -> Choice:
    """After each photograph: enough, this one again, or another paper while there is room."""
    more = (Option("show", msg("papers.more.show")),) if shown < MOST_PAPERS else ()
    options = (
        Option("done", msg("papers.more.done"), "yes"),
        Option("again", msg("papers.more.again")),
        *more,
    )
    return Choice("papers.more", msg("papers.more", count=shown), options)


def _photograph(desk: Desk, number: int) -> None:
    """Taken when the citizen says so: a paper has to lie flat first."""
    desk.show(_screen())
    while desk.pressed() != "take":
        frame = desk.use(desk.devices.camera, lambda camera: camera.preview(PREVIEW_TIMEOUT_S))
        desk.picture(*live_picture(frame, *PREVIEW_SIZE))
    still = desk.use(desk.devices.camera, lambda camera: camera.still(STILL_TIMEOUT_S))
    desk.keep(SampleKind.EVIDENCE, f"evidence-{number}", "image/png", frame_png(still))
    desk.show(_screen(good=True))
    desk.pause(SHOW_GOOD_S)


def _screen(*, good: bool = False) -> Capture:
    hint = msg("good") if good else msg("papers.hint")
    ways_out = () if good else (Option("take", msg("papers.take"), "yes"),)
    return Capture("papers.photo", msg("papers.photo"), Target.PAPER, hint=hint, good=good, options=ways_out)
