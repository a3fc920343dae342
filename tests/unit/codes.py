"""The codes of messages that the source mentions, read from its syntax."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import kiosk
from kiosk import errors
from kiosk.app.doctor import State
from kiosk.biometrics.face import FaceTrouble
from kiosk.cli.repair import TROUBLES
from kiosk.config import DevicesConfig, Mode
from kiosk.domain.calendar import Weekday
from kiosk.domain.change import ChangeKind
from kiosk.domain.clock_order import ClockResult
from kiosk.domain.correction import Evidence, Verdict
from kiosk.domain.dossier import ITEMS, DossierState, NotTakenReason, Relation, Source
from kiosk.domain.factors import FactorKind
from kiosk.domain.fingers import FingerExceptionCode, FingerPosition, FingerTrouble
from kiosk.domain.people import Role
from kiosk.domain.person import Sex
from kiosk.domain.plan import Modality
from kiosk.domain.queue import Priority, TicketState
from kiosk.domain.remedies import Remedy
from kiosk.domain.request import RISKY, RequestKind
from kiosk.domain.sequence import DoubtKind
from kiosk.domain.visit import BY_OFFICER, Outcome
from kiosk.hal.printer import PrinterStatus
from kiosk.hal.surroundings import SENSES
from kiosk.imaging.provision import Step
from kiosk.tui.officer.desk import AUDIT_KINDS, TAB_KEYS, Tab
from kiosk.tui.officer.form import FIELDS
from kiosk.tui.officer.needs import Need
from kiosk.tui.vietnamese import Typing
from kiosk.workflow.coach import LADDERS
from kiosk.workflow.corrections import CHOICES
from kiosk.workflow.exceptions import DAYS_TO_HEAL

PACKAGE = Path(kiosk.__file__).parent
RAISED = {name for name in vars(errors) if name.endswith("Error")}
SPEAKERS = {"msg", "choose", "enter", "own", "approval"}
BUILDERS = {
    "tui/citizen/scene.py",
    "tui/dock/draw.py",
    "tui/officer/desk.py",
    "tui/gallery.py",
    "tui/gallery_fingers.py",
    "tui/gallery_kit.py",
    "workflow/desk.py",
}
"""Modules whose own functions build codes from their arguments; their callers are read instead."""

OWN_WORDS = {"tui/officer": "desk", "tui/dock": "dock"}
"""What begins the codes of a folder's own words."""

