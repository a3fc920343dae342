"""Finding a ZFM module on a port: its settings, its baud rate, what it is; a faster rate, and back again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from kiosk.errors import ConfigError, DeviceError
from kiosk.hal.fingers.zfm_line import Line
from kiosk.hal.fingers.zfm_protocol import (
    ANY_ADDRESS,
    BAUD_UNIT,
    LARGEST_IMAGE,
    Code,
    Command,
    Parameter,
    Parameters,
    Product,
    Size,
    read_parameters,
    read_product,
)
from kiosk.hal.fingers.zfm_rate import RateNote

USUAL_BAUD, FAST_BAUD, HIGHEST_BAUD = 57_600, 115_200, 921_600
"""As delivered; the highest in the makers' documents (some chips take more when asked by the setting); our limit."""
RATES = (USUAL_BAUD, FAST_BAUD, 9_600, 38_400, 19_200, 230_400, 460_800, 921_600)
PROBE_S = 0.25
OPTIONAL_S = 0.4
CHANGES_S, CHANGE_PROBES = 1.0, 8


class Settings(NamedTuple):
    """`baud` None: as fast as the makers' documents allow. `size` None: the module tells, or its first image does."""

    port: str
    baud: int | None
    address: int
    password: int
    size: Size | None


class Found(NamedTuple):
    """`original_baud` is what the module goes back to, `baud` what it has now; `parameters` and `product` are None for
    clones without."""

    original_baud: int
    baud: int
    parameters: Parameters | None
    product: Product | None
    ring: bool


def read_settings(given: Mapping[str, object]) -> Settings:
    """Raises `ConfigError` naming the setting and what is expected."""
    for name in given:
        if name not in ("port", "baud", "address", "password", "width", "height"):
            raise ConfigError("zfm.setting_unknown", setting=name)
    port = given.get("port")
    if not isinstance(port, str) or not port:
        raise ConfigError("zfm.setting_port", given=str(port))
    baud = _number(given, "baud", HIGHEST_BAUD)
    if baud is not None and (baud == 0 or baud % BAUD_UNIT):
        raise ConfigError("zfm.setting_baud", given=baud)
    address = _number(given, "address", ANY_ADDRESS)
    return Settings(
        port=port,
        baud=baud,
        address=ANY_ADDRESS if address is None else address,
        password=_number(given, "password", ANY_ADDRESS) or 0,
        size=_size(_number(given, "width", LARGEST_IMAGE), _number(given, "height", LARGEST_IMAGE)),
    )


def _number(given: Mapping[str, object], name: str, most: int) -> int | None:
    value = given.get(name)
    if value is None:
        return None
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= most:
        raise ConfigError("zfm.setting_number", setting=name, given=str(value), most=most)
    return value


def _size(width: int | None, height: int | None) -> Size | None:
    if width is None and height is None:
        return None
    size = Size(width or 0, height or 0)
    if size.width % 2 or not 0 < size.sent_bytes <= LARGEST_IMAGE:
        raise ConfigError("zfm.setting_size", given=f"{size.width} × {size.height}")
    return size


def find(line: Line, settings: Settings, note: RateNote) -> Found:
    """Find the module, ask what it is, and make it as fast as wanted, once `note` remembers what it had.

    Raises `DeviceError` when nothing, something else, or a module with another password is there.
    """
    wanted = settings.baud or FAST_BAUD
    baud = _probe(line, (USUAL_BAUD, wanted, *RATES))
    original = note.original(baud)
    parameters = _parameters(line)
    # Whoever does not know this old command knows none of the newer ones.
    product = _product(line) if parameters else None
    ring = parameters is not None and _optional(line, Command.RING_LIGHT, RING_OFF) is not None
    change = wanted != baud and (settings.baud is not None or wanted > baud)
    if change and note.keep(original, wanted):
        baud = change_baud(line, wanted)
    if baud == original:
        note.forget()
    return Found(original, baud, parameters, product, ring)


def change_baud(line: Line, wanted: int) -> int:
    """The baud rate both ends use afterwards: `wanted`, or the one of before when the module will not or cannot.

    The module answers at the old rate and then changes; the answer may be lost in the change. Raises `DeviceError`
    when it is found at neither.
    """
    before = line.baud
    if wanted == before:
        return before
    setting = bytes([Parameter.BAUD, wanted // BAUD_UNIT])
    answer = line.ask_once(Command.SET_PARAMETER, setting, CHANGES_S)
    if answer is not None and answer.code not in (Code.OK, Code.RECEIVED_BADLY):
        return before
    return _probe(line, (wanted, before) * CHANGE_PROBES, sure=answer is not None)


def _probe(line: Line, rates: tuple[int, ...], sure: bool = True) -> int:
    """The first rate at which the module answers; `sure`: no late answer can be on its way. Raises `DeviceError`."""
    heard = 0
    for index, rate in enumerate(rates):
        line.set_baud(rate)
        if line.verify(PROBE_S) and ((index == 0 and sure) or line.confirm()):
            return rate
        heard += line.heard
    code = "zfm.other_device" if heard else "zfm.silent"
    raise DeviceError(
        code, port=line.name, baud=", ".join(map(str, dict.fromkeys(rates))), sent="VERIFY_PASSWORD"
    )


def _parameters(line: Line) -> Parameters | None:
    data = _optional(line, Command.READ_PARAMETERS)
    if data is None:
        return None
    try:
        parameters = read_parameters(data)
    except DeviceError:
        return None  # a clone that answers something of its own knows this command no better than one that is silent
    line.fence_with_parameters()
    return parameters


def _product(line: Line) -> Product | None:
    data = _optional(line, Command.READ_PRODUCT)
    try:
        return None if data is None else read_product(data)
    except DeviceError:
        return None


def _optional(line: Line, command: Command, data: bytes = b"") -> bytes | None:
    """The answer of a command that not every module knows: asked twice, for an answer may have been lost."""
    for _ in range(2):
        answer = line.ask_once(command, data, OPTIONAL_S)
        if answer is not None and answer.code == Code.OK:
            return answer.data
    return None


# -- ring light --------------------------------------------------------------------------------------------------

BREATHE, STEADY, DARK = 1, 3, 4
RED, BLUE, GREEN = 1, 2, 4
RING_OFF = bytes([DARK, 0, BLUE, 0])
RING_LAY = bytes([BREATHE, 100, BLUE, 0])
"""Lay a finger."""
RING_LIFT = bytes([STEADY, 0, GREEN, 0])
"""Taken; lift the finger."""
