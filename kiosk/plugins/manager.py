"""Loading plugins and calling their hooks, one at a time, contained and timed.

pluggy finds, registers and validates; the calls themselves run over `get_hookimpls()` with positional arguments,
because pluggy's own call stops at the first exception and tells nobody which plugin was slow.
"""

from __future__ import annotations

import importlib
import logging
import time
from collections.abc import Callable, Iterable, Iterator
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from types import ModuleType
from typing import Any

import msgspec
import pluggy

from kiosk.domain.dossier import Dossier
from kiosk.domain.receipt import SlipPart
from kiosk.errors import PluginError
from kiosk.hookspecs import ENTRY_POINTS, PROJECT, KioskHooks
from kiosk.locale import Words
from kiosk.plugins import BUNDLED
from kiosk.workflow.ledger import Sealed
from kiosk.workflow.step import Activity

log = logging.getLogger(__name__)
SLOW_CALL_S = 0.2


class PluginLine(msgspec.Struct, frozen=True, omit_defaults=True):
    """One plugin as `kiosk plugins list` shows it. `trouble` says why it is quarantined."""

    name: str
    origin: str
    version: str
    hooks: tuple[str, ...] = ()
    activities: tuple[str, ...] = ()
    trouble: str = ""


class Meter(msgspec.Struct):
    """What the calls of one plugin have cost and how often they failed."""

    calls: int = 0
    failures: int = 0
    seconds: float = 0.0
    slowest: float = 0.0

    def add(self, seconds: float) -> None:
        self.calls += 1
        self.seconds += seconds
        self.slowest = max(self.slowest, seconds)


