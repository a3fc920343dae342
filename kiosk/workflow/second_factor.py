"""Waiting for an officer's finger or key: whichever is shown first decides; or nothing is shown."""

from __future__ import annotations

import logging
import secrets
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final, NamedTuple

from kiosk.domain.factors import Factor, FactorKind
from kiosk.domain.message import Message, msg
from kiosk.errors import DeviceError
from kiosk.hal.fingers import Verdict
from kiosk.hal.keys import CHALLENGE_BYTES, KeyTrouble, Registered, SecurityKeys
from kiosk.workflow.officer_finger import UNLENT, OfficerFinger

log = logging.getLogger(__name__)

SLICE_S: Final = 0.5
"""So long at a time the reader is the officer's: a citizen, or the officer's Esc, waits no longer."""
PLACING_S: Final = 6.0
LOOK_AGAIN_S: Final = 0.2
KEY_SAID: Final = {
    KeyTrouble.SEVERAL: msg("factor.key_several"),
    KeyTrouble.OTHER: msg("factor.key_other"),
    KeyTrouble.NEEDS_PIN: msg("factor.key_needs_pin"),
}


class Shown(NamedTuple):
    """What was shown: `right`, or wrong for certain. `counter` is what a key has counted up to."""

    kind: FactorKind
    right: bool
    counter: int = 0


class Wait:
    """One wait of at most `seconds`; `told` is called with what whoever waits should know now, None for nothing."""

    def __init__(
        self, seconds: float, monotonic: Callable[[], float], told: Callable[[Message | None], None]
    ) -> None:
        self.stopped = threading.Event()
        self._monotonic = monotonic
        self._until = monotonic() + seconds
        self._told = told
        self._said: dict[FactorKind, Message | None] = {}

    @property
    def left(self) -> float:
        return max(0.0, self._until - self._monotonic())

    @property
    def over(self) -> bool:
        return self.stopped.is_set() or self.left <= 0

    def say(self, kind: FactorKind, message: Message | None) -> None:
        """What there is to say of the finger, or of the key; nothing is said twice in a row."""
        if message != self._said.get(kind):
            self._said[kind] = message
            self._told(message)

    def said(self, kind: FactorKind) -> Message | None:
        return self._said.get(kind)


