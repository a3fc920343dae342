"""Loading plugins and calling their hooks, one at a time, contained and timed.

pluggy finds, registers and validates; the calls themselves run over `get_hookimpls()` with positional arguments,
because pluggy's own call stops at the first exception and tells nobody which plugin was slow. Every call has a thread
of its own and a deadline, so that a plugin that never answers costs one delay and is then out of service.
"""

from __future__ import annotations

import importlib
import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import TypeVar

import msgspec
import pluggy

from kiosk.domain.dossier import Dossier
from kiosk.domain.message import Message, msg
from kiosk.domain.receipt import SlipPart
from kiosk.errors import KioskError, PluginError
from kiosk.hookspecs import ENTRY_POINTS, PROJECT, KioskHooks
from kiosk.locale import Words
from kiosk.plugins import BUNDLED
from kiosk.plugins.contract import (
    check_implementation,
    checked_activities,
    checked_catalogues,
    checked_slip_parts,
)
from kiosk.workflow.ledger import Sealed
from kiosk.workflow.step import Activity

log = logging.getLogger(__name__)
SLOW_CALL_S = 0.2
PATIENCE_S = 2.0

T = TypeVar("T")


class PluginLine(msgspec.Struct, frozen=True, omit_defaults=True):
    """One plugin as `kiosk plugins list` shows it. `trouble` says why it is quarantined."""

    name: str
    origin: str
    version: str
    hooks: tuple[str, ...] = ()
    activities: tuple[str, ...] = ()
    trouble: Message | None = None


class Meter(msgspec.Struct):
    """What the calls of one plugin have cost and how often they failed."""

    calls: int = 0
    failures: int = 0
    seconds: float = 0.0
    slowest: float = 0.0

    def add(self, seconds: float, failed: bool) -> None:
        self.calls += 1
        self.failures += failed
        self.seconds += seconds
        self.slowest = max(self.slowest, seconds)


class Plugin(msgspec.Struct, frozen=True):
    """One plugin in service, and what it answered at the start."""

    line: PluginLine
    meter: Meter
    activities: tuple[Activity, ...]
    catalogues: tuple[Path, ...]


class Plugins:
    """The plugins of this kiosk. Build it with `load`."""

    def __init__(self, patience: float = PATIENCE_S) -> None:
        """`patience`: seconds a call may take before its plugin is out of service."""
        self._manager = pluggy.PluginManager(PROJECT)
        self._manager.add_hookspecs(KioskHooks)
        self._patience = patience
        self._plugins: dict[str, Plugin] = {}
        self._quarantine: list[PluginLine] = []

    # -- loading ---------------------------------------------------------------------------------------------

    def add(self, name: str, plugin: object, origin: str = "bundled", version: str = "") -> None:
        """Register one plugin; one that breaks its contract goes into quarantine and the rest never notice."""
        line = PluginLine(name, origin, version)
        if name in self._plugins:
            self.quarantine(line, PluginError("plugin.twice", name=name))
            return
        try:
            self._plugins[name] = self._admit(line, plugin)
        except (Exception, SystemExit) as error:  # noqa: BLE001 - whatever a plugin raises at load stays its own
            self._manager.unregister(name=name)
            self.quarantine(line, error)

    def quarantine(self, line: PluginLine, error: BaseException) -> None:
        """Remember a plugin that is not in service, and why."""
        self._quarantine.append(msgspec.structs.replace(line, trouble=_trouble(error)))
        log.error("plugin %s quarantined: %s", line.name, type(error).__name__)

    def _admit(self, line: PluginLine, plugin: object) -> Plugin:
        name = line.name
        self._manager.register(plugin, name)
        self._manager.check_pending()
        callers = [caller for caller in self._manager.get_hookcallers(plugin) or () if caller.has_spec()]
        if not callers:
            raise PluginError("plugin.no_hooks", name=name)
        for caller in callers:
            for implementation in self._implementations(caller.name, name):
                check_implementation(caller, implementation)
        taken = {activity.code for activity in self.activities}
        meter = Meter()
        activities = self._ask(
            meter, name, "kiosk_activities", lambda answer: checked_activities(answer, taken)
        )
        catalogues = self._ask(meter, name, "kiosk_catalogues", checked_catalogues)
        hooks = tuple(sorted(caller.name for caller in callers))
        codes = tuple(activity.code for activity in activities)
        line = msgspec.structs.replace(line, hooks=hooks, activities=codes)
        return Plugin(line, meter, activities, catalogues)

    def _ask(
        self, meter: Meter, name: str, hook: str, check: Callable[[object], tuple[T, ...]]
    ) -> tuple[T, ...]:
        """What the plugin answers at the start; raises whatever is wrong with it."""
        found: list[T] = []
        for implementation in self._implementations(hook, name):
            found.extend(self._timed(meter, implementation, check))
        return tuple(found)

    # -- the hooks -------------------------------------------------------------------------------------------

    @property
    def activities(self) -> tuple[Activity, ...]:
        """All activities in the order of the welcome screen."""
        every = (activity for plugin in self._plugins.values() for activity in plugin.activities)
        return tuple(sorted(every, key=lambda activity: (activity.order, activity.code)))

    @property
    def meters(self) -> dict[str, Meter]:
        """What the calls of each plugin in service have cost."""
        return {name: plugin.meter for name, plugin in self._plugins.items()}

    def catalogues(self) -> tuple[Path, ...]:
        return tuple(folder for plugin in self._plugins.values() for folder in plugin.catalogues)

    def slip_lines(self, dossier: Dossier, words: Words) -> tuple[SlipPart, ...]:
        """Every plugin's lines in the order of loading, those left out that failed."""
        answers = self.call("kiosk_slip_lines", checked_slip_parts, dossier, words)
        return tuple(part for parts in answers for part in parts)

    def sealed(self, sealed: Sealed) -> None:
        self.call("kiosk_dossier_sealed", bool, sealed)

    def call(self, hook: str, check: Callable[[object], T], *arguments: object) -> list[T]:
        """Call every implementation of `hook`; answers in order of registration, those that failed left out.

        `arguments` stand in the order of the hook's specification. `check` takes an answer apart while it is still
        contained: an answer may be a generator that fails half-way.
        """
        answers: list[T] = []
        for implementation in self._implementations(hook):
            plugin = self._plugins[implementation.plugin_name]
            try:
                answers.append(self._timed(plugin.meter, implementation, check, *arguments))
            except LateError as error:
                self._retire(plugin, error)
            except (Exception, SystemExit) as error:  # noqa: BLE001 - containment is the purpose
                _tell(plugin.line.name, hook, error)
        return answers

    def _timed(
        self,
        meter: Meter,
        implementation: pluggy.HookImpl,
        check: Callable[[object], T],
        *arguments: object,
    ) -> T:
        begun = time.perf_counter()
        failed = True
        try:
            answer = within(self._patience, lambda: check(implementation.function(*arguments)))
            failed = False
        finally:
            seconds = time.perf_counter() - begun
            meter.add(seconds, failed)
            if seconds > SLOW_CALL_S:
                log.warning("plugin %s took %.1f s", implementation.plugin_name, seconds)
        return answer

    def _retire(self, plugin: Plugin, error: Exception) -> None:
        """Out of service until the next start; its thread is left behind. Its activities are not called hooks and stay."""
        self._manager.unregister(name=plugin.line.name)
        del self._plugins[plugin.line.name]
        self.quarantine(plugin.line, error)

    def _implementations(self, hook: str, name: str = "") -> list[pluggy.HookImpl]:
        found: list[pluggy.HookImpl] = getattr(self._manager.hook, hook).get_hookimpls()
        return [implementation for implementation in found if name in ("", implementation.plugin_name)]

    # -- telling ---------------------------------------------------------------------------------------------

    def lines(self) -> tuple[PluginLine, ...]:
        """Every plugin, those in quarantine last."""
        return (*(plugin.line for plugin in self._plugins.values()), *self._quarantine)


