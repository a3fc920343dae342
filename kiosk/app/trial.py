"""Trying one device alone: opened as the core would open it, used once as a visit would use it, closed."""

from __future__ import annotations

import importlib.util
import inspect
import pkgutil
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

import msgspec

from kiosk import hal
from kiosk.app.resources import load_driver, open_driver
from kiosk.config import NO_DEVICE, Config, DeviceConfig, DevicesConfig
from kiosk.domain.fingers import FingerPosition, Impression
from kiosk.domain.message import Message, msg
from kiosk.domain.receipt import QrCode, Rule, Slip, Text, Weight
from kiosk.domain.spoken import spoken
from kiosk.errors import BadInputError, ConfigError, DeviceError
from kiosk.hal.camera import Camera
from kiosk.hal.device import Transfer
from kiosk.hal.fingers import FingerReader, FingerRefused
from kiosk.hal.panel import Lamp, Panel
from kiosk.hal.printer import NotPrinted, Printer
from kiosk.hal.speaker import Sentence, Speaker
from kiosk.locale import SOURCE_LANGUAGE, Words
from kiosk.store.files import write_durably

KINDS = DevicesConfig.__struct_fields__
LAMP_S = 0.5
LOOK_S = 0.05
STREAM_S = 1.0
VIETNAMESE = "Ạ Ắ Ẵ Ẩ Ế Ệ Ỉ Ỗ Ờ Ử Ỵ Đ ạ ắ ẵ ẩ ế ệ ỉ ỗ ờ ử ỵ đ"

Setting = str | int | float | bool


class DriverLine(msgspec.Struct, frozen=True):
    """One driver. `trouble` says why it cannot be used here; `settings` are there when it is the configured one."""

    kind: str
    driver: str
    configured: bool
    settings: Mapping[str, object]
    trouble: Message | None = None


class Trial(msgspec.Struct, frozen=True):
    """How a trial ended: facts for a machine, `trouble` for a person when it did not work."""

    facts: dict[str, object]
    trouble: Message | None = None


def driver_lines(config: Config) -> list[DriverLine]:
    """Every driver that comes with the kiosk, and those configured, by kind."""
    lines = []
    for kind in KINDS:
        chosen = getattr(config.devices, kind)
        for name in sorted({*known_drivers(kind), chosen.driver} - {NO_DEVICE}):
            configured = name == chosen.driver
            settings = chosen.settings if configured else {}
            lines.append(DriverLine(kind, name, configured, settings, _trouble(kind, name)))
    return lines


def known_drivers(kind: str) -> list[str]:
    """The modules beside the contract of `kind` that open a device, looked at without importing them."""
    package = importlib.util.find_spec(f"{hal.__name__}.{kind}")
    places = list(package.submodule_search_locations or ()) if package else []
    return [module.name for module in pkgutil.iter_modules(places) if _opens_a_device(kind, module.name)]


def open_named(kind: str, driver: str, settings: Mapping[str, Setting], data: Path) -> Any:
    """The device. Raises `ConfigError` for a driver that is not there, `DeviceError` when the device does not answer."""
    named_driver(kind, driver)
    return open_driver(kind, DeviceConfig(driver, dict(settings)), data)()


def named_driver(kind: str, driver: str) -> ModuleType:
    """Raises `ConfigError` when it is not there or cannot be used, in words that need no configuration file."""
    try:
        return load_driver(kind, DeviceConfig(driver))
    except ConfigError as error:
        if "why" in error.values:
            raise ConfigError("device.driver_lacks", driver=driver, why=error.values["why"]) from error
        known = ", ".join(known_drivers(kind))
        raise ConfigError("device.no_driver", driver=driver, kind=kind, known=known) from error


def recordable(kind: str, driver: str) -> bool:
    """Whether the driver lets somebody else open its serial port (a parameter `dial` of `open_device`)."""
    return "dial" in inspect.signature(named_driver(kind, driver).open_device).parameters


def try_device(kind: str, device: Any, out: Path | None, timeout: float) -> Trial:
    """Use the device once. Raises `DeviceError` when it fails, `StoreError` when `out` cannot be written."""
    trial = TRIALS[kind](device, out, timeout)
    facts = {"kind": kind, "model": device.model, "simulated": device.simulated, **trial.facts}
    return Trial(facts, trial.trouble)


def _try_fingers(reader: FingerReader, out: Path | None, timeout: float) -> Trial:
    """One flat right index finger."""
    from kiosk.biometrics.pictures import png_of_finger

    began = time.perf_counter()
    image = reader.capture(FingerPosition.RIGHT_INDEX, Impression.FLAT, timeout)
    seconds = time.perf_counter() - began
    if isinstance(image, FingerRefused):
        return Trial({"seconds": round(seconds, 3)}, msg("device.no_finger", seconds=int(timeout)))
    facts = {
        "width": image.width,
        "height": image.height,
        "ppi": image.ppi,
        "enrolment_grade": reader.enrolment_grade,
        **_kept(out, png_of_finger(image)),
        "seconds": round(seconds, 3),
        **_line(getattr(reader, "last_transfer", None)),
        **_stream(getattr(reader, "stream_rate", None)),
    }
    return Trial({**facts, "bytes": len(image.pixels)})


