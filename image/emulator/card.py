"""What lies on a card image, read without mounting anything: partitions by sfdisk, files by mtools."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import NamedTuple

SECTOR = 512


class Partition(NamedTuple):
    """`start` and `size` in bytes."""

    number: int
    name: str
    start: int
    size: int


class Card:
    """An image as `image/slots.sh` lays it out. Raises `subprocess.CalledProcessError` for one without partitions."""

    def __init__(self, image: Path) -> None:
        self.image = image

    def partitions(self) -> dict[str, Partition]:
        """By name."""
        text = subprocess.run(
            ["sfdisk", "--json", self.image], check=True, capture_output=True, text=True
        ).stdout
        found = json.loads(text)["partitiontable"]["partitions"]
        return {
            line["name"]: Partition(number, line["name"], line["start"] * SECTOR, line["size"] * SECTOR)
            for number, line in enumerate(found, start=1)
        }

    def numbered(self, number: int) -> Partition:
        """Raises `KeyError` where there is none of that number."""
        by_number = {part.number: part for part in self.partitions().values()}
        return by_number[number]

    def read(self, partition: Partition, name: str) -> bytes:
        """A file of a FAT partition. Raises `FileNotFoundError`."""
        place = f"{self.image}@@{partition.start}"
        done = subprocess.run(["mtype", "-i", place, f"::{name}"], capture_output=True, check=False)
        if done.returncode:
            raise FileNotFoundError(f"{partition.name}/{name}")
        return done.stdout

    def write(self, partition: Partition, name: str, data: bytes) -> None:
        """Replaces a file of a FAT partition."""
        place = f"{self.image}@@{partition.start}"
        subprocess.run(["mcopy", "-o", "-i", place, "-", f"::{name}"], input=data, check=True)
