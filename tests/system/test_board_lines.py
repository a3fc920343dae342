"""`kiosk officer --json`: the board as lines for scripts, from a process of its own (P1)."""

from __future__ import annotations

import asyncio
import json
import queue
import signal
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from kiosk.link.messages import CallOfficer
from tests.journeys.stage import PATIENCE_S, Stage, at
from tests.system.kit import kiosk

pytestmark = pytest.mark.system

Line = dict[str, Any]


class Lines:
    """What a script reads, line by line, as it comes."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._came: queue.Queue[Line] = queue.Queue()
        self._process = process
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self._process.stdout
        for line in self._process.stdout:
            self._came.put(json.loads(line))

    def until(self, true: Callable[[Line], bool]) -> Line:
        """The next line that is so. Raises `queue.Empty`."""
        while not true(line := self._came.get(timeout=PATIENCE_S)):
            pass
        return line


@contextmanager
def reading(stage: Stage) -> Iterator[tuple[subprocess.Popen[str], Lines]]:
    with kiosk("officer", "--data", str(stage.data), "--json") as process:
        try:
            yield process, Lines(process)
        finally:
            process.kill()


def test_every_change_is_a_line_and_a_core_that_comes_back_goes_on(stage: Stage) -> None:
    """Begun before the core is there; nobody signs in; ended by an interrupt, in good order."""
    with reading(stage) as (process, lines):
        stage.start()
        first = lines.until(lambda line: line["view"]["screen"]["id"] == "welcome")
        assert (first["station"], first["demo"], "at" in first) == ("MAU01", True, False)
        assert {device["kind"] for device in first["devices"]} == {"fingers", "camera", "printer", "panel"}
        asyncio.run(calls(stage))
        assert lines.until(lambda line: line["view"].get("help") == "called")
        stage.kill()
        stage.start()
        assert lines.until(lambda line: "help" not in line["view"])
        process.send_signal(signal.SIGINT)
        assert process.wait(10) == 0


def test_the_stream_ends_when_nobody_reads_on(stage: Stage) -> None:
    """As `… --json | head -1` does: no word on standard error."""
    stage.start()
    command = ["officer", "--data", str(stage.data), "--json"]
    with kiosk(*command, stderr=subprocess.PIPE) as process:
        assert process.stdout
        assert process.stderr
        assert json.loads(process.stdout.readline())["station"] == "MAU01"
        process.stdout.close()
        asyncio.run(calls(stage))
        assert (process.wait(20), process.stderr.read()) == (0, "")


async def calls(stage: Stage) -> None:
    async with at(stage, "citizen") as citizen:
        await citizen.asked("welcome")
        citizen.send(CallOfficer())
        await citizen.sees(lambda view: view.help == "called")
