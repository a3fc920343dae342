"""Writing a card: what is written is there, and a card that lies is found out. T1."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.errors import BadInputError, DeviceError
from kiosk.imaging.card import opened
from kiosk.imaging.flash import MARK, flash
from kiosk.imaging.gpt import read_table
from kiosk.imaging.inspect import LAYOUT
from kiosk.imaging.manifest import check_file, read_manifest
from tests.image_kit import (
    MIB,
    ForgetfulCard,
    MemoryCard,
    WrappingCard,
    gpt_image,
    kiosk_image,
    write_build,
)

IMAGE = gpt_image(dict.fromkeys(LAYOUT, 96 << 10))
"""Small: 0.6 MB."""


def silent(stage: str, done: int, total: int) -> None:
    return


def as_card(content: bytes) -> MemoryCard:
    return MemoryCard(len(content), content)


# -- honest cards ------------------------------------------------------------------------------------------------


@given(extra=st.integers(0, 5 * MIB))
def test_any_card_large_enough_holds_the_image_and_its_table(extra: int) -> None:
    card = MemoryCard(len(IMAGE) + extra)
    flash(as_card(IMAGE), card, silent)
    table, before = read_table(card), read_table(as_card(IMAGE))
    assert [part.name for part in table.partitions] == list(LAYOUT)
    assert table.partitions[:-1] == before.partitions[:-1]
    assert table.partitions[-1].last >= before.partitions[-1].last
    for part in before.partitions:
        assert card.read(part.offset, part.size) == IMAGE[part.offset : part.offset + part.size]


def test_the_data_partition_takes_the_rest_and_the_second_table_its_end() -> None:
    card = MemoryCard(8 * MIB)
    flash(as_card(IMAGE), card, silent)
    data = read_table(card).partitions[-1]
    assert card.size - (data.offset + data.size) <= (33 + 8) * 512
    second = card.read(card.size - 512, 512)
    assert second.startswith(b"EFI PART")
    assert int.from_bytes(second[24:32], "little") == card.size // 512 - 1


def test_nothing_of_the_marks_is_left() -> None:
    """MemoryCard is full of ones before; what no mark and no image touched still is."""
    card = MemoryCard(8 * MIB)
    flash(as_card(IMAGE), card, silent)
    again = MemoryCard(8 * MIB)
    flash(as_card(IMAGE), again, silent)
    assert again.read(0, again.size) == card.read(0, card.size)
    assert set(card.read(len(IMAGE), card.size - 33 * 512 - len(IMAGE))) <= {0, 0xFF}


def test_a_plain_file_stands_in_for_a_card(tmp_path: Path) -> None:
    card = tmp_path / "card"
    card.touch()
    with card.open("r+b") as file:
        file.truncate(16 * MIB)
    image = tmp_path / "disk.img"
    image.write_bytes(IMAGE)
    seen: list[str] = []
    with opened(image) as source, opened(card, writing=True) as target:
        flash(source, target, lambda stage, done, total: seen.append(stage))
    assert list(dict.fromkeys(seen)) == ["probe", "write", "verify"]
    with opened(card) as found:
        assert read_table(found).partitions[-1].name == "data"


# -- cards that lie ----------------------------------------------------------------------------------------------

SIZES = st.integers(len(IMAGE) + 2 * MARK, 6 * MIB).map(lambda size: size // 512 * 512)


@given(size=SIZES, data=st.data())
def test_a_card_that_begins_again_is_found_wherever_it_does(size: int, data: st.DataObject) -> None:
    true = data.draw(st.integers(MARK // 512, size // 512 - 1)) * 512
    with pytest.raises(DeviceError) as refusal:
        flash(as_card(IMAGE), WrappingCard(size, true), silent)
    assert refusal.value.code in ("flash.fake_card", "flash.differs")


@given(size=SIZES, data=st.data())
def test_a_card_that_forgets_is_found(size: int, data: st.DataObject) -> None:
    true = data.draw(st.integers(0, size // 512 - 1)) * 512
    with pytest.raises(DeviceError) as refusal:
        flash(as_card(IMAGE), ForgetfulCard(size, true), silent)
    assert refusal.value.code == "flash.fake_card"


def test_most_liars_are_found_before_the_image_is_written() -> None:
    card = WrappingCard(64 * MIB, 16 * MIB)
    with pytest.raises(DeviceError, match="fake_card"):
        flash(as_card(IMAGE), card, silent)
    assert card.written <= 34 * MARK


def test_a_bit_that_falls_over_is_found() -> None:
    class Worn(MemoryCard):
        def settle(self) -> None:
            self._bytes[300_000] ^= 1

    with pytest.raises(DeviceError) as refusal:
        flash(as_card(IMAGE), Worn(8 * MIB), silent)
    assert refusal.value.code in ("flash.differs", "flash.fake_card")


# -- refused before anything is written --------------------------------------------------------------------------


def test_a_card_too_small_is_not_touched() -> None:
    card = MemoryCard(len(IMAGE) - 512)
    with pytest.raises(BadInputError, match=r"flash.too_small"):
        flash(as_card(IMAGE), card, silent)
    assert card.written == 0


def test_an_image_without_a_table_is_not_written() -> None:
    card = MemoryCard(8 * MIB)
    with pytest.raises(BadInputError, match=r"image.no_table"):
        flash(MemoryCard(MIB), card, silent)
    assert card.written == 0


@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        (lambda file: file.write_bytes(file.read_bytes()[:-1000]), "image.truncated"),
        (lambda file: file.write_bytes(file.read_bytes() + b"x"), "image.changed"),
        (lambda file: file.write_bytes(b"x" + file.read_bytes()[1:]), "image.changed"),
        (lambda file: file.unlink(), "image.unreadable"),
        (lambda file: file.rename(file.with_name("other.img")), "image.unreadable"),
    ],
)
def test_an_image_that_is_not_what_was_built_is_refused(tmp_path: Path, spoil: object, code: str) -> None:
    file = write_build(tmp_path, kiosk_image())
    check_file(file, read_manifest(file), lambda done, total: None)
    spoil(file)  # type: ignore[operator]
    with pytest.raises(BadInputError) as refusal:
        check_file(file, read_manifest(file), lambda done, total: None)
    assert refusal.value.code == code


def test_another_products_image_is_refused(tmp_path: Path) -> None:
    file = write_build(tmp_path, IMAGE, compatible="tivi")
    with pytest.raises(BadInputError, match=r"image.foreign"):
        read_manifest(file)


def test_an_image_without_its_manifest_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match=r"image.no_manifest"):
        read_manifest(tmp_path / "disk.img")
    (tmp_path / "manifest.json").write_text("{")
    with pytest.raises(BadInputError, match=r"image.bad_manifest"):
        read_manifest(tmp_path / "disk.img")
