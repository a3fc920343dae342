"""The steps of a machine's first start. What the seed does not answer is asked at the terminal, where there is one."""

from __future__ import annotations

import getpass
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import datetime
from pathlib import Path

import msgspec

from kiosk.cli.common import speaker, tell
from kiosk.config import NO_DEVICE, OPTIONAL_DEVICES, DeviceConfig, Mode, SurroundingsConfig, load
from kiosk.domain.message import Message, msg
from kiosk.domain.time import VIETNAM
from kiosk.errors import BadInputError, KioskError
from kiosk.imaging.provision import (
    KINDS,
    RECOVERY_KEPT,
    Answers,
    Place,
    Seed,
    Step,
    first_officer,
    parse_station,
    station_of,
)

PORTS = ("serial/by-id/*", "ttyUSB*", "ttyACM*", "ttyAMA*", "video*", "usb/lp*", "gpiochip*")
SPELT = "%Y-%m-%d %H:%M"
CLEARED = "\x1b[2J\x1b[H"


class Unasked(Exception):  # noqa: N818 - an end, not an error
    """The step needs an answer, and nobody is there to give it."""

    def __init__(self, step: Step) -> None:
        super().__init__(step)
        self.step = step


class Setup:
    """One run. `asks` when there is a terminal; what comes back from `ask` is never empty unless `default` is."""

    def __init__(self, place: Place, seed: Seed, data: Path, asks: bool) -> None:
        self.place = place
        self.seed = seed
        self.data = data
        self.asks = asks

    def ask(self, step: Step, question: Message, default: str = "") -> str:
        """Raises `Unasked` without a terminal."""
        if not self.asks:
            raise Unasked(step)
        shown = f" [{default}]" if default.strip() else ""
        sys.stderr.write(f"{speaker()(question)}{shown} ")
        sys.stderr.flush()
        line = sys.stdin.readline()
        if not line:
            raise Unasked(step)
        return line.strip() or default

    def accept(self, config: Path) -> None:
        """As the core will read it. Raises `ConfigError`."""
        from kiosk.app.resources import accept

        accept(load(config), config)


def clock_step(setup: Setup, answers: Answers) -> Answers:
    """Certificates, deadlines and the audit chain need a day that is right; a clock somebody keeps is believed."""
    from kiosk.hal.clock import SystemClock
    from kiosk.hal.surroundings import Surroundings

    clock = SystemClock()
    health = Surroundings(setup.data, SurroundingsConfig(), clock).look().get("clock")
    trouble = health.message if health else None
    if trouble is None:
        return answers
    shown = clock.read().local.strftime(SPELT)
    typed = setup.ask(Step.CLOCK, msg("provision.ask_clock", shown=shown), shown)
    if typed != shown:
        _set_clock(typed)
    return answers


def _set_clock(typed: str) -> None:
    """Raises `BadInputError` for no time, or where this user may not set it."""
    try:
        moment = datetime.strptime(typed, SPELT).replace(tzinfo=VIETNAM)
        time.clock_settime(time.CLOCK_REALTIME, moment.timestamp())
    except ValueError as error:
        raise BadInputError("provision.bad_time", given=typed[:40]) from error
    except OSError as error:
        raise BadInputError("provision.clock_refused", why=error.strerror or "") from error


def station_step(setup: Setup, answers: Answers) -> Answers:
    """The number begins every dossier of this machine: it is the one thing that differs between fifty."""
    station = station_of(setup.seed, setup.place.serial)
    while not station:
        typed = parse_station(
            setup.ask(Step.STATION, msg("provision.ask_station", serial=setup.place.serial))
        )
        if isinstance(typed, Message):
            tell(typed)
        else:
            station = typed
    given = setup.seed.station
    place = given.place or setup.ask(Step.STATION, msg("provision.ask_place"))
    back = given.return_place or setup.ask(Step.STATION, msg("provision.ask_return_place"), place)
    return msgspec.structs.replace(answers, station=station, place=place, return_place=back)


