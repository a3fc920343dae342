"""The process that compares fingers may do what it will: the kiosk has an answer, in bounded time (X1, X2)."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.biometrics import matching_worker
from kiosk.biometrics.matching import NotMatched, Probe, Template, Verified, verify
from kiosk.biometrics.matching_client import MOST_DEATHS, WorkerMatcher
from kiosk.biometrics.matching_wire import Answer, Hello, receive, send
from kiosk.domain.message import msg


def fake(way: str, call_s: float = 20.0, idle_s: float = 60.0) -> WorkerMatcher:
    command = (sys.executable, "-m", "tests.matching.fake_worker", way)
    return WorkerMatcher(command, present=lambda: True, call_s=call_s, idle_s=idle_s)


@pytest.fixture
def good() -> Iterator[WorkerMatcher]:
    made = fake("good")
    yield made
    made.close()


def gone(pid: int) -> bool:
    return not Path(f"/proc/{pid}").exists()


def test_one_process_answers_everything(good: WorkerMatcher) -> None:
    assert good.pid is None, "nothing runs before it is needed"
    assert good.engine() == "fake 1"
    first = good.pid
    assert good.template(b"a1", 500, graded=True) == Template(b"a1", 60, "fake 1")
    assert good.compare(b"a1", [b"a2", b"b1"]) == (150, 7)
    assert good.compare(b"a1", []) == ()
    assert good.pid == first


def test_verification_is_one_to_one(good: WorkerMatcher) -> None:
    """Against a picture and against a template on record."""
    probe = Probe(b"a1", 500)
    assert verify(good, probe, Probe(b"a9", 500)) == Verified(150, 48)
    assert verify(good, probe, b"b9") == Verified(7, 48)
    assert Verified(48, 48).same
    assert not Verified(47, 48).same


@pytest.mark.parametrize("way", ["die", "garbage", "half"])
def test_a_process_that_dies_or_talks_nonsense_is_a_value(way: str) -> None:
    matcher = fake(way)
    assert matcher.template(b"a", 500, graded=False) == NotMatched(msg("matching.died"))
    assert matcher.compare(b"a", [b"b"]) == NotMatched(msg("matching.died"))
    assert matcher.pid is None, "nothing is left of it"
    assert verify(matcher, Probe(b"a", 500), b"b") == NotMatched(msg("matching.died"))


@pytest.mark.parametrize("way", ["hang", "long"])
def test_a_process_that_hangs_is_ended(way: str) -> None:
    matcher = fake(way, call_s=3.0)
    found = matcher.engine()
    assert isinstance(found, NotMatched)
    assert found.reason.code in ("matching.slow", "matching.died")
    assert matcher.pid is None


def test_a_process_that_dies_once_is_started_again(tmp_path: Path) -> None:
    matcher = fake(f"die-once={tmp_path / 'mark'}")
    assert matcher.engine() == NotMatched(msg("matching.died"))
    assert matcher.engine() == "fake 1"
    matcher.close()


def test_after_some_deaths_it_is_left_alone() -> None:
    matcher = fake("die")
    for _ in range(MOST_DEATHS):
        matcher.engine()
    matcher._command = ("/does/not/exist",)
    assert matcher.engine() == NotMatched(msg("matching.died"))
    assert matcher.pid is None


def test_a_program_that_is_not_there_is_a_value() -> None:
    matcher = WorkerMatcher(("/does/not/exist",), present=lambda: True)
    assert matcher.engine() == NotMatched(msg("matching.died"))


def test_without_the_optional_part_no_process_is_started() -> None:
    matcher = WorkerMatcher(("/does/not/exist",), present=lambda: False)
    assert matcher.engine() == NotMatched(msg("matching.absent"), lasting=True)
    assert matcher.pid is None


def test_a_part_that_does_not_load_is_asked_once() -> None:
    matcher = fake("lasting")
    refused = NotMatched(msg("matching.unloadable", why="no such library"), lasting=True)
    assert matcher.engine() == refused
    matcher.close()
    assert matcher.engine() == refused
    assert matcher.pid is None, "it was not started again"


def test_too_few_scores_are_no_scores() -> None:
    matcher = fake("short")
    assert matcher.compare(b"a", [b"a", b"b"]) == NotMatched(msg("matching.died"))
    matcher.close()


def test_a_process_that_ended_for_want_of_work_is_started_again() -> None:
    matcher = fake("good", idle_s=0.2)
    assert matcher.engine() == "fake 1"
    assert matcher._process
    matcher._process.wait(20)
    assert matcher.engine() == "fake 1"
    matcher.close()


def test_closing_ends_a_call_in_progress() -> None:
    matcher = fake("hang", call_s=600.0)
    answers: list[str | NotMatched] = []
    caller = threading.Thread(target=lambda: answers.append(matcher.engine()))
    caller.start()
    while matcher.pid is None:
        time.sleep(0.01)
    pid = matcher.pid
    matcher.close()
    caller.join(20)
    assert answers == [NotMatched(msg("matching.died"))]
    assert gone(pid)


# -- the real process, whatever engine there is or is not --------------------------------------------------------


def broken_engine(folder: Path, body: str) -> dict[str, str]:
    """An environment in which `import nbis` does what `body` does."""
    (folder / "nbis").mkdir(parents=True)
    (folder / "nbis" / "__init__.py").write_text(body)
    path = os.pathsep.join((str(folder), os.environ.get("PYTHONPATH", str(Path.cwd()))))
    return {"PYTHONPATH": path}


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("raise ImportError('GLIBC_2.38 not found')", "matching.unloadable"),
        ("raise OSError('cannot open shared object')", "matching.unloadable"),
        ("import os; os.abort()", "matching.died"),
        ("import time; time.sleep(600)", "matching.slow"),
        ("x = bytearray(4 << 30)", "matching.unloadable"),
    ],
)
def test_an_engine_that_does_not_load(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, body: str, code: str
) -> None:
    """As on Debian 12, where its library wants a newer glibc; the last wants more memory than it may have."""
    for name, value in broken_engine(tmp_path, body).items():
        monkeypatch.setenv(name, value)
    matcher = WorkerMatcher(present=lambda: True, call_s=4.0 if "sleep" in body else 30.0)
    found = matcher.engine()
    matcher.close()
    assert isinstance(found, NotMatched)
    assert found.reason.code == code


def test_the_process_goes_with_the_kiosk(tmp_path: Path) -> None:
    """Its socket closes: it ends by itself, although nobody told it to."""
    ours, theirs = socket.socketpair()
    with theirs:
        command = [sys.executable, "-m", matching_worker.__name__, str(theirs.fileno()), "600"]
        process = subprocess.Popen(command, pass_fds=(theirs.fileno(),))
    send(ours, Hello(), 5)
    assert receive(ours, 30)
    ours.close()
    assert process.wait(20) == 0


@given(st.binary(max_size=64))
def test_no_bytes_upset_the_one_who_reads(data: bytes) -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.sendall(data)
        ours.shutdown(socket.SHUT_WR)
        try:
            body = receive(theirs, 5)
        except (EOFError, ValueError):
            return
        assert body == data[4 : 4 + len(body)]


def test_frames_arrive_whole() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        big = Answer(engine="x" * 3_000_000)
        sender = threading.Thread(target=send, args=(ours, big, 20.0))
        sender.start()
        assert len(receive(theirs, 20)) > 3_000_000
        sender.join()
