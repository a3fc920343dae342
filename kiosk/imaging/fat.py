"""Reading small files in the top folder of a FAT file system, without mounting it (Microsoft FAT specification 1.03).

Enough for what a card says of itself: `autoboot.txt`, `release.txt`. Names are the short ones, 8.3.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

from kiosk.errors import BadInputError
from kiosk.imaging.card import Readable

LARGEST = 1 << 20
ENTRY_BYTES = 32
LONG_NAME, VOLUME, FOLDER = 0x0F, 0x08, 0x10
DELETED = 0xE5
FEWEST_FAT16 = 4085
"""The count of clusters below which a volume is FAT12."""


class Part:
    """A stretch of a disk, read as if it were alone."""

    def __init__(self, disk: Readable, offset: int, size: int) -> None:
        self._disk = disk
        self._offset = offset
        self._size = size

    @property
    def size(self) -> int:
        return self._size

    def read(self, offset: int, size: int) -> bytes:
        return self._disk.read(self._offset + offset, max(0, min(size, self._size - offset)))


class Fat:
    """A FAT16 or FAT32 volume. Raises `BadInputError` `image.no_fat` when it is none, or its chains run in circles."""

    def __init__(self, volume: Readable) -> None:
        boot = volume.read(0, 512)
        if len(boot) < 512 or boot[510:] != b"\x55\xaa":
            raise BadInputError("image.no_fat")
        self._volume = volume
        self._sector, per_cluster, reserved, fats, self._roots, small = struct.unpack_from(
            "<HBHBHH", boot, 11
        )
        large, wide = struct.unpack_from("<I", boot, 32)[0], struct.unpack_from("<I", boot, 36)[0]
        self._cluster = self._sector * per_cluster
        if self._sector not in (512, 1024, 2048, 4096) or not per_cluster or not fats:
            raise BadInputError("image.no_fat")
        narrow = struct.unpack_from("<H", boot, 22)[0]
        self._wide = not narrow
        each = narrow or wide
        self._fat_at = reserved * self._sector
        self._root_at = self._fat_at + fats * each * self._sector
        self._data_at = self._root_at + self._roots * ENTRY_BYTES
        clusters = ((small or large) * self._sector - self._data_at) // self._cluster
        if not self._wide and clusters < FEWEST_FAT16:
            raise BadInputError("image.no_fat")
        self._last = clusters + 1
        self._root_cluster = struct.unpack_from("<I", boot, 44)[0]

    def read(self, name: str) -> bytes | None:
        """A file's content by its short name, small or capital letters alike; None when there is no such file."""
        for entry in self._entries():
            if _short_name(entry) == name.upper() and not entry[11] & (VOLUME | FOLDER):
                high, low, size = struct.unpack_from("<H4xHI", entry, 20)
                if size > LARGEST:
                    raise BadInputError("image.no_fat")
                return b"".join(self._chain(low | (high << 16 if self._wide else 0), size))[:size]
        return None

    def _entries(self) -> Iterator[bytes]:
        if self._wide:
            root = b"".join(self._chain(self._root_cluster, LARGEST))
        else:
            root = self._volume.read(self._root_at, self._roots * ENTRY_BYTES)
        for start in range(0, len(root) - ENTRY_BYTES + 1, ENTRY_BYTES):
            entry = root[start : start + ENTRY_BYTES]
            if entry[0] == 0:
                return
            if entry[0] != DELETED and entry[11] != LONG_NAME:
                yield entry

    def _chain(self, cluster: int, size: int) -> Iterator[bytes]:
        """The clusters of a file, up to `size` bytes."""
        for _ in range(-(-size // self._cluster)):
            if not 2 <= cluster <= self._last:
                return
            yield self._volume.read(self._data_at + (cluster - 2) * self._cluster, self._cluster)
            cluster = self._next(cluster)

    def _next(self, cluster: int) -> int:
        width, form = (4, "<I") if self._wide else (2, "<H")
        raw = self._volume.read(self._fat_at + cluster * width, width)
        return struct.unpack(form, raw)[0] & 0x0FFFFFFF if len(raw) == width else 0


def _short_name(entry: bytes) -> str:
    base, kind = (
        entry[:8].decode("ascii", "replace").rstrip(),
        entry[8:11].decode("ascii", "replace").rstrip(),
    )
    return f"{base}.{kind}" if kind else base
