"""A scripted day with whole programs: two stations, their citizens, one desk for both (O1–O3, P6, P7, X2).

The first station's printer stands behind a cable, so that what it prints can be read off the paper; the second station
is reached through OpenSSH. The day is worked through twice: by Textual's pilot, and by real keys in tmux.
"""

from __future__ import annotations

import asyncio
import io
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, ExitStack, asynccontextmanager, closing, contextmanager
from pathlib import Path
from typing import NamedTuple

import pytest
import zxingcpp
from PIL import Image, ImageOps

from kiosk.app.shift_sheet import shift_sheet
from kiosk.app.staff import DEMO_PIN
from kiosk.cli.records import DossierLine
from kiosk.config import StationConfig
from kiosk.hal.printer.layout import render
from kiosk.locale import Audience
from kiosk.store.shifts import Shifts
from tests.journeys.stage import UNDRAWN, Stage, run_kiosk
from tests.kit import open_ledger
from tests.system.desks import WORDS, Desk, goes_back, in_tmux, picks, piloted, said, shows, signed_in, until
from tests.system.kit import kiosk
from tests.system.terminal import Terminal

pytestmark = pytest.mark.system

SCRIPT = Path(__file__).parents[2] / "examples" / "visits" / "first_issue.toml"
LEADER, OFFICER = "GS01", "CB01"
READY = said("desk.need.free").upper()
CALLED = said("desk.need.called").upper()
NUMBERS = ("999190000002", "999081000010")
"""Invented people of the roster, besides the one of the example."""
F1 = "\x1bOP"
PATIENCE_S = 60.0


class Station(NamedTuple):
    """One of the two: its core and data, the key that opens it in the room, what a citizen does who needs no officer."""

    stage: Stage
    key: str
    script: Path

    @asynccontextmanager
    async def visit(self, *answers: str) -> AsyncIterator[None]:
        """A scripted citizen comes, and by the end of the block leaves with a slip."""
        given = [part for answer in answers for part in ("--answer", answer)]
        command = ("visit", "--data", str(self.stage.data), "--script", str(self.script), "--json")
        with kiosk(*command, *given) as citizen:
            try:
                yield
                out, _ = await asyncio.to_thread(citizen.communicate, timeout=PATIENCE_S)
            finally:
                citizen.kill()
        assert citizen.returncode == 0, out


@pytest.fixture
def room(
    stage: Stage, grown: Path, tmp_path: Path, sshd: Callable[[], subprocess.Popen[bytes]]
) -> Iterator[tuple[Station, Station]]:
    """Two cores, a printer behind a cable at the first, a server of ssh before the second."""
    second = tmp_path / "second"
    second.mkdir()
    (second / "roster.db").write_bytes((grown / "roster.db").read_bytes())
    other = Stage(second, grown / "masters")
    other.configure(f'[station]\nid = "MAU02"\n{UNDRAWN}')
    script = tmp_path / "visit.toml"
    script.write_text(without_an_officer(SCRIPT.read_text(encoding="utf-8")), encoding="utf-8")
    with ExitStack() as running:
        running.enter_context(printing(stage, tmp_path / "paper"))
        running.callback(other.stop)
        sshd()
        for each in (stage, other):
            each.start()
        yield Station(stage, "1", script), Station(other, "2", script)


def without_an_officer(script: str) -> str:
    """Whatever waits for a decision waits for the desk."""
    before, _, after = script.partition("[officer]")
    return before + after[after.index("[world]") :]


@contextmanager
def printing(stage: Stage, out: Path) -> Iterator[None]:
    """The real driver; at the other end of its cable a simulator that burns what it is sent onto paper."""
    port = out.parent / "printer"
    stage.configure(f'[devices.printer]\ndriver = "escpos"\nsettings = {{ port = "{port}" }}\n')
    with kiosk(
        "sim", "escpos", "--pty", str(port), "--out", str(out), "--data", str(stage.data)
    ) as simulator:
        try:
            end = time.monotonic() + PATIENCE_S
            while not port.exists():
                assert time.monotonic() < end, "the printer did not come up"
                time.sleep(0.05)
            yield
        finally:
            simulator.terminate()
            assert simulator.wait(10) == 0


