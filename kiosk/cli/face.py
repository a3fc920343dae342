"""`kiosk face grade FILE`: any picture judged as a portrait would be, with what to do about it."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from kiosk.cli.common import FAILED, OK, Subparsers, add_json, guarded, language, print_json, speaker
from kiosk.domain.message import msg
from kiosk.locale import Audience, Words

if TYPE_CHECKING:
    from kiosk.biometrics.portrait import Portrait


def add(subparsers: Subparsers[argparse.ArgumentParser]) -> None:
    say = speaker()
    parser = subparsers.add_parser("face", help=say(msg("help.face")))
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    grading = commands.add_parser("grade", help=say(msg("help.face_grade")))
    grading.add_argument("file", type=Path, metavar="FILE", help=say(msg("help.face_file")))
    grading.add_argument("--out", type=Path, metavar="FILE", help=say(msg("help.face_out")))
    add_json(grading)
    grading.set_defaults(run=guarded(grade))


def grade(args: argparse.Namespace) -> int:
    """Exit status 0: good enough for a card; 1: not, and why; 2: no picture."""
    from kiosk.biometrics.face import FaceFinder
    from kiosk.biometrics.outside import open_picture
    from kiosk.biometrics.portrait import judge

    portrait = judge(FaceFinder(), open_picture(args.file))
    if args.out:
        args.out.write_bytes(portrait.png())
    found = grades(args.file, portrait)
    if args.json:
        print_json(found)
    else:
        _print(found)
    return OK if portrait.ready else FAILED


def grades(file: Path, portrait: Portrait) -> dict[str, Any]:
    """What was found, in the shape of the JSON answer."""
    guide, face = portrait.guide, portrait.guide.face
    return {
        "file": str(file),
        "width": portrait.still.width,
        "height": portrait.still.height,
        "accepted": portrait.ready,
        "trouble": guide.trouble,
        "remedy": Words(language()).say(msg(f"face.hint.{guide.trouble}"), Audience.CITIZEN),
        "score": face.score if face else 0,
        "box": msgspec.to_builtins(face.box) if face else None,
        "eyes": msgspec.to_builtins(face.eyes) if face else None,
        "quality": portrait.quality,
        "not_measured": ["eyes_open", "mouth", "gaze", "ears"],
    }


def _print(found: dict[str, Any]) -> None:
    mark = "✓" if found["accepted"] else "✗"
    sys.stdout.write(f"{mark} {found['score']:>3}  {found['trouble']}: {found['remedy']}\n")
    for name, value in found["quality"].items():
        sys.stdout.write(f"{name:<14} {value}\n")
