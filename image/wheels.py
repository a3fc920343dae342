"""Which wheels the device gets: `python -m image.wheels ARCH LOCK[:NAME,…]…` prints requirements for that machine alone.

pip judges environment markers by the Python it runs on, not by the one of `--python-version`; so they are judged here,
and only pins with their hashes are left.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from packaging.markers import Marker

PYTHON = "3.13"
MACHINE = {"amd64": "x86_64", "arm64": "aarch64"}
UNUSED = frozenset({"pip"})
"""Named by a dependency for one of its own commands, which the kiosk never runs."""
PIN = re.compile(r"^(?P<name>[A-Za-z0-9._-]+)==(?P<version>[^ ;\\]+)\s*(?:;\s*(?P<marker>[^\\]+?))?\s*\\?$")
HASH = re.compile(r"--hash=sha256:[0-9a-f]{64}")


class Pin(NamedTuple):
    """One locked package; `hashes` as pip takes them."""

    name: str
    version: str
    marker: str
    hashes: tuple[str, ...]

    def line(self) -> str:
        return " ".join((f"{self.name}=={self.version}", *self.hashes))


def parse_lock(text: str) -> Iterator[Pin]:
    """The pins of a lock file as uv writes it."""
    for block in re.split(r"\n(?=[A-Za-z0-9])", text):
        first, _, rest = block.partition("\n")
        found = PIN.match(first.strip())
        if found:
            yield Pin(found["name"], found["version"], found["marker"] or "", tuple(HASH.findall(rest)))


def environment(arch: str) -> dict[str, str]:
    """PEP 508's view of the device. Raises `KeyError` for an architecture there is no image for."""
    return {
        "implementation_name": "cpython",
        "os_name": "posix",
        "platform_machine": MACHINE[arch],
        "platform_python_implementation": "CPython",
        "platform_system": "Linux",
        "python_full_version": f"{PYTHON}.0",
        "python_version": PYTHON,
        "sys_platform": "linux",
    }


def wanted(pins: Iterable[Pin], arch: str) -> list[Pin]:
    """Those that apply there."""
    there = environment(arch)
    return [
        pin
        for pin in pins
        if pin.name not in UNUSED and (not pin.marker or Marker(pin.marker).evaluate(there))
    ]


def platforms(arch: str) -> list[str]:
    """The platform tags whose wheels run on Debian 13 (glibc 2.41), newest first."""
    machine = MACHINE[arch]
    tags = [f"manylinux_2_{minor}_{machine}" for minor in range(41, 16, -1)]
    return [*tags, f"manylinux2014_{machine}"]


def main(arch: str, locks: list[str]) -> int:
    """Of a lock with names after a colon those alone are taken."""
    for lock in locks:
        file, _, names = lock.partition(":")
        pins = parse_lock(Path(file).read_text(encoding="utf-8"))
        chosen = [pin for pin in pins if not names or pin.name in names.split(",")]
        print("\n".join(pin.line() for pin in wanted(chosen, arch)))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
