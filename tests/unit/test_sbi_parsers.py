"""Whatever a service answers: no exception but `DeviceError`, no end that is never reached, nothing beyond 2 MB."""

from __future__ import annotations

import io
import json
import re
import tracemalloc
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

import kiosk
from kiosk.domain.fingers import SINGLE_FINGERS, FingerPosition
from kiosk.errors import DeviceError
from kiosk.hal.fingers.iso19794_4 import read_print
from kiosk.hal.fingers.sbi_http import MOST_BYTES, Place
from kiosk.hal.fingers.sbi_jws import Trust
from kiosk.hal.fingers.sbi_keys import new_keys
from kiosk.hal.fingers.sbi_messages import (
    FIRST_HASH,
    NAMES,
    WORDS,
    Captured,
    DeviceInfo,
    DigitalId,
    InfoEntry,
    Trouble,
    capture_entries,
    decoded,
    next_hash,
    packed,
    slap_wish,
)
from kiosk.hal.fingers.sbi_scanner import finger_record
from kiosk.hal.fingers.sbi_service import Known, Service, Settings, is_loopback
from kiosk.hal.fingers.sbi_stream import frames
from tests.unit.test_catalogues import words

NOW = datetime.now(UTC)
RECORDS = {
    (edition, coding): finger_record(2, (48, 64), bytes(range(256)) * 12, 500, 0, edition, coding)
    for edition in (2005, 2011)
    for coding in ("raw", "PNG", "JPEG2000")
}
TOKEN = new_keys().device.signed(b'{"deviceStatus":"Ready","digitalId":"x"}')
HOSTILE = st.one_of(
    st.binary(max_size=400),
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    ).map(lambda value: json.dumps(value).encode()),
    st.sampled_from(
        [
            b"[" * 5000,
            b'{"biometrics":' * 2000,
            b'[{"deviceInfo":' * 900,
            b'{"biometrics":[{"data":"a.b.c"}]}',
        ]
    ),
)


def quietly(call: Callable[[], object]) -> None:
    """Only `DeviceError` may come out, and not 2 MB may be asked for meanwhile."""
    tracemalloc.start()
    try:
        call()
    except DeviceError as error:
        assert error.code.startswith(("sbi.", "finger_record."))
    finally:
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert peak < MOST_BYTES


def trust() -> Trust:
    return Trust([new_keys().root])


# -- finger records ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("edition", "coding"), RECORDS)
def test_records_of_both_editions(edition: int, coding: str) -> None:
    """ISO/IEC 19794-4:2005 and :2011, raw, PNG and lossless JPEG 2000: the same pixels."""
    seen = read_print(RECORDS[edition, coding])
    assert seen == (2, 0, 48, 64, 500, bytes(range(256)) * 12)


def test_pixels_a_centimetre_are_pixels_an_inch() -> None:
    """The scale may be in either; 197 a centimetre are 500 an inch."""
    record = bytearray(RECORDS[2011, "raw"])
    at = 16 + 18 + 1 + 2
    record[at] = 2
    record[at + 5 : at + 9] = (197).to_bytes(2, "big") * 2
    assert read_print(bytes(record)).ppi == 500


@pytest.mark.parametrize("code", [2, 3, 4])
def test_lossy_compression_is_refused_by_its_code(code: int) -> None:
    """WSQ, JPEG and the lossy JPEG 2000 of the edition of 2011."""
    record = bytearray(RECORDS[2011, "raw"])
    record[16 + 18 + 1 + 12] = code
    with pytest.raises(DeviceError) as caught:
        read_print(bytes(record))
    assert (caught.value.code, caught.value.values) == ("finger_record.lossy", {"compression": code})


def test_quality_and_certification_blocks_are_stepped_over() -> None:
    record = RECORDS[2011, "raw"]
    head, captured, rest = record[:16], record[16:34], record[35:]
    blocks = b"\x01" + bytes(5) + b"\x02" + bytes(6)
    extra = len(blocks) - 1
    whole = (len(record) + extra).to_bytes(4, "big")
    length = (len(record) - 16 + extra).to_bytes(4, "big")
    changed = head[:8] + whole + head[12:14] + b"\x01" + head[15:] + length + captured[4:] + blocks + rest
    assert read_print(changed) == read_print(record)


