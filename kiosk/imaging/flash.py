"""Writing an image to a card and proving that it is there.

A card can lie about its size: past its true end it forgets what it is given, or begins again at its beginning. So
marks are written over the whole of it before and after the image, never further apart than half the image is long.
Wherever a card begins again, one mark then falls into the image, and reading back finds it.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Iterator, Sequence

from kiosk.errors import BadInputError, DeviceError
from kiosk.imaging.card import SECTOR, Card, Readable
from kiosk.imaging.gpt import Patch, megabytes_up, patches_for, read_table

BLOCK = 4 << 20
MARK = 64 << 10
PROBES = 32
FLUSH_EVERY = 64 << 20
Progress = Callable[[str, int, int], None]
"""Told a stage (`probe`, `write`, `verify`), the bytes done and the bytes in all."""


def flash(image: Readable, card: Card, progress: Progress) -> None:
    """The image on the card, its table fitted to the card's size, everything read back.

    Raises `BadInputError` for a card too small or an image without a table, then nothing was written; `DeviceError`
    `flash.fake_card`, `flash.differs` or `flash.io` for a card that does not keep what it is given.
    """
    if card.size < image.size:
        raise BadInputError("flash.too_small", short=megabytes_up(image.size - card.size))
    patches = patches_for(read_table(image), card.size // SECTOR)
    nonce = secrets.token_bytes(16)
    _probe(card, places(0, card.size, card.size // PROBES), nonce, progress)
    _write(image, card, patches, progress)
    after = places(image.size, _start_of_tail(patches), image.size // 2)
    _mark(card, after, nonce)
    card.settle()
    _verify(image, card, patches, progress)
    _check_marks(card, after, nonce)
    _wipe(card, after)
    card.settle()


def places(begin: int, end: int, apart: int) -> tuple[int, ...]:
    """Where marks go between `begin` and `end`: at most `apart` bytes from one to the next, the last one at the end."""
    last = (end - MARK) // SECTOR * SECTOR
    if last < begin:
        return ()
    return (*range(begin, last - MARK, max(MARK, apart // SECTOR * SECTOR)), last)


def _probe(card: Card, marked: Sequence[int], nonce: bytes, progress: Progress) -> None:
    """Finds most liars in seconds, before minutes are spent on them."""
    progress("probe", 0, 1)
    _mark(card, marked, nonce)
    card.settle()
    _check_marks(card, marked, nonce)
    _wipe(card, marked)
    progress("probe", 1, 1)


def _wipe(card: Card, marked: Sequence[int]) -> None:
    for place in marked:
        card.write(place, bytes(MARK))


def _mark(card: Card, marked: Sequence[int], nonce: bytes) -> None:
    for place in marked:
        card.write(place, _mark_at(place, nonce))


def _check_marks(card: Card, marked: Sequence[int], nonce: bytes) -> None:
    for place in marked:
        if card.read(place, MARK) != _mark_at(place, nonce):
            raise DeviceError("flash.fake_card", size=megabytes_up(card.size), at=place // 1_000_000)


def _mark_at(place: int, nonce: bytes) -> bytes:
    """Different at every place and at every run: nothing an earlier run left passes for it."""
    return hashlib.shake_128(nonce + place.to_bytes(8, "big")).digest(MARK)


def _write(image: Readable, card: Card, patches: Sequence[Patch], progress: Progress) -> None:
    total, settled = image.size, 0
    for offset, data in _pieces(image, patches):
        card.write(offset, data)
        if offset - settled >= FLUSH_EVERY:
            card.settle()
            settled = offset
        progress("write", min(offset + len(data), total), total)
    card.settle()


def _verify(image: Readable, card: Card, patches: Sequence[Patch], progress: Progress) -> None:
    total = image.size
    for offset, data in _pieces(image, patches):
        found = card.read(offset, len(data))
        if found != data:
            wrong = next(
                (at for at, pair in enumerate(zip(found, data, strict=False)) if pair[0] != pair[1]),
                len(found),
            )
            raise DeviceError("flash.differs", at=offset + wrong)
        progress("verify", min(offset + len(data), total), total)


def _pieces(image: Readable, patches: Sequence[Patch]) -> Iterator[Patch]:
    """The image block by block with `patches` in it, then what of them lies past its end."""
    for offset in range(0, image.size, BLOCK):
        data = image.read(offset, min(BLOCK, image.size - offset))
        if len(data) != min(BLOCK, image.size - offset):
            raise BadInputError("flash.image_shrank")
        yield offset, _patched(offset, data, patches)
    for place, data in patches:
        cut = max(0, image.size - place)
        if cut < len(data):
            yield place + cut, data[cut:]


def _patched(offset: int, data: bytes, patches: Sequence[Patch]) -> bytes:
    block = bytearray(data)
    for place, patch in patches:
        start, end = max(place, offset), min(place + len(patch), offset + len(block))
        if start < end:
            block[start - offset : end - offset] = patch[start - place : end - place]
    return bytes(block)


def _start_of_tail(patches: Sequence[Patch]) -> int:
    return max(place for place, _ in patches)
