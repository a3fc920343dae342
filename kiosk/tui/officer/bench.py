"""The correction bench: what a key makes of one corrected field, from the verdict to the reason (D2)."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import Enum, auto
from typing import TYPE_CHECKING, Final

from kiosk.domain.correction import SELF_DECLARED, Evidence, Finding, Verdict
from kiosk.domain.dossier import SampleKind
from kiosk.link.messages import DecideCorrection
from kiosk.link.shown import DossierShown
from kiosk.tui.vietnamese import Typing, composed
from kiosk.workflow.board import CORRECTION, Approval

if TYPE_CHECKING:
    from kiosk.tui.officer.review_page import Reviewed

LONGEST: Final = 200


class Stage(Enum):
    """What is asked of the officer, in this order; a stage that needs no answer is left out."""

    VERDICT = auto()
    VALUE = auto()
    EVIDENCE = auto()
    REASON = auto()


@dataclass(frozen=True)
class Bench:
    """How far the officer is with the field in question."""

    choice: str = ""
    value: str = field(default="", repr=False)
    evidence: Evidence = Evidence.NONE
    reason: str = field(default="", repr=False)
    stage: Stage = Stage.VERDICT


EMPTY: Final = Bench()
Pressed = tuple["Reviewed", DecideCorrection | None]


def at_bench(approval: Approval | None) -> bool:
    return approval is not None and approval.kind == CORRECTION


def field_of(approval: Approval) -> str:
    """The field an approval of a correction is about."""
    return approval.id.rpartition("/")[2]


def papers_of(shown: DossierShown) -> int:
    return sum(picture.kind is SampleKind.EVIDENCE for picture in shown.pictures)


def offered(approval: Approval, shown: DossierShown) -> dict[str, str]:
    """The choices by their keys. Without a paper known data stay as they are, but for what no paper tells of."""
    item = field_of(approval)
    free = papers_of(shown) > 0 or item in SELF_DECLARED
    barred: set[str] = set() if free else {Verdict.ACCEPTED, Verdict.DIFFERENTLY}
    if item == "sex":
        barred.add(Verdict.DIFFERENTLY)
    return {str(n): c for n, c in enumerate(approval.choices, start=1) if c not in barred}


def kinds() -> dict[str, Evidence]:
    """The kinds of paper by their keys."""
    return {str(n): kind for n, kind in enumerate(Evidence, start=1)}


def stages(choice: str, shown: DossierShown) -> tuple[Stage, ...]:
    """What is asked for a choice: which paper only where one was shown."""
    asked = [Stage.VERDICT]
    if choice == Verdict.DIFFERENTLY:
        asked.append(Stage.VALUE)
    if choice in tuple(Verdict) and papers_of(shown):
        asked.append(Stage.EVIDENCE)
    return (*asked, Stage.REASON)


def press(state: Reviewed, key: str, character: str | None, typing: Typing) -> Pressed:
    """One key while a field is decided; Escape goes one question back."""
    bench = state.bench
    if key == "escape":
        return replace(state, bench=_back(bench, state.shown)), None
    if bench.stage is Stage.VERDICT:
        return _verdict(state, key), None
    if bench.stage is Stage.EVIDENCE:
        kind = kinds().get(key)
        done = replace(bench, evidence=kind, stage=Stage.REASON) if kind else bench
        return replace(state, bench=done), None
    if key == "enter":
        return _entered(state)
    return replace(state, bench=_typed(bench, key, character, typing)), None


def pasted(state: Reviewed, text: str) -> Reviewed:
    """Text for the line being typed; nothing where none is."""
    bench = state.bench
    if bench.stage is Stage.VALUE:
        bench = replace(bench, value=(bench.value + text)[:LONGEST])
    elif bench.stage is Stage.REASON:
        bench = replace(bench, reason=(bench.reason + text)[:LONGEST])
    return replace(state, bench=bench)


def _verdict(state: Reviewed, key: str) -> Reviewed:
    choice = offered(state.approval, state.shown).get(key) if state.approval else None
    if choice is None:
        return state
    return replace(state, bench=Bench(choice, stage=stages(choice, state.shown)[1]))


def _back(bench: Bench, shown: DossierShown) -> Bench:
    order = stages(bench.choice, shown)
    at = order.index(bench.stage)
    return replace(bench, stage=order[at - 1]) if at > 1 else EMPTY


def _entered(state: Reviewed) -> Pressed:
    """The next question, or what goes to the core."""
    bench, order = state.bench, stages(state.bench.choice, state.shown)
    if bench.stage is not Stage.REASON:
        step = order[order.index(bench.stage) + 1] if bench.value.strip() else bench.stage
        return replace(state, bench=replace(bench, stage=step)), None
    if state.approval is None:
        return state, None
    finding = Finding(bench.evidence, bench.value.strip())
    return replace(state, bench=EMPTY), DecideCorrection(
        state.approval.id, bench.choice, finding, bench.reason.strip()
    )


def _typed(bench: Bench, key: str, character: str | None, typing: Typing) -> Bench:
    text = bench.value if bench.stage is Stage.VALUE else bench.reason
    if key == "backspace":
        text = text[:-1]
    elif character is not None and character.isprintable():
        text = composed(text, character, typing)[:LONGEST]
    return replace(bench, value=text) if bench.stage is Stage.VALUE else replace(bench, reason=text)