def recovery_step(setup: Setup, answers: Answers) -> Answers:
    """The machine keeps no copy: whoever has it on paper types the end of it. There is none where the data partition is not
    encrypted, and none any more where somebody has it."""
    from kiosk.store.files import disk_trouble, write_durably

    with disk_trouble(setup.place.recovery):
        if not setup.place.recovery.exists():
            return answers
        key = setup.place.recovery.read_text(encoding="ascii").strip()
    end = key.rpartition("-")[2]
    clear()
    question = msg("provision.recovery", station=answers.station, key=key)
    while setup.ask(Step.RECOVERY, question).lower() != end:
        tell(msg("provision.recovery_differs"))
    write_durably(setup.place.settings / RECOVERY_KEPT, b"")
    clear()
    return answers


def clear() -> None:
    """A terminal, of what was on it."""
    if sys.stderr.isatty():
        sys.stderr.write(CLEARED)


def devices_step(setup: Setup, answers: Answers) -> Answers:
    """A device that does not answer is a notice: cables come later, and the board says it again."""
    ports = ", ".join(_ports(Path("/dev")))
    tell(msg("provision.ports", ports=ports or "—"))
    given = setup.seed.devices
    # Whoever names devices in the seed has said what there is; nothing more is asked than what has to be there.
    left_out = OPTIONAL_DEVICES - given.keys() if given else frozenset()
    wanted = {kind: given.get(kind) or _asked_device(setup, kind) for kind in KINDS if kind not in left_out}
    devices = {kind: chosen for kind, chosen in wanted.items() if chosen.driver != NO_DEVICE}
    for kind, chosen in devices.items():
        trouble = _trouble(setup, kind, chosen)
        name = msg(f"device.{kind}")
        found = msg("provision.device_found", device=name, driver=chosen.driver)
        tell(
            msg("provision.device_missing", device=name, driver=chosen.driver, why=trouble)
            if trouble
            else found
        )
    return msgspec.structs.replace(answers, devices=devices)


def _asked_device(setup: Setup, kind: str) -> DeviceConfig:
    """`DRIVER key=value …`, until there is such a driver."""
    from kiosk.app.trial import known_drivers

    drivers = [name for name in known_drivers(kind) if name != "sim" or setup.seed.mode is Mode.DEMO]
    usual = drivers[0] if len(drivers) == 1 else ""
    if kind in OPTIONAL_DEVICES:
        drivers, usual = [*drivers, NO_DEVICE], NO_DEVICE
    while True:
        question = msg("provision.ask_device", device=msg(f"device.{kind}"), drivers=", ".join(drivers))
        words = setup.ask(Step.DEVICES, question, usual).split()
        pairs = [word.partition("=") for word in words[1:]]
        if words and words[0] in drivers and all(pair[1] for pair in pairs):
            return DeviceConfig(words[0], {key: _plain(value) for key, _, value in pairs})
        tell(msg("provision.bad_device", drivers=", ".join(drivers)))


def _plain(text: str) -> str | int:
    return int(text) if text.isascii() and text.isdecimal() else text


def _trouble(setup: Setup, kind: str, chosen: DeviceConfig) -> Message | None:
    from kiosk.app.trial import open_named

    try:
        device = open_named(kind, chosen.driver, chosen.settings, setup.data)
    except KioskError as error:
        return msg(error.code, **error.values)
    try:
        return device.health().message  # type: ignore[no-any-return]
    finally:
        device.close()


def _ports(dev: Path) -> Iterator[str]:
    for pattern in PORTS:
        yield from (str(found) for found in sorted(dev.glob(pattern)))


def keys_step(setup: Setup, answers: Answers) -> Answers:
    """Whose keys dossiers are sealed to. A demonstration makes a pair of its own."""
    from kiosk.store.sealing import Recipients

    recipients = setup.seed.seal.recipients
    while setup.seed.mode is Mode.PRODUCTION:
        try:
            Recipients(recipients)
            break
        except KioskError as error:
            if recipients:
                tell(msg(error.code, **{"file": "seal.recipients", **error.values}))
            recipients = _keys_in(setup.ask(Step.KEYS, msg("provision.ask_recipients")))
    return msgspec.structs.replace(answers, recipients=tuple(recipients))


