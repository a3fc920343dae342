"""The engine in its process: genuine and impostor on the simulated hands, NFIQ 2, memory, bad pictures."""

from __future__ import annotations

import io
import itertools
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from kiosk.biometrics import cut_fingers, finger_png
from kiosk.biometrics.matching import ACCESS, ALIKE, NotMatched, Probe, Template, Verified, verify
from kiosk.biometrics.matching_client import WorkerMatcher
from kiosk.domain.fingers import SINGLE_FINGERS, FingerPosition, Impression
from kiosk.hal.fingers import FingerImage
from kiosk.hal.fingers.ridges import cached_master, impression
from kiosk.hal.fingers.sim import KINDS, SimFingerReader
from kiosk.hal.world import FingerCondition, WorldFile
from tests.journeys.stage import run_kiosk
from tests.stage_fixtures import PERSON

pytestmark = pytest.mark.debian13
OTHER = PERSON + 1
MOST_MB = 220


@pytest.fixture(scope="module")
def matcher() -> Iterator[WorkerMatcher]:
    made = WorkerMatcher()
    yield made
    made.close()


def printed(masters: Path, person: int, finger: FingerPosition, how: Impression, seed: int) -> bytes:
    rolled = how is Impression.ROLLED
    grey = impression(cached_master(masters, person, finger), FingerCondition(), rolled, seed)
    height, width = grey.shape
    return finger_png(FingerImage(finger, how, width, height, 500, grey.tobytes()))


def template(matcher: WorkerMatcher, png: bytes, *, graded: bool = False) -> Template:
    found = matcher.template(png, 500, graded=graded)
    assert isinstance(found, Template), found
    return found


@pytest.fixture(scope="module")
def prints(matcher: WorkerMatcher, grown: Path) -> dict[tuple[int, int, Impression], bytes]:
    """Templates of two persons' ten fingers, rolled and flat."""
    return {
        (person, int(finger), how): template(
            matcher, printed(grown / "masters", person, finger, how, 7 * person + finger)
        ).data
        for person in (PERSON, OTHER)
        for finger in SINGLE_FINGERS
        for how in Impression
    }


def test_rolled_and_flat_prints_of_one_finger_are_alike(
    matcher: WorkerMatcher, prints: dict[tuple[int, int, Impression], bytes]
) -> None:
    """X2: genuine pairs reach the threshold of access decisions."""
    rolled = {key: data for key, data in prints.items() if key[2] is Impression.ROLLED}
    for (person, finger, _), data in rolled.items():
        scores = matcher.compare(data, [prints[person, finger, Impression.FLAT]])
        assert isinstance(scores, tuple)
        assert scores[0] >= ACCESS, (person, finger)


def test_prints_of_different_fingers_are_not(
    matcher: WorkerMatcher, prints: dict[tuple[int, int, Impression], bytes]
) -> None:
    """X2: more than 700 impostor pairs, none alike."""
    keys = sorted(prints)
    seen = 0
    for index, key in enumerate(keys):
        others = [prints[other] for other in keys[:index] if other[:2] != key[:2]]
        scores = matcher.compare(prints[key], others)
        assert isinstance(scores, tuple)
        assert max(scores, default=0) < ALIKE, key
        seen += len(scores)
    assert seen > 700


def test_templates_are_iso_records(prints: dict[tuple[int, int, Impression], bytes]) -> None:
    """ISO/IEC 19794-2:2011 begins with its name and version."""
    assert {data[:8] for data in prints.values()} == {b"FMR\x00030\x00"}


def test_an_accepted_finger_has_an_nfiq2_score(matcher: WorkerMatcher, grown: Path) -> None:
    png = printed(grown / "masters", PERSON, SINGLE_FINGERS[1], Impression.ROLLED, 1)
    found = template(matcher, png, graded=True)
    assert 0 <= found.nfiq2 <= 100
    assert found.engine.startswith("nbis-python ")
    elsewhere = matcher.template(png, 508, graded=True)
    assert isinstance(elsewhere, Template)
    assert elsewhere.nfiq2 == -1, "NFIQ 2 is defined for 500 pixels an inch"


def test_the_process_stays_within_its_memory(matcher: WorkerMatcher, grown: Path) -> None:
    """Also while it reads the NFIQ 2 model: the device has 1 GB."""
    template(matcher, printed(grown / "masters", PERSON, SINGLE_FINGERS[0], Impression.FLAT, 3), graded=True)
    assert matcher.pid
    status = Path(f"/proc/{matcher.pid}/status").read_text()
    peak = next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM"))
    assert peak < MOST_MB * 1024


