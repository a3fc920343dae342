"""What is read from a card: partition table and FAT, true to the byte and safe against any bytes."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.errors import BadInputError
from kiosk.imaging.fat import Fat
from kiosk.imaging.gpt import patches_for, read_table
from kiosk.imaging.inspect import LAYOUT, committed_slot, inspect_card
from kiosk.imaging.release import Slot, is_older, parse_release
from tests.image_kit import AUTOBOOT, MIB, MemoryCard, fat16, gpt_image, kiosk_image, release_text

IMAGE = gpt_image(dict.fromkeys(LAYOUT, 8192))


def card(content: bytes) -> MemoryCard:
    return MemoryCard(len(content), content)


# -- partition table ---------------------------------------------------------------------------------------------


def test_names_and_places() -> None:
    parts = read_table(card(IMAGE)).partitions
    assert [(part.number, part.name, part.size) for part in parts] == [
        (number, name, 8192) for number, name in enumerate(LAYOUT, start=1)
    ]


@given(st.integers(512, 512 + 92 + 128 * 6), st.integers(0, 7))
def test_a_table_with_a_bit_fallen_over_is_refused_or_the_same(place: int, bit: int) -> None:
    spoiled = bytearray(IMAGE)
    spoiled[place] ^= 1 << bit
    try:
        assert read_table(card(bytes(spoiled))).partitions == read_table(card(IMAGE)).partitions
    except BadInputError as refusal:
        assert refusal.code == "image.no_table"


@given(st.binary(max_size=4096))
def test_any_bytes_are_a_table_or_refused(data: bytes) -> None:
    with pytest.raises(BadInputError, match=r"image.no_table"):
        read_table(card(IMAGE[:512] + b"EFI PART" + data))


@given(st.integers(len(IMAGE) // 512, 1 << 40))
def test_the_table_fits_any_larger_disk(sectors: int) -> None:
    """The last partition ends before the second copy, on a 4096-byte boundary; both copies check."""
    patches = dict(patches_for(read_table(card(IMAGE)), sectors))
    head = b"".join(patches[place] for place in sorted(patches)[:3])
    tail_at = max(patches)
    assert tail_at + len(patches[tail_at]) == sectors * 512

    class Sparse:
        size = sectors * 512

        def read(self, offset: int, size: int) -> bytes:
            return head.ljust(34 * 512, b"\0")[offset : offset + size]

    data = read_table(Sparse()).partitions[-1]
    assert data.offset + data.size <= tail_at
    assert data.size == 8192 or (data.last + 1) % 8 == 0


@pytest.mark.skipif(not shutil.which("sfdisk"), reason="sfdisk is not installed (Debian: fdisk)")
def test_sfdisk_finds_nothing_wrong(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    grown = bytearray(IMAGE.ljust(32 * MIB, b"\0"))
    for place, data in patches_for(read_table(card(IMAGE)), len(grown) // 512):
        grown[place : place + len(data)] = data
    disk.write_bytes(grown)
    done = subprocess.run(["sfdisk", "--verify", disk], capture_output=True, text=True, check=False)
    assert done.returncode == 0 and "No errors detected" in done.stdout, done.stdout + done.stderr


# -- FAT ---------------------------------------------------------------------------------------------------------


@given(
    st.dictionaries(
        st.from_regex(r"[a-z]{1,8}\.[a-z]{1,3}", fullmatch=True), st.binary(max_size=2000), max_size=8
    )
)
def test_files_come_back_whole(files: dict[str, bytes]) -> None:
    volume = Fat(card(fat16(files)))
    assert {name: volume.read(name) for name in files} == files
    assert volume.read("absent.txt") is None


@given(st.data())
def test_a_spoiled_volume_never_hangs_and_never_raises_anything_else(data: st.DataObject) -> None:
    volume = bytearray(fat16({"autoboot.txt": b"x" * 700}))
    for _ in range(8):
        volume[data.draw(st.integers(0, 30_000))] = data.draw(st.integers(0, 255))
    try:
        Fat(card(bytes(volume))).read("autoboot.txt")
    except BadInputError as refusal:
        assert refusal.code == "image.no_fat"


@pytest.mark.skipif(
    not (shutil.which("mkfs.vfat") and shutil.which("mcopy")), reason="needs dosfstools, mtools"
)
@pytest.mark.parametrize(("kind", "size"), [("16", 16), ("32", 64)])
def test_volumes_made_by_other_tools_are_read(kind: str, size: int, tmp_path: Path) -> None:
    volume, file = tmp_path / "volume", tmp_path / "release.txt"
    file.write_bytes(release_text("1.2.3") * 100)
    with volume.open("wb") as stream:
        stream.truncate(size * MIB)
    subprocess.run(["mkfs.vfat", "-F", kind, volume], capture_output=True, check=True)
    subprocess.run(["mcopy", "-i", volume, file, "::"], check=True)
    assert Fat(card(volume.read_bytes())).read("release.txt") == file.read_bytes()


# -- the whole card ----------------------------------------------------------------------------------------------


def test_a_card_tells_its_slots() -> None:
    found = inspect_card(card(kiosk_image("1.4.0", committed=3)))
    assert (found.committed, found.pending) == (Slot.B, None)
    assert [line.release.version for line in found.slots if line.release] == ["1.4.0", "1.4.0"]


def test_a_half_written_slot_and_an_update_to_come_are_told() -> None:
    found = inspect_card(card(kiosk_image(pending=b"B", slot_B_bad=b"bad")))
    assert found.pending is Slot.B
    assert [line.bad for line in found.slots] == [False, True]


def test_a_slot_without_a_file_system_is_told_and_nothing_raised() -> None:
    content = bytearray(kiosk_image())
    part = read_table(card(bytes(content))).partitions[2]
    content[part.offset : part.offset + part.size] = bytes(part.size)
    found = inspect_card(card(bytes(content)))
    assert [line.release is None for line in found.slots] == [False, True]


def test_another_machines_card_is_refused() -> None:
    with pytest.raises(BadInputError, match=r"image.other_layout"):
        inspect_card(card(gpt_image({"EFI": 8192, "root": 8192})))


@pytest.mark.parametrize(
    ("text", "slot"),
    [
        (AUTOBOOT.format(all=2, other=3), Slot.A),
        (AUTOBOOT.format(all=3, other=2), Slot.B),
        ("[tryboot]\nboot_partition=3\n[all]\nboot_partition=2\n", Slot.A),
        ("[all]\nboot_partition=9\n", None),
        ("", None),
    ],
)
def test_autoboot_is_read_as_the_firmware_reads_it(text: str, slot: Slot | None) -> None:
    assert committed_slot(text) is slot


# -- releases ----------------------------------------------------------------------------------------------------


def test_a_release_file_is_read_with_and_without_quotes() -> None:
    release = parse_release('VERSION="1.2.0"\nCOMPATIBLE=kiosk-cccd\n# x\nFLAVOUR=debian\nOTHER=1\n')
    assert (release.version, release.compatible, release.flavour, release.recipe) == (
        "1.2.0", "kiosk-cccd", "debian", "",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("offered", "running", "older"),
    [
        ("1.0.1", "1.0.0", False),
        ("1.0.0", "1.0.0", False),
        ("1.10.0", "1.9.0", False),
        ("1.0.0", "1.0.0-rc1", False),
        ("1.0.0+5", "1.0.0", False),
        ("0.9.9", "1.0.0", True),
        ("1.0.0-rc1", "1.0.0", True),
        ("1.0.0~rc1", "1.0.0", True),
        ("", "1.0.0", True),
        ("new", "1.0.0", True),
        ("1.0.0", "unknown", False),
    ],
)
def test_what_is_older(offered: str, running: str, older: bool) -> None:
    assert is_older(offered, running) is older
