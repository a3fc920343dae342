"""From a key pressed to the changed screen, through both processes: terminal → screen → core → engine → screen → terminal.

The citizen goes back and forth between two questions; each press is an answer that the workflow's thread takes.
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from pathlib import Path

from bench.station import Terminal, kiosk, prepare, running_core
from bench.table import Row
from kiosk.link.address import socket_path
from kiosk.link.client import connect
from kiosk.link.messages import Answer, ViewChanged

PRESSES = 300
PAUSE_S = 0.05
BEFORE = {"welcome": "first_issue", "language": "vi", "notice": "continue"}
THERE, BACK = ("1", "cá nhân"), ("\x1bOS", "bằng cách")
"""The key, and words only the next question has: by number · another way."""


def rows() -> list[Row]:
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder)
        prepare(data)
        with running_core(data):
            asyncio.run(go_to_the_question(data))
            waits = _press(kiosk("citizen", "--data", folder))
    waits.sort()
    note = f"{PRESSES} answers, median {waits[len(waits) // 2] * 1000:.1f} ms"
    return [Row("key to changed screen, p99", waits[len(waits) * 99 // 100] * 1000, "ms", 50, note=note)]


def _press(command: list[str]) -> list[float]:
    terminal = Terminal(command)
    try:
        terminal.seen(BACK[1])
        waits = []
        for number in range(PRESSES):
            key, words = (THERE, BACK)[number % 2]
            time.sleep(PAUSE_S)
            terminal.press(key)
            waits.append(terminal.seen(words))
        return waits
    finally:
        terminal.close()


async def go_to_the_question(data: Path) -> None:
    """Begin a visit, up to the choice of a way to be found."""
    citizen = await connect(socket_path(data, "citizen"))
    async for message in citizen:
        if isinstance(message, ViewChanged):
            question = message.view.screen.id
            if question == "identify.way":
                break
            if question in BEFORE:
                citizen.send(Answer(question, BEFORE[question]))
    await citizen.close()
