"""What a reader cannot do is left out of the plan openly: the dossier names it, and what was taken instead (X2)."""

from __future__ import annotations

from kiosk.domain.dossier import PlanNarrowed
from kiosk.domain.plan import PlannedCapture, narrow
from kiosk.hal.fingers import FingerReader
from kiosk.workflow.desk import Desk


def captures_for(desk: Desk) -> tuple[PlannedCapture, ...]:
    """What this reader can do of the regime's captures; noted once for each reader that leaves out something else."""
    plan = desk.regime.fingers
    model, grade, slaps, rolled = desk.use(desk.devices.fingers, _ability)
    planned = narrow(plan, slaps, rolled)
    left_out = tuple(capture.key for capture in plan if capture not in planned)
    instead = tuple(capture.key for capture in planned if capture not in plan)
    noted = PlanNarrowed(model, grade, left_out, instead)
    if left_out and desk.dossier.narrowed != noted:
        desk.record(noted)
    return planned


def _ability(reader: FingerReader) -> tuple[str, bool, bool, bool]:
    return reader.model, reader.enrolment_grade, reader.takes_slaps, reader.takes_rolled
