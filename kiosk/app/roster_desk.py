"""A roster taken in at the desk, with the core running: looked through first, and only what was agreed to is taken."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from kiosk.domain.message import Message, msg
from kiosk.domain.request import Request
from kiosk.domain.roster import BadCell
from kiosk.domain.time import Clock, today
from kiosk.errors import BadInputError
from kiosk.store.files import disk_trouble, make_folder
from kiosk.store.ledger import SqliteLedger
from kiosk.store.roster_import import Rejected, check_roster, import_roster, sha256_of

MOST_BYTES: Final = 32 << 20
"""Half a million people. More is for `kiosk roster import`: the core has other work, and little memory."""

KINDS: Final = (".csv", ".xlsx")
MOST_FILES: Final = 9
MOST_BAD: Final = 500


class RosterDesk:
    """`inbox` is a folder of this machine or the place where a stick is mounted. Raises `StoreError`, `BadInputError`."""

    def __init__(self, data: Path, inbox: str, ledger: SqliteLedger, clock: Clock) -> None:
        self._data = data
        self._inbox = Path(inbox) if inbox else data / "inbox"
        self._own = not inbox
        self._ledger = ledger
        self._clock = clock
        self.bad: tuple[BadCell, ...] = ()
        """What was wrong with the file looked at last."""

    def files(self) -> tuple[str, ...] | Message:
        """The names of the files that lie in the inbox, the newest first; a sentence when there are none."""
        if self._own:
            make_folder(self._inbox)
        found = [path for path in self._lying() if path.suffix.lower() in KINDS]
        if not found:
            return msg("roster.inbox_empty", place=str(self._inbox))
        newest = sorted(found, key=lambda path: path.stat().st_mtime, reverse=True)
        return tuple(path.name for path in newest[:MOST_FILES])

    def take_bad(self) -> tuple[BadCell, ...]:
        """What was wrong, once."""
        bad, self.bad = self.bad, ()
        return bad

    def look(self, values: dict[str, str]) -> dict[str, str] | Message:
        """Every line is looked at before anybody is asked; what is wrong stands in `bad`."""
        source = self._source(values["file"])
        if isinstance(source, Message):
            return source
        found = check_roster(source, today(self._clock))
        if isinstance(found, Rejected):
            self.bad = tuple(found.bad[:MOST_BAD])
            return msg("roster.rejected_at_desk", file=source.name, count=len(found.bad))
        return {**values, "sha256": found.sha256, "begins": found.sha256[:12], "count": str(found.count)}

    def do(self, request: Request, officers: tuple[str, str]) -> Message | None:
        """Take in a copy whose bytes are those that were agreed to, whatever lies in the inbox by then."""
        source = self._source(request.values["file"])
        if isinstance(source, Message):
            return source
        with self._copy_of(source) as copy:
            if sha256_of(copy) != request.values["sha256"]:
                return msg("request.changed")
            taken = import_roster(copy, self._data / "roster.db", today(self._clock))
        if isinstance(taken, Rejected):
            return msg("roster.rejected_at_desk", file=source.name, count=len(taken.bad))
        self._ledger.audit(
            "roster.imported",
            request.id,
            count=taken.count,
            sha256=request.values["sha256"],
            by=officers[0],
            second=officers[1],
        )
        return None

    def _lying(self) -> list[Path]:
        """Files of the inbox itself: what a link points to may be anything."""
        try:
            return [path for path in self._inbox.iterdir() if path.is_file() and not path.is_symlink()]
        except OSError:
            return []

    def _source(self, name: str) -> Path | Message:
        path = next((path for path in self._lying() if path.name == name), None)
        if path is None:
            return msg("roster.not_in_inbox", file=name, place=str(self._inbox))
        if path.stat().st_size > MOST_BYTES:
            return msg("roster.too_big", file=name, megabytes=MOST_BYTES >> 20)
        return path

    @contextmanager
    def _copy_of(self, source: Path) -> Iterator[Path]:
        copy = self._data / f".taken{source.suffix.lower()}"
        try:
            with disk_trouble(copy):
                try:
                    shutil.copyfile(source, copy)
                except FileNotFoundError as error:
                    raise BadInputError("roster.file_missing", file=source.name) from error
            yield copy
        finally:
            copy.unlink(missing_ok=True)
