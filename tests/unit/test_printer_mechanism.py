"""The inside of the simulated printer: what it prints, whatever comes and however it is cut up."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kiosk.errors import BadInputError
from kiosk.hal.printer.commands import TELL_WHEN_DONE, Query, encode, is_answer, is_done, query
from kiosk.hal.printer.decoder import decode
from kiosk.hal.printer.layout import render
from kiosk.hal.printer.mechanism import BUFFER_BYTES, Mechanism
from kiosk.hal.printer.wire import Fault, Faults, Script, read_script
from kiosk.hal.world import world_in
from tests.unit.slips import ORDINARY
from tests.wires import script_of

JOB = encode(render(ORDINARY))


@given(st.lists(st.integers(1, 8000), min_size=1, max_size=12), st.floats(0.001, 0.5))
@settings(max_examples=10, deadline=None)
def test_a_job_comes_out_the_same_however_it_is_cut_up(sizes: list[int], tick: float) -> None:
    with tempfile.TemporaryDirectory() as folder:
        printer = Mechanism(world_in(Path(folder)), Path(folder), 400.0)
        at, now, turn, reports = 0, 0.0, 0, b""
        job = JOB + TELL_WHEN_DONE
        while at < len(job) or not printer.idle:
            size = min(sizes[turn % len(sizes)], printer.room)
            printer.receive(job[at : at + size])
            at, now, turn = min(len(job), at + size), now + tick, turn + 1
            reports += printer.advance(now)
        (piece,) = Path(folder).glob("*.png")
        assert piece.name == "slip-0001.png"
        assert piece.read_bytes() == decode(JOB).bitmap.to_png()
        assert is_done(reports)
        assert printer.refused == []


@given(st.binary(max_size=BUFFER_BYTES // 8))
@settings(max_examples=50, deadline=None)
def test_rubbish_is_refused_and_never_stops_it(data: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        printer = Mechanism(world_in(Path(folder)), Path(folder), 1e6)
        printer.receive(data)
        for step in range(5):
            printer.advance(float(step))
        (answer,) = printer.receive(query(Query.PAPER))
        assert is_answer(bytes([answer]))


def test_a_full_buffer_has_no_room_until_paper_moves(tmp_path: Path) -> None:
    world = world_in(tmp_path)
    printer = Mechanism(world, tmp_path, 100.0)
    world.change(cover_open=True)
    printer.receive(JOB[: printer.room])
    printer.advance(1.0)
    assert printer.room == 0
    world.change(cover_open=False)
    printer.advance(2.0)
    printer.advance(2.5)
    assert printer.room > 0


def test_faults_begin_with_a_byte_and_last_their_time(tmp_path: Path) -> None:
    path = tmp_path / "faults.toml"
    path.write_bytes(script_of(Fault("stall", after_bytes=100, seconds=2.0), Fault("noise")))
    faults = Faults(read_script(path))
    assert set(faults.at(99, 1.0)) == {"noise"}
    assert set(faults.at(100, 5.0)) == {"stall", "noise"}
    assert set(faults.at(500, 6.9)) == {"stall", "noise"}
    assert set(faults.at(500, 7.0)) == {"noise"}
    assert Faults(Script(seed=3)).rubbish() == Faults(Script(seed=3)).rubbish()


@pytest.mark.parametrize(
    "text", ["[[fault]]\nkind = 'magic'\n", "fault = 1", "[[", "\xff", "[[fault]]\nkind='mute'\nx=1"]
)
def test_a_fault_script_that_cannot_be_used_is_named(tmp_path: Path, text: str) -> None:
    path = tmp_path / "faults.toml"
    path.write_bytes(text.encode("latin-1"))
    with pytest.raises(BadInputError, match=r"faults\.toml"):
        read_script(path)
