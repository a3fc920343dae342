"""Implements `Matcher` by a process of its own (`kiosk.biometrics.matching_worker`), started when first asked.

Whatever becomes of the process (it dies, hangs, answers nonsense), the caller has an answer in bounded time.
"""

from __future__ import annotations

import importlib.util
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence

import msgspec

from kiosk.biometrics.matching import NotMatched, Template
from kiosk.biometrics.matching_wire import Answer, Compare, Extract, Hello, Request, receive, send
from kiosk.domain.message import msg

CALL_S = 30.0
IDLE_S = 60.0
MOST_DEATHS = 3
REST_S = 600.0
"""After so many deaths running the process is left alone for a while."""

WORKER = (sys.executable, "-m", "kiosk.biometrics.matching_worker")
ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1", "NBIS_BOZORTH_THREADS": "1"}
_answers = msgspec.msgpack.Decoder(Answer)


def installed() -> bool:
    """Whether the optional part is there at all; whether it loads only the process can tell."""
    return importlib.util.find_spec("nbis") is not None


class WorkerMatcher:
    """Implements `Matcher`; calls from several threads wait for one another."""

    def __init__(
        self,
        command: Sequence[str] = WORKER,
        present: Callable[[], bool] = installed,
        call_s: float = CALL_S,
        idle_s: float = IDLE_S,
    ) -> None:
        self._command = command
        self._present = present
        self._call_s = call_s
        self._idle_s = idle_s
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._sock: socket.socket | None = None
        self._lasting: NotMatched | None = None
        self._deaths = 0
        self._rests_until = 0.0
        self._closing = False

    def engine(self) -> str | NotMatched:
        answer = self._ask(Hello())
        return answer.refused or answer.engine or NOTHING_ANSWERED

    def template(self, png: bytes, ppi: int, *, graded: bool) -> Template | NotMatched:
        answer = self._ask(Extract(png, ppi, graded))
        return answer.refused or answer.template or NOTHING_ANSWERED

    def compare(self, probe: bytes, gallery: Sequence[bytes]) -> tuple[int, ...] | NotMatched:
        if not gallery:
            return ()
        answer = self._ask(Compare(probe, tuple(gallery)))
        if answer.scores is None or len(answer.scores) != len(gallery):
            return answer.refused or NOTHING_ANSWERED
        return answer.scores

    def close(self) -> None:
        """Also while a call is in progress, which then ends without an answer."""
        self._closing = True
        if self._process is not None:
            self._process.kill()
        with self._lock:
            self._end()
            self._closing = False

    @property
    def pid(self) -> int | None:
        """The process that runs now."""
        return self._process.pid if self._process else None

    def _ask(self, request: Request) -> Answer:
        with self._lock:
            refused = self._lasting or self._unavailable()
            if refused is not None:
                return Answer(refused=refused)
            answer = self._try(request)
            if answer.refused is not None and answer.refused.lasting:
                self._lasting = answer.refused
            return answer

    def _unavailable(self) -> NotMatched | None:
        if not self._present():
            return NotMatched(msg("matching.absent"), lasting=True)
        if time.monotonic() < self._rests_until:
            return NotMatched(msg("matching.died"))
        return None

    def _try(self, request: Request) -> Answer:
        """A process that ended for want of work just as it was asked is started once more."""
        again = self._process is not None
        try:
            return self._exchange(request)
        except (EOFError, ConnectionError):
            self._end()
        except TimeoutError:
            return self._died("matching.slow")
        except (OSError, ValueError, msgspec.MsgspecError):
            return self._died("matching.died")
        return self._try(request) if again and not self._closing else self._died("matching.died")

    def _exchange(self, request: Request) -> Answer:
        sock = self._sock or self._start()
        send(sock, request, self._call_s)
        answer = _answers.decode(receive(sock, self._call_s))
        self._deaths = 0
        return answer

    def _start(self) -> socket.socket:
        ours, theirs = socket.socketpair()
        with theirs:
            try:
                self._process = subprocess.Popen(
                    [*self._command, str(theirs.fileno()), str(self._idle_s)],
                    pass_fds=(theirs.fileno(),),
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                    env={**os.environ, **ONE_THREAD},
                )
            except OSError:
                ours.close()
                raise
        self._sock = ours
        return ours

    def _died(self, code: str) -> Answer:
        self._end()
        self._deaths += 1
        if self._deaths >= MOST_DEATHS:
            self._deaths, self._rests_until = 0, time.monotonic() + REST_S
        return Answer(refused=NotMatched(msg(code)))

    def _end(self) -> None:
        """It holds nothing that is not elsewhere, so it is killed, and nothing stays behind."""
        sock, self._sock = self._sock, None
        process, self._process = self._process, None
        if sock is not None:
            sock.close()
        if process is None:
            return
        process.kill()
        process.wait()


NOTHING_ANSWERED = NotMatched(msg("matching.died"))
