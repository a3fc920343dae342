"""Byte-compiles folders of a root with the Python of another: `compile.py NATIVE-ROOT ROOT FOLDER…`, as root.

The system is read-only, so what is not compiled here would be compiled at every start. The files are checked against no
source (`unchecked-hash`), and one process compiles them in order, so that the same source gives the same bytes.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

OPTIONS = ("-q", "--invalidation-mode", "unchecked-hash")


def compile_all(native: Path, root: Path, folders: list[str]) -> int:
    """The exit status of compileall: 1 when a file has no valid syntax."""
    at = Path("mnt") if native != root else Path()
    places = [f"/{at / folder}" for folder in folders]
    inside = ["chroot", str(native), "/usr/bin/python3", "-I", "-m", "compileall", *OPTIONS]
    strip = ["-s", "/mnt", "-p", "/"] if native != root else []
    if native != root:
        subprocess.run(["mount", "--bind", str(root), str(native / at)], check=True)
    try:
        return subprocess.run([*inside, *strip, *places], check=False).returncode
    finally:
        if native != root:
            subprocess.run(["umount", str(native / at)], check=True)


if __name__ == "__main__":
    sys.exit(compile_all(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3:]))
