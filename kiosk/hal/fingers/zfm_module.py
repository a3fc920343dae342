"""A ZFM module without its line: takes command packets, gives answers, as the makers' manuals describe.

What lies on its glass comes from the world file. No protocol tells a module which finger is asked, so a person shows
it: the world's field `laying` names the finger ("0": none). Without it the simulated person lays one finger after the
other, right thumb to left little finger, and goes on to the next when a finger's image was fetched and the finger lifted.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from kiosk.domain.fingers import SINGLE_FINGERS, FingerPosition, Impression
from kiosk.hal.fingers import ENROLMENT_PPI
from kiosk.hal.fingers.hand import MASTERS_FOLDER, Hand, laid
from kiosk.hal.fingers.zfm_protocol import (
    ANY_ADDRESS,
    BAUD_UNIT,
    PACKET_SIZES,
    PPI,
    Code,
    Command,
    Kind,
    Parameter,
    Size,
    encode,
    halved,
)
from kiosk.hal.world import World, WorldFile, world_in

if TYPE_CHECKING:
    from kiosk.hal.fingers.texture import Grey

PATIENCE_S = 3.0
"""Who is not taken for so long lifts the finger and lays it again."""
NO_FINGER = "0"
READY = b"\x55"
"""What a module says when it has started."""


class ModuleKind(NamedTuple):
    """What differs between the modules of the family."""

    size: Size
    capacity: int
    system: int
    ring: bool = False
    product: bool = False
    parameters: bool = True


KINDS = {
    "r307": ModuleKind(Size(256, 288), 1000, system=9),
    "r503": ModuleKind(Size(192, 192), 200, system=0, ring=True, product=True),
    "clone": ModuleKind(Size(256, 288), 127, system=0, parameters=False),
}
BUSY_S = {Command.GET_IMAGE: 0.05, Command.EXTRACT: 0.25, Command.SET_PARAMETER: 0.02}
"""How long a command takes, for a line that is paced."""


class Sent(NamedTuple):
    """One packet of the module's; `after` seconds of work, at the module's baud rate of that time."""

    data: bytes
    after: float = 0.0
    picture: bool = False
    """A piece of an image."""


class Glass:
    """The person at a reader that cannot say which finger it wants."""

    def __init__(self, hand: Hand, world: WorldFile, now: Callable[[], float]) -> None:
        self._hand = hand
        self._world = world
        self._now = now
        self._turn = 0
        self._person: int | None = None
        self._asked: float | None = None
        self._laid = 0.0
        self._down: tuple[FingerPosition, Grey] | None = None
        self.finger: tuple[int, FingerPosition] | None = None
        """Whose finger, and which, was seen last."""

    def look(self) -> Grey | None:
        """What lies on the glass at 500 ppi; None for nothing. A lifted finger is seen to be gone once."""
        world = self._world.read()
        self._note_person(world)
        wanted = self._wanted(world)
        if self._down and self._down[0] is not wanted:
            self._down = self._asked = None
        if wanted is None:
            return None
        if self._asked is None:
            self._asked = self._now()
            return None
        if world.finger(wanted).missing or self._now() - self._asked < world.pace:
            return None
        if self._down and self._now() - self._laid > PATIENCE_S:
            self.lift(done=False)
            return None
        if self._down is None:
            self._laid = self._now()
            tries = self._hand.count_try(world, wanted, Impression.FLAT)
            self._down = wanted, self._hand.press(world, wanted, Impression.FLAT, tries)
        self.finger = world.person, wanted
        return self._down[1]

    def _wanted(self, world: World) -> FingerPosition | None:
        """The finger the person means to lay; None for none."""
        if world.laying == NO_FINGER:
            return None
        asked = FingerPosition(int(world.laying)) if world.laying else SINGLE_FINGERS[self._turn]
        return laid(world, asked)[0]

    def lift(self, done: bool) -> None:
        """The finger goes up; `done` when its turn is over."""
        if self._down and done:
            self._turn = (self._turn + 1) % len(SINGLE_FINGERS)
        self._down = self._asked = None

    def _note_person(self, world: World) -> None:
        if world.person != self._person:
            self._person, self._turn = world.person, 0
            self._down = self._asked = None


class Module:
    """`obey` a command, `take` what comes with it; `baud` and `packet_code` live through `restart`, what is in memory
    does not. Nothing is ever kept in the memory for templates."""

    def __init__(
        self,
        kind: ModuleKind,
        glass: Glass,
        address: int = ANY_ADDRESS,
        password: int = 0,
        baud: int = 57_600,
    ) -> None:
        self.kind = kind
        self.address = address
        self.baud = baud
        self.packet_code = 2
        self.ring = b""
        self.fetched = b""
        """The image sent last, to compare with what arrived."""
        self.next_baud = baud
        self._glass = glass
        self._password = password.to_bytes(4, "big")
        self._commands: dict[int, Callable[[bytes], list[Sent]]] = {
            Command.VERIFY_PASSWORD: self._verify,
            Command.GET_IMAGE: self._get_image,
            Command.EXTRACT: self._extract,
            Command.SEND_IMAGE: self._send_image,
            Command.SET_PARAMETER: self._set_parameter,
            Command.COUNT_TEMPLATES: lambda _: [self._answer(Code.OK, _two(0))],
            Command.MERGE: self._merge,
            Command.SEND_TEMPLATE: self._send_template,
            Command.TAKE_TEMPLATE: self._take_template,
            Command.MATCH: self._match,
        }
        if kind.parameters:
            self._commands[Command.READ_PARAMETERS] = self._parameters
        if kind.ring:
            self._commands[Command.RING_LIGHT] = self._light
        if kind.product:
            self._commands[Command.READ_PRODUCT] = self._product
        self.restart()

    def restart(self) -> None:
        """As after power: what is not in flash is gone, the password must be told again."""
        self.next_baud = self.baud
        self._told = self._password == bytes(4)
        self._image: bytes | None = None
        self._judged: int = Code.NO_IMAGE
        self._read = False
        self._features: dict[int, bytes] = {}
        self._taking, self._taken = 0, b""

    def obey(self, payload: bytes) -> list[Sent]:
        """What the module sends in answer to a command; nothing for a command it does not know."""
        if not payload:
            return self.refuse()
        command, data = payload[0], payload[1:]
        known = self._commands.get(command)
        if known is None:
            return [] if not self.kind.parameters else [self._answer(Code.RECEIVED_BADLY)]
        if not self._told and command != Command.VERIFY_PASSWORD:
            return [self._answer(Code.PASSWORD_FIRST)]
        first, *rest = known(data)
        return [first._replace(after=BUSY_S.get(Command(command), 0.0)), *rest]

    def settle(self, sent: Sent) -> None:
        """To be called when a packet has left: a new rate begins, and after an image the person lifts the finger."""
        self.baud = self.next_baud
        if sent.picture and sent.data[6] == Kind.END:
            self._glass.lift(done=True)

    def refuse(self) -> list[Sent]:
        """The answer to a command that came in damaged."""
        return [self._answer(Code.RECEIVED_BADLY)]

    def _answer(self, code: int, data: bytes = b"") -> Sent:
        return Sent(encode(self.address, Kind.ANSWER, bytes([code]) + data))

    # -- images ------------------------------------------------------------------------------------------------

    def _get_image(self, _: bytes) -> list[Sent]:
        if self._read:  # no image was fetched: the person was told to lift the finger all the same
            self._glass.lift(done=False)
            self._read = False
        seen = self._glass.look()
        if seen is None:
            self._image = None
            return [self._answer(Code.NO_FINGER)]
        window = windowed(seen, self.kind.size)
        self._image, self._judged = halved(window.tobytes()), judged(window)
        return [self._answer(Code.OK)]

    def _extract(self, data: bytes) -> list[Sent]:
        if self._image is None or self._glass.finger is None or len(data) != 1:
            return [self._answer(Code.NO_IMAGE)]
        if self._judged != Code.OK:
            self._glass.lift(done=False)
            return [self._answer(self._judged)]
        person, finger = self._glass.finger
        self._features[data[0]] = template_of(person, int(finger), self._image)
        self._read = True
        return [self._answer(Code.OK)]

    def _send_image(self, _: bytes) -> list[Sent]:
        if self._image is None:
            return [self._answer(Code.CANNOT_SEND_IMAGE)]
        self.fetched = self._image
        return [self._answer(Code.OK), *self._pieces(self._image, picture=True)]

    def _pieces(self, data: bytes, picture: bool) -> list[Sent]:
        step = PACKET_SIZES[self.packet_code]
        pieces = [data[at : at + step] for at in range(0, len(data), step)]
        kinds = [Kind.DATA] * (len(pieces) - 1) + [Kind.END]
        return [
            Sent(encode(self.address, kind, piece), picture=picture)
            for kind, piece in zip(kinds, pieces, strict=True)
        ]

    # -- itself ------------------------------------------------------------------------------------------------

    def _verify(self, data: bytes) -> list[Sent]:
        self._told = self._told or data == self._password
        return [self._answer(Code.OK if data == self._password else Code.WRONG_PASSWORD)]

    def _parameters(self, _: bytes) -> list[Sent]:
        kind = self.kind
        words = (0, kind.system, kind.capacity, 3)
        head = b"".join(_two(word) for word in words) + self.address.to_bytes(4, "big")
        return [self._answer(Code.OK, head + _two(self.packet_code) + _two(self.baud // BAUD_UNIT))]

    def _set_parameter(self, data: bytes) -> list[Sent]:
        """The answer goes out at the old rate, then `settle` changes it."""
        if len(data) != 2:
            return [self._answer(Code.RECEIVED_BADLY)]
        name, value = data
        if name == Parameter.BAUD and value in (1, 2, 4, 6, 12, 24, 48, 96):
            self.next_baud = value * BAUD_UNIT
            return [self._answer(Code.OK)]
        if name == Parameter.PACKET and value < len(PACKET_SIZES):
            self.packet_code = value
            return [self._answer(Code.OK)]
        return [self._answer(Code.BAD_REGISTER)]

    def _light(self, data: bytes) -> list[Sent]:
        self.ring = data
        return [self._answer(Code.OK if len(data) == 4 else Code.RECEIVED_BADLY)]

    def _product(self, _: bytes) -> list[Sent]:
        size = self.kind.size
        text = b"R503".ljust(16, b"\0") + b"0001" + b"SIMULATE" + b"\1\2" + b"GC0307".ljust(8, b"\0")
        return [self._answer(Code.OK, text + b"".join(map(_two, (*size, 1536, self.kind.capacity))))]

    # -- templates: a simulated module knows whose finger it saw, and compares that -----------------------------

    def _merge(self, _: bytes) -> list[Sent]:
        first, second = self._features.get(1), self._features.get(2)
        same = first is not None and second is not None and alike(first, second)
        return [self._answer(Code.OK if same else Code.CANNOT_MERGE)]

    def _send_template(self, data: bytes) -> list[Sent]:
        kept = self._features.get(data[0] if data else 0)
        if kept is None:
            return [self._answer(Code.CANNOT_SEND_TEMPLATE)]
        return [self._answer(Code.OK), *self._pieces(kept, picture=False)]

    def _take_template(self, data: bytes) -> list[Sent]:
        if data not in (b"\1", b"\2"):
            return [self._answer(Code.CANNOT_TAKE_TEMPLATE)]
        self._taking, self._taken = data[0], b""
        return [self._answer(Code.OK)]

    def take(self, kind: int, piece: bytes) -> None:
        """A data packet of the host's; what comes unasked, or is no template, is dropped without a word."""
        if not self._taking:
            return
        self._taken += piece
        if kind == Kind.END:
            if len(self._taken) == TEMPLATE_BYTES:
                self._features[self._taking] = self._taken
            self._taking = 0

    def _match(self, _: bytes) -> list[Sent]:
        first, second = self._features.get(1), self._features.get(2)
        same = first is not None and second is not None and alike(first, second)
        return [self._answer(*((Code.OK, _two(120)) if same else (Code.NO_MATCH, _two(0))))]


