"""The portrait's part of the gallery: every hint, each with a picture that shows why it is given."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Final

import msgspec

from kiosk.domain.message import msg
from kiosk.link.client import Picture
from kiosk.tui.drawings import face_picture
from kiosk.tui.gallery_kit import DOSSIER, Shot, view
from kiosk.workflow.board import Approval, Board
from kiosk.workflow.view import Capture, Option, Pause, Target, View

Place = Callable[[float, float], tuple[float, float]]
"""Where in the drawn face a dot of the mirror lies: both are -1…1 right and down."""


def portrait_shots() -> list[Shot]:
    """In the order in which a person is told."""
    face = face_picture()
    hints: tuple[tuple[str, Picture], ...] = (
        ("no_face", placed(lambda x, y: (9.0, 9.0))),
        ("several", beside(face)),
        ("dark", lit(face, lambda x: 0.3)),
        ("bright", lit(face, lambda x: 1.7)),
        ("closer", placed(lambda x, y: (x * 1.7, y * 1.7))),
        ("back", placed(lambda x, y: (x * 0.62, y * 0.62))),
        ("left", placed(lambda x, y: (x - 0.35, y))),
        ("right", placed(lambda x, y: (x + 0.35, y))),
        ("up", placed(lambda x, y: (x, y - 0.35))),
        ("down", placed(lambda x, y: (x, y + 0.35))),
        ("lean_left", leaning(14)),
        ("lean_right", leaning(-14)),
        ("light_left", lit(face, lambda x: 1.25 - 0.75 * x)),
        ("light_right", lit(face, lambda x: 0.5 + 0.75 * x)),
        ("blurred", blurred(face)),
        ("background", patterned(face)),
        ("glasses", with_glasses(face)),
        ("head_cover", with_hat(face)),
        ("colourless", face),
        ("coarse", face_picture(24, 18)),
        ("none", face),
    )
    looking = Pause("approval.portrait", msg("approval.portrait"), (msg("approval.wait"),))
    return [
        Shot("portrait", portrait(""), picture=face),
        *(Shot(f"portrait-{hint}", portrait(f"face.hint.{hint}"), picture=seen) for hint, seen in hints),
        Shot("portrait-good", portrait("good", good=True), picture=face),
        Shot("portrait-officer", view(looking, "portrait")),
    ]


def portrait(hint: str, good: bool = False) -> View:
    """The portrait's screen as the core shows it."""
    ways = () if good else (Option("officer", msg("portrait.officer")),)
    said = msg(hint) if hint else None
    return view(
        Capture("portrait", msg("portrait"), Target.PORTRAIT, hint=said, good=good, options=ways), "portrait"
    )


def asked_board(board: Board) -> Board:
    """`board` with an officer's questions about portraits: the whole picture, and a head-cloth that may stay."""
    questions = (
        ("what", ("accept", "accept_cover", "again")),
        ("head_cover", ("accept_cover", "again")),
    )
    asked = tuple(
        Approval(f"p{n}", "portrait", DOSSIER, msg(f"approval.portrait.{about}"), choices, ASKED)
        for n, (about, choices) in enumerate(questions)
    )
    return msgspec.structs.replace(
        board, view=portrait("face.hint.head_cover"), approvals=asked, step="portrait"
    )


ASKED: Final = "2026-11-22T07:32:50+00:00"
WALL: Final = 232


def placed(place: Place) -> Picture:
    """The drawn face moved, shrunk or turned; wall where it was not drawn."""
    face = face_picture()

    def dot(column: int, row: int) -> int:
        # Square dots: the picture is 4 wide to 3 high.
        x, y = place((column / face.width * 2 - 1) * 4 / 3, row / face.height * 2 - 1)
        seen_x, seen_y = int((x * 3 / 4 + 1) / 2 * face.width), int((y + 1) / 2 * face.height)
        if y > 1:
            seen_y = face.height - 1
        inside = 0 <= seen_x < face.width and 0 <= seen_y < face.height and y < 3
        return face.pixels[seen_y * face.width + seen_x] if inside else WALL

    return _changed(face, lambda column, row, _: dot(column, row))


def leaning(degrees: float) -> Picture:
    """The head leans to the right of the mirror for positive degrees."""
    sine, cosine = math.sin(math.radians(degrees)), math.cos(math.radians(degrees))
    return placed(lambda x, y: (x * cosine + (y - 0.4) * sine, (y - 0.4) * cosine - x * sine + 0.4))


def lit(face: Picture, share: Callable[[float], float]) -> Picture:
    """`share` of the light by place, -1 left … 1 right."""
    return _changed(face, lambda column, row, grey: min(255, int(grey * share(column / face.width * 2 - 1))))


def blurred(face: Picture, reach: int = 6) -> Picture:
    def mean(column: int, row: int, grey: int) -> int:
        start = max(0, column - reach)
        run = face.pixels[row * face.width + start : row * face.width + min(face.width, column + reach)]
        return sum(run) // len(run)

    return _changed(face, mean)


def patterned(face: Picture) -> Picture:
    return _changed(face, lambda column, row, grey: grey - 110 if grey == WALL and column // 6 % 2 else grey)


def beside(face: Picture) -> Picture:
    """A second person at the left edge."""
    other = placed(lambda x, y: ((x + 0.95) * 1.1, y * 1.1))
    return _changed(
        face, lambda column, row, grey: other.pixels[row * face.width + column] if grey == WALL else grey
    )


def with_glasses(face: Picture) -> Picture:
    """Dark ones: thin rims are lost in so few dots."""

    def lens(column: int, row: int, grey: int) -> int:
        x, y = (column / face.width * 2 - 1) * 4 / 3, row / face.height * 2 - 1
        near = min(math.hypot(x - 0.22, (y + 0.12) * 1.5), math.hypot(x + 0.22, (y + 0.12) * 1.5))
        return 20 if near < 0.17 or (abs(x) < 0.4 and abs(y + 0.15) < 0.03) else grey

    return _changed(face, lens)


def with_hat(face: Picture) -> Picture:
    def brim(column: int, row: int, grey: int) -> int:
        x, y = (column / face.width * 2 - 1) * 4 / 3, row / face.height * 2 - 1
        return 170 if -0.98 < y < -0.32 and abs(x) < (y + 0.98) * 1.35 else grey

    return _changed(face, brim)


def _changed(face: Picture, dot: Callable[[int, int, int], int]) -> Picture:
    width = face.width
    dots = (max(0, min(255, dot(at % width, at // width, grey))) for at, grey in enumerate(face.pixels))
    return Picture(width, face.height, bytes(dots))
