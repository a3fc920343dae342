"""The colours. Every pair used for letters keeps a contrast of at least 7:1 (a test measures it).

A light page like a printed form: read in a bright room by tired eyes. Nothing is said by colour alone.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from kiosk.tui.canvas import Ink

PAPER: Final = "#F8F5EE"
WHITE: Final = "#FFFFFF"
NIGHT: Final = "#10233D"
DARK: Final = "#000000"
NAVY: Final = "#143A6B"
NAVY_EDGE: Final = "#0C2547"
GREEN: Final = "#0F5A3A"
GREEN_EDGE: Final = "#083A25"
CLAY: Final = "#7A3022"
CLAY_EDGE: Final = "#4E1C13"
SAND: Final = "#E4DCC8"
SAND_EDGE: Final = "#B9AC8E"
GOLD: Final = "#F4C95D"
GOLD_EDGE: Final = "#B98A1E"
STONE: Final = "#3D4757"
LINE: Final = "#C9C0AC"
SKIN: Final = "#E2C9A6"
SKIN_EDGE: Final = "#B99E78"

PAGE = Ink(NIGHT, PAPER)
TITLE = Ink(NIGHT, PAPER, bold=True)
QUIET = Ink(STONE, PAPER)
RULE = Ink(GOLD_EDGE, PAPER)
LINES = Ink(LINE, PAPER)
HEADER = Ink(WHITE, NIGHT, bold=True)
HEADER_QUIET = Ink("#DCE4EE", NIGHT)
HEADER_GOLD = Ink(GOLD, NIGHT, bold=True)
DEMO = Ink(NIGHT, GOLD, bold=True)
CARD = Ink(NIGHT, WHITE)
CARD_BOLD = Ink(NIGHT, WHITE, bold=True)
CARD_QUIET = Ink(STONE, WHITE)
CARD_LINE = Ink(SAND_EDGE, WHITE)
BANNER = Ink(NIGHT, GOLD, bold=True)
GOOD = Ink(WHITE, GREEN, bold=True)
TROUBLE = Ink(CLAY_EDGE, PAPER, bold=True)
NOTE = Ink(CLAY_EDGE, WHITE, bold=True)


class Look(NamedTuple):
    """A button: its letters, its key cap, and the darker edge below it."""

    face: Ink
    cap: Ink
    edge: str


PLAIN_BUTTON = Look(Ink(WHITE, NAVY, True), Ink(NAVY, WHITE, True), NAVY_EDGE)
YES_BUTTON = Look(Ink(WHITE, GREEN, True), Ink(GREEN, WHITE, True), GREEN_EDGE)
NO_BUTTON = Look(Ink(WHITE, CLAY, True), Ink(CLAY, WHITE, True), CLAY_EDGE)
QUIET_BUTTON = Look(Ink(NIGHT, SAND, True), Ink(NIGHT, WHITE, True), SAND_EDGE)
HELP_BUTTON = Look(Ink(NIGHT, GOLD, True), Ink(NIGHT, WHITE, True), GOLD_EDGE)
KEY_BUTTON = Look(Ink(NIGHT, WHITE, True), Ink(NIGHT, SAND, True), SAND_EDGE)
HELD_BUTTON = Look(Ink(GOLD, NIGHT, True), Ink(NIGHT, GOLD, True), GOLD_EDGE)

TONES: Final = {"yes": YES_BUTTON, "no": NO_BUTTON, "plain": PLAIN_BUTTON}
SIGNS: Final = {"yes": "✓", "no": "✗", "plain": ""}
