"""Compares the fingers of one dossier with one another while the citizen goes on (a thread and a process beside it)."""

from __future__ import annotations

import itertools
import logging
import queue
import threading
import time
from collections.abc import Collection
from contextlib import suppress
from enum import IntEnum
from typing import NamedTuple

import msgspec

from kiosk.biometrics import cut_fingers
from kiosk.biometrics.matching import ACCESS, Matcher, NotMatched, Probe, Verified, verify
from kiosk.domain.dossier import Sample
from kiosk.domain.fingers import FingerPosition, Impression
from kiosk.domain.message import Message, msg
from kiosk.domain.sequence import Compared, Placed

log = logging.getLogger(__name__)

IDLE_S = 30.0
"""Without a new finger for so long the process is ended and what is known of the fingers forgotten."""


class Kept(msgspec.Struct, frozen=True):
    """A capture to look at: `sample` of the dossier `number`, its file, and the fingers not to be looked for in it."""

    number: str
    sample: Sample
    png: bytes
    absent: tuple[FingerPosition, ...] = ()


class Urgency(IntEnum):
    """Comparing goes before grading, which takes five times as long and nobody waits for."""

    COMPARE = 0
    GRADE = 1


class Task(NamedTuple):
    """Something to do for a capture; `turn` keeps tasks of one urgency in the order they came."""

    urgency: Urgency
    turn: int
    kept: Kept


class Seen(msgspec.Struct, frozen=True):
    """One capture that was looked at. `fingers`: templates; `trouble`: why there are none."""

    key: str
    fingers: dict[FingerPosition, bytes] = {}
    engine: str = ""
    pairs: tuple[tuple[str, Compared], ...] = ()
    """With the name of the other capture."""
    trouble: Message | None = None


class Report(msgspec.Struct, frozen=True):
    """What is known of some samples. `pending` are still to be compared, `grading` to be graded, `unknown` were never
    offered."""

    engine: str
    pairs: tuple[Compared, ...]
    nfiq2: dict[str, int]
    unread: tuple[str, ...]
    trouble: Message | None
    pending: int
    grading: int
    unknown: tuple[str, ...]


