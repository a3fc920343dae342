"""What the core reads at start: dated rules, calendar, recipients, words, roster, drivers."""

from __future__ import annotations

import importlib
import importlib.util
import threading
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

import pyrage

from kiosk import data as tables
from kiosk.app.plans import PLANS, read_keys, read_plan
from kiosk.biometrics.matching import Matcher
from kiosk.config import NO_KEYS, Config, DeviceConfig, Mode
from kiosk.domain.calendar import WorkingCalendar, parse_calendar
from kiosk.domain.message import Message
from kiosk.domain.person import Person
from kiosk.domain.plan import Regime
from kiosk.domain.time import Clock
from kiosk.errors import ConfigError, DeviceError, KioskError
from kiosk.hal.fingers import FingerReader
from kiosk.hal.keys import SecurityKeys
from kiosk.hal.surroundings import Surroundings
from kiosk.locale import HERE as WORDS_HERE
from kiosk.locale import Words
from kiosk.plugins.manager import Plugins
from kiosk.store.files import make_folder, write_durably
from kiosk.store.roster import Roster
from kiosk.store.sealing import Recipients
from kiosk.workflow.attended import Attended
from kiosk.workflow.desk import Devices, Office
from kiosk.workflow.finger_watch import FingerWatch
from kiosk.workflow.officer_finger import OfficerFinger
from kiosk.workflow.second_factor import SecondFactor

HOLIDAYS = Path(tables.__file__).parent / "holidays.toml"
DEMO_KEYS = ("centre", "escrow")


def accept(config: Config, file: Path | None) -> None:
    """Look up all that `config` names, before anything is written. Raises `ConfigError` naming `file`."""
    try:
        load_regime(config.station.regime)
        load_words(config.station.languages, ())
        for kind, chosen in config.devices.there.items():
            load_driver(kind, chosen)
        if config.staff.keys != NO_KEYS:
            load_driver("keys", DeviceConfig(config.staff.keys), "staff.keys")
        if config.seal.recipients:
            Recipients(config.seal.recipients)
    except ConfigError as error:
        raise ConfigError(error.code, file=str(file or ""), **error.values) from error


def load_regime(name: str) -> Regime:
    """Raises `ConfigError` for a regime the kiosk does not ship, or one whose signature does not hold."""
    known = sorted(file.stem for file in PLANS.glob("*.toml"))
    if name not in known:
        raise ConfigError("config.regime", place="station.regime", known=", ".join(known))
    return read_plan(PLANS / f"{name}.toml", read_keys())


def load_calendar() -> WorkingCalendar:
    calendar = parse_calendar(tomllib.loads(HOLIDAYS.read_text(encoding="utf-8")))
    if isinstance(calendar, Message):
        raise ConfigError(calendar.code, file=HOLIDAYS.name)
    return calendar


def load_recipients(config: Config, data: Path) -> Recipients:
    """The configured keys; a demonstration without any makes its own pair, kept where a visitor can try them."""
    if config.seal.recipients or config.mode is Mode.PRODUCTION:
        return Recipients(config.seal.recipients)
    folder = data / "demo-keys"
    make_folder(folder)
    return Recipients([_demo_key(folder / f"{name}.key") for name in DEMO_KEYS])


def load_words(languages: tuple[str, ...], folders: tuple[Path, ...]) -> Mapping[str, Words]:
    """The words of each language. Raises `ConfigError` for a language without a catalogue of the kiosk's own."""
    known = sorted(file.parts[-3] for file in WORDS_HERE.glob("*/LC_MESSAGES/*.mo"))
    for language in languages:
        if language not in known:
            place, found = "station.languages", ", ".join(known)
            raise ConfigError("config.language", place=place, language=language, known=found)
    return {language: Words(language, folders) for language in languages}


def load_driver(kind: str, config: DeviceConfig, place: str = "") -> ModuleType:
    """The driver's module beside the contract of `kind`. Raises `ConfigError`, naming `place` in the configuration, when
    there is none or it cannot work."""
    name, place = f"kiosk.hal.{kind}.{config.driver}", place or f"devices.{kind}.driver"
    if importlib.util.find_spec(name) is None:
        raise ConfigError("config.driver", place=place, driver=config.driver)
    try:
        module = importlib.import_module(name)
    except ImportError as error:
        raise ConfigError(
            "config.driver_import", place=place, driver=config.driver, why=str(error)
        ) from error
    # Beside the drivers lie modules they share; only a driver opens a device.
    if not hasattr(module, "open_device"):
        raise ConfigError("config.driver", place=place, driver=config.driver)
    return module


