"""The end of a visit: an officer's eye where it is needed, the seal, the slip."""

from __future__ import annotations

from kiosk.domain.batch import RULE_OFFICER, SAMPLED
from kiosk.domain.dossier import Approved, DossierEvent, DossierState
from kiosk.domain.message import msg
from kiosk.hal.printer import NotPrinted, Printed, PrinterStatus
from kiosk.workflow.approvals import Decision
from kiosk.workflow.corrections import settle_corrections
from kiosk.workflow.desk import Desk
from kiosk.workflow.slip import appointment_slip
from kiosk.workflow.step import Outcome
from kiosk.workflow.view import Choice, Option, Pause

PRINT_TIMEOUT_S = 20.0
PAPER_LOOK_S = 0.5


def seal_and_print(desk: Desk) -> Outcome:
    """Complete, approved, sealed, printed: each only when the one before is on disk. The slip comes last, so what it
    promises is kept."""
    if desk.dossier.state is DossierState.DRAFT:
        desk.move(DossierEvent.COMPLETE)
    if desk.dossier.state is DossierState.CAPTURED:
        settle_corrections(desk)
        if not _approve(desk):
            return Outcome.ENDED
    if desk.dossier.state is DossierState.APPROVED:
        desk.show(Pause("sealing", msg("sealing")))
        desk.seal(appointment_slip(desk))
    _print(desk)
    _say_goodbye(desk)
    return Outcome.DONE


def _approve(desk: Desk) -> bool:
    """A dossier without a flag passes by rule, unless it is drawn; any other waits for an officer. False: sent back to
    the draft."""
    flags = desk.dossier.flags()
    decision = _flagged(desk, flags) if flags else _sampled(desk)
    if decision is None:
        desk.record(Approved(RULE_OFFICER, ()))
        desk.move(DossierEvent.APPROVE, RULE_OFFICER)
        return True
    return _decided(desk, decision, flags or (SAMPLED,))


def _flagged(desk: Desk, flags: tuple[str, ...]) -> Decision:
    what = msg("approval.dossier.what", reasons="; ".join(desk.say(msg(f"flag.{flag}")) for flag in flags))
    return desk.approval("dossier", "flags", what, "approve", "refuse")


def _sampled(desk: Desk) -> Decision | None:
    """An officer's decision on a dossier that was drawn; None: not drawn, or nobody came in time."""
    if not desk.ledger.drawn(desk.dossier.number, desk.office.sample_percent):
        return None
    return desk.approval_in_time("sample", "drawn", msg("approval.sample.what"), "approve", "refuse")


def _decided(desk: Desk, decision: Decision, flags: tuple[str, ...]) -> bool:
    if decision.choice == "approve":
        desk.record(Approved(decision.officer, flags, decision.reason))
        desk.move(DossierEvent.APPROVE, decision.officer)
        return True
    desk.move(DossierEvent.REVISE, decision.officer)
    desk.choose("refused", "understood", shown=desk.dossier.number)
    return False


def _print(desk: Desk) -> None:
    """Print the slip whole; without paper the citizen waits and the officer is told."""
    number = desk.dossier.number
    slip = desk.ledger.pending_slip(number)
    while slip is not None:
        desk.show(Pause("printing", msg("printing")))
        answer = desk.use(desk.devices.printer, lambda printer: printer.print_slip(slip, PRINT_TIMEOUT_S))
        if isinstance(answer, Printed):
            desk.ledger.slip_done(number, answer.paper)
            return
        _await_printer(desk, answer)


def _await_printer(desk: Desk, answer: NotPrinted) -> None:
    """Wait until the printer is ready again; then the whole slip is printed once more."""
    desk.ledger.audit("slip.not_printed", desk.dossier.number, status=answer.status)
    status = answer.status
    while status not in (PrinterStatus.OK, PrinterStatus.PAPER_LOW):
        desk.show(Pause(f"printer.{status}", msg("printer.waiting"), (msg("paused.kept"),)))
        desk.office.clock.sleep(PAPER_LOOK_S)
        desk.pressed()
        status = desk.use(desk.devices.printer, lambda printer: printer.status(PAPER_LOOK_S))


def _say_goodbye(desk: Desk) -> None:
    number = desk.dossier.number
    options = (Option("taken", msg("done.taken"), "yes"),)
    desk.ask(Choice("done", msg("done"), options, (msg("done.number"),), shown=number))
