"""What the core reads at start: dated rules, calendar, recipients, words, roster, drivers."""

from __future__ import annotations

import importlib
import importlib.util
import threading
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pyrage

from kiosk import data as tables
from kiosk.config import Config, DeviceConfig, Mode
from kiosk.domain.calendar import WorkingCalendar, parse_calendar
from kiosk.domain.message import Message
from kiosk.domain.person import Person
from kiosk.domain.plan import Regime, parse_regime
from kiosk.errors import ConfigError, KioskError
from kiosk.locale import Words
from kiosk.store.files import make_folder, write_durably
from kiosk.store.roster import Roster
from kiosk.store.sealing import Recipients

REGIMES = Path(tables.__file__).parent / "regimes"
HOLIDAYS = Path(tables.__file__).parent / "holidays.toml"
DEMO_KEYS = ("centre", "escrow")


def load_regime(name: str) -> Regime:
    """Raises `ConfigError` for a regime the kiosk does not ship."""
    path = REGIMES / f"{name}.toml"
    known = sorted(file.stem for file in REGIMES.glob("*.toml"))
    if name not in known:
        raise ConfigError("config.regime", place="station.regime", known=", ".join(known))
    return parse_regime(tomllib.loads(path.read_text(encoding="utf-8")))


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
    return {language: Words(language, folders) for language in languages}


def open_driver(kind: str, config: DeviceConfig, data: Path) -> Callable[[], Any]:
    """How to open the device `kind`: the driver's module beside its contract is imported when it is first tried.

    Raises `ConfigError` when there is no such driver.
    """
    name = f"kiosk.hal.{kind}.{config.driver}"
    if importlib.util.find_spec(name) is None:
        raise ConfigError("config.driver", place=f"devices.{kind}.driver", driver=config.driver)

    def open_device() -> Any:
        return importlib.import_module(name).open_device(config.settings, data)

    return open_device


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
