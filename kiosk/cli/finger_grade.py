"""`kiosk finger grade FILE.png`: what the kiosk thinks of any picture of a finger, and what would help."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from kiosk.cli.common import FAILED, OK, Subparsers, add_json, guarded, language, print_json, speaker
from kiosk.domain.fingers import FingerPosition, FingerTrouble, Impression
from kiosk.domain.message import msg
from kiosk.errors import BadInputError
from kiosk.locale import Audience, Words

if TYPE_CHECKING:
    from kiosk.biometrics.quality import FingerQuality
    from kiosk.hal.fingers import FingerImage

USUAL_PPI = 500
PPI_KNOWN = range(100, 2001)
"""Resolutions that a picture of a finger may have; what is outside is a slip of the hand or a damaged file."""

MOST_BYTES = 32 << 20


def add(subparsers: Subparsers[argparse.ArgumentParser]) -> None:
    say = speaker()
    parser = subparsers.add_parser("grade", help=say(msg("help.finger_grade")))
    parser.add_argument("file", type=Path, metavar="FILE.png", help=say(msg("help.finger_file")))
    parser.add_argument("--ppi", type=int, metavar="N", help=say(msg("help.finger_ppi", ppi=USUAL_PPI)))
    parser.add_argument(
        "--position",
        type=int,
        default=int(FingerPosition.RIGHT_INDEX),
        choices=[int(position) for position in FingerPosition],
        metavar="CODE",
        help=say(msg("help.finger_position")),
    )
    parser.add_argument("--rolled", action="store_true", help=say(msg("help.finger_rolled")))
    add_json(parser)
    parser.set_defaults(run=guarded(grade))


def grade(args: argparse.Namespace) -> int:
    """Exit status 0: good; 1: it needs the remedy named; 2: the file cannot be used."""
    from kiosk.biometrics import assess

    how = Impression.ROLLED if args.rolled else Impression.FLAT
    quality = assess(picture(args.file, args.ppi, FingerPosition(args.position), how))
    _show(args, quality)
    return OK if quality.accepted else FAILED


def picture(file: Path, ppi: int | None, position: FingerPosition, how: Impression) -> FingerImage:
    """The file in grey, at the resolution given, else stated in it, else 500. Raises `BadInputError`."""
    from PIL import Image, UnidentifiedImageError

    from kiosk.hal.fingers import FingerImage

    try:
        if file.stat().st_size > MOST_BYTES:
            raise BadInputError("finger.file_unreadable", file=str(file), why="size")
        with Image.open(file) as opened:
            stated = _stated(opened.info.get("dpi"))
            grey = opened.convert("L")
    except (
        *(OSError, UnidentifiedImageError, Image.DecompressionBombError),
        *(ValueError, SyntaxError, EOFError, MemoryError),
    ) as error:
        raise BadInputError("finger.file_unreadable", file=str(file), why=type(error).__name__) from error
    taken = stated if ppi is None else ppi
    if taken not in PPI_KNOWN:
        raise BadInputError(
            "finger.bad_ppi", file=str(file), ppi=taken, least=PPI_KNOWN.start, most=PPI_KNOWN.stop - 1
        )
    return FingerImage(position, how, grey.width, grey.height, taken, grey.tobytes())


def _stated(dpi: object) -> int:
    """72 and 96 are what programs write that know nothing of fingers."""
    if isinstance(dpi, tuple) and dpi and isinstance(dpi[0], int | float) and dpi[0] > 100:
        return round(dpi[0])
    return USUAL_PPI


def _show(args: argparse.Namespace, quality: FingerQuality) -> None:
    hint = Words(language()).say(msg(f"finger.hint.{quality.trouble}"), Audience.CITIZEN)
    if args.json:
        figures = msgspec.to_builtins(quality)
        print_json(
            {**figures, "accepted": quality.accepted, "remedy": _remedy(quality.trouble), "words": hint}
        )
        return
    print(speaker()(msg("finger.grade", score=quality.score, trouble=quality.trouble.value)))
    print(hint)
    for name in quality.__struct_fields__[2:]:
        print(f"  {name}: {getattr(quality, name)}")


def _remedy(trouble: FingerTrouble) -> str | None:
    """What the coach asks for first."""
    from kiosk.workflow.coach import LADDERS

    ladder = LADDERS.get(trouble)
    return ladder[0].value if ladder else None
