"""Readiness of a kiosk, line by line: what was found, and what a technician does about it.

While a core runs it owns the devices, so it is asked for them over the officer's socket. Otherwise each is opened,
asked and closed. Nothing is made or changed: keys, folders and demonstration people are the core's to make.
"""

from __future__ import annotations

import asyncio
import os
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from enum import StrEnum
from pathlib import Path

import msgspec

from kiosk import __version__
from kiosk.app.attention import out_of_force
from kiosk.app.plans import PLANS, read_keys, signer_of
from kiosk.app.process import only_core
from kiosk.app.resources import load_regime, load_words, surroundings_of
from kiosk.app.trial import open_named
from kiosk.biometrics.matching import NotMatched
from kiosk.biometrics.matching_client import WorkerMatcher
from kiosk.config import OPTIONAL_DEVICES, Config, Mode
from kiosk.domain.message import Message, msg
from kiosk.domain.time import Clock, today
from kiosk.errors import BadInputError, ConfigError, KioskError, LinkError, StoreError
from kiosk.hal.device import Health, HealthState
from kiosk.hal.printer import PrinterStatus
from kiosk.imaging.running import look
from kiosk.link.address import socket_path
from kiosk.link.client import connect
from kiosk.link.messages import BoardChanged
from kiosk.plugins.manager import load
from kiosk.store.keys import KEY_BYTES, KEY_FILES, DeviceKeys
from kiosk.store.roster import Roster
from kiosk.store.sealing import Recipients
from kiosk.workflow.board import Board, DeviceLine

RELEASE = Path("etc/kiosk-release")
ANSWER_S = 3.0
OTHERS = stat.S_IRWXG | stat.S_IRWXO


class State(StrEnum):
    """OK: nothing to do. WARN: serves, look at it soon. BAD: cannot serve like this, or a device it needs is gone."""

    OK = "ok"
    WARN = "warn"
    BAD = "bad"


ORDER = tuple(State)
CAN_PRINT = {PrinterStatus.OK, PrinterStatus.PAPER_LOW}
OF_HEALTH = {HealthState.OK: State.OK, HealthState.DEGRADED: State.WARN, HealthState.GONE: State.BAD}
STOPS_SERVING = frozenset(
    {
        "surroundings.disk_full",
        "surroundings.clock_wrong",
        *(f"printer.{status}" for status in PrinterStatus if status not in CAN_PRINT),
    }
)


class Finding(msgspec.Struct, frozen=True):
    """One line: `topic` is what was looked at (`device.printer`, `disk`…), `remedy` is there unless all is well."""

    topic: str
    state: State
    found: Message
    remedy: Message | None = None


class Place(msgspec.Struct, frozen=True):
    """What is examined: a configuration on a data folder of the machine whose files lie under `root`."""

    config: Config
    data: Path
    clock: Clock
    root: Path = Path("/")


def examine(place: Place) -> tuple[Finding, ...]:
    """Everything, in the order of the readiness sheet. Raises `BadInputError` for a folder this user may not read."""
    if place.data.exists() and not os.access(place.data, os.R_OK | os.X_OK):
        raise BadInputError("doctor.no_access", data=str(place.data))
    return (
        *_core_and_devices(place),
        *_surroundings(place),
        *_data(place),
        *_keys(place),
        *_recipients(place),
        *_roster(place),
        *_plugins(),
        *_matching(),
        *_configuration(place.config),
        *_plan(place),
        *_image(place.root),
    )


def worst(findings: tuple[Finding, ...]) -> State:
    """The state of the whole."""
    return max((finding.state for finding in findings), key=ORDER.index, default=State.OK)


# -- devices -----------------------------------------------------------------------------------------------------


@contextmanager
def devices_free(data: Path) -> Iterator[None]:
    """Nobody else opens the devices while the block lasts. Raises `StoreError` `store.in_use` when a core has them."""
    if not (data / "run" / "core.lock").exists():
        yield
        return
    with only_core(data):
        yield


def _core_and_devices(place: Place) -> list[Finding]:
    try:
        with devices_free(place.data):
            opened = [_try_device(place, kind) for kind in place.config.devices.there]
            return [Finding("core", State.OK, msg("doctor.core_stopped")), *opened]
    except StoreError as error:
        if error.code != "store.in_use":
            raise
    return _running(place)


