"""The process that compares fingers: `python -m kiosk.biometrics.matching_worker SOCKET-FD IDLE-SECONDS`.

The engine is C and C++ code of others, 130 MB with its NFIQ 2 model: it lives beside the kiosk, not in it. The
process may not write files, grow without bound, outlive the kiosk or work on one request for ever; it ends when
nothing is asked for a while.
"""

from __future__ import annotations

import contextlib
import importlib.metadata
import resource
import signal
import socket
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from kiosk.biometrics.matching import NotMatched, Template
from kiosk.biometrics.matching_wire import Answer, Compare, Extract, Hello, Request, receive, send
from kiosk.domain.message import msg

PACKAGE = "nbis-python"
WORK_S = 25
"""No request takes longer: the process is ended by its own alarm, even where the kiosk is gone."""

MOST_MEMORY = 512 << 20
"""Address space; 362 MB were seen in use, of which 196 MB resident while the NFIQ 2 model is read."""

GRADED_PPI = range(495, 506)
"""NFIQ 2 is defined for 500 pixels an inch."""

OOM_SCORE = "700"
_requests = msgspec.msgpack.Decoder(Request)


def main(arguments: list[str]) -> int:
    confine()
    handle, idle = int(arguments[0]), float(arguments[1])
    with socket.socket(fileno=handle) as sock:
        serve(sock, idle)
    return 0


def confine() -> None:
    """Bounds on what the engine can do to the machine; where the system forbids setting them, its own bounds hold."""
    bounds = {
        resource.RLIMIT_AS: MOST_MEMORY,
        resource.RLIMIT_FSIZE: 0,
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_NOFILE: 32,
    }
    for which, most in bounds.items():
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(which, (most, most))
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text(OOM_SCORE)


def serve(sock: socket.socket, idle: float) -> None:
    """Answer until nobody asks for `idle` seconds or the other end is gone."""
    answer: Callable[[Request], Answer] | None = None
    with contextlib.suppress(TimeoutError, EOFError, OSError):
        while True:
            request = _requests.decode(receive(sock, idle))
            signal.setitimer(signal.ITIMER_REAL, WORK_S)
            answer = answer or load()
            reply = answer(request)
            signal.setitimer(signal.ITIMER_REAL, 0)
            send(sock, reply, WORK_S)


def load() -> Callable[[Request], Answer]:
    """What answers: the engine, or the reason why there is none."""
    try:
        import nbis

        version = importlib.metadata.version(PACKAGE)
    except Exception as error:  # noqa: BLE001 - whatever stops it from loading is told, not raised
        why = str(error) or type(error).__name__
        refused = NotMatched(msg("matching.unloadable", why=why[:300]), lasting=True)
        return lambda _: Answer(refused=refused)
    return Engine(nbis, f"{PACKAGE} {version}").answer


class Engine:
    """`nbis-python`, one request after the other. Extractors are made when first needed."""

    def __init__(self, nbis: Any, name: str) -> None:
        self._nbis = nbis
        self._name = name
        self._extractors: dict[tuple[int, bool], Any] = {}

    def answer(self, request: Request) -> Answer:
        try:
            return self._answer(request)
        except self._nbis.NbisError as error:
            why = f"{type(error).__name__} {error}".strip()
            return Answer(refused=NotMatched(msg("matching.unreadable", why=why[:300])))

    def _answer(self, request: Request) -> Answer:
        match request:
            case Hello():
                return Answer(engine=self._name)
            case Extract(png, ppi, graded):
                return Answer(template=self._template(png, ppi, graded and ppi in GRADED_PPI))
            case Compare(probe, gallery):
                extractor = self._extractor(500, False)
                scores = (extractor.compare_iso_19794_2_2011(probe, known) for known in gallery)
                return Answer(scores=tuple(scores))

    def _template(self, png: bytes, ppi: int, graded: bool) -> Template:
        minutiae = self._extractor(ppi, graded).extract_minutiae(png)
        nfiq2 = int(minutiae.quality().score) if graded else -1
        return Template(bytes(minutiae.to_iso_19794_2_2011()), nfiq2, self._name)

    def _extractor(self, ppi: int, graded: bool) -> Any:
        found = self._extractors.get((ppi, graded))
        if found is None:
            settings = self._nbis.NbisExtractorSettings(
                min_quality=0.0,
                get_center=False,
                check_fingerprint=False,
                compute_nfiq2=graded,
                ppi=float(ppi),
            )
            found = self._extractors[ppi, graded] = self._nbis.new_nbis_extractor(settings)
        return found


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
