"""What the core puts into the audit chain about the release it runs in and how that came to run."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import msgspec

from kiosk import __version__
from kiosk.domain.change import Change, ReleaseEvent, Unasked
from kiosk.imaging.running import Verdict, booted_slot, release_of, start_id, verdict_of
from kiosk.imaging.unasked import noted
from kiosk.store.database import Database
from kiosk.store.releases import ReleaseBook, Tale


class Releases:
    """`root` stands for `/`. Raises `StoreError`."""

    def __init__(self, database: Database, root: Path) -> None:
        self._book = ReleaseBook(database)
        self._root = root
        self._started = False
        self._seen: tuple[Tale, ...] = ()

    def agreed(self, change: Change, officer: str) -> None:
        self._book.agreed(change, officer)

    def look(self) -> None:
        """Called at the start, before anything else is recorded, and now and then: the health gate speaks later."""
        if not self._started:
            slot = booted_slot(self._root)
            version = release_of(self._root).version if slot else ""
            self._book.started(version or __version__, slot or "")
            self._started = True
        found = tuple(self._found())
        if found != self._seen:
            self._book.tell(found)
            self._seen = found

    def _found(self) -> Iterator[Tale]:
        for line in noted(self._root):
            yield _unasked(line)
        verdict = verdict_of(self._root)
        if verdict.result == "not-applied" and not self._about_to_end(verdict):
            yield _not_applied(verdict)

    def _about_to_end(self, verdict: Verdict) -> bool:
        """A release whose own trial has just failed leaves the telling to the one that comes back."""
        return verdict.wanted == booted_slot(self._root) and verdict.start == start_id(self._root) != ""


def _unasked(line: Unasked) -> Tale:
    change = line.change
    about = {"act": change.kind, "at": line.at, "was": change.was, "digest": change.digest}
    detail = {name: str(value) for name, value in about.items() if value}
    return Tale(f"unasked:{line.id}", ReleaseEvent.WITHOUT_OFFICER, change.to, detail)


def _not_applied(verdict: Verdict) -> Tale:
    """The version is the verdict's where the slot that was wanted is the one it was spoken in."""
    digest = hashlib.sha256(msgspec.json.encode(verdict)).hexdigest()
    version = verdict.version if verdict.slot == verdict.wanted else ""
    detail = {"slot": verdict.wanted, "why": verdict.why}
    return Tale(f"verdict:{digest}", ReleaseEvent.NOT_APPLIED, version, detail)
