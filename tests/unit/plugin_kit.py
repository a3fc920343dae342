"""Plugins made on the spot, well-behaved and not."""

from __future__ import annotations

import sys
import types
from collections.abc import Callable

from kiosk.domain.dossier import Dossier
from kiosk.domain.receipt import SlipPart, Text
from kiosk.hookspecs import hookimpl
from kiosk.locale import Words
from kiosk.plugins.manager import Plugins

DOSSIER = Dossier("MAU01-000001", "first_issue", "cccd2021")
FINE = Text("Giờ mở cửa: 7:30–11:30")


def plugin(**hooks: Callable[..., object]) -> types.SimpleNamespace:
    """A plugin with these implementations, marked as an author marks them."""
    return types.SimpleNamespace(**{f"kiosk_{name}": hookimpl(function) for name, function in hooks.items()})


def lines_of(*parts: object) -> types.SimpleNamespace:
    return plugin(slip_lines=lambda dossier, words: parts)


def trouble(plugins: Plugins, name: str = "broken") -> str:
    """The code of what is wrong with a plugin; empty for one in service."""
    (line,) = (line for line in plugins.lines() if line.name == name)
    return line.trouble.code if line.trouble else ""


def printed(plugins: Plugins) -> tuple[SlipPart, ...]:
    return plugins.slip_lines(DOSSIER, Words("vi"))


def fail(*arguments: object) -> object:
    raise RuntimeError("broken")


def leave(*arguments: object) -> object:
    sys.exit(0)
