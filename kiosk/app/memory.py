"""Giving memory back: what the pictures of a visit needed must not stay with a core at rest (1 GB device)."""

from __future__ import annotations

import ctypes

M_MMAP_THRESHOLD = -3
M_ARENA_MAX = -8
LARGE_BLOCK = 64 << 10


def return_large_blocks() -> None:
    """Have the C library map every picture on its own and keep one heap for all threads (glibc, mallopt(3)).

    By default glibc learns to keep ever larger blocks: 30 MB more stay with the core after a visit. Call it before
    threads are started. Another C library is left as it is.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(M_ARENA_MAX, 1)
        mallopt(M_MMAP_THRESHOLD, LARGE_BLOCK)
