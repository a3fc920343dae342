"""A hook over ten plugins: contained and timed as the kiosk calls it, against pluggy's own call, which stops at a fault."""

from __future__ import annotations

import time
from collections.abc import Callable
from statistics import median

import pluggy

from bench.table import Row
from kiosk.hookspecs import PROJECT, KioskHooks, hookimpl
from kiosk.plugins.manager import Plugins
from kiosk.workflow.ledger import Sealed

PLUGINS, CALLS, ROUNDS = 10, 2_000, 9
SEALED = Sealed("MAU01-000001", "0" * 64, "spool/0.age")


class Watcher:
    @hookimpl
    def kiosk_dossier_sealed(self, sealed: Sealed) -> None:
        """Takes note of nothing: the call itself is measured."""


def rows() -> list[Row]:
    ours, plain = Plugins(), pluggy.PluginManager(PROJECT)
    plain.add_hookspecs(KioskHooks)
    for number in range(PLUGINS):
        ours.add(f"watcher{number}", Watcher())
        plain.register(Watcher())
    assert len(ours.lines()) == PLUGINS
    rounds = [
        (_each(lambda: ours.sealed(SEALED)), _each(lambda: plain.hook.kiosk_dossier_sealed(sealed=SEALED)))
        for _ in range(ROUNDS)
    ]
    contained, floor = (median(side) for side in zip(*rounds, strict=True))
    return [
        Row(
            "hook over ten plugins",
            contained,
            "µs",
            1.0,
            floor,
            note="floor: the same call by pluggy, not contained",
        )
    ]


def _each(call: Callable[[], object]) -> float:
    begun = time.perf_counter()
    for _ in range(CALLS):
        call()
    return (time.perf_counter() - begun) / CALLS * 1e6
