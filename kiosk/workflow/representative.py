"""Age and who stands for a child: asked as soon as it is known who the person is (C11; Law 26/2023 on demand)."""

from __future__ import annotations

from functools import partial

from kiosk.domain.completeness import of_age
from kiosk.domain.dossier import AgeDecided, Relation, Represented, Source
from kiosk.domain.message import Message, msg
from kiosk.domain.names import parse_name
from kiosk.domain.personal_number import PersonalNumber, parse_number
from kiosk.workflow.desk import Desk
from kiosk.workflow.step import Outcome
from kiosk.workflow.view import Choice, KeySet, Option


def settle_age(desk: Desk) -> Outcome:
    """Of age, or with a representative who is there; ended when the plan has no card for somebody so young."""
    grown = of_age(desk.dossier, desk.regime, desk.today)
    if grown is None:
        grown = _ask_officer(desk)
    if grown or desk.dossier.represented is not None:
        return Outcome.DONE
    if desk.regime.on_demand_age is None:
        return too_young(desk)
    return _take_representative(desk)


def too_young(desk: Desk) -> Outcome:
    """Told kindly, with what can be done instead."""
    youngest = desk.regime.on_demand_age
    if youngest is None:
        desk.choose("identify.too_young", "understood", age=desk.regime.mandatory_age)
    else:
        desk.choose("identify.online_only", "understood", age=youngest)
    return Outcome.ENDED


def _ask_officer(desk: Desk) -> bool:
    """Only the year or the month is known: the officer has seen the papers."""
    what = msg("approval.age.what", age=desk.regime.mandatory_age)
    decision = desk.approval("age", "age", what, "of_age", "under_age")
    grown = decision.choice == "of_age"
    desk.record(AgeDecided(grown, decision.officer, decision.reason))
    return grown


def _take_representative(desk: Desk) -> Outcome:
    found: Represented | None = None
    while found is None:
        relation = Relation(_ask_relation(desk))
        found = _by_number(desk, relation)
    desk.record(found)
    return Outcome.DONE


def _ask_relation(desk: Desk) -> str:
    options = tuple(Option(relation.value, msg(f"relation.{relation.value}")) for relation in Relation)
    body = (msg("representative.why", age=desk.regime.mandatory_age),)
    return desk.ask(Choice("representative", msg("representative"), options, body))


def _by_number(desk: Desk, relation: Relation) -> Represented | None:
    """The representative's number, then the name: known, or as it is written. None leads back to the relation."""
    child = desk.dossier.person
    parse = partial(_another_number, child="" if child is None else child.number)
    number = desk.enter("representative.number", KeySet.DIGITS, parse, "back", length=12)
    if isinstance(number, str):
        return None
    known = desk.roster.by_number(number.text)
    if known is not None:
        asked = Choice("representative.found", msg("representative.found"), YES_NO, shown=known.full_name)
        if desk.ask(asked) == "no":
            return None
        return Represented(number.text, known.full_name, relation, Source.ROSTER)
    name = desk.enter("representative.name", KeySet.LETTERS, parse_name, "back")
    return None if name == "back" else Represented(number.text, name, relation, Source.ENTERED)


def _another_number(text: str, child: str) -> PersonalNumber | Message:
    number = parse_number(text)
    same = isinstance(number, PersonalNumber) and number.text == child
    return msg("representative.same") if same else number


YES_NO = (Option("yes", msg("confirm.yes"), "yes"), Option("no", msg("confirm.no"), "no"))
