"""What a build made: `python -m image.manifest DIR RELEASE ARCH` writes `DIR/manifest.json` for `kiosk image`.

Sizes and SHA-256 of every file, and of the system slot the bytes used: what a release may not outgrow.
"""

from __future__ import annotations

import hashlib
import json
import sys
from pathlib import Path

SCHEMA = "kiosk.image.v1"
FILES = ("disk.img", "system.img", "boot.vfat", "bootconfig.vfat", "sbom.cdx.json")
BLOCK = 4 << 20


def release_fields(text: str) -> dict[str, str]:
    """`KEY=VALUE` lines of `kiosk-release`, keys in small letters."""
    return {
        key.lower(): value for key, _, value in (line.partition("=") for line in text.splitlines()) if key
    }


def line_of(file: Path) -> dict[str, object]:
    digest = hashlib.sha256()
    with file.open("rb") as source:
        while block := source.read(BLOCK):
            digest.update(block)
    return {"size": file.stat().st_size, "sha256": digest.hexdigest()}


def main(folder: Path, release: Path, arch: str) -> int:
    manifest = {
        "schema": SCHEMA,
        "arch": arch,
        **release_fields(release.read_text(encoding="utf-8")),
        "files": {name: line_of(folder / name) for name in FILES},
    }
    (folder / "manifest.json").write_text(json.dumps(manifest, indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]))
