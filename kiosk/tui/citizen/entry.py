"""Typing: a keypad for digits; for letters eight groups of letters, then the letter."""

from __future__ import annotations

import unicodedata
from typing import Final

from kiosk.tui.bigtext import big_lines
from kiosk.tui.canvas import Ink, Rect, balanced, wrap
from kiosk.tui.citizen.frame import surround
from kiosk.tui.citizen.scene import Panel, Scene
from kiosk.tui.page import Act, Do, Page, look_of
from kiosk.tui.palette import (
    CARD_BOLD,
    CARD_QUIET,
    GOLD,
    KEY_BUTTON,
    NIGHT,
    PAGE,
    QUIET,
    QUIET_BUTTON,
    TITLE,
    TROUBLE,
    YES_BUTTON,
    Look,
)
from kiosk.workflow.view import Entry, KeySet

GROUPING: Final = {12: (3, 1, 2, 6), 10: (4, 3, 3), 9: (3, 3, 3), 8: (2, 2, 4)}
LETTERS: Final = ("AĂÂBC", "DĐEÊF", "GHI", "JKL", "MNOÔƠ", "PQRS", "TUƯV", "WXYZ")
FACES: Final = ("ABC", "DĐE", "GHI", "JKL", "MNO", "PQRS", "TUV", "WXYZ")
TONES: Final = ("\u0301", "\u0300", "\u0309", "\u0303", "\u0323")
RELATED: Final = {"A": "ĂÂ", "Ă": "AÂ", "Â": "AĂ", "E": "Ê", "Ê": "E", "O": "ÔƠ", "Ô": "OƠ", "Ơ": "OÔ"} | {
    "U": "Ư",
    "Ư": "U",
    "D": "Đ",
    "Đ": "D",
}
FIELD_ROWS: Final = 3
HEAD_ROWS: Final = 3
PHONE_ROWS: Final = 24
NEXT: Final = Ink(NIGHT, GOLD, bold=True)

Key = tuple[str, str, Act, Look, str]


