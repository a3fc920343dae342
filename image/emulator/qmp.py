"""QEMU's monitor: commands, and events as they come."""

from __future__ import annotations

import json
import queue
import socket
import threading
import time
from pathlib import Path

ANSWER_S = 60.0
ABSOLUTE = 0x7FFF
"""Where QEMU's tablet ends."""
TOUCH_S = 0.2
KEY_S = 0.5
Event = dict[str, object]


class Monitor:
    """Raises `OSError` when QEMU does not open its socket, `MonitorError` for a command it refuses."""

    def __init__(self, path: Path, patience: float = 30.0) -> None:
        self._socket = connect(path, patience)
        self._lines = self._socket.makefile("rwb")
        self._answers: queue.Queue[Event] = queue.Queue()
        self._changed = threading.Condition()
        self.events: list[Event] = []
        self._ended = False
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()
        self.command("qmp_capabilities")

    def command(self, name: str, **arguments: object) -> object:
        """What it answers."""
        self._lines.write(json.dumps({"execute": name, "arguments": arguments}).encode() + b"\n")
        self._lines.flush()
        answer = self._answers.get(timeout=ANSWER_S)
        if "error" in answer:
            raise MonitorError(str(answer["error"]))
        return answer["return"]

    def screenshot(self, file: Path) -> None:
        """The screen as PNG."""
        self.command("screendump", filename=str(file), format="png")

    def press(self, *keys: str) -> None:
        """Keys together, by QEMU's names."""
        self.command("send-key", keys=[{"type": "qcode", "data": key} for key in keys])

    def type(self, text: str) -> None:
        """Letters, figures and hyphens at the keyboard, then the Enter key. A busy guest may lose one."""
        for letter in text:
            self.press("minus" if letter == "-" else letter)
            time.sleep(KEY_S)
        self.press("ret")

    def touch(self, across: float, down: float) -> None:
        """A finger on the screen, `across` and `down` in parts of its width and height, and off again."""
        for axis, part in (("x", across), ("y", down)):
            place = {"axis": axis, "value": int(part * ABSOLUTE)}
            self.command("input-send-event", events=[{"type": "abs", "data": place}])
        for down_now in (True, False):
            button = {"button": "left", "down": down_now}
            self.command("input-send-event", events=[{"type": "btn", "data": button}])
            time.sleep(TOUCH_S)

    def wait_event(self, name: str, within: float, **data: object) -> Event | None:
        """The first event of that name whose data hold `data`, one that has passed included; None when none comes, or
        QEMU has ended."""

        def there() -> Event | None:
            return next((event for event in self.events if fits(event, name, data)), None)

        with self._changed:
            self._changed.wait_for(lambda: self._ended or there(), timeout=within)
            return there()

    def close(self) -> None:
        """Once QEMU has ended."""
        self._listener.join(ANSWER_S)
        self._lines.close()
        self._socket.close()

    def _listen(self) -> None:
        try:
            for line in self._lines:
                self._take(json.loads(line))
        except (OSError, ValueError):
            pass
        with self._changed:
            self._ended = True
            self._changed.notify_all()

    def _take(self, message: Event) -> None:
        if "event" in message:
            with self._changed:
                self.events.append(message)
                self._changed.notify_all()
        elif "return" in message or "error" in message:
            self._answers.put(message)


class MonitorError(Exception):
    """QEMU refused a command."""


def fits(event: Event, name: str, data: dict[str, object]) -> bool:
    told = event.get("data")
    fields = told if isinstance(told, dict) else {}
    return event["event"] == name and all(fields.get(key) == value for key, value in data.items())


def connect(path: Path, patience: float) -> socket.socket:
    """Raises `OSError` when nobody listens there in time."""
    until = time.monotonic() + patience
    while True:
        try:
            link = socket.socket(socket.AF_UNIX)
            link.connect(str(path))
            return link
        except OSError:
            link.close()
            if time.monotonic() > until:
                raise
            time.sleep(0.05)
