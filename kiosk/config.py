"""The configuration: one TOML file, every setting with its meaning, unknown keys refused.

Without a file the kiosk runs as a demonstration on simulated devices, and says so on every screen and slip. A file with
`mode = "production"` refuses simulations and needs real recipients.
"""

from __future__ import annotations

import re
import tomllib
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import msgspec

from kiosk.errors import ConfigError

Seconds = Annotated[float, msgspec.Meta(gt=0, le=3600)]
KioskId = Annotated[str, msgspec.Meta(pattern=r"^[A-Z0-9]{2,12}$")]
Percent = Annotated[float, msgspec.Meta(gt=0, le=100)]
NO_KEYS = "none"
NO_DEVICE = "none"
OPTIONAL_DEVICES = frozenset({"speaker"})
"""Kinds a kiosk can do without; their driver may be `NO_DEVICE`."""
DriverName = Annotated[str, msgspec.Meta(pattern=r"^[a-z][a-z0-9_]*$")]


class Mode(StrEnum):
    """DEMO: simulated devices, invented people. PRODUCTION: neither."""

    DEMO = "demo"
    PRODUCTION = "production"


class StationConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`id` begins every dossier number; `place` heads screens and slips; `return_place` is where cards are handed out.

    `return_working_days` 0 takes the term of the regime. `languages` need a reviewed catalogue.
    """

    id: KioskId = "MAU01"
    place: str = "Công an xã Mẫu"
    return_place: str = "Bộ phận một cửa, Ủy ban nhân dân xã Mẫu"
    regime: str = "cccd2021"
    return_working_days: Annotated[int, msgspec.Meta(ge=0, le=60)] = 0
    languages: Annotated[tuple[str, ...], msgspec.Meta(min_length=1)] = ("vi", "en")


class IdleConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Seconds without a touch until the citizen is asked (`warn`) and until the screen is cleared (`clear`)."""

    warn: Seconds = 60.0
    clear: Seconds = 90.0


class DisplayConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`dark_after`: seconds without anybody until the citizen's screen goes dark; 0: never."""

    dark_after: Annotated[float, msgspec.Meta(ge=0, le=86400)] = 600.0


class DeviceConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`driver` is a module beside the device's contract; `settings` are the driver's own."""

    driver: DriverName = "sim"
    settings: dict[str, str | int | float | bool] = {}


class DevicesConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One driver a device. The speaker may be left out."""

    fingers: DeviceConfig = DeviceConfig()
    camera: DeviceConfig = DeviceConfig()
    printer: DeviceConfig = DeviceConfig()
    panel: DeviceConfig = DeviceConfig()
    speaker: DeviceConfig = DeviceConfig(NO_DEVICE)

    @property
    def there(self) -> dict[str, DeviceConfig]:
        """What this kiosk has, by kind."""
        chosen: dict[str, DeviceConfig] = {kind: getattr(self, kind) for kind in self.__struct_fields__}
        left_out = {kind for kind in OPTIONAL_DEVICES if chosen[kind].driver == NO_DEVICE}
        return {kind: config for kind, config in chosen.items() if kind not in left_out}


class SealConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`recipients`: age X25519 public keys (`age1…`), the centre's and the escrow's at least. `reply_key`: the Ed25519
    public key (hex) that signs the population database's replies; without it none is taken."""

    recipients: tuple[str, ...] = ()
    reply_key: Annotated[str, msgspec.Meta(pattern=r"^([0-9a-f]{64})?$")] = ""


class LinkConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`users`: user ids besides the core's own and root that may connect a screen; `citizens`: the citizen's alone."""

    users: tuple[int, ...] = ()
    citizens: tuple[int, ...] = ()


class OfficerConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`patience`: seconds after which a question no officer has answered is urgent, and the citizen is told."""

    patience: Seconds = 60.0


class ApprovalConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`sample_percent`: how many of a hundred dossiers without a flag an officer looks at before they are sealed."""

    sample_percent: Annotated[float, msgspec.Meta(ge=0, le=100)] = 5.0


class SecondFactor(StrEnum):
    """NONE: the PIN is enough. IF_ENROLLED: whoever has a finger or key enrolled is asked for it. REQUIRED: nobody does
    anything without one but have one enrolled."""

    NONE = "none"
    IF_ENROLLED = "if_enrolled"
    REQUIRED = "required"


class StaffConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`lock_after`: seconds without a key until an officer's screen asks for the PIN again. `keys`: a module of
    `kiosk/hal/keys` that reaches security keys, or "none"."""

    lock_after: Seconds = 300.0
    second_factor: SecondFactor = SecondFactor.NONE
    keys: DriverName = NO_KEYS


class RosterConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`inbox`: the folder where files for a roster import are looked for; "" is `inbox` in the data folder."""

    inbox: str = ""


class SurroundingsConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """When the officer's board warns. `every`: seconds between two looks. `hot`: °C of the processor; a Raspberry Pi
    slows itself down from 80. `battery_low`, `disk_warn`, `disk_refuse`: per cent; from `disk_refuse` on nobody new is
    served."""

    every: Seconds = 5.0
    hot: Annotated[float, msgspec.Meta(ge=30, le=120)] = 80.0
    battery_low: Percent = 20.0
    disk_warn: Percent = 60.0
    disk_refuse: Percent = 95.0


class Config(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The whole file."""

    mode: Mode = Mode.DEMO
    station: StationConfig = StationConfig()
    idle: IdleConfig = IdleConfig()
    display: DisplayConfig = DisplayConfig()
    officer: OfficerConfig = OfficerConfig()
    approval: ApprovalConfig = ApprovalConfig()
    devices: DevicesConfig = DevicesConfig()
    surroundings: SurroundingsConfig = SurroundingsConfig()
    seal: SealConfig = SealConfig()
    link: LinkConfig = LinkConfig()
    staff: StaffConfig = StaffConfig()
    roster: RosterConfig = RosterConfig()


def load(path: Path | None) -> Config:
    """Read and check the file; None gives the demonstration, which has a speaker too. Raises `ConfigError` naming file,
    place and remedy."""
    if path is None:
        return DEMONSTRATION
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise ConfigError("config.absent", file=str(path)) from error
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError("config.unreadable", file=str(path), why=str(error)) from error
    except tomllib.TOMLDecodeError as error:
        raise ConfigError("config.syntax", file=str(path), why=str(error)) from error
    try:
        config = msgspec.convert(document, Config)
    except msgspec.ValidationError as error:
        raise _refusal(path, str(error)) from error
    _check(path, config)
    return config


def _check(path: Path, config: Config) -> None:
    """What types cannot say."""
    if config.idle.clear <= config.idle.warn:
        raise ConfigError("config.idle", file=str(path), place="idle.clear")
    if config.surroundings.disk_refuse <= config.surroundings.disk_warn:
        raise ConfigError("config.disk", file=str(path), place="surroundings.disk_refuse")
    if config.mode is not Mode.PRODUCTION:
        return
    for kind, chosen in config.devices.there.items():
        if chosen.driver == "sim":
            raise ConfigError("config.simulated", file=str(path), place=f"devices.{kind}.driver")
    if config.staff.keys == "sim":
        raise ConfigError("config.simulated", file=str(path), place="staff.keys")
    if len(set(config.seal.recipients)) < 2:
        raise ConfigError("config.no_recipients", file=str(path), place="seal.recipients")


DEMONSTRATION = Config(display=DisplayConfig(dark_after=0.0), devices=DevicesConfig(speaker=DeviceConfig()))
"""Without a file, with a speaker. A terminal that turned black would look broken to whoever is shown the kiosk."""
UNKNOWN = re.compile(r"Object contains unknown field `(?P<key>[^`]*)`(?: - at `\$\.?(?P<at>[^`]*)`)?")
WRONG = re.compile(r"(?P<why>.*?)(?: - at `\$\.?(?P<at>[^`]*)`)?$")


def _refusal(path: Path, text: str) -> ConfigError:
    """The library's sentence as a code with file, place and what was expected."""
    if found := UNKNOWN.match(text):
        at = ".".join(part for part in (found["at"], found["key"]) if part)
        return ConfigError("config.unknown_key", file=str(path), place=at)
    wrong = WRONG.match(text)
    why, at = (wrong["why"], wrong["at"] or "") if wrong else (text, "")
    return ConfigError("config.wrong_value", file=str(path), place=at, why=why)
