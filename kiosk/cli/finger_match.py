"""`kiosk finger match`: are two fingerprint pictures the same finger?"""

from __future__ import annotations

import argparse
from io import BytesIO
from pathlib import Path

from kiosk.biometrics.matching import ACCESS, NotMatched, Probe, Verified
from kiosk.cli.common import FAILED, OK, Subparsers, add_json, guarded, print_json, speaker, tell
from kiosk.domain.message import msg
from kiosk.errors import BadInputError

NOT_HERE = 3
USUAL_PPI = 500


def add(subparsers: Subparsers[argparse.ArgumentParser]) -> None:
    say = speaker()
    parser = subparsers.add_parser("match", help=say(msg("help.finger_match")))
    parser.add_argument("files", nargs=2, type=Path, metavar="FILE.png", help=say(msg("help.finger_file")))
    parser.add_argument("--ppi", type=int, metavar="N", help=say(msg("help.finger_ppi", ppi=USUAL_PPI)))
    parser.add_argument(
        "--threshold",
        type=int,
        default=ACCESS,
        metavar="N",
        help=say(msg("help.finger_threshold", threshold=ACCESS)),
    )
    add_json(parser)
    parser.set_defaults(run=guarded(match))


def match(args: argparse.Namespace) -> int:
    """Exit status 0: the same finger; 1: another; 2: a file cannot be used; 3: not available on this machine."""
    from kiosk.biometrics.matching import verify
    from kiosk.biometrics.matching_client import WorkerMatcher

    a, b = (_picture(file, args.ppi) for file in args.files)
    matcher = WorkerMatcher()
    try:
        found = verify(matcher, a, b, args.threshold)
    finally:
        matcher.close()
    if isinstance(found, NotMatched):
        return _refused(args, found)
    return _show(args, found)


def _picture(file: Path, ppi: int | None) -> Probe:
    """The file as PNG and its resolution. Raises `BadInputError` for what is no picture."""
    from PIL import Image, UnidentifiedImageError

    try:
        data = file.read_bytes()
        with Image.open(BytesIO(data), formats=["PNG"]) as picture:
            stated = round(picture.info.get("dpi", (USUAL_PPI,))[0])
            picture.load()
    except (OSError, UnidentifiedImageError, Image.DecompressionBombError, ValueError, SyntaxError) as error:
        raise BadInputError("finger.file_unreadable", file=str(file), why=type(error).__name__) from error
    return Probe(data, ppi or stated)


def _show(args: argparse.Namespace, found: Verified) -> int:
    if args.json:
        print_json({"same": found.same, "score": found.score, "threshold": found.threshold})
    else:
        code = "finger.match_same" if found.same else "finger.match_other"
        print(speaker()(msg(code, score=found.score, threshold=found.threshold)))
    return OK if found.same else FAILED


def _refused(args: argparse.Namespace, found: NotMatched) -> int:
    """A picture without ridges is the picture's trouble; anything else is this machine's."""
    if found.reason.code == "matching.unreadable":
        raise BadInputError(found.reason.code, why=str(found.reason.values["why"]))
    remedy = msg("finger.match_remedy")
    if args.json:
        print_json({"error": found.reason.code, "remedy": speaker()(remedy)})
    tell(msg("finger.match_not_here", why=found.reason))
    tell(remedy)
    return NOT_HERE