def entry_page(scene: Scene, screen: Entry) -> Page:
    page = Page(scene.width, scene.height, PAGE)
    body = surround(scene, page, screen.options, tight=True)
    down = 4 if screen.keys is KeySet.DIGITS and body.h >= PHONE_ROWS else 3
    keys = _digit_keys(scene, down == 4) if screen.keys is KeySet.DIGITS else _letter_keys(scene)
    least = 5 if body.h >= HEAD_ROWS + 3 * 5 else 3
    head = _head_rows(scene, screen, body, down * least)
    rows = down * max(least, min(12, (body.h - head) // down))
    text, pad = body.drop(min(rows, body.h - HEAD_ROWS))
    _head(scene, page, text, screen)
    _pad(scene, page, pad, keys, down)
    return page


def _head_rows(scene: Scene, screen: Entry, body: Rect, keys: int) -> int:
    """Rows for a prompt, a tall field and a remark, if the keys leave as many; else for one line of each."""
    return HEAD_ROWS if body.h < HEAD_ROWS + keys + FIELD_ROWS else HEAD_ROWS + FIELD_ROWS


def _head(scene: Scene, page: Page, rect: Rect, screen: Entry) -> None:
    """The prompt, the field, and beside or below it what is wrong."""
    width = rect.w - 4
    text = scene.say(screen.prompt)
    lines = balanced(text, width)[: max(1, rect.h - 2)]
    air = rect.h - len(lines) - FIELD_ROWS - 1
    title, rest = rect.take(len(lines) + max(0, min(2, air)))
    page.canvas.centre(title, lines, TITLE)
    below = _below(scene, screen)
    field, foot = rest.drop(1) if rest.h > 1 else (rest, rest)
    _field(scene, page, field, screen)
    if below:
        page.canvas.centre(foot, wrap(below[0], width)[:1], below[1])


def _below(scene: Scene, screen: Entry) -> tuple[str, Ink] | None:
    problem = scene.local.problem or (screen.problem if not scene.local.typed else None)
    if problem is not None:
        return f"▲ {scene.say(problem)}", TROUBLE
    if screen.shown:
        return scene.own("known", value=screen.shown), QUIET
    if screen.keys is KeySet.LETTERS and not scene.local.typed:
        return scene.own("letters"), QUIET
    return None


def _field(scene: Scene, page: Page, rect: Rect, screen: Entry) -> None:
    if screen.keys is KeySet.DIGITS and screen.length:
        _boxes(scene, page, rect, screen.length)
        return
    typed = scene.local.typed
    box = rect.middle(min(rect.w - 4, 64), min(3, rect.h))
    page.canvas.fill(box, CARD_BOLD)
    room = box.w - 4
    page.canvas.text(box.x + 2, box.y + box.h // 2, typed[-room + 1 :] + "▏", CARD_BOLD)


def _boxes(scene: Scene, page: Page, rect: Rect, length: int) -> None:
    """One box a digit, grouped as people read the number; the next one to type is gold with a line in it."""
    groups = GROUPING.get(length, (length,))
    tall = rect.h >= 3 and rect.w >= length * 6 + 4
    cell = 5 if tall else 3
    gap = 1 if rect.w >= length * 4 + 10 else 0
    width = length * (cell + gap) - gap + 2 * (len(groups) - 1)
    x = rect.x + (rect.w - width) // 2
    box_h = 3 if tall else 1
    y = rect.y + (rect.h - box_h) // 2
    number = 0
    for group in groups:
        for _ in range(group):
            _box(scene, page, Rect(x, y, cell, box_h), number)
            x += cell + gap
            number += 1
        x += 2


def _box(scene: Scene, page: Page, rect: Rect, number: int) -> None:
    typed = scene.local.typed
    ink = NEXT if number == len(typed) else CARD_BOLD if number < len(typed) else CARD_QUIET
    page.canvas.fill(rect, ink)
    letter = typed[number] if number < len(typed) else "_"
    tall = big_lines(letter, rect.w) if rect.h == 3 else None
    page.canvas.centre(rect, tall or [letter], ink)


def _pad(scene: Scene, page: Page, rect: Rect, keys: list[Key], down: int) -> None:
    places = [place for row in rect.rows(down) for place in row.columns(12 // down)]
    for place, (key, label, act, look, sign) in zip(places, keys, strict=False):
        if not key:
            continue
        page.button(place, key, label, act, look_of(look, scene.local.held == key), sign)


def _functions(scene: Scene) -> tuple[Key, Key]:
    rub = ("backspace", scene.own("delete"), Act(Do.RUB), QUIET_BUTTON, "")
    done = ("enter", scene.own("ok"), Act(Do.SUBMIT), YES_BUTTON, "✓")
    return rub, done


def _digit_keys(scene: Scene, like_a_phone: bool) -> list[Key]:
    """As on a telephone where there is height for four rows; with the nought at the side where there is not."""
    rub, done = _functions(scene)
    digit: list[Key] = [(d, "", Act(Do.TYPE, d), KEY_BUTTON, "") for d in "0123456789"]
    if like_a_phone:
        return [*digit[1:], rub, digit[0], done]
    return [*digit[1:4], rub, *digit[4:7], digit[0], *digit[7:10], done]


def _letter_keys(scene: Scene) -> list[Key]:
    panel = scene.local.panel
    if panel is Panel.GROUP:
        return _listed(scene, [(letter, Act(Do.TYPE, letter)) for letter in LETTERS[scene.local.group]])
    if panel is Panel.MARKS:
        digits = ("123", Act(Do.PANEL, Panel.DIGITS.value))
        return _listed(scene, [*variants(scene.local.typed), digits])
    if panel is Panel.DIGITS:
        signs = [("" if sign != "/" else sign, Act(Do.TYPE, sign)) for sign in "1234567890/"]
        return _listed(scene, signs)
    return _groups(scene)


def _groups(scene: Scene) -> list[Key]:
    rub, done = _functions(scene)
    groups: list[Key] = [
        (str(i + 1), FACES[i], Act(Do.PANEL, f"{Panel.GROUP.value}:{i}"), KEY_BUTTON, "") for i in range(8)
    ]
    marks: Key = ("9", scene.own("marks"), Act(Do.PANEL, Panel.MARKS.value), QUIET_BUTTON, "")
    space: Key = ("space", scene.own("space"), Act(Do.TYPE, " "), QUIET_BUTTON, "")
    return [*groups[:3], rub, *groups[3:6], marks, *groups[6:], space, done]


def _listed(scene: Scene, choices: list[tuple[str, Act]]) -> list[Key]:
    """Up to eleven letters numbered 1…9, then by letters, and the way back."""
    keys: list[Key] = [
        (key, label, act, KEY_BUTTON, "")
        for key, (label, act) in zip(_names(len(choices)), choices, strict=True)
    ]
    back: Key = ("escape", scene.own("back"), Act(Do.PANEL, Panel.NONE.value), QUIET_BUTTON, "")
    return [*keys, *([EMPTY] * (11 - len(keys))), back]


def _names(count: int) -> list[str]:
    return ["1", "2", "3", "4", "5", "6", "7", "8", "9", "0", "slash"][:count]


EMPTY: Final[Key] = ("", "", Act(Do.TOUCH), QUIET_BUTTON, "")


def variants(typed: str) -> list[tuple[str, Act]]:
    """The forms of the last letter of the last word that can carry a mark; the press that puts each in."""
    for place in range(len(typed) - 1, -1, -1):
        if typed[place] == " ":
            return []
        forms = _forms(typed[place])
        if forms:
            return [(form, Act(Do.REPLACE, f"{place}:{form}")) for form in forms]
    return []


def _forms(letter: str) -> str:
    upper = letter.upper()
    bare = unicodedata.normalize(
        "NFC", "".join(c for c in unicodedata.normalize("NFD", upper) if c not in TONES)
    )
    if bare not in "AĂÂEÊIOÔƠUƯYDĐ":
        return ""
    toned = "" if bare in "DĐ" else "".join(unicodedata.normalize("NFC", bare + tone) for tone in TONES)
    forms = toned + RELATED.get(bare, "") + (bare if bare != upper else "")
    return forms if letter == upper else forms.lower()
