"""A workflow is a list of steps; a step is a plain blocking function over a `Desk`."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from typing import TYPE_CHECKING

import msgspec

from kiosk.domain.message import Message

if TYPE_CHECKING:
    from kiosk.workflow.desk import Desk


class Outcome(StrEnum):
    """DONE: on to the next step. ENDED: the activity ends here, and the citizen has been told why."""

    DONE = "done"
    ENDED = "ended"


class Step(msgspec.Struct, frozen=True):
    """`run` asks the desk what is still missing, so that running it again after a crash simply goes on.

    A step `for_draft` is passed over once the dossier is complete: there is nothing left for it to do.
    """

    code: str
    run: Callable[[Desk], Outcome]
    for_draft: bool = True


class Activity(msgspec.Struct, frozen=True):
    """What a citizen can choose on the welcome screen. `order` places it there, lowest first."""

    code: str
    title: Message
    steps: tuple[Step, ...]
    order: int = 100
