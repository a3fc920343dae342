"""Fingerprint images over a spoiled line: `python -m bench.zfm_faults [TRANSFERS]`.

Each transfer is another image, with one to three faults of random kind and place, on a line in memory whose clock runs
as fast as the machine. Counted: images that came whole, faults reported instead, and corrupted images accepted, of
which there must be none.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from random import Random

import numpy as np

from bench.table import Row
from kiosk.domain.fingers import FingerPosition, Impression
from kiosk.errors import DeviceError
from kiosk.hal.fingers import FingerImage
from kiosk.hal.fingers.ridges import FLAT_SIZE
from kiosk.hal.fingers.texture import Grey
from kiosk.hal.fingers.zfm import ZfmReader, open_device
from kiosk.hal.fingers.zfm_faults import End, Fault, FaultScript, Kind, Mischief
from kiosk.hal.fingers.zfm_module import KINDS, Glass, Module
from kiosk.hal.fingers.zfm_protocol import grey_of
from kiosk.hal.fingers.zfm_wire import Exchange, LoopPort

TRANSFERS, SEED = 10_000, 20
LOOKS = 8
BYTE_FAULTS: tuple[Kind, ...] = ("noise", "drop", "flip")
OTHER_FAULTS: tuple[Kind, ...] = ("slow", "unplug", "restart", "baud")


class Dots(Glass):
    """Another picture of random dots at each laying: any pixel that is wrong shows."""

    def __init__(self, seed: int) -> None:
        self._dots = np.random.default_rng(seed)
        self._shown: Grey | None = None
        self._looks = 0
        self.finger = (0, FingerPosition.RIGHT_INDEX)

    def look(self) -> Grey | None:
        """Gone at the first look after a lift; whoever is not taken for long lifts and lays again."""
        self._looks = (self._looks + 1) % LOOKS
        if self._looks == 1:
            return None
        if self._shown is None:
            self._shown = self._dots.choice(np.array([20, 235], np.uint8), (FLAT_SIZE[1], FLAT_SIZE[0]))
        return self._shown

    def lift(self, done: bool) -> None:
        self._shown, self._looks = None, 0


class Station:
    """A module, its line, and the driver, which is opened again when it gave up."""

    def __init__(self, kind: str, seed: int, data: Path) -> None:
        self.module = Module(KINDS[kind], Dots(seed))
        self.data = data
        self.exchange = Exchange(self.module)
        self.port = LoopPort(self.exchange)
        self.reader: ZfmReader | None = None

    def take(self) -> FingerImage | None:
        """The next image; None when no finger was read in time. Raises `DeviceError`."""
        if self.reader is None:
            self.reader = self._open()
        answer = self.reader.capture(FingerPosition.RIGHT_INDEX, Impression.FLAT, 5)
        return answer if isinstance(answer, FingerImage) else None

    def give_up(self) -> None:
        """As the kiosk does: close, wait, open again with the next transfer."""
        if self.reader is not None:
            self.reader.close()
        self.reader = None
        self.port.sleep(10)

    def _open(self) -> ZfmReader:
        fresh = LoopPort(self.exchange)
        fresh.sleep(self.port.now())
        self.port = fresh
        return open_device(
            {"port": "loop"}, self.data, dial=lambda *_: fresh, now=fresh.now, sleep=fresh.sleep
        )


def measure(transfers: int = TRANSFERS) -> dict[str, object]:
    """Play `transfers` images; what became of them."""
    with tempfile.TemporaryDirectory() as folder:
        return _played(transfers, Path(folder))


def rows() -> list[Row]:
    """Issue 3: no corrupted image accepted, every fault recovered or reported."""
    found = measure()
    outcomes: dict[str, int] = found["outcomes"]  # type: ignore[assignment]
    told = sum(count for name, count in outcomes.items() if name != "corrupted")
    note = ", ".join(f"{name} {count}" for name, count in outcomes.items())
    return [
        Row("zfm: corrupted images accepted", float(outcomes.get("corrupted", 0)), "", 0.0, note=note),
        Row("zfm: spoiled transfers recovered or reported", float(told), "", float(TRANSFERS), at_least=True),
    ]


def _played(transfers: int, data: Path) -> dict[str, object]:
    random, outcomes, played = Random(SEED), Counter[str](), Counter[str]()
    kinds = ("r503", "r307", "clone")
    stations = []
    for number, kind in enumerate(kinds):
        (data / kind).mkdir()
        stations.append(Station(kind, SEED + number, data / kind))
    begun, cpu = time.perf_counter(), time.process_time()
    for number in range(transfers):
        station = stations[0 if number % 10 else 1 + number // 10 % 2]
        faults = tuple(_fault(random) for _ in range(random.randint(1, 3)))
        station.exchange.mischief = Mischief(FaultScript(faults, seed=number))
        outcomes[_outcome(station)] += 1
        if station.exchange.mischief.played:
            played.update({fault.kind for fault in faults})
    longest = max(station.port.now() for station in stations)
    return {
        "transfers": transfers,
        "corrupted_accepted": outcomes["corrupted"],
        "outcomes": dict(outcomes.most_common()),
        "faults": dict(played),
        "line_hours": round(longest / 3600, 1),
        "seconds": round(time.perf_counter() - begun, 1),
        "cpu_seconds": round(time.process_time() - cpu, 1),
    }


def _fault(random: Random) -> Fault:
    """Rare per packet, so that about one or two befall an image."""
    if random.random() < 0.85:
        count = random.choice((1, 1, 1, 2, 2, 3, 8, 40))
        to: End = random.choice(("kiosk", "kiosk", "kiosk", "module"))
        return Fault(
            random.choice(BYTE_FAULTS), chance=random.choice((0.0005, 0.001, 0.003, 0.01)), count=count, to=to
        )
    kind, seconds = random.choice(OTHER_FAULTS), random.choice((0.1, 0.5, 1.5, 3.0))
    return Fault(kind, chance=0.005, seconds=seconds, baud=random.choice((9_600, 57_600, 115_200)))


def _outcome(station: Station) -> str:
    try:
        image = station.take()
    except DeviceError as error:
        station.give_up()
        return f"reported {error.code}"
    if image is None:
        return "no finger in time"
    return "whole" if grey_of(station.module.fetched) == image.pixels else "corrupted"


if __name__ == "__main__":
    print(json.dumps(measure(*map(int, sys.argv[1:2])), indent=1))
