"""Setting a machine up at its first start: what has to be known, in which order, and how far it has come.

Answers come from a seed file, the same for many machines, or from whoever stands before the machine. After every step
they are on disk: a machine that is switched off in the middle goes on where it stopped.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Any

import msgspec

from kiosk.config import Config, DeviceConfig, DevicesConfig, KioskId, LinkConfig, Mode, SealConfig
from kiosk.domain.message import Message, msg
from kiosk.domain.people import Officer, Role, parse_name, parse_staff_number
from kiosk.errors import BadInputError
from kiosk.imaging.access import check_key
from kiosk.store.files import disk_trouble, sync_folder, write_durably

SEED = "provision.toml"
PROGRESS = "provision.json"
RECOVERY_KEPT = "recovery-kept"
"""Somebody has the recovery key on paper: the machine makes no other one at its next start."""
KINDS = DevicesConfig.__struct_fields__


class Step(StrEnum):
    """In this order; each is done once."""

    CLOCK = "clock"
    STATION = "station"
    RECOVERY = "recovery"
    DEVICES = "devices"
    KEYS = "keys"
    IDENTITY = "identity"
    ACCESS = "access"
    OFFICER = "officer"


class SeedStation(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`id` for one machine; for many `ids` by the machine's serial number."""

    place: str = ""
    return_place: str = ""
    id: KioskId | None = None
    ids: dict[str, KioskId] = {}


class SeedOfficer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The first supervisor. There is no place for a PIN here: whoever holds the card could read it."""

    number: str = ""
    name: str = ""


class SeedAccess(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Public keys for SSH, as in `authorized_keys`: `technicians` are let in as root, `desks` to the officer's screen."""

    technicians: tuple[str, ...] = ()
    desks: tuple[str, ...] = ()