def open_driver(kind: str, config: DeviceConfig, data: Path, mode: Mode = Mode.DEMO) -> Callable[[], Any]:
    """How to open the device `kind`. Raises `ConfigError` when there is no such driver.

    Settings the driver refuses are the device's trouble, told to the technician like a dead cable. So is a device that
    says it is simulated (a folder of pictures for a camera) where the mode is production.
    """
    driver = load_driver(kind, config)

    def open_device() -> Any:
        try:
            device = driver.open_device(config.settings, data)
        except ConfigError as error:
            raise DeviceError(error.code, **error.values) from error
        if mode is Mode.PRODUCTION and device.simulated:
            device.close()
            raise DeviceError("device.simulated", driver=config.driver, place=f"devices.{kind}")
        return device

    return open_device


def attend_devices(config: Config, data: Path, clock: Clock, changed: Callable[[], None]) -> Devices:
    """The devices of the configuration, each looked after; none of them is opened yet. Raises `ConfigError`."""
    return Devices(
        **{
            kind: Attended(kind, open_driver(kind, chosen, data, config.mode), clock, changed)
            for kind, chosen in config.devices.there.items()
        }
    )


def office_of(
    config: Config,
    clock: Clock,
    regime: Regime,
    words: Mapping[str, Words],
    plugins: Plugins,
    watch: FingerWatch,
    picture: Callable[[int, int, bytes], None],
) -> Office:
    """What stays the same from visit to visit. `picture(width, height, grey)` shows the citizen a live picture."""
    station, demo = config.station, config.mode is Mode.DEMO
    return Office(
        place=station.place,
        return_place=station.return_place,
        regime=regime,
        provinces=tables.load_provinces(demo),
        clock=clock,
        return_date=load_calendar().return_date,
        return_days=station.return_working_days or regime.return_working_days,
        words=words,
        slip_lines=plugins.slip_lines,
        sealed=plugins.sealed,
        picture=picture,
        demo=demo,
        watch=watch,
        officer_patience=config.officer.patience,
        sample_percent=config.approval.sample_percent,
    )


def second_factor_at(
    config: Config, data: Path, reader: Attended[FingerReader], matcher: Matcher
) -> SecondFactor:
    """This machine's reader, and its sockets for security keys where there are any. Raises `ConfigError`."""
    keys: SecurityKeys | None = None
    if config.staff.keys != NO_KEYS:
        driver = load_driver("keys", DeviceConfig(config.staff.keys), "staff.keys")
        keys = driver.open_device({}, data)
    return SecondFactor(OfficerFinger(reader, matcher), keys)


def hung_before(path: Path) -> frozenset[str]:
    """The plugins that never came back from a call; a technician removes a line once the plugin was mended."""
    return frozenset(path.read_text(encoding="utf-8").split()) if path.exists() else frozenset()


def surroundings_of(config: Config, data: Path, clock: Clock, root: Path = Path("/")) -> Surroundings:
    """A demonstration's clock is nobody's business."""
    return Surroundings(data, config.surroundings, clock if config.mode is Mode.PRODUCTION else None, root)


class LiveRoster:
    """The roster file as it is now: looked for at every question, opened again when a new one was imported.

    Without a file nobody is known, and every citizen is entered by hand.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._open: tuple[tuple[int, int], Roster] | None = None

    def by_number(self, text: str) -> Person | None:
        roster = self._current()
        return roster.by_number(text) if roster else None

    def search(
        self, query: str, birth_year: int | None = None, commune: str | None = None, limit: int = 50
    ) -> list[Person]:
        roster = self._current()
        return roster.search(query, birth_year, commune, limit) if roster else []

    def trouble(self) -> KioskError | None:
        """Why the file there cannot be used; None when it can, or when there is none."""
        try:
            self._current()
        except KioskError as error:
            return error
        return None

    @property
    def size(self) -> int:
        roster = self._current()
        return roster.size if roster else 0

    def _current(self) -> Roster | None:
        with self._lock:
            try:
                status = self._path.stat()
            except FileNotFoundError:
                return None
            mark = (status.st_ino, status.st_mtime_ns)
            if self._open is None or self._open[0] != mark:
                self._open = (mark, Roster.open(self._path))
            return self._open[1]


def _demo_key(path: Path) -> str:
    """The public half of an invented key; the secret half is kept at `path` for `age -d -i`."""
    if not path.exists():
        identity = pyrage.x25519.Identity.generate()
        write_durably(path, f"{identity}\n".encode())
    return str(pyrage.x25519.Identity.from_str(path.read_text().strip()).to_public())