FAMILIES: dict[str, tuple[str, ...]] = {
    "audit.wrong_": ("draw", "undrawn", "batch", "request"),
    "audit.": tuple(kind.partition(".")[0] for kind in AUDIT_KINDS),
    "approval.portrait.": ("what", "glasses", "head_cover"),
    "clock.": tuple(ClockResult),
    "desk.state.": tuple(DossierState),
    "device.": DevicesConfig.__struct_fields__,
    "device.do.": DevicesConfig.__struct_fields__,
    "doctor.": tuple(f"{sense}_ok" for sense in SENSES),
    "doctor.config_": tuple(Mode),
    "doctor.remedy.": (*SENSES, "config", "recipients"),
    "doctor.state.": tuple(State),
    "doctor.topic.": (
        *(
            "core",
            "alert",
            *SENSES,
            "data",
            "keys",
            "recipients",
            "roster",
            "plugins",
            "matching",
            "config",
            "plan",
            "image",
        ),
        *(f"device.{kind}" for kind in DevicesConfig.__struct_fields__),
    ),
    "doctor.whole.": tuple(State),
    "repair.": tuple(TROUBLES),
    "repair.remedy.": tuple(TROUBLES),
    "doubt.": tuple(DoubtKind),
    "enrol_factor.": tuple(FactorKind),
    "face.hint.": tuple(FaceTrouble),
    "factor.": tuple(FactorKind),
    "field.": tuple(known.name for fields in FIELDS.values() for known in fields),
    "finger.": tuple(str(position.value) for position in FingerPosition),
    "finger.do.": tuple(Remedy),
    "finger.hint.": tuple(FingerTrouble),
    "finger.seen.": tuple(LADDERS),
    "fingers.": ("flat", "rolled"),
    "fingers.again.": tuple(DoubtKind),
    "flag.": (
        "correction",
        "exception",
        "fingers_alike",
        "entered",
        "card",
        "doubt",
        "birth_year_only",
        "represented",
    ),
    "flash.stage.": ("probe", "write", "verify"),
    "help.image_": ("cert", "key", "keyring"),
    "help.provision_": ("data", "settings", "bootconfig"),
    "form.": (*FIELDS, *(f"{form}.go" for form in FIELDS)),
    "heals.": (*DAYS_TO_HEAL, "unknown"),
    "help.": ("dossier", "plugins"),
    "help.corrections.": ("list", "export", "import", "open", "reply"),
    "help.sim.": (
        *("escpos", "sbi", "zfm"),
        *("pty", "port", "trust", "tcp", "out", "data", "faults", "baud", "speed", "model"),
    ),
    "item.": ("number", *ITEMS),
    "key.": tuple(TAB_KEYS),
    "key_": tuple(RequestKind),
    "language.": ("vi", "en", "mtq", "tyz", "ium", "blt", "hmn"),
    "need.": tuple(need.name.lower() for need in Need),
    "modality.": tuple(Modality),
    "not_taken.": tuple(NotTakenReason),
    "choice.": ("approve", "refuse", *FingerExceptionCode, *CHOICES),
    "evidence.": tuple(Evidence),
    "picture.": ("evidence", "portrait", "hands", "rolled", "flat"),
    "slip.correction.": tuple(Verdict),
    "source.": tuple(Source),
    "notice.": ("what", "why", "who", "rights"),
    "over.": (*BY_OFFICER, *(f"{outcome}.next" for outcome in BY_OFFICER)),
    "priority.": tuple(Priority),
    "queue.state.": tuple(TicketState),
    "printer.": tuple(PrinterStatus),
    "provision.step.": tuple(Step),
    "relation.": tuple(Relation),
    "request.": (*RequestKind, *(f"{kind}.means" for kind in RISKY)),
    "role.": tuple(Role),
    "roster.title_": ("number", "name", "birth", "sex", "place"),
    "people.": tuple(f"{kind}_wrong{wait}" for kind in FactorKind for wait in ("", "_wait")),
    "sex.": tuple(Sex),
    "shift.": ("number", "day", "leader", "opened"),
    "shift.sheet.": (
        *("visits", "opened", "sealed", "exceptions", "approvals", "reprints", "unsigned", "corrections"),
        *("tickets", "queue_peak", "queue_minutes"),
        *(f"outcome.{name}" for name in Outcome),
    ),
    "show_factor.": (*FactorKind, "finger_or_key"),
    "surroundings.": ("battery_low", "on_battery"),
    "update.ask.": tuple(ChangeKind),
    "status.why.": ("interrupted", "core-not-active", "core-silent", "ordering-cycle", "other"),
    "tab.": tuple(tab for tab in Tab if tab is not Tab.BOARD),
    "typing.": tuple(Typing),
    "weekday.": tuple(str(day.value - min(Weekday).value) for day in Weekday),
}
"""What may follow the fixed beginning of a code written as an f-string."""


def mentioned() -> dict[str, str]:
    """Every code the source can say, and where."""
    return {
        code: f"{path.relative_to(PACKAGE)}:{line}"
        for path in sorted(PACKAGE.rglob("*.py"))
        for line, code in codes_in(path)
    }


def codes_in(path: Path) -> Iterator[tuple[int, str]]:
    """Raises `KeyError` for the beginning of a code that `FAMILIES` does not know."""
    place = path.relative_to(PACKAGE).as_posix()
    for call in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(call, ast.Call) and call.args:
            for code in _of_call(place, call):
                yield call.lineno, code


def _of_call(place: str, call: ast.Call) -> Iterator[str]:
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    if name not in SPEAKERS | RAISED:
        return
    firsts = list(_literals(call.args[0], place))
    if name == "msg" or name in RAISED:
        yield from firsts
    elif name == "choose":
        yield from firsts
        yield from (f"{first}.{key}" for first in firsts for key in _constants(call.args[1:]))
    elif name == "enter":
        yield from (f"{first}.{key}" for first in firsts for key in _constants(call.args[3:]))
    elif name == "own":
        family = OWN_WORDS.get(str(Path(place).parent), "screen")
        yield from (f"{family}.{first}" for first in firsts)
    elif name == "approval":
        yield from (f"approval.{first}" for first in firsts)
        yield from (f"choice.{key}" for key in _constants(call.args[3:]))


def _literals(node: ast.expr, place: str) -> Iterator[str]:
    """The texts an argument can be: a constant, either side of a condition, or a known family."""
    if isinstance(node, ast.IfExp):
        yield from _literals(node.body, place)
        yield from _literals(node.orelse, place)
    elif isinstance(node, ast.JoinedStr) and place not in BUILDERS:
        beginning = "".join(_constants(node.values[:1]))
        yield from (f"{beginning}{tail}" for tail in FAMILIES[beginning])
    else:
        yield from _constants([node])


def _constants(nodes: list[ast.expr]) -> list[str]:
    return [node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)]
