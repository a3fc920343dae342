"""What a plugin must keep to. Everything here raises when it does not; the manager decides what follows."""

from __future__ import annotations

import gettext
import inspect
import re
from collections.abc import Callable, Iterable
from itertools import islice
from pathlib import Path

import msgspec
import pluggy

from kiosk.domain.message import Message
from kiosk.domain.receipt import SlipPart
from kiosk.errors import PluginError
from kiosk.workflow.step import Activity, Step

CODE = re.compile(r"[a-z][a-z0-9_]*")
MOST_SLIP_PARTS = 8
MOST_SLIP_BYTES = 800
"""A few lines, not pages: the slip stays one slip, and a QR code of this size can still be printed and read."""


def check_implementation(caller: pluggy.HookCaller, implementation: pluggy.HookImpl) -> None:
    """Calls are plain and positional: exactly the arguments of the specification, in its order."""
    name = implementation.plugin_name
    function = implementation.function
    wrapper = implementation.wrapper or implementation.hookwrapper
    if wrapper or inspect.iscoroutinefunction(function):
        raise PluginError("plugin.not_plain", name=name, hook=caller.name)
    wanted = caller.spec.argnames if caller.spec else ()
    if implementation.argnames != wanted or not _takes(function, wanted):
        raise PluginError("plugin.signature", name=name, hook=caller.name, wanted=", ".join(wanted))


def _takes(function: Callable[..., object], wanted: Iterable[str]) -> bool:
    """Whether a call with just these arguments can be made; not so for further keyword-only ones."""
    try:
        inspect.signature(function).bind(*wanted)
    except TypeError:
        return False
    return True


def checked_activities(answer: object, taken: Iterable[str]) -> tuple[Activity, ...]:
    """The activities answered; their codes are new and each is whole enough for the welcome screen and the engine."""
    codes = set(taken)
    activities: list[Activity] = []
    for activity in _listed(answer):
        if not isinstance(activity, Activity) or not _whole(activity):
            raise PluginError("plugin.not_an_activity", found=type(activity).__name__)
        if activity.code in codes:
            raise PluginError("plugin.activity_taken", activity=activity.code)
        codes.add(activity.code)
        activities.append(activity)
    return tuple(activities)


def _whole(activity: Activity) -> bool:
    steps = activity.steps
    return (
        isinstance(activity.code, str)
        and CODE.fullmatch(activity.code) is not None
        and _is_message(activity.title)
        and isinstance(activity.order, int)
        and isinstance(steps, tuple)
        and bool(steps)
        and all(
            isinstance(step, Step) and isinstance(step.code, str) and callable(step.run) for step in steps
        )
    )


def _is_message(title: object) -> bool:
    """A message that can go over the socket and be read there."""
    try:
        msgspec.json.decode(msgspec.json.encode(title), type=Message)
    except (msgspec.MsgspecError, TypeError):
        return False
    return isinstance(title, Message)


def checked_catalogues(answer: object) -> tuple[Path, ...]:
    """The folder answered, absolute; every catalogue in it can be read."""
    files = sorted(answer.glob("*/LC_MESSAGES/kiosk.mo")) if isinstance(answer, Path) else []
    if not isinstance(answer, Path) or not files:
        raise PluginError("plugin.no_catalogues", folder=str(answer))
    for file in files:
        with file.open("rb") as opened:
            gettext.GNUTranslations(opened)
    return (answer.absolute(),)


def checked_slip_parts(answer: object) -> tuple[SlipPart, ...]:
    """The parts answered, each field of its type, few enough for a slip."""
    encoded = msgspec.json.encode(_listed(answer, MOST_SLIP_PARTS))
    if len(encoded) > MOST_SLIP_BYTES:
        raise PluginError("plugin.too_much", most=MOST_SLIP_BYTES)
    return msgspec.json.decode(encoded, type=tuple[SlipPart, ...])


def _listed(answer: object, most: int = 100) -> list[object]:
    """A sequence or a generator as a list, however long it pretends to be."""
    if not isinstance(answer, Iterable):
        raise PluginError("plugin.not_a_list", found=type(answer).__name__)
    listed = list(islice(answer, most + 1))
    if len(listed) > most:
        raise PluginError("plugin.too_much", most=most)
    return listed
