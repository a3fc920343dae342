"""`kiosk image flash|inspect`: writing a card and looking at one."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from kiosk.cli.common import FAILED, OK, Subparsers, add_json, guarded, print_json, speaker, tell
from kiosk.domain.message import Message, msg
from kiosk.errors import BadInputError

if TYPE_CHECKING:
    from kiosk.imaging.disks import Disk
    from kiosk.imaging.inspect import Found

GB = 1_000_000_000
KEYRING = Path("/etc/rauc/keyring.pem")


def add(leaves: Subparsers[argparse.ArgumentParser]) -> None:
    say = speaker()
    flash = leaves.add_parser("flash", help=say(msg("help.image_flash")))
    flash.add_argument("image", type=Path, metavar="IMAGE", help=say(msg("help.image_file")))
    flash.add_argument("device", nargs="?", metavar="DEVICE", help=say(msg("help.image_device")))
    flash.add_argument("--file", type=Path, metavar="FILE", help=say(msg("help.image_flash_file")))
    add_json(flash)
    flash.set_defaults(run=guarded(run_flash))
    look = leaves.add_parser("inspect", help=say(msg("help.image_inspect")))
    look.add_argument("what", type=Path, metavar="WHAT", help=say(msg("help.image_what")))
    look.add_argument("--keyring", type=Path, metavar="FILE", help=say(msg("help.image_keyring")))
    add_json(look)
    look.set_defaults(run=guarded(run_inspect))


def run_flash(args: argparse.Namespace) -> int:
    """Exit status 0: written and read back; 1: the technician took it back; 2: refused, or the card did not keep it."""
    from kiosk.cli.progress import Bar
    from kiosk.imaging.card import opened
    from kiosk.imaging.flash import flash
    from kiosk.imaging.manifest import check_file, read_manifest

    manifest = read_manifest(args.image)
    target = args.file or _device(args)
    if target is None:
        tell(msg("flash.not_confirmed"))
        return FAILED
    with Bar() as bar:
        check_file(args.image, manifest, lambda done, total: bar.show(msg("flash.stage.check"), done, total))
        with opened(args.image) as image, opened(target, writing=True) as card:
            flash(image, card, lambda stage, done, total: bar.show(msg(f"flash.stage.{stage}"), done, total))
    done = msg("flash.done", version=manifest.version, target=str(target))
    if args.json:
        print_json({"written": str(target), "version": manifest.version, "arch": manifest.arch})
    else:
        print(speaker()(done))
    return OK


def _device(args: argparse.Namespace) -> Path | None:
    """The disk, named again by the technician; None when the names differ. Raises `BadInputError` for one refused."""
    from kiosk.imaging.disks import chosen, list_disks

    disks = list_disks()
    name = args.device
    if name is None:
        _show_disks(disks)
        name = _typed(msg("flash.ask_device"))
    disk = chosen(disks, name)
    if isinstance(disk, Message):
        raise BadInputError(disk.code, **{key: str(value) for key, value in disk.values.items()})
    tell(msg("flash.will_be_lost", disk=disk.name, model=disk.model or "—", size=_gigabytes(disk.size)))
    again = _typed(msg("flash.ask_again", disk=disk.name))
    return Path("/dev") / disk.name if again.removeprefix("/dev/") == disk.name else None


def _show_disks(disks: tuple[Disk, ...]) -> None:
    """Those that may be written; the others are counted only, so that nobody types their names."""
    free = [disk for disk in disks if disk.refusal is None]
    if not free:
        raise BadInputError("flash.none_free", others=len(disks))
    for disk in free:
        sys.stderr.write(f"  {disk.name:<10} {_gigabytes(disk.size):>8} GB  {disk.bus:<4} {disk.model}\n")


def _typed(question: Message) -> str:
    sys.stderr.write(speaker()(question) + " ")
    sys.stderr.flush()
    return sys.stdin.readline().strip()


def _gigabytes(size: int) -> str:
    return f"{size / GB:.1f}"


def run_inspect(args: argparse.Namespace) -> int:
    """Exit status 0: all that it should be; 1: a slot that holds nothing readable, or a bundle nobody vouches for."""
    from kiosk.imaging.card import opened
    from kiosk.imaging.inspect import inspect_card, is_bundle

    if is_bundle(args.what):
        return _inspect_bundle(args)
    with opened(args.what) as card:
        found = inspect_card(card)
    if args.json:
        print_json(_as_json(found))
    else:
        _show(found)
    return OK if found.committed and all(line.release for line in found.slots) else FAILED


def _as_json(found: Found) -> dict[str, object]:
    return {
        "size": found.size,
        "committed": found.committed,
        "pending": found.pending,
        "slots": [{"slot": line.slot, "bad": line.bad, "release": line.release} for line in found.slots],
        "partitions": [
            {"name": part.name, "offset": part.offset, "size": part.size} for part in found.partitions
        ],
    }


def _show(found: Found) -> None:
    say = speaker()
    for part in found.partitions:
        print(f"{part.number}  {part.name:<12} {part.size / 1e6:>10.1f} MB")
    for line in found.slots:
        marks = [say(msg("image.slot_starts"))] if line.slot is found.committed else []
        marks += [say(msg("image.slot_pending"))] if line.slot is found.pending else []
        marks += [say(msg("image.slot_bad"))] if line.bad else []
        release = line.release.version if line.release else say(msg("image.slot_empty"))
        print(f"{line.slot}  {release:<12} {', '.join(marks)}".rstrip())
    if found.committed is None:
        print(say(msg("image.no_committed")))


def _inspect_bundle(args: argparse.Namespace) -> int:
    """Who vouches for it is asked of `--keyring`, on a machine in service of its own; otherwise nobody is."""
    from kiosk.imaging.bundle import read_bundle, unchecked_bundle

    keyring = args.keyring or (KEYRING if KEYRING.exists() else None)
    bundle = read_bundle(str(args.what), keyring) if keyring else unchecked_bundle(args.what)
    if isinstance(bundle, Message):
        tell(bundle)
        return FAILED
    if args.json:
        print_json(bundle)
        return OK
    say = speaker()
    print(f"{bundle.compatible}  {bundle.version}")
    for image in bundle.images:
        print(f"   {image.name:<12} {image.size / 1e6:>10.1f} MB")
    print(say(msg("bundle.signed", signer=bundle.signer) if bundle.signer else msg("bundle.not_asked")))
    return OK
