"""What a receiving system takes from an opened dossier: pictures in its formats, everything else as it was sealed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path

import msgspec

from kiosk.biometrics.iso_face import (
    CROPPED,
    DOWN_SAMPLED,
    FaceView,
    Gender,
    read_face_record,
    write_face_record,
)
from kiosk.biometrics.iso_finger import FingerView, read_finger_record, write_finger_record
from kiosk.biometrics.iso_record import BEST_SCORE, Capture, Quality
from kiosk.biometrics.portrait import PORTRAIT_SIZE
from kiosk.biometrics.raster import PictureFormat, Raster, read_raster, write_raster
from kiosk.domain.dossier import Identified, Sample, SampleKept, SampleKind
from kiosk.domain.fingers import FingerPosition, Impression
from kiosk.domain.message import Message, msg
from kiosk.domain.person import Sex
from kiosk.domain.time import Reading
from kiosk.errors import BadInputError
from kiosk.store.files import disk_trouble, make_folder, remove_folder, sync_folder, write_durably
from kiosk.store.opening import FACTS, Opened

SCHEMA = "kiosk.export.v1"
LIST, SIGNED = "export.json", "sealed.json"
MASTER = "image/png"
GENDERS = {Sex.MALE: Gender.MALE, Sex.FEMALE: Gender.FEMALE}


class FingerFormat(StrEnum):
    """How finger images are written. In a record of ISO/IEC 19794-4 the picture is lossless JPEG 2000."""

    ISO = "iso19794-4"
    JP2 = "jp2"
    PNG = "png"


class FaceFormat(StrEnum):
    """How the portrait is written. In a record of ISO/IEC 19794-5 the picture is lossless JPEG 2000."""

    ISO = "iso19794-5"
    JP2 = "jp2"
    PNG = "png"


class ExportedFile(msgspec.Struct, frozen=True, omit_defaults=True):
    """One file. `source` is its name in the sealed dossier, `format` how it was written.

    Of pictures also `width`, `height` in pixels and `ppi`; of fingers the ISO `position` and the `impression`.
    """

    name: str
    source: str
    format: str
    size: int
    sha256: str
    width: int = 0
    height: int = 0
    ppi: int = 0
    position: int = 0
    impression: str = ""


class Export(msgspec.Struct, frozen=True):
    """The list beside the files: which dossier they come from, when it was sealed by which clock, and every file."""

    schema: str
    dossier: str
    kiosk: str
    activity: str
    regime: str
    sealed: str
    device_key: str
    clock: Reading
    files: tuple[ExportedFile, ...]


Written = tuple[ExportedFile, bytes]


def export_to(opened: Opened, folder: Path, fingers: FingerFormat, face: FaceFormat) -> Export | Message:
    """Write everything to `folder/<number of the dossier>`, which appears whole or not at all.

    Codes: `export.exists`, `export.picture`, `export.no_resolution`, `sealed.content`; `StoreError` for the disk.
    """
    place = folder / opened.inner.dossier
    if place.exists():
        return msg("export.exists", place=str(place))
    try:
        written = list(converted(opened, fingers, face))
    except BadInputError as error:
        return msg(error.code, **error.values)
    found = _list(opened, tuple(file for file, _ in written))
    contents = {file.name: data for file, data in written}
    contents[LIST] = msgspec.json.format(msgspec.json.encode(found)) + b"\n"
    _write(place, contents)
    return found


def converted(opened: Opened, fingers: FingerFormat, face: FaceFormat) -> Iterator[Written]:
    """Every file of the dossier as it is to be written. Raises `BadInputError`."""
    samples = {f"{sample.key}.png": sample for sample in _samples(opened) if sample.media == MASTER}
    yield _as_is(SIGNED, SIGNED, opened.signed)
    for name, data in opened.files.items():
        sample = samples.get(name)
        if sample is not None and sample.id != hashlib.sha256(data).hexdigest():
            raise BadInputError("sealed.content", name=name)
        if sample is not None and sample.kind is SampleKind.FINGER:
            yield _finger(opened, sample, data, fingers)
        elif sample is not None and sample.kind is SampleKind.PORTRAIT:
            yield _portrait(opened, data, name, face)
        else:
            yield _as_is(name, name, data)


def _samples(opened: Opened) -> list[Sample]:
    return list({f.sample.key: f.sample for f in opened.facts if isinstance(f, SampleKept)}.values())


def _finger(opened: Opened, sample: Sample, master: bytes, form: FingerFormat) -> Written:
    name = f"{sample.key}.png"
    raster = _master(master, name, "L")
    if not raster.ppi:
        raise BadInputError("export.no_resolution", name=name)
    position, impression = _place_of(sample)
    file = ExportedFile(
        name, name, form, 0, "", raster.width, raster.height, raster.ppi, position, impression
    )
    if form is FingerFormat.PNG:
        return _finished(file, master)
    picture = write_raster(raster, PictureFormat.JP2)
    if form is FingerFormat.JP2:
        return _finished(msgspec.structs.replace(file, name=f"{sample.key}.jp2"), picture)
    view = FingerView(
        position=position,
        impression=impression,
        ppi=raster.ppi,
        width=raster.width,
        height=raster.height,
        form=PictureFormat.JP2,
        picture=picture,
        capture=Capture(_sealed_at(opened), _quality(sample)),
    )
    record = write_finger_record((view,))
    _read_back(name, read_finger_record(record), (view,))
    return _finished(msgspec.structs.replace(file, name=f"{sample.key}.fir"), record)


def _place_of(sample: Sample) -> tuple[FingerPosition, Impression]:
    """Which finger, and how it was laid on: `rolled-02`."""
    try:
        return FingerPosition(sample.position), Impression(sample.key.partition("-")[0])
    except ValueError as error:
        raise BadInputError("sealed.content", name=FACTS) from error


def _quality(sample: Sample) -> tuple[Quality, ...]:
    """The kiosk's own score: its maker has no registered number, so the block names none."""
    return (Quality(sample.score),) if 0 <= sample.score <= BEST_SCORE else ()