class LateError(PluginError):
    """A call has not come back in time."""


def within(seconds: float, work: Callable[[], T]) -> T:
    """What `work` returns or raises, done in a thread of its own. Raises `LateError` when it takes longer than `seconds`."""
    future: Future[T] = Future()

    def run() -> None:
        try:
            future.set_result(work())
        except BaseException as error:  # noqa: BLE001 - raised again where it is waited for
            future.set_exception(error)

    threading.Thread(target=run, name="plugin", daemon=True).start()
    try:
        return future.result(seconds)
    except TimeoutError:
        if future.done():
            raise
        raise LateError("plugin.late", seconds=int(seconds)) from None


def load(version: str) -> Plugins:
    """The bundled plugins, then those installed beside the kiosk, by name."""
    plugins = Plugins()
    for name in BUNDLED:
        plugins.add(name, importlib.import_module(f"kiosk.plugins.{name}"), "bundled", version)
    for entry in sorted(entry_points(group=ENTRY_POINTS), key=lambda entry: (entry.name, entry.value)):
        load_installed(plugins, entry)
    return plugins


def load_installed(plugins: Plugins, entry: EntryPoint) -> None:
    """Import one installed plugin and add it; one that cannot be imported goes into quarantine."""
    origin = entry.dist.name if entry.dist else entry.value
    version = entry.dist.version if entry.dist else ""
    try:
        plugin = entry.load()
    except (Exception, SystemExit) as error:  # noqa: BLE001 - whatever a plugin raises at import stays its own
        plugins.quarantine(PluginLine(entry.name, origin, version), error)
        return
    plugins.add(entry.name, plugin, origin, version)


def _trouble(error: BaseException) -> Message:
    if isinstance(error, KioskError):
        return msg(error.code, **error.values)
    return msg("plugin.raised", error=type(error).__name__, why=str(error))


def _tell(name: str, hook: str, error: BaseException) -> None:
    """Type and place only: an exception's text may hold a person's data."""
    place = error.__traceback__
    while place and place.tb_next:
        place = place.tb_next
    line = place.tb_lineno if place else 0
    log.error("plugin %s failed in %s: %s at line %d", name, hook, type(error).__name__, line)
