"""A bar on standard error, where that is a terminal; nothing otherwise."""

from __future__ import annotations

import shutil
import sys
from types import TracebackType

from kiosk.cli.common import speaker
from kiosk.domain.message import Message

WIDEST = 40


class Bar:
    """Called with a stage's words, what is done and what there is in all. Leaves its last line standing."""

    def __init__(self) -> None:
        self._say = speaker()
        self._shown = ""
        self._words = ""

    def __enter__(self) -> Bar:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._shown:
            sys.stderr.write("\n")

    def show(self, stage: Message, done: int, total: int) -> None:
        if not sys.stderr.isatty():
            return
        words = self._say(stage)
        columns = shutil.get_terminal_size().columns
        share = done / total if total else 1.0
        width = max(8, min(WIDEST, columns - len(words) - 8))
        line = f"{words} {'█' * int(width * share):<{width}} {int(100 * share):3d}%"
        if line == self._shown:
            return
        sys.stderr.write(("\n" if self._words and words != self._words else "\r") + line[:columns])
        sys.stderr.flush()
        self._shown, self._words = line, words
