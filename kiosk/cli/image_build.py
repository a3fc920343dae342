"""`kiosk image build|bundle`: out of a checkout, through the recipe in its folder `image`."""

from __future__ import annotations

import argparse
import os
import subprocess
from pathlib import Path

from kiosk.cli.common import OK, Subparsers, add_json, guarded, print_json, speaker
from kiosk.domain.message import msg
from kiosk.errors import BadInputError

RECIPE = Path("image")
ARCHES = ("amd64", "arm64")
BUILT_IN = ("keyring", "repair_keys")
"""Files that every machine with the image trusts; the recipe has them by the same names in capitals."""
TAIL = 400


def add(leaves: Subparsers[argparse.ArgumentParser]) -> None:
    say = speaker()
    build = leaves.add_parser("build", help=say(msg("help.image_build")))
    build.add_argument("--arch", choices=ARCHES, required=True, help=say(msg("help.image_arch")))
    build.add_argument("--release", metavar="VERSION", help=say(msg("help.image_release")))
    for name in BUILT_IN:
        build.add_argument(
            f"--{name.replace('_', '-')}", type=Path, metavar="FILE", help=say(msg(f"help.image_{name}"))
        )
    build.set_defaults(run=guarded(run_build))
    bundle = leaves.add_parser("bundle", help=say(msg("help.image_make_bundle")))
    bundle.add_argument(
        "--build", type=Path, required=True, metavar="DIR", help=say(msg("help.image_build_dir"))
    )
    bundle.add_argument(
        "--out", type=Path, required=True, metavar="FILE", help=say(msg("help.image_bundle_out"))
    )
    for name in ("cert", "key", "keyring"):
        bundle.add_argument(f"--{name}", required=True, metavar="FILE", help=say(msg(f"help.image_{name}")))
    bundle.add_argument("--adaptive", action="store_true", help=say(msg("help.image_adaptive")))
    add_json(bundle)
    bundle.set_defaults(run=guarded(run_bundle))


def run_build(args: argparse.Namespace) -> int:
    """`make image`, its output as it comes. Raises `BadInputError` outside a checkout, without a file that was named, or
    when it fails."""
    _recipe("bundle.sh")
    own = _built_in(args) | ({"VERSION": args.release} if args.release else {})
    done = subprocess.run(["make", "image", f"ARCH={args.arch}"], env={**os.environ, **own}, check=False)
    if done.returncode != 0:
        raise BadInputError("image.build_failed", arch=args.arch, status=done.returncode)
    return OK


def _built_in(args: argparse.Namespace) -> dict[str, str]:
    """As the recipe takes them. Raises `BadInputError` where one is not there: minutes before the recipe would."""
    named: dict[str, Path] = {name: path for name in BUILT_IN if (path := getattr(args, name)) is not None}
    for path in named.values():
        if not path.is_file():
            raise BadInputError("image.no_such_file", file=str(path))
    return {name.upper(): str(path.absolute()) for name, path in named.items()}


def run_bundle(args: argparse.Namespace) -> int:
    """Every file of the build is checked against its manifest first: a bundle of a stale image has been shipped before."""
    from kiosk.imaging.bundle import read_bundle
    from kiosk.imaging.manifest import check_file, read_manifest

    script = _recipe("bundle.sh")
    manifest = read_manifest(args.build / "disk.img")
    for name in ("system.img", "boot.vfat"):
        check_file(args.build / name, manifest, lambda done, total: None)
    command = [script, args.build, args.out, args.cert, args.key, args.keyring]
    own = {"VERSION": manifest.version, "ADAPTIVE": "1" if args.adaptive else ""}
    done = subprocess.run(
        command, env={**os.environ, **own}, capture_output=True, text=True, errors="replace", check=False
    )
    if done.returncode != 0:
        raise BadInputError("bundle.not_made", why=done.stderr.strip()[-TAIL:])
    bundle = read_bundle(str(args.out), Path(args.keyring))
    if args.json:
        print_json(bundle)
    else:
        print(speaker()(msg("bundle.made", file=str(args.out), version=manifest.version)))
    return OK


def _recipe(name: str) -> Path:
    """A script of the recipe below this folder. Raises `BadInputError`."""
    script = RECIPE / name
    if not script.exists():
        raise BadInputError("image.no_checkout", place=str(script))
    return script
