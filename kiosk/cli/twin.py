"""Two programs in one terminal, one visible at a time: the citizen's and the officer's screen of a demonstration.

Each runs on a pty of its own, one line shorter than the terminal; the last line is ours. What the hidden one
writes is dropped, and it is made to paint anew when it comes to the front.
"""

from __future__ import annotations

import fcntl
import os
import pty
import select
import signal
import struct
import sys
import termios
import time
import tty
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress

SWITCH_KEY = b"\x1b[21~"
QUIT_KEY = b"\x03"
BAR_EVERY_S = 0.5
REPAINT_S = 0.08
CHUNK = 65536
LEAVE_SCREEN = (
    b"\x1b[?1000l\x1b[?1002l\x1b[?1003l\x1b[?1006l\x1b[?1015l\x1b[?2004l\x1b[<u\x1b[?1049l\x1b[?25h\x1b[0m"
)


class Pane:
    """One program on its own pty; started again when it ends, as systemd would."""

    def __init__(self, command: Sequence[str], rows: int, columns: int) -> None:
        self._command = command
        self._size = (rows, columns)
        self.fd = -1
        self._pid = -1
        self._start()

    def _start(self) -> None:
        self._pid, self.fd = pty.fork()
        if self._pid == 0:
            os.execvp(self._command[0], list(self._command))  # noqa: S606
        self.resize(*self._size)

    def restart(self) -> None:
        os.close(self.fd)
        os.waitpid(self._pid, 0)
        self._start()

    def resize(self, rows: int, columns: int) -> None:
        self._size = (rows, columns)
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def repaint(self) -> None:
        """A program paints everything when its window changes."""
        rows, columns = self._size
        self.resize(rows - 1, columns)
        time.sleep(REPAINT_S)
        self.resize(rows, columns)

    def close(self) -> None:
        with suppress(ProcessLookupError):
            os.kill(self._pid, signal.SIGTERM)
        os.close(self.fd)
        os.waitpid(self._pid, 0)


class Twin:
    """`commands` in the order of the switch key; `bar(index)` words the last line."""

    def __init__(self, commands: Sequence[Sequence[str]], bar: Callable[[int], str]) -> None:
        rows, columns = window()
        self._panes = [Pane(command, rows - 1, columns) for command in commands]
        self._bar = bar
        self._front = 0
        self._resized = False

    def run(self) -> None:
        """Until the quit key."""
        before = signal.signal(signal.SIGWINCH, self._note_resize)
        try:
            with raw_terminal():
                self._loop()
        finally:
            signal.signal(signal.SIGWINCH, before)
            for pane in self._panes:
                pane.close()

    def _loop(self) -> None:
        while True:
            if self._resized:
                self._fit()
            fds = [sys.stdin.fileno(), *(pane.fd for pane in self._panes)]
            ready, _, _ = select.select(fds, [], [], BAR_EVERY_S)
            if not ready:
                self._draw_bar()
            for fd in ready:
                if fd == sys.stdin.fileno():
                    if not self._pass_keys(os.read(fd, CHUNK)):
                        return
                else:
                    self._pass_output(fd)

    def _pass_keys(self, keys: bytes) -> bool:
        if not keys or QUIT_KEY in keys:
            return False
        before, *after = keys.split(SWITCH_KEY)
        self._type(before)
        for typed in after:
            self._switch()
            self._type(typed)
        return True

    def _type(self, keys: bytes) -> None:
        if keys:
            os.write(self._panes[self._front].fd, keys)

    def _switch(self) -> None:
        self._front = (self._front + 1) % len(self._panes)
        write(b"\x1b[2J")
        self._panes[self._front].repaint()
        self._draw_bar()

    def _pass_output(self, fd: int) -> None:
        index = next(i for i, pane in enumerate(self._panes) if pane.fd == fd)
        try:
            output = os.read(fd, CHUNK)
        except OSError:
            output = b""
        if not output:
            self._panes[index].restart()
        elif index == self._front:
            write(output)

    def _fit(self) -> None:
        self._resized = False
        rows, columns = window()
        for pane in self._panes:
            pane.resize(rows - 1, columns)
        self._draw_bar()

    def _draw_bar(self) -> None:
        rows, columns = window()
        text = self._bar(self._front)[:columns].ljust(columns)
        write(f"\x1b7\x1b[{rows};1H\x1b[0;7m{text}\x1b[0m\x1b8".encode())

    def _note_resize(self, *_: object) -> None:
        self._resized = True


def window() -> tuple[int, int]:
    """Rows and columns of the terminal."""
    size = os.get_terminal_size(sys.stdout.fileno())
    return max(size.lines, 2), max(size.columns, 1)


def write(data: bytes) -> None:
    sys.stdout.buffer.write(data)
    sys.stdout.buffer.flush()


@contextmanager
def raw_terminal() -> Iterator[None]:
    """Every key as it comes; the terminal as it was afterwards, whatever the programs switched on."""
    fd = sys.stdin.fileno()
    before = termios.tcgetattr(fd)
    tty.setraw(fd)
    try:
        yield
    finally:
        termios.tcsetattr(fd, termios.TCSADRAIN, before)
        write(LEAVE_SCREEN)
