"""Is every finger the one it was given for? The same finger twice, a left hand for a right one (X2).

The prints are compared in the background, while they are taken and while the citizen goes on; this looks at the
results. A kiosk that cannot compare says so in the dossier, and no visit stops for it.
"""

from __future__ import annotations

from collections.abc import Sequence

from kiosk.biometrics.matching import ALIKE
from kiosk.domain.dossier import Sample, SampleKind
from kiosk.domain.fingers import FingerPosition
from kiosk.domain.message import Message, msg
from kiosk.domain.sequence import (
    CheckResult,
    Doubt,
    FingersChecked,
    FingersGraded,
    FingersNotChecked,
    doubts,
)
from kiosk.workflow.coaching import take_fingers
from kiosk.workflow.desk import Desk
from kiosk.workflow.finger_watch import Kept, Report, name_of
from kiosk.workflow.step import Outcome
from kiosk.workflow.view import Pause

SOON_S = 3.0
"""How long the citizen waits after the last finger, at most; what takes longer is looked at before the slip."""

LATE_S = 5.0
LOOK_EVERY_S = 0.1
MOST_LINES = 3
UNSEEN_S = 0.5
"""A wait shorter than this is not worth a screen of its own."""


def check_fingers(desk: Desk) -> Outcome:
    """Right after the fingers: act on what is known by now."""
    while not desk.dossier.fingers_settled:
        report = _await(desk, SOON_S)
        if report.pending:
            break
        _settle(desk, report)
    return Outcome.DONE


def settle_fingers(desk: Desk) -> Outcome:
    """Before the slip: what was not known then. Without a result in time the dossier says that there is none."""
    while not desk.dossier.fingers_settled:
        report = _await(desk, LATE_S)
        if report.pending:
            desk.record(FingersNotChecked("matching.slow"))
        else:
            _settle(desk, report)
    _grade(desk)
    return Outcome.DONE


def _await(desk: Desk, patience_s: float) -> Report:
    """The newest report, complete or not; what a restart made the watch forget is offered again."""
    number, samples = desk.dossier.number, _finger_samples(desk)
    clock, absent = desk.office.clock, tuple(desk.dossier.described)
    unknown = desk.office.watch.report(number, samples).unknown
    for sample in samples:
        if name_of(sample) in unknown:
            desk.office.watch.offer(Kept(number, sample, desk.ledger.sample_bytes(number, sample), absent))
    begun = clock.monotonic()
    while (report := desk.office.watch.report(number, samples)).pending:
        waited = clock.monotonic() - begun
        if waited >= patience_s:
            break
        if waited >= UNSEEN_S:
            desk.show(Pause("fingers.checking", msg("fingers.checking"), (msg("paused.kept"),)))
        desk.pressed()
        clock.sleep(LOOK_EVERY_S)
    return report


def _settle(desk: Desk, report: Report) -> None:
    """One round: recorded as clear or not checked, or asked for again."""
    found = doubts(report.pairs, ALIKE)
    if not report.pairs:
        desk.record(FingersNotChecked(report.trouble.code if report.trouble else "matching.too_few"))
    elif not found:
        desk.record(_checked(report, CheckResult.CLEAR))
    elif _asked_before(desk):
        _ask_officer(desk, report, found)
    else:
        desk.choose("fingers.again", "continue", body=(*_asked_for(found), *_reasons(found)))
        _take_again(desk, report, found)


def _grade(desk: Desk) -> None:
    """The NFIQ 2 scores there are by now; what is still being worked on gets the same patience."""
    number, samples, clock = desk.dossier.number, _finger_samples(desk), desk.office.clock
    until = clock.monotonic() + LATE_S
    while (report := desk.office.watch.report(number, samples)).grading and clock.monotonic() < until:
        desk.pressed()
        clock.sleep(LOOK_EVERY_S)
    graded = {s.id: report.nfiq2[s.id] for s in samples if s.nfiq2 < 0 and s.id in report.nfiq2}
    if graded:
        desk.record(FingersGraded(report.engine, graded))


def _ask_officer(desk: Desk, report: Report, found: Sequence[Doubt]) -> None:
    """The citizen was asked once; now an officer looks at the hands."""
    fingers = ", ".join(desk.say(word) for word in _which(found))
    what = msg("approval.fingers_alike.what", fingers=fingers, reason=msg(f"doubt.{found[0].kind}"))
    subject = ",".join(doubt.key for doubt in found)
    decision = desk.approval("fingers_alike", subject, what, "accept", "again")
    if decision.choice == "again":
        _take_again(desk, report, found, decision.officer, decision.reason)
    else:
        desk.record(_checked(report, CheckResult.ACCEPTED, found, decision.officer, decision.reason))


def _take_again(
    desk: Desk, report: Report, found: Sequence[Doubt], officer: str = "", reason: str = ""
) -> None:
    doubted = {doubt.key: doubt.kind for doubt in found}
    for sample in _finger_samples(desk):
        if sample.key in doubted:
            desk.retract(sample, doubted[sample.key])
    desk.record(_checked(report, CheckResult.AGAIN, found, officer, reason))
    take_fingers(desk)


def _checked(
    report: Report, result: CheckResult, found: Sequence[Doubt] = (), officer: str = "", reason: str = ""
) -> FingersChecked:
    return FingersChecked(
        report.engine, len(report.pairs), result, tuple(found), report.unread, officer, reason
    )


def _asked_before(desk: Desk) -> bool:
    facts = desk.dossier.facts
    return any(isinstance(f, FingersChecked) and f.result is CheckResult.AGAIN for f in facts)


def _finger_samples(desk: Desk) -> list[Sample]:
    return [sample for sample in desk.dossier.samples if sample.kind is SampleKind.FINGER]


def _asked_for(found: Sequence[Doubt]) -> tuple[Message, ...]:
    """Each finger on a line of its own; of many the citizen hears one by one."""
    fingers = _which(found)
    if len(fingers) > MOST_LINES:
        return (msg("fingers.again.several", count=len(fingers)),)
    return tuple(msg("fingers.again.finger", finger=finger) for finger in fingers)


def _reasons(found: Sequence[Doubt]) -> tuple[Message, ...]:
    """Each kind of doubt once, as something that happens to everybody."""
    return tuple(msg(f"fingers.again.{kind}") for kind in dict.fromkeys(doubt.kind for doubt in found))


def _which(found: Sequence[Doubt]) -> tuple[Message, ...]:
    positions = (FingerPosition(int(doubt.key.rpartition("-")[2])) for doubt in found)
    return tuple(msg(f"finger.{position.value}") for position in dict.fromkeys(positions))