@pytest.mark.parametrize("at_the_desk", [piloted, in_tmux])
def test_a_day(
    room: tuple[Station, Station],
    tmp_path: Path,
    at_the_desk: Callable[..., AbstractAsyncContextManager[Desk]],
) -> None:
    one, two = room
    far = f"ssh://127.0.0.1:{os.environ['SSHD_PORT']}{two.stage.data}"

    async def day() -> None:
        async with at_the_desk(one.stage.data, ["local", far]) as desk:
            await shows(desk, READY, times=2)
            await nobody_is_needed(desk, one)
            await a_correction_is_decided(desk, two)
            await a_call_is_answered(desk, one)
            await officers_change_and_sign_the_batch(desk, one)
            await the_shift_is_closed(desk)

    with board_lines(one.stage.data, ["local", far], tmp_path / "boards") as lines:
        asyncio.run(day())
        head = head_on(tmp_path / "paper")
    the_script_saw_the_day(lines())
    assert [line.described for line in sealed(one)] == [0, 0]
    assert len(sealed(two)) == 1
    the_sheet_says_what_the_record_says(one, tmp_path / "paper", head)
    for station, known in ((one, ["--head", head]), (two, [])):
        checked = run_kiosk("audit", "verify", "--data", str(station.stage.data), *known)
        assert checked.returncode == 0, checked.stdout


# -- the parts of the day ------------------------------------------------------------------------------------------


async def nobody_is_needed(desk: Desk, station: Station) -> None:
    """C1, C10: a plain visit from the welcome to the slip; the room shows its steps and asks for nobody."""
    async with station.visit():
        await shows(desk, said("desk.need.serving").upper())
    text = await shows(desk, READY, times=2)
    assert said("desk.need_nobody") in text


async def a_correction_is_decided(desk: Desk, station: Station) -> None:
    """D2: the room says where; without a paper the known value stays; the dossier is approved with a reason, sealed."""
    kept = said("desk.bench.reason", choice=said("choice.refused"))
    async with station.visit("confirm.hamlet=no", "correct=Thôn Khác", "papers=none"):
        await shows(desk, said("desk.need.approval", count=1).upper())
        await desk.press(station.key)
        await signed_in(desk, LEADER, DEMO_PIN)
        await picks(desk, said("desk.key_look"))
        await shows(desk, "Thôn Khác")
        await picks(desk, said("choice.refused"))
        await shows(desk, kept)
        await desk.press(*"khoong cos", "enter")
        await shows(desk, said("choice.approve"))
        await goes_back(desk, said("desk.key_back"))
        await picks(desk, said("choice.approve"))
        await shows(desk, said("desk.reason", choice=said("choice.approve")))
        await desk.press(*"ddax xem", "enter")
    await shows(desk, said("desk.no_approvals"))
    await desk.press("escape")
    await shows(desk, READY, times=2)


async def a_call_is_answered(desk: Desk, station: Station) -> None:
    """O3: somebody calls; the officer comes, answers for them as far as the number, and they go on by themselves."""
    screen = Terminal(
        [sys.executable, "-m", "kiosk.cli.main", "citizen", "--data", str(station.stage.data)], 80, 24
    )
    screen.shows(said("welcome", Audience.CITIZEN))
    screen.press(F1)
    await shows(desk, CALLED)
    await desk.press(station.key)
    await signed_in(desk, LEADER, DEMO_PIN)
    await desk.press("f1")
    await shows(desk, said("desk.key_done"))
    await desk.press("f1")
    await until(desk, lambda text: said("desk.key_done") not in text)
    await desk.press("f6")
    await answers_for_a_citizen(desk, NUMBERS[0])
    screen.shows(said("item.full_name", Audience.CITIZEN))
    await goes_back(desk, said("desk.key_board"))
    async with station.visit():
        pass
    os.kill(screen.pid, signal.SIGTERM)
    screen.end()


async def answers_for_a_citizen(desk: Desk, number: str) -> None:
    """Beside them, question by question; what is personal is on this page and on no other."""
    for question in ("welcome", "language", "notice", "identify.way"):
        await shows(desk, said(question, Audience.CITIZEN))
        await desk.press("1")
    await picks_typing(desk, number)
    await shows(desk, "Lê Thị Ví Dụ")


