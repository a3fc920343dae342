"""A program in a terminal: what is painted, by pyte; keys and the mouse, as a person would."""

from __future__ import annotations

import fcntl
import os
import pty
import signal
import struct
import termios
import threading
import time
from collections.abc import Sequence

import pyte

PATIENCE_S = 60.0


class Terminal:
    """Runs `command` on a pty of `columns × rows`."""

    def __init__(self, command: Sequence[str], columns: int = 100, rows: int = 31) -> None:
        self._screen = pyte.Screen(columns, rows)
        self._stream = pyte.ByteStream(self._screen)
        self._lock = threading.Lock()
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.environ.update(TERM="xterm-256color", LANG="vi_VN.UTF-8", COLORTERM="truecolor")
            os.execvp(command[0], list(command))  # noqa: S606
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        while True:
            try:
                data = os.read(self.fd, 65536)
            except OSError:
                return
            if not data:
                return
            with self._lock:
                self._stream.feed(data)

    @property
    def lines(self) -> list[str]:
        with self._lock:
            return list(self._screen.display)

    @property
    def text(self) -> str:
        return "\n".join(self.lines)

    def shows(self, *words: str) -> None:
        """Wait until one of `words` is painted."""
        until = time.monotonic() + PATIENCE_S
        while not any(word in self.text for word in words):
            if time.monotonic() > until:
                raise AssertionError(f"never saw {words} on\n{self.text}")
            time.sleep(0.05)

    def shows_no_more(self, word: str) -> None:
        until = time.monotonic() + PATIENCE_S
        while word in self.text:
            if time.monotonic() > until:
                raise AssertionError(f"still {word!r} on\n{self.text}")
            time.sleep(0.05)

    def press(self, keys: str) -> None:
        os.write(self.fd, keys.encode())

    def click(self, words: str) -> None:
        """Click where the words stand (SGR mouse report, left button)."""
        for row, line in enumerate(self.lines, start=1):
            column = line.find(words)
            if column >= 0:
                place = f"{column + 1 + len(words) // 2};{row}"
                self.press(f"\x1b[<0;{place}M\x1b[<0;{place}m")
                return
        raise AssertionError(f"nothing to click says {words!r} on\n{self.text}")

    def end(self) -> int:
        """The exit status, after at most `PATIENCE_S`."""
        until = time.monotonic() + PATIENCE_S
        while time.monotonic() < until:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                os.close(self.fd)
                return os.waitstatus_to_exitcode(status)
            time.sleep(0.05)
        os.kill(self.pid, signal.SIGKILL)
        raise AssertionError(f"did not end\n{self.text}")
