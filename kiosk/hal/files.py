"""Files that a reader sees whole or not at all."""

from __future__ import annotations

import os
from pathlib import Path


def replace_file(path: Path, data: bytes, *, durably: bool = False) -> None:
    """Write `data` beside `path` and move it there in one step. Unless `durably`, a power cut may undo it.

    Raises `OSError`.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{os.getpid()}.new")
    try:
        draft.write_bytes(data)
        if durably:
            _flush(draft)
        draft.replace(path)
        if durably:
            _flush(path.parent)
    except OSError:
        draft.unlink(missing_ok=True)
        raise


def _flush(path: Path) -> None:
    """A file's content, or the names in a folder, to the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
