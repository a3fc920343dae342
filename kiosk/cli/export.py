"""`kiosk dossier export`: the centre takes what it needs from a sealed dossier."""

from __future__ import annotations

import argparse
from pathlib import Path

from kiosk.cli.common import OK, UNUSABLE, Subparsers, add_json, guarded, print_json, speaker, tell
from kiosk.domain.message import Message, msg

FINGER_FORMATS, FACE_FORMATS = ("iso19794-4", "jp2", "png"), ("iso19794-5", "jp2", "png")


def add_export(subparsers: Subparsers[argparse.ArgumentParser]) -> None:
    say = speaker()
    parser = subparsers.add_parser("export", help=say(msg("help.export")))
    parser.add_argument("sealed", type=Path, metavar="FILE.age", help=say(msg("help.export.sealed")))
    parser.add_argument("--key", type=Path, required=True, metavar="KEY", help=say(msg("help.export.key")))
    parser.add_argument("--device-key", required=True, metavar="HEX", help=say(msg("help.export.device")))
    parser.add_argument("--to", type=Path, required=True, metavar="DIR", help=say(msg("help.export.to")))
    for option, formats in (("--finger-format", FINGER_FORMATS), ("--face-format", FACE_FORMATS)):
        parser.add_argument(
            option, choices=formats, default=formats[0], help=say(msg("help.export.format", usual=formats[0]))
        )
    add_json(parser)
    parser.set_defaults(run=guarded(export))


def export(args: argparse.Namespace) -> int:
    """Exit status 0 with every file written and listed, 2 with nothing written and one sentence why."""
    from kiosk.store.export import FaceFormat, FingerFormat, export_to
    from kiosk.store.opening import open_sealed, read_device_key, read_identity

    opened = open_sealed(args.sealed, read_identity(args.key), read_device_key(args.device_key))
    if isinstance(opened, Message):
        return _refused(opened, args.json)
    found = export_to(opened, args.to, FingerFormat(args.finger_format), FaceFormat(args.face_format))
    if isinstance(found, Message):
        return _refused(found, args.json)
    place = args.to / found.dossier
    if args.json:
        print_json({"place": str(place), "export": found})
    else:
        print(speaker()(msg("export.done", place=str(place), files=len(found.files))))
    return OK


def _refused(why: Message, as_json: bool) -> int:
    tell(why)
    if as_json:
        print_json({"error": why.code, **why.values})
    return UNUSABLE