def _portrait(opened: Opened, master: bytes, name: str, form: FaceFormat) -> Written:
    raster = _master(master, name, "RGB")
    file = ExportedFile(name, name, form, 0, "", raster.width, raster.height, raster.ppi)
    if form is FaceFormat.PNG:
        return _finished(file, master)
    stem = name.removesuffix(".png")
    picture = write_raster(raster, PictureFormat.JP2)
    if form is FaceFormat.JP2:
        return _finished(msgspec.structs.replace(file, name=f"{stem}.jp2"), picture)
    cut = (raster.width, raster.height) == PORTRAIT_SIZE
    view = FaceView(
        width=raster.width,
        height=raster.height,
        form=PictureFormat.JP2,
        picture=picture,
        capture=Capture(_sealed_at(opened)),
        gender=_gender(opened),
        processing=CROPPED | DOWN_SAMPLED if cut else 0,
    )
    record = write_face_record(view)
    _read_back(name, read_face_record(record), view)
    return _finished(msgspec.structs.replace(file, name=f"{stem}.fac"), record)


def _master(data: bytes, name: str, mode: str) -> Raster:
    try:
        raster = read_raster(data, PictureFormat.PNG)
    except BadInputError as error:
        raise BadInputError("export.picture", name=name) from error
    if raster.mode != mode:
        raise BadInputError("export.picture", name=name)
    return raster


def _read_back(name: str, read: object, written: object) -> None:
    """What leaves the dossier is first read by the strict reader."""
    if read != written:
        raise BadInputError("export.picture", name=name)


def _gender(opened: Opened) -> Gender:
    people = [fact.person for fact in opened.facts if isinstance(fact, Identified)]
    sex = people[-1].sex if people else None
    return GENDERS[sex] if sex else Gender.UNSPECIFIED


def _sealed_at(opened: Opened) -> datetime | None:
    """A record wants the time of capture; the dossier keeps the time of its sealing only, the end of the same visit."""
    try:
        return datetime.fromisoformat(opened.manifest.clock.wall).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _as_is(name: str, source: str, data: bytes) -> Written:
    return _finished(ExportedFile(name, source, "as sealed", 0, ""), data)


def _finished(file: ExportedFile, data: bytes) -> Written:
    digest = hashlib.sha256(data).hexdigest()
    return msgspec.structs.replace(file, size=len(data), sha256=digest), data


def _list(opened: Opened, files: tuple[ExportedFile, ...]) -> Export:
    return Export(
        schema=SCHEMA,
        dossier=opened.inner.dossier,
        kiosk=opened.inner.kiosk,
        activity=opened.inner.activity,
        regime=opened.inner.regime,
        sealed=opened.manifest.id,
        device_key=opened.manifest.device_key,
        clock=opened.manifest.clock,
        files=files,
    )


def _write(place: Path, contents: dict[str, bytes]) -> None:
    """Into a hidden folder beside it, then renamed; nothing is left behind when the disk refuses."""
    temporary = place.with_name(f".{place.name}.new")
    make_folder(place.parent)
    remove_folder(temporary)
    try:
        make_folder(temporary)
        for name, data in contents.items():
            write_durably(temporary / name, data)
        with disk_trouble(place):
            temporary.rename(place)
            sync_folder(place.parent)
    except OSError:
        remove_folder(temporary)
        raise
