"""Files that are on disk when a call returns."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from kiosk.errors import StoreError


@contextmanager
def disk_trouble(place: Path) -> Iterator[None]:
    """Turn the system's refusals (disk full, read-only, input/output error) into `StoreError`."""
    try:
        yield
    except StoreError:
        raise
    except OSError as error:
        raise StoreError(
            "store.disk", place=place.name, why=error.strerror or type(error).__name__
        ) from error


def write_durably(path: Path, data: bytes) -> None:
    """Temporary file, fsync, rename, fsync of the folder: after a power cut either the old or the whole new file is there.

    Raises `StoreError`; then `path` is as before.
    """
    write_durably_as(path.with_name(f".{path.name}.new"), data, lambda: path)


def write_durably_as(temporary: Path, data: bytes, name: Callable[[], Path]) -> None:
    """`write_durably` to a path in the folder of `temporary` that need be known only once the data are on disk."""
    with disk_trouble(temporary):
        try:
            _write(temporary, data)
            temporary.rename(name())
        except OSError:
            temporary.unlink(missing_ok=True)
            raise
        sync_folder(temporary.parent)


def sync_folder(folder: Path) -> None:
    """Make the names in `folder` durable."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def make_folder(folder: Path) -> None:
    """Make a folder only the kiosk may enter. Raises `StoreError`."""
    with disk_trouble(folder):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)


def remove_folder(folder: Path) -> None:
    """Remove a flat folder and its files, not synced; nothing happens when it is not there. Raises `StoreError`."""
    if not folder.is_dir():
        return
    with disk_trouble(folder):
        for file in folder.iterdir():
            file.unlink()
        folder.rmdir()


def _write(path: Path, data: bytes) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        view = memoryview(data)
        while view:
            view = view[os.write(handle, view) :]
        os.fsync(handle)
    finally:
        os.close(handle)