class Plugins:
    """The plugins of this kiosk. Build it with `load`."""

    def __init__(self) -> None:
        self._manager = pluggy.PluginManager(PROJECT)
        self._manager.add_hookspecs(KioskHooks)
        self._quarantine: dict[str, PluginLine] = {}
        self._origins: dict[str, tuple[str, str]] = {}
        self._activities: dict[str, tuple[Activity, ...]] = {}
        self.meters: dict[str, Meter] = {}

    # -- loading ---------------------------------------------------------------------------------------------

    def add(self, name: str, plugin: object, origin: str = "bundled", version: str = "") -> None:
        """Register one plugin; one that breaks its contract goes into quarantine and the rest never notice."""
        self._origins[name] = (origin, version)
        try:
            self._register(name, plugin)
            self._activities[name] = self._own_activities(name)
            self.meters[name] = Meter()
        except Exception as error:  # noqa: BLE001 - whatever a plugin raises at load stays its own
            self.quarantine(name, error)

    def quarantine(self, name: str, error: BaseException) -> None:
        """Take a plugin out of service and remember why."""
        if self._manager.has_plugin(name):
            self._manager.unregister(name=name)
        self._activities.pop(name, None)
        origin, version = self._origins.get(name, ("", ""))
        self._quarantine[name] = PluginLine(name, origin, version, trouble=f"{type(error).__name__}: {error}")
        log.error("plugin %s quarantined: %s", name, type(error).__name__)

    def _register(self, name: str, plugin: object) -> None:
        if self._manager.has_plugin(name):
            raise PluginError("plugin.twice", name=name)
        self._manager.register(plugin, name)
        self._manager.check_pending()
        callers = self._manager.get_hookcallers(plugin)
        if not callers:
            raise PluginError("plugin.no_hooks", name=name)
        for caller in callers:
            self._check_signature(name, caller)

    def _check_signature(self, name: str, caller: pluggy.HookCaller) -> None:
        """Calls are positional, so an implementation takes exactly the arguments of the specification."""
        wanted = caller.spec.argnames if caller.spec else ()
        for implementation in caller.get_hookimpls():
            if implementation.plugin_name == name and implementation.argnames != wanted:
                raise PluginError("plugin.signature", name=name, hook=caller.name, wanted=", ".join(wanted))

    def _own_activities(self, name: str) -> tuple[Activity, ...]:
        found: list[Activity] = []
        for owner, implementation in self._implementations("kiosk_activities"):
            if owner == name:
                found.extend(implementation())
        taken = {activity.code for own in self._activities.values() for activity in own}
        for activity in found:
            if not isinstance(activity, Activity):
                raise PluginError("plugin.not_an_activity", name=name)
            if activity.code in taken:
                raise PluginError("plugin.activity_taken", name=name, activity=activity.code)
        return tuple(found)

    # -- the hooks -------------------------------------------------------------------------------------------

    @property
    def activities(self) -> tuple[Activity, ...]:
        """All activities in the order of the welcome screen."""
        every = (activity for own in self._activities.values() for activity in own)
        return tuple(sorted(every, key=lambda activity: (activity.order, activity.code)))

    def catalogues(self) -> tuple[Path, ...]:
        return tuple(Path(folder) for folder in self.call("kiosk_catalogues") if isinstance(folder, Path))

    def slip_lines(self, dossier: Dossier, words: Words) -> tuple[SlipPart, ...]:
        lines: list[SlipPart] = []
        for answer in self.call("kiosk_slip_lines", dossier, words):
            if isinstance(answer, Iterable):
                lines.extend(part for part in answer if isinstance(part, SlipPart))
        return tuple(lines)

    def sealed(self, sealed: Sealed) -> None:
        self.call("kiosk_dossier_sealed", sealed)

    def call(self, hook: str, *arguments: object) -> list[object]:
        """Call every implementation of `hook`; answers in order of registration, those that raised left out.

        `arguments` stand in the order of the hook's specification.
        """
        answers: list[object] = []
        clock = time.perf_counter
        meters = self.meters
        for implementation in getattr(self._manager.hook, hook).get_hookimpls():
            begun = clock()
            try:
                answers.append(implementation.function(*arguments))
            except Exception as error:  # noqa: BLE001 - containment is the purpose
                self._failed(implementation.plugin_name, hook, error)
            meters[implementation.plugin_name].add(clock() - begun)
        return answers

    def _failed(self, name: str, hook: str, error: Exception) -> None:
        self.meters[name].failures += 1
        place = error.__traceback__
        while place and place.tb_next:
            place = place.tb_next
        line = place.tb_lineno if place else 0
        log.error("plugin %s failed in %s: %s at line %d", name, hook, type(error).__name__, line)

    def _implementations(self, hook: str) -> Iterator[tuple[str, Callable[..., Any]]]:
        for implementation in getattr(self._manager.hook, hook).get_hookimpls():
            yield implementation.plugin_name, implementation.function

    # -- telling ---------------------------------------------------------------------------------------------

    def lines(self) -> tuple[PluginLine, ...]:
        """Every plugin, those in quarantine last."""
        working = tuple(
            self._line(name, plugin) for name, plugin in self._manager.list_name_plugin() if plugin
        )
        return working + tuple(self._quarantine.values())

    def _line(self, name: str, plugin: object) -> PluginLine:
        callers = self._manager.get_hookcallers(plugin) or []
        origin, version = self._origins[name]
        return PluginLine(
            name=name,
            origin=origin,
            version=version,
            hooks=tuple(sorted(caller.name for caller in callers)),
            activities=tuple(activity.code for activity in self._activities[name]),
        )


def load(version: str) -> Plugins:
    """The bundled plugins, then those installed beside the kiosk, by name."""
    plugins = Plugins()
    for name in BUNDLED:
        plugins.add(name, importlib.import_module(f"kiosk.plugins.{name}"), "bundled", version)
    for entry in sorted(entry_points(group=ENTRY_POINTS), key=lambda entry: entry.name):
        _load_installed(plugins, entry)
    return plugins


def _load_installed(plugins: Plugins, entry: EntryPoint) -> None:
    origin = entry.dist.name if entry.dist else entry.value
    version = entry.dist.version if entry.dist else ""
    try:
        module: ModuleType = entry.load()
    except Exception as error:  # noqa: BLE001 - whatever a plugin raises at import stays its own
        plugins.quarantine(entry.name, error)
        return
    plugins.add(entry.name, module, origin, version)
