"""Which kernel modules stay: `python -m image.modules ROOT KEEP` removes the others; depmod has run before, and runs after.

KEEP has one shell pattern a line, of paths below `/lib/modules/VERSION/kernel`; what a kept module depends on stays too.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase
from pathlib import Path

KERNEL = "kernel/"
Dependencies = Mapping[str, tuple[str, ...]]
"""Module to the modules it needs, as paths below `/lib/modules/VERSION`."""


def parse_dependencies(text: str) -> Dependencies:
    """The lines of `modules.dep`: `kernel/a.ko.xz: kernel/b.ko.xz kernel/c.ko.xz`."""
    split = (line.partition(":") for line in text.splitlines() if line)
    return {name: tuple(needed.split()) for name, _, needed in split}


def parse_patterns(text: str) -> tuple[str, ...]:
    """Without comments and empty lines."""
    lines = (line.partition("#")[0].strip() for line in text.splitlines())
    return tuple(line for line in lines if line)


def kept(dependencies: Dependencies, patterns: Iterable[str]) -> set[str]:
    """The modules that match, and theirs. `modules.dep` already names what is needed at any remove."""
    wanted = [KERNEL + pattern for pattern in patterns]
    chosen = {name for name in dependencies if any(fnmatchcase(name, pattern) for pattern in wanted)}
    return chosen.union(*(dependencies[name] for name in chosen))


def prune(modules: Path, patterns: Iterable[str]) -> tuple[int, int]:
    """Removes files from `/lib/modules/VERSION`; how many stay and how many went."""
    dependencies = parse_dependencies((modules / "modules.dep").read_text(encoding="utf-8"))
    stay = kept(dependencies, patterns)
    for name in dependencies.keys() - stay:
        (modules / name).unlink()
    folders = sorted((modules / "kernel").rglob("*"), reverse=True)
    for folder in folders:
        if folder.is_dir() and not any(folder.iterdir()):
            folder.rmdir()
    return len(stay), len(dependencies) - len(stay)


def main(root: Path, keep: Path) -> int:
    patterns = parse_patterns(keep.read_text(encoding="utf-8"))
    for modules in sorted((root / "usr/lib/modules").iterdir()):
        stay, gone = prune(modules, patterns)
        print(f"modules {modules.name}: {stay} stay, {gone} removed", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2])))
