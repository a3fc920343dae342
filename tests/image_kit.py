"""Small images and cards for tests, made without the tools that make real ones."""

from __future__ import annotations

import hashlib
import os
import random
import struct
import subprocess
import uuid
from binascii import crc32
from pathlib import Path

import msgspec

from kiosk.imaging.gpt import ENTRY, HEADER
from kiosk.imaging.inspect import LAYOUT

SECTOR = 512
MIB = 1 << 20
AUTOBOOT = "[all]\ntryboot_a_b=1\nboot_partition={all}\n[tryboot]\nboot_partition={other}\n"


class MemoryCard:
    """A card in memory that keeps what it is given."""

    def __init__(self, size: int, content: bytes = b"") -> None:
        self._size = size
        self._bytes = bytearray(content.ljust(size, b"\xff"))
        self.written = 0

    @property
    def size(self) -> int:
        return self._size

    def read(self, offset: int, size: int) -> bytes:
        return bytes(self._bytes[offset : offset + size])

    def write(self, offset: int, data: bytes) -> None:
        self.written += len(data)
        self._bytes[offset : offset + len(data)] = data

    def settle(self) -> None:
        return


class WrappingCard(MemoryCard):
    """Says it holds `size` bytes and begins again at its beginning after `true` of them."""

    def __init__(self, size: int, true: int) -> None:
        super().__init__(true)
        self.true, self._claimed = true, size

    @property
    def size(self) -> int:
        return self._claimed

    def read(self, offset: int, size: int) -> bytes:
        place = offset % self.true
        part = super().read(place, min(size, self.true - place))
        return part if len(part) == size else part + self.read(offset + len(part), size - len(part))

    def write(self, offset: int, data: bytes) -> None:
        place = offset % self.true
        room = self.true - place
        super().write(place, data[:room])
        if len(data) > room:
            self.write(offset + room, data[room:])


class ForgetfulCard(MemoryCard):
    """Takes everything and forgets what lies past `true`."""

    def __init__(self, size: int, true: int) -> None:
        super().__init__(size)
        self.true = true

    def write(self, offset: int, data: bytes) -> None:
        super().write(offset, data[: max(0, self.true - offset)])


def gpt_image(sizes: dict[str, int], contents: dict[str, bytes] | None = None) -> bytes:
    """A disk with these partitions, sizes in bytes, each filled from `contents`."""
    contents = contents or {}
    first, entries, body = 64, [], bytearray()
    for name, size in sizes.items():
        sectors = -(-size // SECTOR)
        ids = (uuid.uuid5(uuid.NAMESPACE_OID, "type").bytes, uuid.uuid5(uuid.NAMESPACE_OID, name).bytes)
        entries.append(ENTRY.pack(*ids, first, first + sectors - 1, 0, name.encode("utf-16-le")))
        body += contents.get(name, name.encode() * 50).ljust(sectors * SECTOR, b"\0")[: sectors * SECTOR]
        first += sectors
    array = b"".join(entries).ljust(128 * ENTRY.size, b"\0")
    total = first + 33
    return (
        _mbr(total)
        + _header(array, 1, total - 1, 2)
        + array
        + bytes(30 * SECTOR)
        + bytes(body)
        + (array + _header(array, total - 1, 1, total - 33))
    )


def _mbr(total: int) -> bytes:
    entry = struct.pack("<B3sB3sII", 0, b"\0\2\0", 0xEE, b"\xff\xff\xff", 1, total - 1)
    return bytes(446) + entry + bytes(48) + b"\x55\xaa"


def _header(array: bytes, mine: int, other: int, at: int) -> bytes:
    last = max(mine, other) - 33
    values = [b"EFI PART", 0x10000, 92, 0, 0, mine, other, 34, last, bytes(16), at, 128, 128, crc32(array)]
    values[3] = crc32(HEADER.pack(*values))
    return HEADER.pack(*values).ljust(SECTOR, b"\0")


def fat16(files: dict[str, bytes]) -> bytes:
    """A FAT16 volume of 3 MiB with these files, names 8.3."""
    sectors, reserved, fat_sectors, roots = 6144, 1, 24, 64
    boot = bytearray(SECTOR)
    boot[:3] = b"\xeb\x3c\x90"
    struct.pack_into("<HBHBHHBH", boot, 11, SECTOR, 1, reserved, 2, roots, sectors, 0xF8, fat_sectors)
    boot[510:] = b"\x55\xaa"
    fat, root, data, cluster = bytearray(fat_sectors * SECTOR), bytearray(), bytearray(), 2
    for name, content in files.items():
        count = -(-len(content) // SECTOR)
        for number in range(cluster, cluster + count):
            struct.pack_into("<H", fat, number * 2, number + 1 if number + 1 < cluster + count else 0xFFFF)
        base, _, kind = name.upper().partition(".")
        short = base.encode().ljust(8) + kind.encode().ljust(3)
        root += short + struct.pack("<B14xHI", 0x20, cluster if count else 0, len(content))
        data += content.ljust(count * SECTOR, b"\0")
        cluster += count
    whole = bytes(boot) + bytes(fat) * 2 + bytes(root).ljust(roots * 32, b"\0") + bytes(data)
    return whole.ljust(sectors * SECTOR, b"\0")


def release_text(version: str) -> bytes:
    return f'VERSION="{version}"\nCOMPATIBLE=kiosk-cccd\nFLAVOUR=debian\nRECIPE=abc\n'.encode()


def kiosk_image(version: str = "1.0.0", committed: int = 2, **state: bytes) -> bytes:
    """A whole image in small. `state`: more files of `bootconfig`, `slot_A_bad` for `slot-A.bad`."""
    auto = AUTOBOOT.format(all=committed, other=5 - committed).encode()
    names = {key.replace("_A_", "-A.").replace("_B_", "-B."): value for key, value in state.items()}
    boot = fat16({"config.txt": b"arm_64bit=1\n", "release.txt": release_text(version)})
    contents = {"bootconfig": fat16({"autoboot.txt": auto, **names}), "boot_a": boot, "boot_b": boot}
    sizes = dict.fromkeys(LAYOUT, MIB) | dict.fromkeys(contents, 3 * MIB)
    return gpt_image(sizes, contents)


def write_build(folder: Path, image: bytes, version: str = "1.0.0", **changed: object) -> Path:
    """`disk.img` with its manifest, as a build leaves them; the path of the image."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "disk.img"
    file.write_bytes(image)
    manifest = {
        "schema": "kiosk.image.v1",
        "compatible": "kiosk-cccd",
        "version": version,
        "arch": "amd64",
        "files": {"disk.img": {"size": len(image), "sha256": hashlib.sha256(image).hexdigest()}},
        **changed,
    }
    (folder / "manifest.json").write_bytes(msgspec.json.encode(manifest))
    return file


def make_bundle(folder: Path, version: str) -> Path:
    """`VERSION.raucb` in `folder`, signed with the keys in its `keys`, which are made when they are not there."""
    recipe, keys = Path(__file__).parents[1] / "image", folder / "keys"
    subprocess.run([recipe / "keys.sh", keys], check=True, capture_output=True)
    for name in ("system.img", "boot.vfat"):
        (folder / name).write_bytes(random.Random(name).randbytes(1 << 16))
    out = folder / f"{version}.raucb"
    subprocess.run(
        [recipe / "bundle.sh", folder, out, keys / "rel.pem", keys / "rel.key", keys / "ca.pem"],
        env={**os.environ, "VERSION": version},
        check=True,
        capture_output=True,
    )
    return out
