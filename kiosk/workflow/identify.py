"""Who is this? By number, by the old card's QR code, or by name and year of birth; found or entered."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import msgspec

from kiosk.biometrics import live_picture, look_for_qr
from kiosk.domain.card import CardData, parse_card
from kiosk.domain.dates import parse_date, reached
from kiosk.domain.dossier import DossierState, Identified, NoticeShown, Source
from kiosk.domain.message import Message, msg
from kiosk.domain.names import parse_name
from kiosk.domain.person import Person
from kiosk.domain.personal_number import PersonalNumber, doubts, parse_number
from kiosk.hal.camera import Frame
from kiosk.workflow.desk import Desk
from kiosk.workflow.representative import settle_age, too_young
from kiosk.workflow.step import Outcome
from kiosk.workflow.view import Capture, Choice, KeySet, Option, Target

PREVIEW_TIMEOUT_S, STILL_TIMEOUT_S = 2.0, 5.0
UNREAD_FRAMES, REST_FRAMES = 4, 12
"""Live pictures with an unread code before a full one is taken, and before the next counting begins."""
PREVIEW_SIZE = (96, 72)
MOST_CANDIDATES = 4


class Found(msgspec.Struct, frozen=True):
    """A person and where the data came from."""

    person: Person
    source: Source
    card: CardData | None = None


def identify_person(desk: Desk) -> Outcome:
    """Ask until a person is found or entered, then open the dossier or take up the one already begun; then who stands
    for a child."""
    if not desk.has_dossier and (outcome := _find_and_begin(desk)) is not Outcome.DONE:
        return outcome
    return settle_age(desk) if desk.dossier.state is DossierState.DRAFT else Outcome.DONE


def _find_and_begin(desk: Desk) -> Outcome:
    found: Found | None = None
    while found is None:
        found = WAYS[desk.choose("identify.way", *WAYS)](desk)
    return _begin(desk, found)


def by_number(desk: Desk) -> Found | None:
    """The number keyed in; None when the citizen wants another way."""
    number = desk.enter("identify.number", KeySet.DIGITS, parse_number, "back", length=12)
    if isinstance(number, str):
        return None
    person = desk.roster.by_number(number.text)
    return Found(person, Source.ROSTER) if person else _not_found(desk, number)


def by_card(desk: Desk) -> Found | None:
    """The QR code of the old card before the camera. Known data come first; the card is never a proof."""
    card = read_card(desk)
    if card is None:
        return None
    person = desk.roster.by_number(card.number.text)
    if person is None:
        return Found(_person_of(card), Source.CARD, card)
    return Found(person, Source.ROSTER, card)


def by_name(desk: Desk) -> Found | None:
    """Name and year of birth, then a pick among those who fit."""
    name = desk.enter("identify.name", KeySet.LETTERS, parse_name, "back")
    if name == "back":
        return None
    parse = partial(_parse_year, today_year=desk.today.year)
    year = desk.enter("identify.year", KeySet.DIGITS, parse, "back", length=4)
    if isinstance(year, str):
        return None
    people = desk.roster.search(name, birth_year=year, limit=MOST_CANDIDATES)
    person = _pick(desk, people)
    return Found(person, Source.ROSTER) if person else None


WAYS: dict[str, Callable[[Desk], Found | None]] = {"number": by_number, "card": by_card, "name": by_name}


def read_card(desk: Desk) -> CardData | None:
    """Look for a QR code until one is read or the citizen turns to another way.

    A code that is there but does not read in the small live pictures is looked at once in full resolution.
    """
    hint: Message | None = None
    unread = 0
    while True:
        desk.show(_card_screen(hint))
        frame = desk.use(desk.devices.camera, lambda camera: camera.preview(PREVIEW_TIMEOUT_S))
        desk.picture(*live_picture(frame, *PREVIEW_SIZE))
        if desk.pressed() == "back":
            return None
        sight = look_for_qr(frame)
        unread = unread + 1 if sight.near else 0
        if unread == UNREAD_FRAMES:
            sight, unread = look_for_qr(_still(desk)), -REST_FRAMES
            hint = msg("card.steady") if sight.near else hint
        if sight.text is None:
            continue
        desk.alive()
        card = parse_card(sight.text, desk.today)
        if isinstance(card, CardData):
            return card
        hint = card


def _card_screen(hint: Message | None) -> Capture:
    back = Option("back", msg("identify.card.back"))
    return Capture("identify.card", msg("identify.card"), Target.CARD, hint=hint, options=(back,))


def _still(desk: Desk) -> Frame:
    return desk.use(desk.devices.camera, lambda camera: camera.still(STILL_TIMEOUT_S))


def _parse_year(text: str, today_year: int) -> int | Message:
    if not text.isascii() or not text.isdigit() or len(text) != len("1985"):
        return msg("year.unreadable")
    year = int(text)
    return year if 1880 <= year <= today_year else msg("year.impossible")


def _not_found(desk: Desk, number: PersonalNumber) -> Found | None:
    if desk.choose("identify.not_found", "again", "enter") == "again":
        return None
    return _enter_person(desk, number)


def _enter_person(desk: Desk, number: PersonalNumber) -> Found | None:
    """Somebody the roster does not know (TT 60/2021 art. 5: not found, any lawful paper, create); an officer checks."""
    name = desk.enter("enter.full_name", KeySet.LETTERS, parse_name, "back")
    if name == "back":
        return None
    birth = desk.enter("enter.birth_date", KeySet.DIGITS, partial(parse_date, today=desk.today), "back")
    if isinstance(birth, str):
        return None
    return Found(Person(number.text, name, birth, number.sex), Source.ENTERED)


def _pick(desk: Desk, people: list[Person]) -> Person | None:
    if not people:
        desk.choose("identify.nobody", "again")
        return None
    options = tuple(Option(str(i), _candidate(person)) for i, person in enumerate(people))
    none = Option("none", msg("identify.pick.none"))
    answer = desk.ask(Choice("identify.pick", msg("identify.pick"), (*options, none)))
    return None if answer == "none" else people[int(answer)]


def _candidate(person: Person) -> Message:
    number = PersonalNumber(person.number).masked
    return msg(
        "identify.candidate",
        name=person.full_name,
        birth=person.birth_date.text(),
        hamlet=person.hamlet,
        number=number,
    )


def _person_of(card: CardData) -> Person:
    return Person(card.number.text, card.full_name, card.birth_date, card.sex, hamlet=card.address)


def _begin(desk: Desk, found: Found) -> Outcome:
    known = desk.ledger.find_dossier(found.person)
    if known and known.draft:
        desk.resume_dossier(known.number)
        return Outcome.DONE
    if known:
        return _repeated(desk, known.number)
    youngest = desk.regime.on_demand_age or desk.regime.mandatory_age
    if reached(found.person.birth_date, youngest, desk.today) is False:
        return too_young(desk)
    desk.open_dossier(
        NoticeShown(desk.language, read_aloud=desk.was_read("notice")),
        Identified(found.person, found.source, found.card, _doubts(desk, found)),
    )
    return Outcome.DONE


def _repeated(desk: Desk, number: str) -> Outcome:
    """A sealed dossier is here already: no second one. A slip still owed is printed by the steps that follow."""
    desk.resume_dossier(number)
    if desk.ledger.pending_slip(number):
        return Outcome.DONE
    desk.choose("identify.repeated", "understood", shown=number)
    return Outcome.ENDED


def _doubts(desk: Desk, found: Found) -> tuple[Message, ...]:
    number = parse_number(found.person.number)
    if isinstance(number, Message):
        return (number,)
    doubted = doubts(number, found.person.sex, found.person.birth_date, desk.office.provinces)
    if reached(found.person.birth_date, desk.regime.mandatory_age, desk.today) is None:
        doubted += (msg("date.age_unsure"),)
    return doubted + _card_differences(found)


def _card_differences(found: Found) -> tuple[Message, ...]:
    card, person = found.card, found.person
    if card is None or found.source is Source.CARD:
        return ()
    same = (card.full_name, card.birth_date, card.sex) == (person.full_name, person.birth_date, person.sex)
    return () if same else (msg("card.differs"),)
