"""What is known is confirmed item by item; what is wrong is corrected in the citizen's own words (C4, D2)."""

from __future__ import annotations

from functools import partial

from kiosk.domain.correction import parse_phone, parse_words
from kiosk.domain.dates import PartialDate, parse_date
from kiosk.domain.dossier import ITEMS, Confirmed, Corrected, Reviewed
from kiosk.domain.fingers import SINGLE_FINGERS
from kiosk.domain.message import msg
from kiosk.workflow.desk import Desk
from kiosk.workflow.step import Outcome
from kiosk.workflow.view import Choice, KeySet, Option, Review, Row

YES_NO = (Option("yes", msg("confirm.yes"), "yes"), Option("no", msg("confirm.no"), "no"))


def confirm_items(desk: Desk) -> Outcome:
    """Each known datum once: right, or what it should be."""
    for item in desk.dossier.unconfirmed():
        question = Choice(
            f"confirm.{item}", msg("confirm"), YES_NO, (msg(f"item.{item}"),), shown=item_words(desk, item)
        )
        if desk.ask(question) == "yes":
            desk.record(Confirmed(item))
        else:
            correct_item(desk, item)
    return Outcome.DONE


def correct_item(desk: Desk, item: str) -> None:
    """Take the citizen's words for `item`; an officer will check them. Going back leaves it unjudged."""
    said = ASKING.get(item, _ask_words)(desk, item)
    if said is not None:
        desk.record(Corrected(item, desk.dossier.value(item), said))


def review_everything(desk: Desk) -> Outcome:
    """The whole record to look over; what is not right is corrected from here, as often as needed."""
    while not desk.dossier.reviewed:
        options = (
            Option("yes", msg("review.yes"), "yes"),
            Option("no", msg("review.no"), "no"),
        )
        if desk.ask(Review("review", msg("review"), review_rows(desk), options)) == "yes":
            desk.record(Reviewed())
        else:
            _correct_one(desk)
    return Outcome.DONE


def review_rows(desk: Desk) -> tuple[Row, ...]:
    """The items, who stands for a child, then what was captured and what was not."""
    items = tuple(_item_row(desk, item) for item in ITEMS if desk.dossier.value(item))
    return items + _representative_rows(desk) + _capture_rows(desk) + _not_taken_rows(desk)


def item_words(desk: Desk, item: str) -> str:
    """An item's value in the citizen's language."""
    value = desk.dossier.value(item)
    return desk.say(msg(f"sex.{value}")) if item == "sex" and value else value


def _item_row(desk: Desk, item: str) -> Row:
    dossier = desk.dossier
    open_ones = {fact.field: fact.said for fact in dossier.undecided}
    said = open_ones.get(item, dossier.effective(item))
    value = msg(f"sex.{said}") if item == "sex" and said else said
    note = msg("review.will_be_checked") if item in open_ones else None
    return Row(item, msg(f"item.{item}"), value, note)


def _capture_rows(desk: Desk) -> tuple[Row, ...]:
    described = desk.dossier.described
    taken = len(SINGLE_FINGERS) - len(described)
    note = msg("review.described", count=len(described)) if described else None
    return (
        Row("portrait", msg("item.portrait"), msg("review.portrait_taken")),
        Row("fingers", msg("item.fingers"), msg("review.fingers_taken", taken=taken), note),
    )


def _representative_rows(desk: Desk) -> tuple[Row, ...]:
    found = desk.dossier.represented
    if found is None:
        return ()
    note = msg(f"relation.{found.relation.value}")
    return (Row("representative", msg("item.representative"), found.full_name, note),)


def _not_taken_rows(desk: Desk) -> tuple[Row, ...]:
    """What the plan asks for and this kiosk does not take, with the reason."""
    return tuple(
        Row(m, msg(f"modality.{m.value}"), msg(f"not_taken.{fact.reason.value}"))
        for m, fact in desk.dossier.not_taken.items()
    )


def _correct_one(desk: Desk) -> None:
    known = [item for item in ITEMS if desk.dossier.value(item)]
    options = tuple(Option(item, msg(f"item.{item}")) for item in known)
    back = Option("back", msg("review.back"))
    item = desk.ask(Choice("review.which", msg("review.which"), (*options, back)))
    if item != "back":
        correct_item(desk, item)


def _ask_words(desk: Desk, item: str) -> str | None:
    said = desk.enter(
        "correct",
        KeySet.LETTERS,
        parse_words,
        "back",
        shown=desk.dossier.value(item),
        prompt=msg("correct", item=msg(f"item.{item}")),
    )
    return None if said == "back" else said


def _ask_date(desk: Desk, item: str) -> str | None:
    said = desk.enter(
        "correct",
        KeySet.DIGITS,
        partial(parse_date, today=desk.today),
        "back",
        shown=desk.dossier.value(item),
        prompt=msg("correct.birth_date"),
    )
    return said.text() if isinstance(said, PartialDate) else None


def _ask_phone(desk: Desk, item: str) -> str | None:
    said = desk.enter(
        "correct",
        KeySet.DIGITS,
        parse_phone,
        "back",
        shown=desk.dossier.value(item),
        prompt=msg("correct.phone"),
    )
    return None if said == "back" else said


def _ask_sex(desk: Desk, item: str) -> str | None:
    options = (Option("male", msg("sex.male")), Option("female", msg("sex.female")))
    return desk.ask(Choice("correct.sex", msg("correct", item=msg(f"item.{item}")), options))


ASKING = {"birth_date": _ask_date, "phone": _ask_phone, "sex": _ask_sex}
