"""What a printer says: status asked for, reports of what is done, and noise, told apart."""

from __future__ import annotations

from collections.abc import Callable

from kiosk.hal.printer.commands import Query, is_answer, is_done, query
from kiosk.hal.printer.line import Line

QUESTIONS = (Query.PRINTER, Query.OFFLINE, Query.PAPER)
ANSWER_S = 0.5
"""Real-time answers take some milliseconds; a printer that is slower than this is as good as silent."""
LATE_S = 0.3
"""A question went unanswered: its answer is awaited so long, lest it be taken for that to the next one."""
ROUNDS = 3
MOST_NOISE = 16

Answers = dict[Query, bytes]


class Ear:
    """Asks on one line and sorts what comes back. `done` counts reports, `noise` keeps the first bytes without sense.

    All calls raise `DeviceError` when the line is dead.
    """

    def __init__(self, line: Line, clock: Callable[[], float]) -> None:
        self._line, self._clock = line, clock
        self.done = 0
        self.noise = b""
        self.heard_at = clock()
        self._noises = 0
        self._answers: list[bytes] = []
        self._owed = False

    def ask(self, timeout: float, under_way: int = 0) -> Answers:
        """The answers of one round in which nothing but answers came; none when there was no such round.

        `under_way`: bytes sent before, which the line has to carry first.
        """
        deadline = self._clock() + timeout
        self.noise = b""
        for _ in range(ROUNDS):
            before = self._noises
            answers = self._round(deadline, self._line.lasting(under_way))
            if self._noises == before:
                return answers
            if self._clock() >= deadline:
                break
        return {}

    def listen(self, seconds: float) -> bool:
        """Sort what comes within `seconds`, and as soon as it comes; False when nothing did."""
        found = self._line.receive(max(0.0, seconds))
        for value in found:
            self._sort(bytes([value]))
        return bool(found)

    def _round(self, deadline: float, under_way_s: float) -> Answers:
        while self._clock() < deadline and self.listen(LATE_S if self._owed else 0.0):
            self._owed = False
        answers: Answers = {}
        for what in QUESTIONS:
            answer = self._put(what, min(deadline, self._clock() + ANSWER_S + under_way_s))
            if not answer:
                return answers
            answers[what] = answer
        self._answers.clear()
        self.listen(0.0)
        self._count_unasked()
        return answers

    def _put(self, what: Query, deadline: float) -> bytes:
        """Ask once; the answer, or nothing."""
        self._answers.clear()
        self._owed = True
        self._line.send(query(what), max(0.0, deadline - self._clock()))
        while not self._answers:
            left = deadline - self._clock()
            if left <= 0 or not self.listen(left):
                return b""
        answer = self._answers.pop(0)
        self._count_unasked()
        self._owed = False
        self.heard_at = self._clock()
        return answer

    def _count_unasked(self) -> None:
        """An answer nobody asked for makes all the others doubtful."""
        for extra in self._answers:
            self._hear_noise(extra)
        self._answers.clear()

    def _sort(self, byte: bytes) -> None:
        if is_answer(byte):
            self._answers.append(byte)
        elif is_done(byte):
            self.done += 1
            self.heard_at = self._clock()
        else:
            self._hear_noise(byte)

    def _hear_noise(self, byte: bytes) -> None:
        self._noises += 1
        self.noise = (self.noise + byte)[:MOST_NOISE]