def _keys_in(typed: str) -> tuple[str, ...]:
    """Typed themselves, or the name of a file with a key a line, as on the stick from the centre."""
    file = Path(typed)
    if "age1" not in typed and file.is_file():
        lines = file.read_text(encoding="utf-8", errors="replace").splitlines()
        return tuple(line.strip() for line in lines if line.strip() and not line.startswith("#"))
    return tuple(typed.split())


def identity_step(setup: Setup, answers: Answers) -> Answers:
    """The key never leaves the machine; its request goes to the centre as a picture, and as a file on the card."""
    from kiosk.imaging.request import pem, qr_text
    from kiosk.store.files import make_folder, write_durably
    from kiosk.store.keys import DeviceKeys

    make_folder(setup.data)
    request = DeviceKeys.open(setup.data / "keys").signing_request(answers.station)
    file = setup.place.settings / f"{answers.station}.csr"
    write_durably(file, pem(request))
    if setup.place.bootconfig.is_dir():
        write_durably(setup.place.bootconfig / f"{answers.station[:8]}.csr", pem(request))
    if setup.asks:
        _show_code(qr_text(request))
        setup.ask(Step.IDENTITY, msg("provision.csr", file=str(file)), " ")
    else:
        tell(msg("provision.csr_written", file=str(file)))
    return answers


def _show_code(text: str) -> None:
    """On a terminal alone and at its top, with room for the question below it."""
    from kiosk.imaging.request import code_lines

    if not sys.stderr.isatty():
        return
    size = os.get_terminal_size(sys.stderr.fileno())
    lines = code_lines(text, size.columns, size.lines - 1)
    sys.stderr.write("".join((CLEARED, *(f"{line}\n" for line in lines))))


def access_step(setup: Setup, answers: Answers) -> Answers:
    """Only what the seed names: nobody types a key. Without one nobody comes in over SSH."""
    from kiosk.imaging.access import write_keys

    given = setup.seed.ssh
    if given.technicians or given.desks:
        write_keys(setup.place.ssh, given.technicians, given.desks)
    return answers


def officer_step(setup: Setup, answers: Answers) -> Answers:
    """The first supervisor, whose PIN is typed here: there is none in a seed, for whoever holds the card could read it."""
    from kiosk.app.process import only_core
    from kiosk.hal.clock import SystemClock
    from kiosk.store.database import Database
    from kiosk.store.keys import DeviceKeys
    from kiosk.store.people import People

    with only_core(setup.data), closing(Database(setup.data / "kiosk.db", SystemClock())) as database:
        people = People(database, DeviceKeys.open(setup.data / "keys").pins)
        while not len(people):
            given = setup.seed.officer
            number = given.number or setup.ask(Step.OFFICER, msg("provision.ask_officer"))
            name = given.name or setup.ask(Step.OFFICER, msg("provision.ask_name"))
            officer = first_officer(number, name)
            trouble = (
                officer
                if isinstance(officer, Message)
                else people.add_first(officer, _new_pin(setup, number))
            )
            if trouble:
                tell(trouble)
        return msgspec.structs.replace(answers, officer=people.all()[0].id)


def _new_pin(setup: Setup, number: str) -> str:
    """Typed twice on a terminal. Raises `Unasked` without one."""
    if not setup.asks:
        raise Unasked(Step.OFFICER)
    say = speaker()
    while True:
        pin = getpass.getpass(say(msg("provision.ask_pin", officer=number)))
        if pin == getpass.getpass(say(msg("people.ask_again"))):
            return pin
        tell(msg("people.pins_differ"))


Body = Callable[[Setup, Answers], Answers]
STEPS: dict[Step, Body] = {
    Step.CLOCK: clock_step,
    Step.STATION: station_step,
    Step.RECOVERY: recovery_step,
    Step.DEVICES: devices_step,
    Step.KEYS: keys_step,
    Step.IDENTITY: identity_step,
    Step.ACCESS: access_step,
    Step.OFFICER: officer_step,
}