def _try_device(place: Place, kind: str) -> Finding:
    chosen = getattr(place.config.devices, kind)
    try:
        device = open_named(kind, chosen.driver, chosen.settings, place.data)
    except KioskError as error:
        return _of_device(kind, chosen.driver, "", Health(HealthState.GONE, msg(error.code, **error.values)))
    try:
        return _of_device(kind, chosen.driver, device.model, device.health())
    finally:
        device.close()


def _of_device(kind: str, driver: str, model: str, health: Health) -> Finding:
    found = health.message or msg("doctor.device_ok", model=model)
    state = _state_of(found, health)
    if kind in OPTIONAL_DEVICES and state is State.BAD:
        state = State.WARN
    remedy = None if state is State.OK else msg("doctor.remedy.device", kind=kind, driver=driver)
    return Finding(f"device.{kind}", state, found, remedy)


def _state_of(found: Message, health: Health) -> State:
    """A device may answer and yet keep the kiosk from serving: no slip without paper."""
    return State.BAD if found.code in STOPS_SERVING else OF_HEALTH[health.state]


def _running(place: Place) -> list[Finding]:
    """A core has the devices: what is on its board, or that it does not answer."""
    try:
        board = asyncio.run(asyncio.wait_for(_board(place.data), ANSWER_S))
    except (LinkError, TimeoutError):
        return [Finding("core", State.BAD, msg("doctor.core_silent"), msg("doctor.remedy.core"))]
    core = Finding("core", State.OK, msg("doctor.core_runs", station=board.station))
    return [core, *_alerts(board), *(_of_line(place, line) for line in board.devices)]


async def _board(data: Path) -> Board:
    client = await connect(socket_path(data, "officer"))
    try:
        async for message in client:
            if isinstance(message, BoardChanged):
                return message.board
    finally:
        await client.close()
    raise LinkError("link.gone")


def _alerts(board: Board) -> list[Finding]:
    """What the core itself warns of; its surroundings are looked at anew below."""
    return [
        Finding("alert", State.BAD if alert.urgent else State.WARN, alert.message, msg("doctor.remedy.alert"))
        for alert in board.alerts
        if not alert.message.code.startswith("surroundings.")
    ]


def _of_line(place: Place, line: DeviceLine) -> Finding:
    driver = getattr(place.config.devices, line.kind).driver
    return _of_device(line.kind, driver, line.model, Health(line.state, line.message))


# -- the machine -------------------------------------------------------------------------------------------------


def _surroundings(place: Place) -> Iterator[Finding]:
    around = surroundings_of(place.config, place.data, place.clock, place.root)
    for name, health in around.look().items():
        found = health.message or msg(f"doctor.{name}_ok")
        state = _state_of(found, health)
        remedy = None if state is State.OK else msg(f"doctor.remedy.{name}")
        yield Finding(name, state, found, remedy)


def _image(root: Path) -> Iterator[Finding]:
    """The line the image was built with; a machine set up by hand has none, which is no fault."""
    try:
        text = (root / RELEASE).read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        yield Finding("image", State.OK, msg("doctor.image_none", version=__version__))
        return
    yield Finding("image", State.OK, msg("doctor.image", release=" · ".join(text.split("\n"))[:120]))
    running = look(root)
    if running.on_trial or running.verdict.result == "not-applied":
        code = "doctor.image_on_trial" if running.on_trial else "doctor.image_not_applied"
        yield Finding(
            "image", State.WARN, msg(code, version=running.release.version), msg("doctor.remedy.image")
        )


# -- what the kiosk needs besides its devices --------------------------------------------------------------------


def _data(place: Place) -> Iterator[Finding]:
    if place.data.exists():
        return
    demo = place.config.mode is Mode.DEMO
    remedy = None if demo else msg("doctor.remedy.data")
    yield Finding(
        "data", State.OK if demo else State.WARN, msg("doctor.data_none", data=str(place.data)), remedy
    )


def _keys(place: Place) -> Iterator[Finding]:
    folder = place.data / "keys"
    if not any((folder / name).exists() for name in KEY_FILES):
        yield _no_keys(place)
        return
    try:
        broken = _broken_key(folder)
        found = broken or msg("doctor.keys_ok", key=DeviceKeys.open(folder).key_id)
    except (OSError, KioskError) as error:
        broken = found = msg("doctor.keys_unreadable", why=str(error))
    yield Finding("keys", State.BAD if broken else State.OK, found, broken and msg("doctor.remedy.keys"))


