"""What is in the image, as CycloneDX: `python -m image.sbom ROOT STATUS VERSION ARCH` prints it.

Debian's packages from dpkg's own list, wheels from their metadata. Nothing in it depends on when it was made.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from email.parser import HeaderParser
from importlib.metadata import PackageMetadata, PathDistribution
from pathlib import Path
from urllib.parse import quote

SPEC = "1.6"
Component = dict[str, object]


def debian_packages(status: str) -> Iterator[Component]:
    """The installed ones of a dpkg status file."""
    for paragraph in status.split("\n\n"):
        fields = HeaderParser().parsestr(paragraph)
        if not fields.get("Status", "").endswith(" installed"):
            continue
        name, version, arch = fields["Package"], fields["Version"], fields["Architecture"]
        yield {
            "type": "library",
            "name": name,
            "version": version,
            "purl": f"pkg:deb/debian/{name}@{quote(version, safe='.~')}?arch={arch}",
            "description": fields.get("Description", "").split("\n")[0],
            "properties": [{"name": "licence-file", "value": f"/usr/share/doc/{name}/copyright"}],
        }


def wheels(site: Path) -> Iterator[Component]:
    """Every wheel unpacked there, with the licence it states."""
    for folder in sorted(site.glob("*.dist-info")):
        about = PathDistribution(folder).metadata
        licence = _field(about, "License-Expression") or _field(about, "License")
        component: Component = {
            "type": "library",
            "name": about["Name"],
            "version": about["Version"],
            "purl": f"pkg:pypi/{about['Name'].lower()}@{about['Version']}",
            "description": _field(about, "Summary"),
        }
        if licence:
            component["licenses"] = [{"license": {"name": licence.split("\n")[0][:120]}}]
        yield component


def _field(about: PackageMetadata, name: str) -> str:
    """Empty where the wheel does not say."""
    return about[name] or ""


def document(root: Path, status: str, version: str, arch: str) -> dict[str, object]:
    """The whole bill of materials."""
    kiosk = {"type": "operating-system", "name": "kiosk-cccd", "version": version}
    parts = [*debian_packages(status), *wheels(root / "usr/lib/kiosk/site")]
    return {
        "bomFormat": "CycloneDX",
        "specVersion": SPEC,
        "version": 1,
        "metadata": {
            "component": {**kiosk, "properties": [{"name": "architecture", "value": arch}]},
        },
        "components": sorted(parts, key=lambda part: str(part["purl"])),
    }


def main(root: Path, status: Path, version: str, arch: str) -> int:
    whole = document(root, status.read_text(encoding="utf-8"), version, arch)
    print(json.dumps(whole, indent=1, ensure_ascii=False))
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3], sys.argv[4]))
