"""What the plan asks for beside portrait and fingers. No device of this kiosk takes any of it, and the dossier says so."""

from __future__ import annotations

from kiosk.domain.dossier import ModalityNotTaken, NotTakenReason
from kiosk.workflow.desk import Desk

RULE_NO_DEVICE = "rule:no-device"


def note_modalities(desk: Desk) -> None:
    """Each modality of the plan is in the dossier, with the reason why it was not taken (Law 26/2023, art. 23)."""
    for modality in desk.regime.modalities:
        if modality not in desk.dossier.not_taken:
            desk.record(ModalityNotTaken(modality, NotTakenReason.NO_DEVICE, RULE_NO_DEVICE))
