"""A slip of twelve lines with a QR code: bytes and processor time of ours beside python-escpos on the same content.

`python -m bench.slip [ROUNDS]`. Ours is the real driver on a line in memory that answers as a ready printer does, so
its questions and its hand-shake count. theirs: python-escpos given the same bitmap (`raster`), and given the lines as a
picture and the QR code as the printer's own command (`native`), which is the least it can send.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from bench.table import Row
from kiosk.domain.receipt import QrCode, Rule, Slip, SlipPart, Text, Weight
from kiosk.hal.printer import Printed
from kiosk.hal.printer.bitmap import PAPER_WIDTH, Bitmap
from kiosk.hal.printer.commands import TELL_WHEN_DONE
from kiosk.hal.printer.escpos import UNFINISHED, EscposPrinter
from kiosk.hal.printer.layout import Page
from kiosk.hal.printer.typeset import Fonts

ROUNDS = 40
MODEL = "TM-T20II"
NUMBER = "MAU01-000417"
LINES: tuple[SlipPart, ...] = (
    Text("CÔNG AN XÃ MẪU", weight=Weight.BOLD, centred=True),
    Text("PHIẾU HẸN TRẢ THẺ CĂN CƯỚC", weight=Weight.TITLE, centred=True),
    Rule(),
    Text("NGUYỄN VĂN MẪU", label="Họ và tên", weight=Weight.BOLD),
    Text("05/03/1957", label="Ngày sinh"),
    Text("Thứ Hai, 07/12/2026", label="Mời ông/bà đến nhận thẻ", weight=Weight.LARGE),
    Text("Bộ phận một cửa, xã Mẫu", label="Nơi trả"),
    Text(NUMBER, label="Số hồ sơ"),
    Text("21/11/2026, 14 giờ 30", label="Nhận hồ sơ"),
    Text("Đủ 10 ngón", label="Vân tay"),
    Text("Mang theo phiếu này, hoặc nói số hồ sơ.", centred=True),
    Text("Không phải biểu mẫu chính thức", weight=Weight.SMALL, centred=True),
)
SLIP = Slip(NUMBER, (*LINES, QrCode(NUMBER)))


class Ready:
    """A line in memory to a printer that is always ready and prints at once."""

    name = "memory"

    def __init__(self) -> None:
        self.sent = 0
        self._waiting = b""

    def send(self, data: bytes, timeout: float) -> None:
        self.sent += len(data)
        if data[:2] == b"\x10\x04":
            self._waiting += b"\x12"
        elif data.endswith(TELL_WHEN_DONE):
            self._waiting += b"\x00"

    def receive(self, timeout: float) -> bytes:
        found, self._waiting = self._waiting, b""
        return found

    def lasting(self, count: int) -> float:
        return 0.0

    def close(self) -> None:
        """Nothing is held open."""


def measure(rounds: int = ROUNDS) -> dict[str, float]:
    """Median bytes and milliseconds of processor time of one slip, laying out included, and ours over theirs."""
    page = Page(PAPER_WIDTH, Fonts())
    with tempfile.TemporaryDirectory() as folder:
        line = Ready()
        printer = EscposPrinter(line, Path(folder) / UNFINISHED)

        def ours() -> int:
            before = line.sent
            if not isinstance(printer.print_slip(SLIP, 60.0), Printed):
                raise AssertionError("a ready printer prints")
            return line.sent - before

        found = _medians(
            {
                "ours": ours,
                "raster": lambda: _theirs(page.render(SLIP)),
                "native": lambda: _theirs(page.render(Slip(NUMBER, LINES)), NUMBER),
            },
            rounds,
        )
    figures: dict[str, float] = {"rounds": rounds}
    for name, (size, milliseconds) in found.items():
        figures |= {f"{name}_bytes": size, f"{name}_cpu_ms": round(milliseconds, 2)}
    for name in ("raster", "native"):
        figures[f"bytes_over_{name}"] = round(found["ours"][0] / found[name][0], 3)
        figures[f"cpu_over_{name}"] = round(found["ours"][1] / found[name][1], 3)
    return figures


def rows() -> list[Row]:
    """Issue 3: fewer bytes and less processor time than python-escpos on the same content."""
    found = measure()
    return [
        Row(
            f"slip: {what}, against python-escpos ({name})",
            found[f"ours_{figure}"],
            unit,
            1.0,
            floor=found[f"{name}_{figure}"],
        )
        for name in ("raster", "native")
        for figure, what, unit in (("bytes", "bytes", "B"), ("cpu_ms", "processor", "ms"))
    ]


def _theirs(bitmap: Bitmap, code: str = "") -> int:
    from escpos.printer import Dummy
    from PIL import Image

    image = Image.frombytes("1", (bitmap.width, bitmap.height), bitmap.rows)
    # Without a model of this width it prints a complaint at every picture, at its own expense.
    printer = Dummy(profile=MODEL)
    printer.hw("INIT")
    printer.image(image.convert("L").point(lambda ink: 255 - ink), impl="bitImageRaster")
    if code:
        printer.qr(code, size=8, native=True)
    printer.cut(mode="PART")
    return len(printer.output)


def _medians(jobs: dict[str, Callable[[], int]], rounds: int) -> dict[str, tuple[int, float]]:
    """Bytes and milliseconds of each job; all run in turn, so that none has the quieter machine."""
    sizes = {name: job() for name, job in jobs.items()}
    times: dict[str, list[float]] = {name: [] for name in jobs}
    for _ in range(rounds):
        for name, job in jobs.items():
            began = time.process_time()
            job()
            times[name].append((time.process_time() - began) * 1000)
    return {name: (sizes[name], sorted(times[name])[rounds // 2]) for name in jobs}


if __name__ == "__main__":
    print(json.dumps(measure(*map(int, sys.argv[1:2])), indent=1))