def test_a_slap_is_cut_into_its_fingers(matcher: WorkerMatcher, tmp_path: Path, grown: Path) -> None:
    """Each member is like the rolled finger of its position, and no other."""
    (tmp_path / "sim").mkdir()
    world = WorldFile(tmp_path / "sim" / "world.json")
    world.change(person=PERSON)
    reader = SimFingerReader(KINDS["tenprint"], world, grown / "masters")
    slap = reader.capture(FingerPosition.LEFT_FOUR, Impression.FLAT, 1.0)
    assert isinstance(slap, FingerImage)
    members = cut_fingers(finger_png(slap), slap.position, slap.impression)
    assert [finger for finger, _, _ in members] == list(FingerPosition.LEFT_FOUR.members)
    flats = {finger: template(matcher, png).data for finger, png, _ in members}
    for finger, other in itertools.product(flats, flats):
        rolled = printed(grown / "masters", PERSON, finger, Impression.ROLLED, 5)
        scores = matcher.compare(template(matcher, rolled).data, [flats[other]])
        assert isinstance(scores, tuple)
        assert (scores[0] >= ALIKE) == (finger is other)


def test_handing_over_asks_for_the_finger_on_record(matcher: WorkerMatcher, grown: Path) -> None:
    """1:1 against a picture and against a template."""
    index, middle = SINGLE_FINGERS[1], SINGLE_FINGERS[2]
    masters = grown / "masters"
    record = Probe(printed(masters, PERSON, index, Impression.ROLLED, 1), 500)
    same = Probe(printed(masters, PERSON, index, Impression.FLAT, 2), 500)
    other = Probe(printed(masters, PERSON, middle, Impression.FLAT, 2), 500)
    kept = template(matcher, record.png).data
    for reference in (record, kept):
        yes, no = verify(matcher, same, reference), verify(matcher, other, reference)
        assert isinstance(yes, Verified)
        assert isinstance(no, Verified)
        assert (yes.same, no.same) == (True, False)
        assert yes.threshold == ACCESS


def bad_pictures() -> dict[str, bytes]:
    def png(picture: Image.Image) -> bytes:
        file = io.BytesIO()
        picture.save(file, "PNG")
        return file.getvalue()

    return {
        "white": png(Image.new("L", (320, 480), 255)),
        "black": png(Image.new("L", (320, 480), 0)),
        "dot": png(Image.new("L", (1, 1), 128)),
        "wide": png(Image.new("L", (4000, 3), 128)),
        "noise": png(Image.effect_noise((320, 480), 90)),
        "no picture": b"\x89PNG\r\n\x1a\n" + bytes(40),
        "empty": b"",
    }


@pytest.mark.parametrize("name", bad_pictures())
def test_what_is_no_finger_is_refused_or_matches_nothing(
    matcher: WorkerMatcher, prints: dict[tuple[int, int, Impression], bytes], name: str
) -> None:
    found = matcher.template(bad_pictures()[name], 500, graded=True)
    if isinstance(found, Template):
        scores = matcher.compare(found.data, list(prints.values()))
        assert isinstance(scores, tuple)
        assert max(scores) < ALIKE
    else:
        assert found.reason.code in ("matching.unreadable", "matching.died")
    assert isinstance(matcher.engine(), str), "and the next finger is looked at all the same"


def test_a_damaged_template_is_refused(
    matcher: WorkerMatcher, prints: dict[tuple[int, int, Impression], bytes]
) -> None:
    good = next(iter(prints.values()))
    for bad in (b"", b"FMR\x00", good[:40], good[: len(good) // 2], b"FMR\x00030\x00" + b"\xff" * 60):
        found = matcher.compare(good, [bad])
        assert isinstance(found, NotMatched) or max(found) < ALIKE


def test_the_command_compares_two_files(grown: Path, tmp_path: Path) -> None:
    for name, finger, how in (
        ("a", 2, Impression.ROLLED),
        ("b", 2, Impression.FLAT),
        ("c", 7, Impression.FLAT),
    ):
        data = printed(grown / "masters", PERSON, FingerPosition(finger), how, 3)
        (tmp_path / f"{name}.png").write_bytes(data)
    same = run_kiosk("finger", "match", str(tmp_path / "a.png"), str(tmp_path / "b.png"), "--json")
    other = run_kiosk("finger", "match", str(tmp_path / "a.png"), str(tmp_path / "c.png"), "--json")
    assert (same.returncode, other.returncode) == (0, 1), same.stderr + other.stderr
    assert json.loads(same.stdout)["score"] > json.loads(other.stdout)["score"]