class SecondFactor:
    """This machine's reader and sockets. Calls block; one at a time."""

    def __init__(self, finger: OfficerFinger, keys: SecurityKeys | None) -> None:
        self._finger = finger
        self._keys = keys

    @property
    def kinds(self) -> tuple[FactorKind, ...]:
        """What can be enrolled here."""
        return (FactorKind.FINGER, FactorKind.KEY) if self._keys else (FactorKind.FINGER,)

    def confirm(self, known: tuple[Factor, ...], wait: Wait) -> Shown | None:
        """What was shown; None when the time was over or somebody stopped it."""
        by_kind = {factor.kind: factor for factor in known}
        finger, key = by_kind.get(FactorKind.FINGER), by_kind.get(FactorKind.KEY)
        with self._key_beside(key, wait) as key_shown:
            while not wait.over:
                shown = key_shown() or (self._lay(finger, wait) if finger else None)
                if shown is not None:
                    return shown
                if finger is None or wait.over:
                    wait.stopped.wait(min(LOOK_AGAIN_S, wait.left))
        return None

    def enrol(self, kind: FactorKind, officer: str, wait: Wait) -> Factor | Message:
        """What `officer` is recognised by from now on, or why there is none."""
        while not wait.over:
            made = self._register(officer, wait) if kind is FactorKind.KEY else self._lay_twice(wait)
            if isinstance(made, Factor):
                return made
            wait.say(kind, made)
            wait.stopped.wait(min(LOOK_AGAIN_S, wait.left))
        return msg("factor.stopped" if wait.stopped.is_set() else "factor.late")

    # -- fingers -----------------------------------------------------------------------------------------------

    def _lay(self, finger: Factor, wait: Wait) -> Shown | None:
        verdict = self._finger.match(finger, min(SLICE_S, wait.left))
        match verdict:
            case Verdict.SAME:
                return Shown(FactorKind.FINGER, right=True)
            case Verdict.DIFFERENT:
                return Shown(FactorKind.FINGER, right=False)
            case Verdict.UNREADABLE:
                wait.say(FactorKind.FINGER, msg("factor.finger_unreadable"))
            case Message():
                wait.say(FactorKind.FINGER, verdict)
                wait.stopped.wait(min(LOOK_AGAIN_S, wait.left))
            case _ if wait.said(FactorKind.FINGER) in UNLENT.values():
                wait.say(FactorKind.FINGER, None)
        return None

    def _lay_twice(self, wait: Wait) -> Factor | Message | None:
        taken = self._finger.enrol(min(PLACING_S, wait.left), lambda: wait.say(FactorKind.FINGER, AGAIN))
        if isinstance(taken, Verdict):
            return LAID[taken]
        return taken

    # -- keys --------------------------------------------------------------------------------------------------

    def _register(self, officer: str, wait: Wait) -> Factor | Message | None:
        if self._keys is None:
            wait.stopped.set()
            return msg("factor.no_keys")
        with _in_time(wait) as stop:
            try:
                made = self._keys.register(officer, secrets.token_bytes(CHALLENGE_BYTES), stop)
            except DeviceError as error:
                return _pulled(error)
        if isinstance(made, Registered):
            return Factor(FactorKind.KEY, made.credential.hex(), made.public_key, made.counter)
        return msg("factor.key_none") if made is KeyTrouble.NONE else KEY_SAID.get(made)

    @contextmanager
    def _key_beside(self, key: Factor | None, wait: Wait) -> Iterator[Callable[[], Shown | None]]:
        """Keys are asked in a thread of their own: waiting for a touch blocks, and the finger may come first."""
        if key is None or self._keys is None:
            yield lambda: None
            return
        found: list[Shown] = []
        keys = self._keys
        with _in_time(wait) as stop:
            thread = threading.Thread(
                target=_ask_keys, args=(keys, key, wait, stop, found), name="security-key", daemon=True
            )
            thread.start()
            try:
                yield lambda: found[0] if found else None
            finally:
                stop.set()
                thread.join()


AGAIN: Final = msg("factor.finger_again")
LAID: Final = {
    Verdict.NO_FINGER: None,
    Verdict.UNREADABLE: msg("factor.finger_unreadable"),
    Verdict.DIFFERENT: msg("factor.finger_not_twice"),
    Verdict.SAME: None,
}


@contextmanager
def _in_time(wait: Wait) -> Iterator[threading.Event]:
    """An event that is set when the wait is over, and at the end of the block."""
    stop = threading.Event()

    def watch() -> None:
        while not (wait.over or stop.is_set()):
            wait.stopped.wait(min(LOOK_AGAIN_S, wait.left))
        stop.set()

    watcher = threading.Thread(target=watch, name="security-key-time", daemon=True)
    watcher.start()
    try:
        yield stop
    finally:
        stop.set()


def _ask_keys(keys: SecurityKeys, key: Factor, wait: Wait, stop: threading.Event, found: list[Shown]) -> None:
    """Until the key is touched or `stop` is set: one that is not there, or not the one, may be plugged in yet."""
    while not stop.is_set():
        challenge = secrets.token_bytes(CHALLENGE_BYTES)
        try:
            answer = keys.confirm(bytes.fromhex(key.format), key.data, challenge, stop)
        except DeviceError as error:
            wait.say(FactorKind.KEY, _pulled(error))
        else:
            if isinstance(answer, int):
                found.append(Shown(FactorKind.KEY, right=True, counter=answer))
                return
            if answer is KeyTrouble.FORGED:
                found.append(Shown(FactorKind.KEY, right=False))
                return
            if said := KEY_SAID.get(answer):
                wait.say(FactorKind.KEY, said)
        stop.wait(LOOK_AGAIN_S)


def _pulled(error: DeviceError) -> Message:
    log.warning("security key: %s", error)
    return msg("factor.key_gone")