@given(
    st.sampled_from(sorted(RECORDS)),
    st.lists(st.tuples(st.integers(0, 400), st.integers(0, 255)), max_size=4),
)
def test_damaged_records(which: tuple[int, str], changes: list[tuple[int, int]]) -> None:
    record = bytearray(RECORDS[which])
    for place, value in changes:
        record[place % len(record)] = value
    quietly(lambda: read_print(bytes(record)))


@given(st.sampled_from(sorted(RECORDS)), st.integers(0, 4000), st.binary(max_size=200))
def test_cut_and_foreign_records(which: tuple[int, str], keep: int, tail: bytes) -> None:
    quietly(lambda: read_print(RECORDS[which][:keep] + tail))
    quietly(lambda: read_print(tail))


@pytest.mark.parametrize("coding", ["PNG", "JPEG2000"])
def test_a_small_file_that_says_it_is_huge(coding: str) -> None:
    """Its size is compared with the record's before anything is unpacked."""
    out = io.BytesIO()
    Image.new("L", (2000, 2000)).save(out, coding)
    bomb = out.getvalue()
    small = finger_record(2, (48, 64), bytes(3072), 500, 0, 2011, coding)
    picture = small[16 + 18 + 1 + 22 :]
    framed = small[: -len(picture) - 4] + len(bomb).to_bytes(4, "big") + bomb
    extra = len(bomb) - len(picture)
    sized = framed[:8] + (len(small) + extra).to_bytes(4, "big") + framed[12:16]
    sized += (len(small) - 16 + extra).to_bytes(4, "big") + framed[20:]
    with pytest.raises(DeviceError) as caught:
        read_print(sized)
    assert caught.value.values == {"what": "image size"}


def test_a_record_that_says_it_is_huge() -> None:
    record = finger_record(2, (60_000, 60_000), b"", 500, 0, 2005, "raw")
    quietly(lambda: read_print(record))
    with pytest.raises(DeviceError) as caught:
        read_print(record)
    assert caught.value.values == {"what": "60000x60000"}


# -- signed documents -------------------------------------------------------------------------------------------------


@given(st.one_of(st.text(max_size=200), st.binary(max_size=200).map(packed)), st.integers(0, 3))
def test_what_is_no_signed_document(part: str, place: int) -> None:
    parts = TOKEN.split(".")
    quietly(lambda: trust().opened(part, NOW))
    parts[place % 3] = part
    quietly(lambda: trust().opened(".".join(parts), NOW))


@given(st.integers(0, len(TOKEN) - 1), st.sampled_from("AZaz09-_.="))
def test_a_changed_signed_document_is_never_believed(place: int, letter: str) -> None:
    changed = TOKEN[:place] + letter + TOKEN[place + 1 :]
    if changed == TOKEN:
        return
    try:
        opened = trust().opened(changed, NOW)
    except DeviceError:
        return
    # The last letter of base64 has bits that mean nothing.
    assert opened == trust().opened(TOKEN, NOW)


@pytest.mark.parametrize(
    "head",
    [
        {"alg": "none"},
        {"alg": "HS256", "x5c": ["AAAA"]},
        {"alg": "RS256"},
        {"alg": "RS256", "x5c": []},
        {"alg": "RS256", "x5c": ["AAAA"]},
        {"alg": "RS256", "x5c": ["AAAA"] * 50},
        {"alg": "RS256", "x5c": "AAAA", "crit": ["b64"]},
    ],
)
def test_other_ways_of_signing(head: dict[str, object]) -> None:
    token = f"{packed(json.dumps(head).encode())}.{packed(b'{}')}.{packed(b'x')}"
    with pytest.raises(DeviceError) as caught:
        trust().opened(token, NOW)
    assert caught.value.code == "sbi.unsigned"


# -- answers ----------------------------------------------------------------------------------------------------------


@given(HOSTILE)
def test_hostile_answers(body: bytes) -> None:
    for kind in (list[InfoEntry], Captured, DeviceInfo, DigitalId):
        quietly(lambda kind=kind: decoded(kind, body, "answer"))  # type: ignore[misc]
    quietly(lambda: capture_entries(body))


