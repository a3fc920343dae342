"""What an image is written to: a card, a stick, or a plain file that stands in for one."""

from __future__ import annotations

import fcntl
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from kiosk.errors import BadInputError, DeviceError

SECTOR = 512
BLKFLSBUF = 0x1261
"""linux/fs.h: throw away what the kernel keeps of a block device."""


class Readable(Protocol):
    """Bytes at places; `size` in bytes."""

    @property
    def size(self) -> int: ...

    def read(self, offset: int, size: int) -> bytes:
        """Exactly `size` bytes, fewer only at the end."""
        ...


class Card(Readable, Protocol):
    """Raises `DeviceError` when the card does not take or give its data."""

    def write(self, offset: int, data: bytes) -> None: ...

    def settle(self) -> None:
        """Everything written is on the card, and what is read next comes from it and not from memory."""
        ...


class FileCard:
    """A block device or a plain file, opened with `opened`."""

    def __init__(self, path: Path, handle: int) -> None:
        self._path = path
        self._handle = handle
        self._block = stat.S_ISBLK(os.fstat(handle).st_mode)
        self._size = os.lseek(handle, 0, os.SEEK_END)

    @property
    def size(self) -> int:
        return self._size

    def read(self, offset: int, size: int) -> bytes:
        parts = []
        with self._trouble():
            while size and (part := os.pread(self._handle, size, offset)):
                parts.append(part)
                offset, size = offset + len(part), size - len(part)
        return b"".join(parts)

    def write(self, offset: int, data: bytes) -> None:
        view = memoryview(data)
        with self._trouble():
            while view:
                done = os.pwrite(self._handle, view, offset)
                offset, view = offset + done, view[done:]

    def settle(self) -> None:
        with self._trouble():
            os.fsync(self._handle)
            if self._block:
                fcntl.ioctl(self._handle, BLKFLSBUF, 0)
            os.posix_fadvise(self._handle, 0, 0, os.POSIX_FADV_DONTNEED)

    @contextmanager
    def _trouble(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise DeviceError(
                "flash.io", device=str(self._path), why=error.strerror or type(error).__name__
            ) from error


@contextmanager
def opened(path: Path, *, writing: bool = False) -> Iterator[FileCard]:
    """For writing a device is taken exclusively: the kernel refuses one that is mounted or held. Raises `BadInputError`."""
    flags = (os.O_RDWR | os.O_EXCL) if writing else os.O_RDONLY
    try:
        handle = os.open(path, flags | os.O_CLOEXEC)
    except PermissionError as error:
        raise BadInputError("flash.no_access", device=str(path)) from error
    except OSError as error:
        raise BadInputError(
            "flash.cannot_open", device=str(path), why=error.strerror or type(error).__name__
        ) from error
    try:
        yield FileCard(path, handle)
    finally:
        os.close(handle)
