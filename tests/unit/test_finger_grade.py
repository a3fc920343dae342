"""`kiosk finger grade`: any file ends in a judgement or a sentence, and what is no finger is never accepted."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from kiosk.cli.main import main
from kiosk.domain.fingers import FingerPosition
from kiosk.hal.fingers.ridges import impression, master
from kiosk.hal.fingers.texture import Grey, clouds
from kiosk.hal.world import FingerCondition

HEIGHT, WIDTH = 480, 320


@pytest.fixture(scope="module")
def ridges() -> Grey:
    return master(4000, FingerPosition.RIGHT_INDEX)


@pytest.fixture(scope="module")
def good(ridges: Grey) -> Grey:
    return impression(ridges, FingerCondition(), False, 1)


def graded(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], pixels: Grey, *more: str
) -> tuple[int, dict[str, object]]:
    file = tmp_path / "finger.png"
    Image.fromarray(pixels).save(file)
    status = main(["finger", "grade", str(file), "--json", *more])
    answer: dict[str, object] = json.loads(capsys.readouterr().out)
    return status, answer


def test_a_good_finger_is_good_at_any_resolution(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], good: Grey
) -> None:
    status, answer = graded(tmp_path, capsys, good)
    assert (status, answer["trouble"], answer["accepted"], answer["remedy"]) == (0, "none", True, None)
    period = answer["ridge_period_mm"]
    assert isinstance(period, float)
    assert 0.4 < period < 0.55
    double = np.asarray(cv2.resize(good, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC), np.uint8)
    status, answer = graded(tmp_path, capsys, double, "--ppi", "1000")
    assert (status, answer["trouble"]) == (0, "none")


@pytest.mark.parametrize(
    ("condition", "trouble", "remedy"),
    [
        (FingerCondition(moisture=0.95), "wet", "wipe"),
        (FingerCondition(moisture=0.05), "dry", "moisten"),
        (FingerCondition(moving=0.8), "moved", "still"),
        (FingerCondition(contact=0.25), "partial", "centre"),
        (FingerCondition(wear=0.9), "worn", "part"),
    ],
)
def test_a_troubled_finger_is_told_its_remedy(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    ridges: Grey,
    condition: FingerCondition,
    trouble: str,
    remedy: str,
) -> None:
    """C2, C3."""
    status, answer = graded(tmp_path, capsys, impression(ridges, condition, False, 2))
    assert (status, answer["trouble"], answer["remedy"]) == (1, trouble, remedy)
    assert answer["words"]


def photograph(seed: int) -> Grey:
    """What varies slowly, with a few sharp edges and hair, as a picture of an animal does."""
    chance = np.random.default_rng(seed)
    shades = 128 + 45 * clouds(chance, (HEIGHT, WIDTH), 90) + 18 * clouds(chance, (HEIGHT, WIDTH), 20)
    picture = np.clip(shades, 0, 255).astype(np.uint8)
    for _ in range(200):
        start = chance.uniform(0, (WIDTH, HEIGHT))
        end = start + chance.normal(0, (12, 40))
        (left, top), (right, bottom) = start.astype(int).tolist(), end.astype(int).tolist()
        shade, width = int(chance.integers(0, 255)), int(chance.integers(1, 3))
        cv2.line(picture, (left, top), (right, bottom), shade, width, cv2.LINE_AA)
    cv2.circle(picture, (110, 160), 26, 20, -1)
    cv2.circle(picture, (210, 160), 26, 20, -1)
    return picture


def strange(good: Grey) -> dict[str, Grey]:
    chance = np.random.default_rng(3)
    across = np.mgrid[0:HEIGHT, 0:WIDTH][1]
    return {
        "black": np.zeros((HEIGHT, WIDTH), np.uint8),
        "grey": np.full((HEIGHT, WIDTH), 120, np.uint8),
        "white": np.full((HEIGHT, WIDTH), 255, np.uint8),
        "noise": chance.integers(0, 256, (HEIGHT, WIDTH)).astype(np.uint8),
        "soft noise": np.clip(chance.normal(128, 40, (HEIGHT, WIDTH)), 0, 255).astype(np.uint8),
        "negative": 255 - good,
        "saturated": np.where(good < 200, 0, 255).astype(np.uint8),
        "stripes": (128 + 100 * np.sin(across * 2 * np.pi / 9.3)).astype(np.uint8),
        "animal": photograph(1),
        "one pixel": np.zeros((1, 1), np.uint8),
        "a line": np.zeros((1, 4000), np.uint8),
        "huge": np.full((5000, 5000), 200, np.uint8),
    }


STRANGE = list(strange(np.zeros((HEIGHT, WIDTH), np.uint8)))


@pytest.mark.parametrize("name", STRANGE)
def test_what_is_no_finger_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], good: Grey, name: str
) -> None:
    status, answer = graded(tmp_path, capsys, strange(good)[name])
    assert (status, answer["accepted"]) == (1, False)
    assert answer["trouble"] in {"other", "nothing", "partial", "wet", "pressed"}


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 2**31))
def test_no_photograph_is_accepted(seed: int) -> None:
    from kiosk.biometrics.fingers import assess
    from kiosk.domain.fingers import Impression
    from kiosk.hal.fingers import FingerImage

    image = FingerImage(
        FingerPosition.RIGHT_INDEX, Impression.FLAT, WIDTH, HEIGHT, 500, photograph(seed).tobytes()
    )
    assert not assess(image).accepted


def test_a_damaged_file_is_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], good: Grey
) -> None:
    file = tmp_path / "finger.png"
    Image.fromarray(good).save(file)
    whole = file.read_bytes()
    for damaged in (b"", b"no picture", whole[:60], whole[: len(whole) // 2]):
        file.write_bytes(damaged)
        assert main(["finger", "grade", str(file), "--json"]) == 2
        assert json.loads(capsys.readouterr().out)["error"] == "finger.file_unreadable"
    assert main(["finger", "grade", str(tmp_path / "none.png")]) == 2
    assert main(["finger", "grade", str(tmp_path)]) == 2


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_no_flipped_byte_breaks_it(tmp_path: Path, good: Grey, data: st.DataObject) -> None:
    file = tmp_path / "finger.png"
    Image.fromarray(good[::2, ::2]).save(file)
    whole = bytearray(file.read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    file.write_bytes(bytes(whole))
    assert main(["finger", "grade", str(file), "--json"]) in (0, 1, 2)


def test_an_impossible_resolution_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], good: Grey
) -> None:
    for ppi in ("0", "-5", "99", "100000"):
        status, answer = graded(tmp_path, capsys, good, f"--ppi={ppi}")
        assert (status, answer["error"]) == (2, "finger.bad_ppi")