class FingerWatch:
    """Offered each finger as it is kept. Holds templates of the one dossier in hand, none after an idle time."""

    def __init__(self, matcher: Matcher, idle_s: float = IDLE_S) -> None:
        self._matcher = matcher
        self._idle_s = idle_s
        self._lock = threading.Lock()
        self._work: queue.PriorityQueue[Task] = queue.PriorityQueue()
        self._turns = itertools.count()
        self._thread: threading.Thread | None = None
        self._number = ""
        self._engine = ""
        self._seen: dict[str, Seen] = {}
        self._nfiq2: dict[str, int] = {}
        self._pending: dict[Urgency, set[str]] = {urgency: set() for urgency in Urgency}
        self._closed = False

    def offer(self, kept: Kept) -> None:
        """Look at a capture when there is time; returns at once. Another dossier's fingers are forgotten."""
        with self._lock:
            if self._closed:
                return
            if kept.number != self._number:
                self._forget(kept.number)
            name = name_of(kept.sample)
            if name in self._seen or name in self._pending[Urgency.COMPARE]:
                return
            self._put(Urgency.COMPARE, kept)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="finger-watch", daemon=True)
                self._thread.start()

    def report(self, number: str, samples: Collection[Sample]) -> Report:
        """What is known of these samples of the dossier `number` now."""
        names = {name_of(sample): sample.id for sample in samples}
        with self._lock:
            if number != self._number:
                self._forget(number)
            known, waiting = self._seen, self._pending[Urgency.COMPARE]
            seen = {name: known[name] for name in names.keys() & known.keys()}
            return Report(
                engine=self._engine,
                pairs=tuple(pair for s in seen.values() for other, pair in s.pairs if other in names),
                nfiq2={names[n]: score for n, score in self._nfiq2.items() if n in names and score >= 0},
                unread=tuple(sorted(s.key for s in seen.values() if s.trouble)),
                trouble=next((s.trouble for s in seen.values() if s.trouble), None),
                pending=len(names.keys() & waiting),
                grading=len(names.keys() & self._pending[Urgency.GRADE]),
                unknown=tuple(sorted(names.keys() - known.keys() - waiting)),
            )

    def verify(
        self, probe: Probe, reference: Probe | bytes, threshold: int = ACCESS
    ) -> Verified | NotMatched:
        """1:1, for steps that hand something over; blocks for as long as one comparison takes."""
        return verify(self._matcher, probe, reference, threshold)

    def close(self) -> None:
        """Ends what runs; nothing more is looked at."""
        with self._lock:
            self._closed = True
            self._forget("")
        self._matcher.close()

    # -- the thread ----------------------------------------------------------------------------------------------

    def _run(self) -> None:
        while self._step():
            pass
        if self._closed:
            self._matcher.close()

    def _step(self) -> bool:
        """One task; False when there was none for the idle time, or when closed."""
        try:
            urgency, _, kept = self._work.get(timeout=self._idle_s)
        except queue.Empty:
            return not self._idle()
        name = name_of(kept.sample)
        found = self._look(kept) if urgency is Urgency.COMPARE else self._grade(kept)
        with self._lock:
            if kept.number == self._number:
                self._pending[urgency].discard(name)
                self._take(name, kept, found)
            return not self._closed

    def _take(self, name: str, kept: Kept, found: Seen | int) -> None:
        """The lock is held."""
        if isinstance(found, int):
            self._nfiq2[name] = found
            return
        self._seen[name] = found
        self._engine = found.engine or self._engine
        gradable = found.fingers and not FingerPosition(kept.sample.position).is_slap
        if gradable and name not in self._nfiq2:
            self._put(Urgency.GRADE, kept)

    def _idle(self) -> bool:
        """The templates go, the scores stay for the dossier in hand. False when something came meanwhile."""
        with self._lock:
            if not self._work.empty():
                return False
            self._seen.clear()
            self._thread = None
            self._matcher.close()
            return True

    def _look(self, kept: Kept) -> Seen:
        """Never raises: what cannot be looked at is unread."""
        with self._lock:
            if kept.number != self._number:
                return Seen(kept.sample.key)
            others = {name: seen for name, seen in self._seen.items() if seen.key != kept.sample.key}
        begun = time.monotonic()
        try:
            found = self._compare(self._templates(kept), others)
        except Exception as error:  # noqa: BLE001 - a picture that cannot be cut harms no visit
            log.error("finger %s not compared: %s", kept.sample.key, type(error).__name__)
            found = Seen(kept.sample.key, trouble=msg("matching.unreadable", why=type(error).__name__))
        log.debug("finger %s compared in %.2f s", kept.sample.key, time.monotonic() - begun)
        return found

    def _templates(self, kept: Kept) -> Seen:
        sample = kept.sample
        engine = self._matcher.engine()
        if isinstance(engine, NotMatched):
            return Seen(sample.key, trouble=engine.reason)
        fingers: dict[FingerPosition, bytes] = {}
        for finger, png, ppi in _cut(kept):
            template = self._matcher.template(png, ppi, graded=False)
            if isinstance(template, NotMatched):
                return Seen(sample.key, trouble=template.reason)
            fingers[finger] = template.data
        return Seen(sample.key, fingers, engine)

    def _compare(self, found: Seen, others: dict[str, Seen]) -> Seen:
        """Every finger of this capture against every finger of the others."""
        gallery = [
            (name, Placed(seen.key, finger), data)
            for name, seen in others.items()
            for finger, data in seen.fingers.items()
        ]
        pairs: list[tuple[str, Compared]] = []
        for finger, data in found.fingers.items():
            scores = self._matcher.compare(data, [known for *_, known in gallery])
            if isinstance(scores, NotMatched):
                return msgspec.structs.replace(found, fingers={}, trouble=scores.reason)
            own = Placed(found.key, finger)
            pairs += [
                (name, Compared(own, other, score))
                for (name, other, _), score in zip(gallery, scores, strict=True)
            ]
        return msgspec.structs.replace(found, pairs=tuple(pairs))

    def _grade(self, kept: Kept) -> int:
        """NFIQ 2 of a single finger, -1 where it cannot be told."""
        with suppress(OSError, ValueError):
            for _, png, ppi in _cut(kept):
                template = self._matcher.template(png, ppi, graded=True)
                if not isinstance(template, NotMatched):
                    return template.nfiq2
        return -1

    def _put(self, urgency: Urgency, kept: Kept) -> None:
        """The lock is held."""
        self._pending[urgency].add(name_of(kept.sample))
        self._work.put(Task(urgency, next(self._turns), kept))

    def _forget(self, number: str) -> None:
        """The lock is held."""
        self._number, self._engine = number, ""
        self._seen.clear()
        self._nfiq2.clear()
        for waiting in self._pending.values():
            waiting.clear()
        with suppress(queue.Empty):
            while True:
                self._work.get_nowait()


def _cut(kept: Kept) -> list[tuple[FingerPosition, bytes, int]]:
    sample = kept.sample
    impression = Impression(sample.key.partition("-")[0])
    return cut_fingers(kept.png, FingerPosition(sample.position), impression, kept.absent)


def name_of(sample: Sample) -> str:
    """Of one capture: a reader that hands over the same picture twice makes two captures."""
    return f"{sample.key}/{sample.id}"