def _no_keys(place: Place) -> Finding:
    """Before the first start there are none; a database without its keys has lost them."""
    if (place.data / "kiosk.db").exists():
        return Finding("keys", State.BAD, msg("doctor.keys_lost"), msg("doctor.remedy.keys"))
    return Finding("keys", State.OK, msg("doctor.keys_later"))


def _broken_key(folder: Path) -> Message | None:
    for name in KEY_FILES:
        file = folder / name
        if not file.exists() or file.stat().st_size != KEY_BYTES:
            return msg("store.key_damaged", place=name)
        if file.stat().st_mode & OTHERS:
            return msg("doctor.keys_open", file=str(file))
    return None


def _recipients(place: Place) -> Iterator[Finding]:
    keys = place.config.seal.recipients
    if not keys and place.config.mode is Mode.DEMO:
        yield Finding("recipients", State.OK, msg("doctor.recipients_demo"))
        return
    yield _checked(
        "recipients", lambda: Recipients(keys), msg("doctor.recipients_ok", count=len(keys)), "recipients"
    )


def _roster(place: Place) -> Iterator[Finding]:
    path = place.data / "roster.db"
    if not path.exists():
        demo = place.config.mode is Mode.DEMO
        found = msg("doctor.roster_demo" if demo else "doctor.roster_none")
        yield Finding(
            "roster", State.OK if demo else State.WARN, found, None if demo else msg("doctor.remedy.roster")
        )
        return
    try:
        roster = Roster.open(path)
    except KioskError as error:
        yield Finding("roster", State.BAD, msg(error.code, **error.values), msg("doctor.remedy.roster"))
        return
    size, version = roster.size, roster.version
    roster.close()
    yield Finding("roster", State.OK, msg("doctor.roster_ok", count=size, version=version))


def _plugins() -> Iterator[Finding]:
    """A quarantined plugin is left out and the kiosk serves without it."""
    lines = load(__version__).lines()
    for line in lines:
        if line.trouble is not None:
            found = msg("doctor.plugin", name=line.name, why=line.trouble)
            yield Finding("plugins", State.WARN, found, msg("doctor.remedy.plugin", origin=line.origin))
    if not any(line.trouble for line in lines):
        yield Finding("plugins", State.OK, msg("doctor.plugins_ok", count=len(lines)))


def _matching() -> Iterator[Finding]:
    """An optional part: without it the kiosk serves, and its dossiers say so. One that is there must load."""
    matcher = WorkerMatcher()
    try:
        engine = matcher.engine()
    finally:
        matcher.close()
    if not isinstance(engine, NotMatched):
        yield Finding("matching", State.OK, msg("doctor.matching_ok", engine=engine))
    elif engine.reason.code == "matching.absent":
        yield Finding("matching", State.OK, msg("doctor.matching_absent"))
    else:
        yield Finding("matching", State.WARN, engine.reason, msg("doctor.remedy.matching"))


def _configuration(config: Config) -> Iterator[Finding]:
    def read() -> None:
        load_regime(config.station.regime)
        load_words(config.station.languages, ())

    found = msg(f"doctor.config_{config.mode}", station=config.station.id, regime=config.station.regime)
    yield _checked("config", read, found, "config")


def _plan(place: Place) -> Iterator[Finding]:
    """Who vouches for the rules and whether they are in force; one that cannot be used is the configuration's fault."""
    name = place.config.station.regime
    with suppress(ConfigError):
        regime = load_regime(name)
        key = signer_of(PLANS / f"{name}.toml", read_keys())
        if out_of_force(regime, place.config.mode, today(place.clock)):
            late = msg("doctor.plan_late", regime=name)
            yield Finding("plan", State.WARN, late, msg("doctor.remedy.plan"))
        else:
            unsure = len(regime.unconfirmed)
            yield Finding("plan", State.OK, msg("doctor.plan_ok", regime=name, key=key, unsure=unsure))


def _checked(topic: str, check: Callable[[], object], fine: Message, remedy: str) -> Finding:
    try:
        check()
    except KioskError as error:
        values = {"file": "", **error.values}
        return Finding(topic, State.BAD, msg(error.code, **values), msg(f"doctor.remedy.{remedy}"))
    return Finding(topic, State.OK, fine)
