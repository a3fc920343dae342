"""Talking with a ZFM module over a line that may lose, add and change bytes.

An answer does not say what it answers. So after anything unusual (a late answer, a damaged one, an image given up)
the line is settled before the next command: what still comes is let pass, then a question whose answer has a length
of its own marks the place from which answers belong to questions again.
"""

from __future__ import annotations

import termios
from collections.abc import Callable

from kiosk.errors import DeviceError, KioskError
from kiosk.hal.device import Transfer
from kiosk.hal.fingers.zfm_protocol import (
    LARGEST_IMAGE,
    OVERHEAD,
    Answer,
    Code,
    Command,
    Framer,
    Kind,
    Packet,
    encode,
    read_answer,
)
from kiosk.hal.serial_port import SerialLike

ANSWER_S = 1.0
PIECE_S = 1.0
"""Longest pause between two packets of an image."""
QUIET_S = 0.2
SETTLE_S = 0.6
STILL_COMING = 50_000
"""So many bytes of an image that was given up can still be on their way."""
AT_ONCE = 2048
"""Bytes to sleep for: half of what the kernel keeps for a program that is away."""
TRIES = 3
FENCES = 2
CONFIRM_S = QUIET_S + FENCES * SETTLE_S


class Line:
    """`ask` for an answer, `receive` what is sent in pieces. Every wait is bounded; not for two threads at once."""

    def __init__(
        self,
        port: SerialLike,
        name: str,
        address: int,
        now: Callable[[], float],
        sleep: Callable[[float], None],
        password: int = 0,
    ) -> None:
        self._port = port
        self.name = name
        self._address = address
        self._password = password.to_bytes(4, "big")
        self._now = now
        self._sleep = sleep
        self._framer = Framer(address)
        self._settled = True
        self._unanswered = 0
        self._fence = Command.COUNT_TEMPLATES
        self.heard = 0
        """Bytes received since the baud rate was set."""
        self.last_transfer: Transfer | None = None
        self.troubles = 0
        """How often something was lost or damaged, since the beginning."""

    @property
    def baud(self) -> int:
        return self._port.baudrate

    def set_baud(self, baud: int) -> None:
        """Raises `DeviceError` when the port cannot."""
        with _Cable(self):
            self._port.baudrate = baud
            self._port.reset_input_buffer()
        self._framer = Framer(self._address)
        self._settled, self._unanswered, self.heard = True, 0, 0

    def confirm(self) -> bool:
        """Whether the module really answers at this rate: not late, to something asked before at another."""
        return self._settle(self._now() + CONFIRM_S)

    def fence_with_parameters(self) -> None:
        """This module knows `READ_PARAMETERS`, whose answer is like no other."""
        self._fence = Command.READ_PARAMETERS

    def ask(self, command: Command, data: bytes = b"", timeout: float = ANSWER_S) -> Answer:
        """The module's answer, asking again when it is lost or damaged. Raises `DeviceError` when it never comes."""
        for _ in range(TRIES):
            if not self._settled:
                self._settle(self._now() + STILL_COMING * 10 / self.baud + FENCES * SETTLE_S)
            answer = self.ask_once(command, data, timeout)
            if answer is not None and answer.code != Code.RECEIVED_BADLY:
                return answer
            self.troubles += 1
        code = "zfm.garbled" if self.heard else "zfm.silent"
        raise DeviceError(code, port=self.name, baud=self.baud, sent=command.name)

    def ask_once(self, command: Command, data: bytes = b"", timeout: float = ANSWER_S) -> Answer | None:
        """None when no answer came in time; what has to be settled first counts."""
        until = self._now() + timeout
        if not self._settled and not self._settle(until):
            return None
        self._send(command, data)
        packet = self._await_answer(until)
        self._settled = packet is not None
        return read_answer(packet.payload) if packet else None

    def verify(self, timeout: float) -> bool:
        """Whether the module answers at this baud rate. Raises `DeviceError` when it wants another password."""
        answer = self.ask_once(Command.VERIFY_PASSWORD, self._password, timeout)
        if answer is not None and answer.code == Code.WRONG_PASSWORD:
            raise DeviceError("zfm.password", port=self.name)
        return answer is not None and answer.code == Code.OK

    def fetch(self, command: Command, expected: int = 0, data: bytes = b"") -> bytes | None:
        """What the module sends in pieces at this command: None when damaged, empty when it has nothing to send.

        Knowing how much is `expected`, it sleeps while that is on the line instead of waking for every few bytes.

        Raises `DeviceError` when it does not answer.
        """
        begun, heard = self._now(), self.heard
        if self.ask(command, data).code != Code.OK:
            return b""
        received = self.receive(expected=expected)
        if received is not None:
            self.last_transfer = Transfer(self.heard - heard, self._now() - begun, self.baud)
        return received

    def receive(self, most: int = LARGEST_IMAGE, expected: int = 0) -> bytes | None:
        """What the module sends in pieces, whole and undamaged; None otherwise."""
        skipped, size, pieces = self._framer.skipped, 0, list[bytes]()
        while True:
            coming = _on_line(expected - size, len(pieces[0])) if pieces else 0
            packet = self._packet(self._now() + PIECE_S, coming=coming)
            if packet is None or packet.kind not in (Kind.DATA, Kind.END) or self._framer.skipped != skipped:
                break
            size += len(packet.payload)
            if size > most:
                break
            pieces.append(packet.payload)
            if packet.kind == Kind.END:
                return b"".join(pieces)
        self._settled = False
        self.troubles += 1
        return None

    def send_pieces(self, data: bytes, step: int) -> None:
        """What the module was told to take, `step` bytes a packet. It does not say whether it got them."""
        pieces = [data[at : at + step] for at in range(0, len(data), step)]
        with _Cable(self):
            for piece in pieces[:-1]:
                self._port.write(encode(self._address, Kind.DATA, piece))
            self._port.write(encode(self._address, Kind.END, pieces[-1]))
        self._settled = False

    def close(self) -> None:
        with _Cable(self):
            self._port.close()

    def _send(self, command: Command, data: bytes) -> None:
        with _Cable(self):
            self._port.write(encode(self._address, Kind.COMMAND, bytes([command]) + data))

    def _await_answer(
        self, until: float, length: int | None = None, quiet: float = ANSWER_S
    ) -> Packet | None:
        """The next answer, or the next one whose payload has this length; None after a `quiet` time without a byte."""
        while packet := self._packet(until, quiet):
            if packet.kind == Kind.ANSWER and length in (None, len(packet.payload)):
                return packet
        return None

    def _packet(self, until: float, quiet: float = PIECE_S, coming: int = 0) -> Packet | None:
        """`coming` bytes are known to be on their way, what has been read of them included."""
        packet = self._framer.next()
        if packet is not None:
            return packet
        heard_at = self._now()
        size = self._doze(coming)
        while self._now() < min(until, heard_at + quiet):
            data = self._read(size or self._framer.wanted)
            size = 0
            if data:
                heard_at = self._now()
                self._framer.feed(data)
            packet = self._framer.next()
            if packet is not None:
                return packet
        return None

    def _doze(self, coming: int) -> int:
        """Sleep while bytes arrive; how many should be there then."""
        size = min(coming - self._framer.kept, AT_ONCE)
        if size <= self._framer.wanted:
            return 0
        with _Cable(self):
            missing = size - self._port.in_waiting
        self._sleep(max(0.0, missing * 10 / self.baud))
        return size

    def _read(self, size: int) -> bytes:
        with _Cable(self):
            data = self._port.read(size)
        self.heard += len(data)
        return data

    def _settle(self, until: float) -> bool:
        """Let pass what is on its way; whether the next answer will be the next question's."""
        self._settled = False
        self._let_pass(until)
        length = {Command.READ_PARAMETERS: 17, Command.COUNT_TEMPLATES: 3}[self._fence]
        for _ in range(FENCES):
            if self._now() >= until:
                break
            if any(self._password):  # a module that was without power has forgotten it
                self._send(Command.VERIFY_PASSWORD, self._password)
            self._send(self._fence, b"")
            self._unanswered += 1
            while self._unanswered and self._await_answer(until, length, SETTLE_S):
                self._unanswered -= 1
                self._settled = True
            if self._settled:
                self._unanswered = 0
                return True
            self._framer.clear()
        return False

    def _let_pass(self, until: float) -> None:
        quiet_since = self._now()
        while self._now() < min(quiet_since + QUIET_S, until):
            if self._read(OVERHEAD):
                quiet_since = self._now()
        self._framer.clear()


def _on_line(left: int, piece: int) -> int:
    """Bytes that `left` bytes in pieces of this length are with their packets; 0 for nothing."""
    return max(0, left + -(-left // piece) * OVERHEAD)


class _Cable:
    """Turns what the port raises when its cable is out into `DeviceError`."""

    def __init__(self, line: Line) -> None:
        self._line = line

    def __enter__(self) -> None: ...

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, (OSError, termios.error, ValueError)) and not isinstance(error, KioskError):
            raise DeviceError("zfm.gone", port=self._line.name, why=str(error)) from error
