"""The appointment slip: what a citizen needs to come back for the card, plainly not an official form.

Fields after the form CC03 (TT 66/2015): unit, name, birth date, return time and place; the form itself is the ministry's.
"""

from __future__ import annotations

from kiosk.domain.dossier import Dossier
from kiosk.domain.message import msg
from kiosk.domain.receipt import QrCode, Rule, Slip, SlipPart, Text, Weight
from kiosk.locale import Audience, Words
from kiosk.workflow.desk import Desk

BY_HAND = "." * 26


def appointment_slip(desk: Desk) -> Slip:
    """The slip of a complete dossier, in the citizen's language, with the plugins' lines before the QR code."""
    dossier = desk.dossier
    head = _head(desk)
    facts = (Rule(), *_appointment(desk), *_dossier_lines(desk, dossier))
    foot = (
        QrCode(dossier.number),
        Text(desk.say(msg("slip.keep")), centred=True),
        Text(desk.say(msg("slip.not_official")), weight=Weight.BOLD, centred=True),
    )
    whole = (*head, *_person(desk), *facts, *desk.office.slip_lines(dossier, desk.words), *foot)
    return Slip(dossier.number, whole, again=(*head, *_nobody(desk), *facts, *foot))


def _nobody(desk: Desk) -> tuple[SlipPart, ...]:
    """Where a later copy leaves room for the name, to be written in by hand. Plugins' lines may name the person too."""
    return Text(BY_HAND, desk.say(msg("slip.name"))), Text(BY_HAND, desk.say(msg("slip.birth")))


def _head(desk: Desk) -> tuple[SlipPart, ...]:
    lines: list[SlipPart] = [
        Text(desk.office.place.upper(), weight=Weight.BOLD, centred=True),
        Text(desk.say(msg("slip.title")), weight=Weight.TITLE, centred=True),
    ]
    if desk.office.demo:
        lines.append(Text(desk.say(msg("slip.demo")), weight=Weight.BOLD, centred=True))
    return (*lines, Rule())


def _person(desk: Desk) -> tuple[SlipPart, ...]:
    if desk.dossier.person is None:
        raise ValueError(f"{desk.dossier.number} names nobody")
    effective = desk.dossier.effective
    lines = [
        Text(effective("full_name").upper(), desk.say(msg("slip.name")), Weight.BOLD),
        Text(effective("birth_date"), desk.say(msg("slip.birth"))),
    ]
    if desk.dossier.represented is not None:
        lines.append(Text(desk.dossier.represented.full_name, desk.say(msg("slip.representative"))))
    return tuple(lines)


def _appointment(desk: Desk) -> tuple[SlipPart, ...]:
    back = desk.office.return_date(desk.today, desk.office.return_days)
    day = msg("slip.day", weekday=msg(f"weekday.{back.day.weekday()}"), date=f"{back.day:%d/%m/%Y}")
    lines: list[SlipPart] = [Text(desk.say(day), desk.say(msg("slip.return")), Weight.LARGE)]
    if not back.certain:
        lines.append(Text(desk.say(msg("slip.day_uncertain")), weight=Weight.SMALL))
    return (*lines, Text(desk.office.return_place, desk.say(msg("slip.return_place"))))


def _dossier_lines(desk: Desk, dossier: Dossier) -> tuple[SlipPart, ...]:
    received = desk.office.clock.read().local
    lines: list[SlipPart] = [
        Text(dossier.number, desk.say(msg("slip.number")), Weight.LARGE),
        Text(f"{received:%d/%m/%Y %H:%M}", desk.say(msg("slip.received"))),
        Text(
            desk.say(msg("slip.fingers", taken=10 - len(dossier.described))), desk.say(msg("slip.captured"))
        ),
    ]
    return (*lines, *_corrections(desk, dossier), *_not_taken(desk, dossier), *_to_come_back(desk, dossier))


def _corrections(desk: Desk, dossier: Dossier) -> tuple[SlipPart, ...]:
    """What the officer has made of each correction, without the values: a later copy names nobody."""
    return tuple(
        Text(desk.say(msg(f"slip.correction.{decided.verdict}")), desk.say(msg(f"item.{item}")))
        for item, decided in dossier.decisions.items()
    )


def _not_taken(desk: Desk, dossier: Dossier) -> tuple[SlipPart, ...]:
    """What the plan asks for and this kiosk could not take."""
    return tuple(
        Text(desk.say(msg(f"not_taken.{fact.reason.value}")), desk.say(msg(f"modality.{modality.value}")))
        for modality, fact in dossier.not_taken.items()
    )


def _to_come_back(desk: Desk, dossier: Dossier) -> tuple[SlipPart, ...]:
    """The fingers whose trouble passes, and from which day on they can be taken."""
    return tuple(
        Text(
            desk.say(
                msg("slip.back", finger=msg(f"finger.{position.value}"), date=f"{fact.back_on:%d/%m/%Y}")
            ),
            weight=Weight.BOLD,
        )
        for position, fact in dossier.described.items()
        if fact.back_on is not None
    )


def marked_again(slip: Slip, count: int, words: Words, printed: Text) -> Slip:
    """A copy that says so at its top and who made it at its foot; its job has a name of its own."""
    mark = Text(words.say(msg("slip.again", count=count), Audience.CITIZEN), weight=Weight.BOLD, centred=True)
    return Slip(f"{slip.number}-R{count}", (mark, *slip.parts, printed))
