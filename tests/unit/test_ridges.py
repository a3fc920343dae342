"""Invented fingers: distinct, repeatable, and the physics of an impression."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from kiosk.domain.fingers import SINGLE_FINGERS, FingerPosition
from kiosk.hal.fingers.ridges import FLAT_SIZE, ROLLED_SIZE, cached_master, impression, master
from kiosk.hal.fingers.texture import Grey
from kiosk.hal.world import FingerCondition


@pytest.fixture(scope="module")
def index() -> Grey:
    return master(11, FingerPosition.RIGHT_INDEX)


def likeness(one: Grey, other: Grey) -> float:
    """Best normalised correlation of the middle of `one` anywhere in `other`."""
    rows, columns = one.shape
    middle = one[rows // 4 : rows // 2, columns // 4 : columns // 2]
    return float(cv2.matchTemplate(other, middle, cv2.TM_CCOEFF_NORMED).max())


def test_the_same_seed_is_the_same_finger(index: Grey) -> None:
    assert np.array_equal(index, master(11, FingerPosition.RIGHT_INDEX))


def test_ten_fingers_of_a_person_and_of_another_differ(index: Grey) -> None:
    others = [master(11, position) for position in SINGLE_FINGERS if position != FingerPosition.RIGHT_INDEX]
    others.append(master(12, FingerPosition.RIGHT_INDEX))
    assert likeness(index, index) > 0.99
    assert max(likeness(index, other) for other in others) < 0.6


def test_ridges_lie_half_a_millimetre_apart(index: Grey) -> None:
    """At 500 ppi a period of 0.44…0.50 mm is 8.7…9.8 pixels."""
    spectrum = np.abs(np.fft.rfft2(index - index.mean()))
    fy, fx = np.meshgrid(np.fft.fftfreq(index.shape[0]), np.fft.rfftfreq(index.shape[1]), indexing="ij")
    strong = spectrum > np.percentile(spectrum, 99)
    period = 1 / np.median(np.hypot(fx, fy)[strong])
    assert 8 < period < 10.5


def test_masters_are_kept_and_a_damaged_one_is_drawn_again(tmp_path: Path) -> None:
    fresh = cached_master(tmp_path, 5, FingerPosition.LEFT_LITTLE)
    (kept,) = tmp_path.iterdir()
    whole = kept.read_bytes()
    assert np.array_equal(cached_master(tmp_path, 5, FingerPosition.LEFT_LITTLE), fresh)
    for damage in (b"", b"nonsense", whole[: len(whole) // 2], whole[:200] + b"\0" * 50 + whole[250:]):
        kept.write_bytes(damage)
        assert np.array_equal(cached_master(tmp_path, 5, FingerPosition.LEFT_LITTLE), fresh)
        assert kept.read_bytes() == whole


def test_a_kept_master_is_not_drawn_again(tmp_path: Path) -> None:
    cached_master(tmp_path, 5, FingerPosition.LEFT_THUMB)
    (kept,) = tmp_path.iterdir()
    mark = np.full((40, 30), 7, np.uint8)
    np.savez_compressed(kept, ridges=mark)
    assert np.array_equal(cached_master(tmp_path, 5, FingerPosition.LEFT_THUMB), mark)


def ink(picture: Grey) -> float:
    return float((236.0 - picture).mean())


def contrast(picture: Grey) -> float:
    return float(picture[160:300, 100:220].std())


def area(picture: Grey) -> float:
    return float((cv2.GaussianBlur(picture, (0, 0), 8) < 215).mean())


def impressions(index: Grey, field: str, values: list[float]) -> list[Grey]:
    return [impression(index, FingerCondition(**{field: value}), False, 3) for value in values]  # type: ignore[arg-type]


def test_more_moisture_is_more_ink(index: Grey) -> None:
    inks = [ink(picture) for picture in impressions(index, "moisture", [0, 0.1, 0.25, 0.4, 0.5, 0.6, 0.8, 1])]
    assert inks == sorted(inks)
    assert inks[-1] > 3 * inks[0]


def test_more_wear_is_less_contrast(index: Grey) -> None:
    contrasts = [contrast(picture) for picture in impressions(index, "wear", [0, 0.2, 0.4, 0.6, 0.8, 1])]
    assert contrasts == sorted(contrasts, reverse=True)
    assert contrasts[-1] < contrasts[0] / 3


def test_less_contact_is_less_area(index: Grey) -> None:
    areas = [area(picture) for picture in impressions(index, "contact", [0, 0.2, 0.4, 0.6, 0.8, 1])]
    assert areas == sorted(areas)
    assert areas[0] < areas[-1] / 5


def test_sweat_drowns_some_places_and_leaves_others(index: Grey) -> None:
    clean = impression(index, FingerCondition(), False, 3).astype(int)
    sweaty = impression(index, FingerCondition(sweat=1.0), False, 3).astype(int)
    finger = (slice(100, 380), slice(80, 240))
    changed = (clean - sweaty)[finger] > 40
    assert 0.1 < changed.mean() < 0.5


@pytest.mark.parametrize(("rolled", "size"), [(False, FLAT_SIZE), (True, ROLLED_SIZE)])
def test_the_window_has_one_size_for_all_fingers(rolled: bool, size: tuple[int, int]) -> None:
    for position in (FingerPosition.RIGHT_THUMB, FingerPosition.LEFT_LITTLE):
        picture = impression(master(2, position), FingerCondition(), rolled, 1)
        assert picture.shape[::-1] == size
        assert picture.dtype == np.uint8


def test_rolling_shows_more_skin(index: Grey) -> None:
    flat, rolled = (impression(index, FingerCondition(), how, 3) for how in (False, True))
    assert area(rolled) * rolled.size > 1.2 * area(flat) * flat.size


def test_no_two_presses_are_alike(index: Grey) -> None:
    one, other = (impression(index, FingerCondition(), False, seed) for seed in (1, 2))
    assert (one != other).mean() > 0.5
