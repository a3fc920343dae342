"""Compares the fingers of one dossier with one another while the citizen goes on (a thread and a process beside it)."""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections.abc import Collection
from contextlib import suppress

import msgspec

from kiosk.biometrics import cut_fingers
from kiosk.biometrics.matching import Matcher, NotMatched
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


class Seen(msgspec.Struct, frozen=True):
    """One capture that was looked at. `fingers`: templates; `trouble`: why there are none."""

    key: str
    fingers: dict[FingerPosition, bytes] = {}
    nfiq2: int = -1
    engine: str = ""
    pairs: tuple[tuple[str, Compared], ...] = ()
    """With the name of the other capture."""
    trouble: Message | None = None


class Report(msgspec.Struct, frozen=True):
    """What is known of some samples. `pending` are still being looked at, `unknown` were never offered."""

    engine: str
    pairs: tuple[Compared, ...]
    nfiq2: dict[str, int]
    unread: tuple[str, ...]
    trouble: Message | None
    pending: int
    unknown: tuple[str, ...]


class FingerWatch:
    """Offered each finger as it is kept. Holds templates of the one dossier in hand, none after an idle time."""

    def __init__(self, matcher: Matcher, idle_s: float = IDLE_S) -> None:
        self._matcher = matcher
        self._idle_s = idle_s
        self._lock = threading.Lock()
        self._work: queue.SimpleQueue[Kept] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._number = ""
        self._seen: dict[str, Seen] = {}
        self._pending: set[str] = set()
        self._closed = False

    def offer(self, kept: Kept) -> None:
        """Look at a capture when there is time; returns at once. Another dossier's fingers are forgotten."""
        with self._lock:
            if self._closed:
                return
            if kept.number != self._number:
                self._forget(kept.number)
            name = name_of(kept.sample)
            if name in self._seen or name in self._pending:
                return
            self._pending.add(name)
            self._work.put(kept)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="finger-watch", daemon=True)
                self._thread.start()

    def report(self, number: str, samples: Collection[Sample]) -> Report:
        """What is known of these samples of the dossier `number` now."""
        names = {name_of(sample): sample.id for sample in samples}
        with self._lock:
            known = self._seen if number == self._number else {}
            waiting = self._pending if number == self._number else set()
            seen = {name: known[name] for name in names.keys() & known.keys()}
            return Report(
                engine=next((s.engine for s in seen.values() if s.engine), ""),
                pairs=tuple(pair for s in seen.values() for other, pair in s.pairs if other in names),
                nfiq2={names[name]: s.nfiq2 for name, s in seen.items() if s.nfiq2 >= 0},
                unread=tuple(sorted(s.key for s in seen.values() if s.trouble)),
                trouble=next((s.trouble for s in seen.values() if s.trouble), None),
                pending=len(names.keys() & waiting),
                unknown=tuple(sorted(names.keys() - known.keys() - waiting)),
            )

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
        """One capture; False when there was none for the idle time, or when closed."""
        try:
            kept = self._work.get(timeout=self._idle_s)
        except queue.Empty:
            return not self._idle()
        found = self._look(kept)
        with self._lock:
            if kept.number == self._number:
                self._pending.discard(name_of(kept.sample))
                self._seen[name_of(kept.sample)] = found
            return not self._closed

    def _idle(self) -> bool:
        with self._lock:
            if not self._work.empty():
                return False
            self._forget("")
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
        position, impression = FingerPosition(sample.position), Impression(sample.key.partition("-")[0])
        fingers: dict[FingerPosition, bytes] = {}
        nfiq2, engine = -1, ""
        for finger, png, ppi in cut_fingers(kept.png, position, impression, kept.absent):
            template = self._matcher.template(png, ppi, graded=not position.is_slap)
            if isinstance(template, NotMatched):
                return Seen(sample.key, trouble=template.reason)
            fingers[finger], engine = template.data, template.engine
            nfiq2 = template.nfiq2
        return Seen(sample.key, fingers, nfiq2, engine)

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

    def _forget(self, number: str) -> None:
        """The lock is held."""
        self._number = number
        self._seen.clear()
        self._pending.clear()
        with suppress(queue.Empty):
            while True:
                self._work.get_nowait()


def name_of(sample: Sample) -> str:
    """Of one capture: a reader that hands over the same picture twice makes two captures."""
    return f"{sample.key}/{sample.id}"