class Seed(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`provision.toml` beside `autoboot.txt`. What it leaves out is asked for."""

    mode: Mode = Mode.PRODUCTION
    station: SeedStation = SeedStation()
    devices: dict[str, DeviceConfig] = {}
    seal: SealConfig = SealConfig()
    officer: SeedOfficer = SeedOfficer()
    link: LinkConfig = LinkConfig()
    ssh: SeedAccess = SeedAccess()


class Answers(msgspec.Struct, frozen=True):
    """What is known so far, and the steps that are done."""

    station: str = ""
    place: str = ""
    return_place: str = ""
    devices: dict[str, DeviceConfig] = {}
    recipients: tuple[str, ...] = ()
    officer: str = ""
    done: tuple[Step, ...] = ()


class Screens(msgspec.Struct, frozen=True):
    """User ids of the image that show the citizen's screen, and the officer's over SSH; none on any other machine."""

    citizens: tuple[int, ...] = ()
    desks: tuple[int, ...] = ()


class Place(msgspec.Struct, frozen=True):
    """`settings` is where the configuration lies on the data partition, `ssh` where the keys of those who may come in
    do, `bootconfig` where the seed is. `recovery` is the data partition's recovery key, made at this start."""

    settings: Path
    bootconfig: Path
    ssh: Path
    serial: str
    recovery: Path

    @property
    def config(self) -> Path:
        return self.settings / "kiosk.toml"

    @property
    def finished(self) -> bool:
        """The configuration is the last thing written."""
        return self.config.exists()


def read_seed(file: Path) -> Seed:
    """An empty one where there is no file. Raises `BadInputError` `provision.seed` naming the field that is wrong."""
    try:
        text = file.read_text(encoding="utf-8")
    except FileNotFoundError:
        return Seed()
    except (OSError, UnicodeDecodeError) as error:
        raise BadInputError("provision.seed", file=str(file), field="", why=type(error).__name__) from error
    try:
        seed = msgspec.convert(tomllib.loads(text), Seed)
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        why, _, at = str(error).partition(" - at `$")
        raise BadInputError("provision.seed", file=str(file), field=at.strip("`."), why=why) from error
    _check_seed(file, seed)
    return seed


def _check_seed(file: Path, seed: Seed) -> None:
    """What types cannot say: no field is left to fail at the last of fifty machines."""
    for kind in seed.devices:
        if kind not in KINDS:
            raise BadInputError(
                "provision.seed", file=str(file), field=f"devices.{kind}", why=", ".join(KINDS)
            )
    for name, keys in (("technicians", seed.ssh.technicians), ("desks", seed.ssh.desks)):
        for number, key in enumerate(keys):
            check_key(key, file, f"ssh.{name}[{number}]")
    for field, given, parse in (
        ("officer.number", seed.officer.number, parse_staff_number),
        ("officer.name", seed.officer.name, parse_name),
    ):
        parsed = parse(given) if given else ""
        if isinstance(parsed, Message):
            raise BadInputError("provision.seed", file=str(file), field=field, why=parsed.code)


def station_of(seed: Seed, serial: str) -> str:
    """This machine's number in the seed, "" when it is not there."""
    return seed.station.ids.get(serial) or seed.station.id or ""


def read_answers(place: Place) -> Answers:
    """Nothing yet, or what an interrupted run has kept; a file that cannot be read counts as nothing."""
    try:
        return msgspec.json.decode((place.settings / PROGRESS).read_bytes(), type=Answers)
    except (OSError, msgspec.MsgspecError):
        return Answers()


def keep(place: Place, answers: Answers, step: Step) -> Answers:
    """The step is done, on disk when this returns. Raises `StoreError`."""
    kept = msgspec.structs.replace(answers, done=(*(one for one in answers.done if one is not step), step))
    with disk_trouble(place.settings):
        place.settings.mkdir(mode=0o755, parents=True, exist_ok=True)
    write_durably(place.settings / PROGRESS, msgspec.json.encode(kept))
    return kept


def finish(
    place: Place,
    seed: Seed,
    answers: Answers,
    accept: Callable[[Path], object],
    screens: Screens,
) -> None:
    """The configuration, whole or not at all: it is also the mark that there is nothing more to ask.

    `accept` reads it as the core will and raises `ConfigError`; then nothing is put in place.
    """
    draft = place.settings / "kiosk.toml.draft"
    write_durably(draft, toml(configuration(seed, answers, screens)).encode())
    try:
        accept(draft)
        with disk_trouble(draft):
            draft.chmod(0o644)
            draft.rename(place.config)
            sync_folder(place.settings)
    finally:
        draft.unlink(missing_ok=True)
    (place.settings / PROGRESS).unlink(missing_ok=True)


def configuration(seed: Seed, answers: Answers, screens: Screens) -> dict[str, Any]:
    """`kiosk.toml` as values, without what is the default anyway."""
    link = {
        "users": [*seed.link.users, *screens.desks] if seed.ssh.desks else list(seed.link.users),
        "citizens": list(screens.citizens or seed.link.citizens),
    }
    devices = {kind: msgspec.to_builtins(chosen) for kind, chosen in answers.devices.items()}
    station = {"id": answers.station, "place": answers.place, "return_place": answers.return_place}
    default = msgspec.to_builtins(Config().station)
    return {
        "mode": str(seed.mode),
        "station": {name: value for name, value in station.items() if value and value != default[name]},
        "devices": devices,
        "seal": {"recipients": list(answers.recipients)},
        "link": {name: users for name, users in link.items() if users},
    }


def toml(document: Mapping[str, Any], prefix: str = "") -> str:
    """TOML 1.0 of texts, numbers, truth values, lists and tables. JSON's texts are TOML's, but for DEL."""
    plain = {key: value for key, value in document.items() if not isinstance(value, dict)}
    lines = [f"{_key(key)} = {_value(value)}\n" for key, value in plain.items()]
    if prefix and lines:
        lines.insert(0, f"\n[{prefix}]\n")
    for key, value in document.items():
        if isinstance(value, dict):
            lines.append(toml(value, f"{prefix}.{_key(key)}" if prefix else _key(key)))
    return "".join(lines)


def _key(key: str) -> str:
    return key if key.isascii() and key.replace("_", "a").isalnum() else _value(key)


def _value(value: Any) -> str:
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_value, value))}]"
    return msgspec.json.encode(value).decode().replace("\x7f", "\\u007f")


def first_officer(number: str, name: str) -> Officer | Message:
    """The account that runs the first shift."""
    parsed, named = parse_staff_number(number), parse_name(name)
    if isinstance(parsed, Message):
        return parsed
    return named if isinstance(named, Message) else Officer(parsed, named, Role.SUPERVISOR)


def parse_station(text: str) -> str | Message:
    """Two to twelve capitals and figures."""
    tidy = text.strip().upper()
    try:
        msgspec.convert(tidy, KioskId)
    except msgspec.ValidationError:
        return msg("provision.bad_station")
    return tidy