@given(HOSTILE, st.booleans())
def test_hostile_captures(body: bytes, signed: bool) -> None:
    """Also when the device itself signs nonsense."""
    settings = Settings(trust="", env="Developer")
    info = DeviceInfo("Ready", "")
    known = Known(Place("127.0.0.1", 4501), info, DigitalId("1", "m", "m", "Finger"))
    service = Service(settings, trust(), lambda: NOW)
    if signed:
        body = json.dumps({"biometrics": [{"data": new_keys().device.signed(body), "hash": ""}]}).encode()
    quietly(lambda: service.read(body, known, slap_wish(FingerPosition.RIGHT_FOUR, ()), "t-1", FIRST_HASH))


@given(st.one_of(st.none(), st.integers(), st.text(max_size=8)))
def test_error_codes_of_any_kind(code: int | str | None) -> None:
    assert -1 <= Trouble(code).code < 100_000


def test_the_hash_chain() -> None:
    """The worked example: SHA-256 of nothing, then of the two hashes as bytes, in capitals."""
    import hashlib

    assert FIRST_HASH == "E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B855"
    expected = hashlib.sha256(bytes.fromhex(FIRST_HASH) + hashlib.sha256(b"record").digest()).hexdigest()
    assert next_hash(FIRST_HASH, b"record") == expected.upper()


@pytest.mark.parametrize("position", FingerPosition)
def test_a_wish_names_every_finger_of_its_part_once(position: FingerPosition) -> None:
    """MOSIP's mock counts: asked and excepted together must be four, or two for the thumbs."""
    wish = slap_wish(position, ())
    whole = {finger for finger in SINGLE_FINGERS if finger in (*wish.fingers, *wish.excepted)}
    assert len(wish.fingers) + len(wish.excepted) == len(whole) == (2 if wish.sub_id == 3 else 4)
    assert set(position.members) == set(wish.fingers)


def test_the_names_of_the_fingers() -> None:
    assert len(set(NAMES.values())) == 10
    assert all(
        re.fullmatch(r"(Left|Right) (Thumb|(Index|Middle|Ring|Little)Finger)", name)
        for name in NAMES.values()
    )


@given(st.text(max_size=40) | st.ip_addresses().map(str))
def test_addresses_of_any_kind(address: str) -> None:
    """Nothing but a written-out address of this machine passes."""
    if is_loopback(address):
        assert address.startswith("127.") or ":" in address


# -- the live picture -------------------------------------------------------------------------------------------------


def feed(data: bytes, size: int) -> Callable[[int], bytes]:
    source = io.BytesIO(data)
    return lambda most: source.read(min(size, most))


def stream_of(*pictures: bytes) -> bytes:
    """As “Live stream” of the specification writes it."""
    head = "--BoundaryString\r\nAccess-Control-Allow-Origin:*\r\nContent-Type:image/jpeg\r\nContent-Length:{}\r\n\r\n"
    return b"".join(head.format(len(p)).encode() + p + b"\r\n\r\n" for p in pictures)


@given(st.lists(st.binary(max_size=60).map(lambda tail: b"\xff\xd8" + tail), max_size=5), st.integers(1, 200))
def test_frames_however_they_arrive(pictures: list[bytes], size: int) -> None:
    assert list(frames(feed(stream_of(*pictures), size))) == pictures


@given(st.binary(max_size=300), st.integers(1, 100), st.integers(0, 200))
def test_hostile_streams(noise: bytes, size: int, keep: int) -> None:
    quietly(lambda: list(frames(feed(noise, size))))
    quietly(lambda: list(frames(feed(stream_of(b"\xff\xd8abc")[:keep] + noise, size))))


@pytest.mark.parametrize("length", ["-1", "0", "99999999999", "x", ""])
def test_frames_of_impossible_length(length: str) -> None:
    data = f"--b\r\nContent-Length:{length}\r\n\r\n".encode()
    with pytest.raises(DeviceError):
        list(frames(feed(data, 10)))


# -- words ------------------------------------------------------------------------------------------------------------


def test_every_trouble_has_words_for_technician_and_officer() -> None:
    """T1: also the codes that are chosen from tables."""
    folder = Path(kiosk.__file__).parent / "hal" / "fingers"
    sources = [*folder.glob("sbi*.py"), folder / "iso19794_4.py"]
    text = "".join(path.read_text(encoding="utf-8") for path in sources)
    codes = set(re.findall(r'"((?:sbi|finger_record)\.[a-z_]+)"', text))
    assert codes >= set(WORDS.values())
    for language in ("vi", "en"):
        known = words(language)
        assert [code for code in codes if ("technician", code) not in known] == []
        assert [code for code in codes if ("officer", code) not in known] == []