def _stream(rate: Callable[[float], float] | None) -> dict[str, object]:
    """How fast the live picture is of a reader that offers one; 0 when it shows none. The finger was taken all the same."""
    if rate is None:
        return {}
    try:
        return {"stream_fps": round(rate(STREAM_S), 1)}
    except DeviceError:
        return {"stream_fps": 0.0}


def _line(transfer: Transfer | None) -> dict[str, object]:
    if transfer is None:
        return {}
    return {
        "baud": transfer.baud,
        "line_bytes": transfer.bytes,
        "line_seconds": round(transfer.seconds, 3),
        "line_share": round(transfer.share, 4),
    }


def _try_camera(camera: Camera, out: Path | None, timeout: float) -> Trial:
    """One preview, one still."""
    from kiosk.biometrics.pictures import png_of_frame

    preview = camera.preview(timeout)
    began = time.perf_counter()
    still = camera.still(timeout)
    seconds = time.perf_counter() - began
    facts = {
        "preview": f"{preview.width}x{preview.height}",
        "width": still.width,
        "height": still.height,
        **_kept(out, png_of_frame(still)),
    }
    return Trial({**facts, "bytes": len(still.pixels), "seconds": round(seconds, 3)})


def _try_printer(printer: Printer, out: Path | None, timeout: float) -> Trial:
    """Status, then the test slip; `out` gets a copy of the picture a simulated printer laid down."""
    before = printer.status(min(timeout, 2.0))
    began = time.perf_counter()
    answer = printer.print_slip(sample_slip(), timeout)
    facts: dict[str, object] = {
        "before": before,
        "status": answer.status,
        "seconds": round(time.perf_counter() - began, 3),
    }
    if isinstance(answer, NotPrinted):
        return Trial(facts, msg(f"printer.{answer.status}", metres=0))
    if answer.paper and out is not None:
        facts |= _kept(out, Path(answer.paper).read_bytes())
    return Trial(facts)


def sample_slip() -> Slip:
    """Letters with every kind of mark, all weights, a label, a code."""
    weights = (Text(weight.value, weight=weight) for weight in Weight)
    return Slip(
        "KIOSK-TEST",
        (
            Text("KIOSK-TEST", weight=Weight.TITLE, centred=True),
            Rule(),
            *weights,
            Text(VIETNAMESE),
            Text("12:34", "00:00", Weight.BOLD),
            QrCode("KIOSK-TEST"),
        ),
    )


def _try_panel(panel: Panel, out: Path | None, timeout: float) -> Trial:
    """Every lamp in turn, then wait up to `timeout` for the button; what the sensors say at the end."""
    for lamp in Lamp:
        panel.show(lamp)
        time.sleep(min(LAMP_S, timeout))
    pressed = _within(timeout, panel.call_pressed)
    facts = {"lamps": list(Lamp), "pressed": pressed}
    return Trial({**facts, "present": panel.present(), "tampered": panel.tampered()})


def _try_speaker(speaker: Speaker, out: Path | None, timeout: float) -> Trial:
    """One sentence in Vietnamese, a number in it."""
    text = spoken(Words(SOURCE_LANGUAGE).say(msg("speech.test")), SOURCE_LANGUAGE)
    began = time.perf_counter()
    speaker.say((Sentence("speech.test", SOURCE_LANGUAGE, text, text),))
    ended = _within(timeout, lambda: not speaker.speaking)
    facts = {"said": text, "ended": ended, "seconds": round(time.perf_counter() - began, 3)}
    return Trial(facts, speaker.health().message)


def _within(seconds: float, true: Callable[[], bool]) -> bool:
    until = time.monotonic() + seconds
    while not true():
        if time.monotonic() >= until:
            return False
        time.sleep(LOOK_S)
    return True


TRIALS: dict[str, Callable[[Any, Path | None, float], Trial]] = {
    "fingers": _try_fingers,
    "camera": _try_camera,
    "printer": _try_printer,
    "panel": _try_panel,
    "speaker": _try_speaker,
}


def _kept(out: Path | None, data: bytes) -> dict[str, object]:
    if out is None:
        return {}
    if not out.parent.is_dir():
        raise BadInputError("device.no_folder", file=str(out))
    write_durably(out, data)
    return {"out": str(out)}


def _trouble(kind: str, name: str) -> Message | None:
    try:
        named_driver(kind, name)
    except ConfigError as error:
        return msg(error.code, **error.values)
    return None


def _opens_a_device(kind: str, name: str) -> bool:
    spec = importlib.util.find_spec(f"{hal.__name__}.{kind}.{name}")
    source = Path(spec.origin) if spec and spec.origin else None
    return source is not None and "\ndef open_device(" in source.read_text(encoding="utf-8")
