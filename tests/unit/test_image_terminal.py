"""What the image's terminal must not do to a citizen's finger."""

from __future__ import annotations

import configparser
from pathlib import Path

FOOT = Path(__file__).parents[2] / "image" / "overlay" / "usr" / "share" / "kiosk" / "foot.ini"


def test_a_touch_belongs_to_the_program() -> None:
    """foot takes every press for itself while its override modifiers are held, and `none` of them always are."""
    settings = configparser.ConfigParser(interpolation=None, delimiters=("=",))
    settings.read_string("[main]\n" + FOOT.read_text(encoding="utf-8"))
    assert settings["mouse-bindings"].get("selection-override-modifiers") is None
    assert set(settings["mouse-bindings"].values()) == {"none"}
