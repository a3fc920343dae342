"""The partition table of a card: GUID partition table as in the UEFI specification 2.10, chapter 5.

An image is made for a small disk. On a larger one the second copy of the table belongs at its end, and the last
partition, the data, takes what is left.
"""

from __future__ import annotations

import struct
from binascii import crc32
from itertools import pairwise

import msgspec

from kiosk.errors import BadInputError
from kiosk.imaging.card import SECTOR, Readable

HEADER = struct.Struct("<8sIIIIQQQQ16sQIII")
ENTRY = struct.Struct("<16s16sQQQ72s")
SIGNATURE = b"EFI PART"
MOST_ENTRIES = 1024
ALIGNED = 8
"""Sectors: the end of the last partition falls on a 4096-byte boundary, which ext4 needs to use it all."""

MBR_SIZE_AT, MBR_LARGEST = 446 + 12, 0xFFFFFFFF
Patch = tuple[int, bytes]
"""Bytes and the place on the disk where they belong."""


class Partition(msgspec.Struct, frozen=True):
    """`first` and `last` are sectors of 512 bytes, both inside; `number` counts from 1."""

    number: int
    name: str
    first: int
    last: int

    @property
    def offset(self) -> int:
        return self.first * SECTOR

    @property
    def size(self) -> int:
        return (self.last + 1 - self.first) * SECTOR


class Table(msgspec.Struct, frozen=True):
    """`header` and `entries` as read, `entries` in pieces of one entry each; `mbr` is the sector before them."""

    mbr: bytes
    header: bytes
    entries: tuple[bytes, ...]
    partitions: tuple[Partition, ...]

    def find(self, name: str) -> Partition | None:
        return next((partition for partition in self.partitions if partition.name == name), None)


def read_table(disk: Readable) -> Table:
    """The first copy of the table. Raises `BadInputError` `image.no_table` when it is not there or does not hold."""
    mbr, header = disk.read(0, SECTOR), disk.read(SECTOR, SECTOR)
    if len(header) < SECTOR or not header.startswith(SIGNATURE):
        raise BadInputError("image.no_table", why="EFI PART")
    fields = HEADER.unpack_from(header)
    (_, _, length, checked, _, _, _, _, _, _, at, count, size, entries_checked) = fields
    if not HEADER.size <= length <= SECTOR or _header_crc(header, length) != checked:
        raise BadInputError("image.no_table", why="CRC32")
    if size != ENTRY.size or not 0 < count <= MOST_ENTRIES or at < 2:
        raise BadInputError("image.no_table", why=f"{count} × {size}")
    raw = disk.read(at * SECTOR, count * size)
    if len(raw) != count * size or crc32(raw) != entries_checked:
        raise BadInputError("image.no_table", why="CRC32")
    entries = tuple(raw[start : start + size] for start in range(0, len(raw), size))
    return Table(mbr, header, entries, _partitions(entries, disk.size // SECTOR))


def patches_for(table: Table, sectors: int) -> tuple[Patch, ...]:
    """What makes `table` right for a disk of `sectors`: both copies, the last partition grown to the end of the disk.

    Raises `BadInputError` `flash.too_small` when the last partition would have to shrink.
    """
    array = -(-len(table.entries) * ENTRY.size // SECTOR)
    last_usable = sectors - 2 - array
    entries = _grown(table, (last_usable + 1) // ALIGNED * ALIGNED - 1)
    raw = b"".join(entries)
    first = _header(table.header, (1, sectors - 1, last_usable, 2), raw)
    second = _header(table.header, (sectors - 1, 1, last_usable, sectors - 1 - array), raw)
    mbr = bytearray(table.mbr)
    struct.pack_into("<I", mbr, MBR_SIZE_AT, min(sectors - 1, MBR_LARGEST))
    tail = raw.ljust(array * SECTOR, b"\0") + second
    return ((0, bytes(mbr)), (SECTOR, first), (2 * SECTOR, raw), ((sectors - 1 - array) * SECTOR, tail))


def _grown(table: Table, last: int) -> tuple[bytes, ...]:
    end = max(table.partitions, key=lambda partition: partition.last)
    if last < end.last:
        short = (end.last - last) * SECTOR
        raise BadInputError("flash.too_small", short=megabytes_up(short))
    entries = list(table.entries)
    fields = list(ENTRY.unpack(entries[end.number - 1]))
    fields[3] = last
    entries[end.number - 1] = ENTRY.pack(*fields)
    return tuple(entries)


def _header(old: bytes, places: tuple[int, int, int, int], entries: bytes) -> bytes:
    """`places`: its own sector, the other copy's, the last usable one, where its entries begin."""
    fields = list(HEADER.unpack_from(old))
    fields[5], fields[6], fields[8], fields[10] = places
    fields[2], fields[3], fields[13] = HEADER.size, 0, crc32(entries)
    fields[3] = crc32(HEADER.pack(*fields))
    return HEADER.pack(*fields).ljust(SECTOR, b"\0")


def _header_crc(header: bytes, length: int) -> int:
    return crc32(header[:16] + bytes(4) + header[20:length])


def _partitions(entries: tuple[bytes, ...], sectors: int) -> tuple[Partition, ...]:
    found = []
    for number, raw in enumerate(entries, start=1):
        kind, _, first, last, _, name = ENTRY.unpack(raw)
        if kind == bytes(16):
            continue
        if not 2 <= first <= last < sectors:
            raise BadInputError("image.no_table", why=f"{number}: {first}–{last}")
        found.append(Partition(number, name.decode("utf-16-le", "replace").split("\0")[0], first, last))
    ordered = sorted(found, key=lambda partition: partition.first)
    if not found or any(one.last >= other.first for one, other in pairwise(ordered)):
        raise BadInputError("image.no_table", why="overlap" if found else "0")
    return tuple(found)


def megabytes_up(size: int) -> int:
    """10⁶ bytes, rounded up, as card makers count."""
    return -(-size // 1_000_000)
