"""Smooth noise and soft edges: what simulated skin and glass are drawn with."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

Grey = NDArray[np.uint8]
Field = NDArray[np.floating]


def clouds(rng: np.random.Generator, shape: tuple[int, ...], size: float) -> Field:
    """Smooth noise of mean 0 and deviation 1 whose blobs are about `size` pixels wide."""
    step = max(1, int(size // 3))
    seeds = rng.standard_normal((shape[0] // step + 8, shape[1] // step + 8)).astype(np.float32)
    soft = cv2.GaussianBlur(seeds, (0, 0), max(0.5, size / step / 2))
    large = cv2.resize(soft, None, fx=step, fy=step, interpolation=cv2.INTER_CUBIC)
    large = large[: shape[0], : shape[1]]
    even: Field = (large - large.mean()) / large.std()
    return even


def places(rows: int, columns: int) -> tuple[Field, Field]:
    """A column of row numbers and a row of column numbers: what is done to one of them is not done for each pixel."""
    return np.arange(rows, dtype=np.float32)[:, None], np.arange(columns, dtype=np.float32)[None, :]


def to_grey(values: NDArray[np.floating]) -> Grey:
    """Rounded, and kept within 0…255."""
    grey: Grey = np.clip(np.rint(values), 0, 255).astype(np.uint8)
    return grey


def soft_step(values: NDArray[np.floating]) -> Field:
    """A soft step from 0 to 1."""
    soft: Field = (0.5 + 0.5 * np.tanh(values / 2)).astype(np.float32)
    return soft