def template_of(person: int, finger: int, image: bytes) -> bytes:
    """What a simulated module makes of a finger: whose it is, and bytes that are others each time it is laid."""
    name = f"{person}/{finger}".encode().ljust(NAME_BYTES, b"\0")
    return name + hashlib.shake_256(image).digest(TEMPLATE_BYTES - NAME_BYTES)


def alike(first: bytes, second: bytes) -> bool:
    return first[:NAME_BYTES] == second[:NAME_BYTES]


TEMPLATE_BYTES, NAME_BYTES = 512, 32


def windowed(seen: Grey, size: Size) -> Grey:
    """The middle of a 500 ppi impression through a module's smaller window, at the module's resolution."""
    import cv2
    import numpy as np

    scale = PPI / ENROLMENT_PPI
    larger = cv2.resize(seen, None, fx=scale, fy=scale, interpolation=cv2.INTER_LINEAR)
    top, left = (larger.shape[0] - size.height) // 2, (larger.shape[1] - size.width) // 2
    window: Grey = np.ascontiguousarray(larger[top : top + size.height, left : left + size.width])
    return window


def judged(window: Grey) -> int:
    """Whether a module could find features: modules take nearly everything but a smear, a shadow or an edge."""
    import numpy as np

    dark = float(np.mean(window < 128))
    if dark > SMEARED:
        return Code.TOO_MESSY
    return Code.OK if dark > TOUCHED else Code.TOO_FEW_FEATURES


SMEARED, TOUCHED = 0.8, 0.06
"""Share of dark pixels above, and below, which a simulated module gives up."""


def _two(number: int) -> bytes:
    return number.to_bytes(2, "big")


def module_in(data: Path, kind: str, now: Callable[[], float], **given: int) -> Module:
    """A module whose glass is touched by the person of the world file in the folder `data`."""
    glass = Glass(Hand(data / MASTERS_FOLDER), world_in(data), now)
    return Module(KINDS[kind], glass, **given)