async def picks_typing(desk: Desk, text: str) -> None:
    await shows(desk, said("desk.key_type_for"))
    await desk.press("enter")
    await shows(desk, said("desk.form.answer.go"))
    await desk.press(*text, "enter")


async def officers_change_and_sign_the_batch(desk: Desk, station: Station) -> None:
    """O2, O4: a colleague signs in over whoever was there, and signs what passed by rule."""
    await signed_in(desk, OFFICER, DEMO_PIN)
    await picks(desk, said("desk.unsigned", count=2))
    await desk.press("enter")
    await shows(desk, said("batch.signed", count=2, batch="").strip()[:12])
    await goes_back(desk, said("desk.key_back"))
    await until(desk, lambda text: said("desk.unsigned", count=2) not in text)


async def the_shift_is_closed(desk: Desk) -> None:
    """O1, P6: by the leader; the paper follows."""
    await signed_in(desk, LEADER, DEMO_PIN)
    await desk.press("f5")
    await picks(desk, said("desk.key_close_shift"))
    await shows(desk, said("desk.form.close_shift"))
    await desk.press("enter")
    await shows(desk, said("desk.need.closed").upper())


# -- what is left of it --------------------------------------------------------------------------------------------


def sealed(station: Station) -> list[DossierLine]:
    return [line for line in station.stage.dossiers() if line.state == "sealed"]


@contextmanager
def board_lines(
    data: Path, stations: list[str], out: Path
) -> Iterator[Callable[[], list[dict[str, object]]]]:
    """A script that reads along the whole day: `kiosk officer --json`."""
    named = [part for station in stations for part in ("--station", station)]
    with out.open("w") as file:
        reading = kiosk("officer", "--data", str(data), "--json", *named, stdout=file)
        try:
            yield lambda: [json.loads(line) for line in out.read_text().splitlines()]
        finally:
            reading.send_signal(signal.SIGINT)
            assert reading.wait(10) == 0


def the_script_saw_the_day(lines: list[dict[str, object]]) -> None:
    seen = json.dumps(lines)
    assert {line["station"] for line in lines} == {"MAU01", "MAU02"}
    assert len({line["at"] for line in lines}) == 2
    assert '"help": "called"' in seen
    assert any(line.get("approvals") for line in lines if line["station"] == "MAU02")
    assert [line.get("shift") for line in lines if line["station"] == "MAU01"][-1] is None
    assert not any(number in seen for number in ("999085000001", *NUMBERS)), "the board is for everybody"


def head_on(out: Path) -> str:
    """What a telephone reads from the sheet."""
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end:
        for piece in sorted(out.glob("*.png")):
            codes = [code.text for code in zxingcpp.read_barcodes(Image.open(piece))]
            if codes and codes[0].startswith("kiosk.head.v1 "):
                return codes[0]
        time.sleep(0.1)
    raise AssertionError("no sheet was printed")


def the_sheet_says_what_the_record_says(station: Station, out: Path, head: str) -> None:
    """The figures are those of the day; the paper shows them dot for dot as they are drawn."""
    station.stage.stop()
    with closing(open_ledger(station.stage.data)) as ledger:
        closed = Shifts(ledger.database).closed(head.split()[2])
    assert closed
    assert (closed.closed_by, closed.counts.visits, closed.counts.outcomes) == (LEADER, 2, {"done": 2})
    assert (closed.counts.sealed, closed.counts.unsigned) == (2, 0)
    words = lambda message: WORDS.say(message, Audience.OFFICER)  # noqa: E731
    drawn = render(shift_sheet(StationConfig().place, closed, head, words)).to_png()
    assert printed_dots(Image.open(io.BytesIO(drawn))) in [
        printed_dots(Image.open(piece)) for piece in out.glob("*.png")
    ]


def printed_dots(picture: Image.Image) -> bytes:
    """Without the white round it."""
    black = ImageOps.invert(picture.convert("L"))
    return black.crop(black.getbbox()).tobytes()
