"""Signing in: the core's answer to a PIN, and a change of officers at the desk's own keys."""

from __future__ import annotations

import asyncio
import tempfile
import time
from pathlib import Path

from bench.station import Terminal, kiosk, prepare, running_core
from bench.table import Row
from kiosk.app.staff import DEMO_PIN
from kiosk.link.address import socket_path
from kiosk.link.client import connect
from kiosk.link.messages import Refused, SessionChanged, SignIn

SIGN_INS = 20
CHANGES = 6
KEY_S = 0.25
"""Between two keys of somebody who types with one finger."""
NUMBERS = ("CB01", "CB02")
F2, ENTER = "\x1bOQ", "\r"
UNSIGNED = "Chưa đăng nhập"


def rows() -> list[Row]:
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder)
        prepare(data)
        with running_core(data):
            answers = asyncio.run(_sign_in(data))
            changes = _change(kiosk("officer", "--data", folder))
    answers.sort()
    keys = len(_keys(NUMBERS[0]))
    return [
        Row(
            "sign-in",
            answers[-1],
            "s",
            1,
            note=f"longest of {SIGN_INS}, median {answers[len(answers) // 2] * 1000:.0f} ms, with Argon2 and its commit",
        ),
        Row(
            "change of officers",
            max(changes),
            "s",
            5,
            note=f"longest of {CHANGES}; {keys} keys {KEY_S * 1000:.0f} ms apart, from F2 to the new name on the screen",
        ),
    ]


async def _sign_in(data: Path) -> list[float]:
    """Seconds from the message to the answer; the first waits until the invented staff is there."""
    desk = await connect(socket_path(data, "officer"))
    messages = aiter(desk)
    waits: list[float] = []
    try:
        while len(waits) < SIGN_INS:
            begun = time.perf_counter()
            desk.send(SignIn(NUMBERS[len(waits) % 2], DEMO_PIN))
            while not isinstance(answer := await anext(messages), SessionChanged | Refused):
                pass
            if isinstance(answer, SessionChanged):
                waits.append(time.perf_counter() - begun)
    finally:
        await desk.close()
    return waits


def _change(command: list[str]) -> list[float]:
    terminal = Terminal(command)
    try:
        terminal.seen(UNSIGNED)
        return [_by_keys(terminal, NUMBERS[turn % 2]) for turn in range(CHANGES)]
    finally:
        terminal.close()


def _by_keys(terminal: Terminal, number: str) -> float:
    terminal.drain(KEY_S)
    begun = time.perf_counter()
    for key in _keys(number):
        time.sleep(KEY_S)
        terminal.press(key)
    terminal.seen(f"({number})")
    return time.perf_counter() - begun


def _keys(number: str) -> tuple[str, ...]:
    return (F2, *number.lower(), ENTER, *DEMO_PIN, ENTER)
