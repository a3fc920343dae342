"""The emulator's choice of an accelerator."""

from __future__ import annotations

from pathlib import Path

import pytest

from image.emulator import accel


def test_without_the_device_there_is_no_trial(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("KIOSK_QEMU_ACCEL", raising=False)
    monkeypatch.setattr(accel, "DEVICE", tmp_path / "kvm")
    assert accel.accelerator(tmp_path / "no-card") == "tcg"


def test_a_named_one_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KIOSK_QEMU_ACCEL", "hvf")
    assert accel.accelerator(tmp_path / "none") == "hvf"


def test_a_kernel_that_says_nothing_has_not_started(tmp_path: Path) -> None:
    """QEMU ends at once: these are no kernel."""
    for name in ("kernel", "initrd"):
        (tmp_path / name).write_bytes(b"nothing")
    assert not accel.starts(tmp_path / "kernel", tmp_path / "initrd", tmp_path / "console.log")
