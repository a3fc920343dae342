"""A machine's first start: from a seed or by hand, stopped anywhere and gone on with. T1, M3."""

from __future__ import annotations

import getpass
import io
import json
import re
import stat
from collections.abc import Sequence
from pathlib import Path

import pyrage
import pytest
import zxingcpp
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from kiosk.cli.main import main
from kiosk.config import Mode, load
from kiosk.errors import BadInputError
from kiosk.imaging.provision import read_seed, toml
from kiosk.imaging.request import code_lines, qr_text
from kiosk.store.keys import DeviceKeys

PIN = "719305"
DEMO = '[devices.{kind}]\ndriver = "sim"\n'
DEVICES = "".join(DEMO.format(kind=kind) for kind in ("fingers", "camera", "printer", "panel"))
SEED = f"""mode = "demo"
[station]
place = "Công an xã Mẫu"
return_place = "Bộ phận một cửa"
id = "THU07"
[officer]
number = "GS01"
name = "Trần Thị Ví Dụ"
{DEVICES}"""


PLACES = ("settings", "bootconfig", "data", "ssh", "recovery")
RECOVERY = "e66f-be27-78d5-7a92-9513-c216-bb25-e8a8-599a-221f"


class Typist(io.StringIO):
    """Whoever stands before the machine: a line an answer."""

    def isatty(self) -> bool:
        return True


class New:
    """A machine that has never been started; its clock is kept by the network."""

    def __init__(self, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.root, self._patch = root, monkeypatch
        self.settings, self.bootconfig, self.data = root / "settings", root / "bootconfig", root / "data"
        self.ssh, self.recovery = root / "ssh", root / "recovery-key"
        for folder in (self.bootconfig, self.data):
            folder.mkdir()
        (root / "synchronized").touch()
        monkeypatch.setattr("kiosk.hal.clock.SYNCHRONISED", root / "synchronized")
        monkeypatch.setenv("LC_ALL", "en")
        self.pins: list[str] = []
        monkeypatch.setattr(getpass, "getpass", lambda prompt: self.pins.pop(0))

    def seed(self, text: str) -> None:
        (self.bootconfig / "provision.toml").write_text(text)

    def start(self, *lines: str, typed: bool = True, more: Sequence[str] = ()) -> int:
        """`typed`: there is a terminal with somebody at it; they leave after `lines`."""
        made = Typist if typed else io.StringIO
        self._patch.setattr("sys.stdin", made("".join(f"{line}\n" for line in lines)))
        places = [f"--{name}={getattr(self, name)}" for name in PLACES]
        return main(["image", "provision", *places, *more])


@pytest.fixture
def new(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> New:
    return New(tmp_path, monkeypatch)


def test_a_seeded_machine_asks_for_the_pin_alone(new: New, capsys: pytest.CaptureFixture[str]) -> None:
    new.seed(SEED)
    new.pins = [PIN, PIN]
    assert new.start("") == 0
    config = load(new.settings / "kiosk.toml")
    assert (config.mode, config.station.id, config.station.return_place) == (
        Mode.DEMO, "THU07", "Bộ phận một cửa",
    )  # fmt: skip
    assert main(["people", "list", "--data", str(new.data)]) == 0
    assert "GS01" in capsys.readouterr().out


def test_the_request_is_for_the_machines_own_key(new: New) -> None:
    new.seed(SEED)
    new.pins = [PIN, PIN]
    new.start("")
    pem = (new.bootconfig / "THU07.csr").read_bytes()
    request = x509.load_pem_x509_csr(pem)
    assert request.is_signature_valid
    assert request.subject.rfc4514_string() == "CN=THU07"
    assert request.public_key() == DeviceKeys.open(new.data / "keys").public
    assert (new.settings / "THU07.csr").read_bytes() == pem


def test_fifty_machines_share_one_seed(new: New, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kiosk.cli.image_setup.serial_number", lambda root: "10000000deadbeef")
    new.seed(SEED.replace('id = "THU07"', 'ids = { "10000000deadbeef" = "THU08", "1000" = "THU09" }'))
    new.pins = [PIN, PIN]
    assert new.start("") == 0
    assert load(new.settings / "kiosk.toml").station.id == "THU08"


def ssh_key(name: str) -> str:
    public = Ed25519PrivateKey.generate().public_key()
    return f"{public.public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()} {name}"


def test_only_named_keys_come_in_over_ssh(new: New, monkeypatch: pytest.MonkeyPatch) -> None:
    """A technician's as root, a desk's to the officer's screen, whose user the core lets in."""
    monkeypatch.setattr("kiosk.cli.image_setup.user_ids", lambda name: {"kiosk-desk": (503,)}.get(name, ()))
    technician, desk = ssh_key("technician"), ssh_key("desk")
    new.seed(f'{SEED}\n[ssh]\ntechnicians = ["{technician}"]\ndesks = ["{desk}"]\n')
    new.pins = [PIN, PIN]
    assert new.start("") == 0
    assert (new.ssh / "authorized_keys").read_text() == f"{technician}\n"
    assert (new.ssh / "desk_keys").read_text() == f"{desk}\n"
    assert stat.filemode((new.ssh / "desk_keys").stat().st_mode) == "-rw-r--r--"
    assert load(new.settings / "kiosk.toml").link.users == (503,)


def test_without_keys_nobody_comes_in(new: New, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kiosk.cli.image_setup.user_ids", lambda name: {"kiosk-desk": (503,)}.get(name, ()))
    new.seed(SEED)
    new.pins = [PIN, PIN]
    assert new.start("") == 0
    assert not new.ssh.exists()
    assert load(new.settings / "kiosk.toml").link.users == ()


def test_without_anybody_there_it_waits_with_what_it_knows(
    new: New, capsys: pytest.CaptureFixture[str]
) -> None:
    new.seed(SEED)
    assert new.start(typed=False) == 1
    assert "the first officer and the PIN" in capsys.readouterr().err
    assert not (new.settings / "kiosk.toml").exists()
    key = (new.data / "keys/device.key").read_bytes()
    new.pins = [PIN, PIN]
    assert new.start() == 0, "the code was shown before, it is not waited for again"
    assert (new.data / "keys/device.key").read_bytes() == key


def test_everything_by_hand_with_mistakes_on_the_way(new: New, capsys: pytest.CaptureFixture[str]) -> None:
    new.seed('mode = "demo"\n')
    new.pins = ["111111", "111111", PIN, "000000", PIN, PIN]
    answers = (
        "x", "thu07", "Công an xã Mẫu", "",
        "laser", "sim", "sim", "sim mm_per_second=0", "sim", "",
        "",
        "gs01", "Trần Thị Ví Dụ", "gs01", "Trần Thị Ví Dụ",
    )  # fmt: skip
    assert new.start(*answers) == 0, capsys.readouterr().err
    config = load(new.settings / "kiosk.toml")
    assert (config.station.id, config.station.return_place) == ("THU07", "Công an xã Mẫu")
    assert config.devices.printer.settings == {"mm_per_second": 0}
    assert "speaker" not in config.devices.there
    said = capsys.readouterr().err
    assert "2 to 12 capitals" in said and "Choose one of" in said


@pytest.mark.parametrize("stopped_after", range(11))
def test_switched_off_anywhere_it_goes_on_where_it_stopped(stopped_after: int, new: New) -> None:
    """Nothing answered in a step that was finished is asked again, and nothing is in place before everything is."""
    new.seed('mode = "demo"\n')
    answers = ["THU07", "Công an xã Mẫu", "Một cửa", *["sim"] * 5, "", "GS01", "Ví Dụ"]
    steps = [answers[:3], answers[3:8], answers[8:9], answers[9:]]
    assert new.start(*answers[:stopped_after]) == 1
    assert not (new.settings / "kiosk.toml").exists()
    done, left = 0, list(steps)
    while left and done + len(left[0]) <= stopped_after:
        done += len(left.pop(0))
    new.pins = [PIN, PIN]
    assert new.start(*(line for step in left for line in step)) == 0
    assert load(new.settings / "kiosk.toml").station.id == "THU07"


def test_the_recovery_key_goes_onto_paper(new: New, capsys: pytest.CaptureFixture[str]) -> None:
    """T1: shown until somebody types the end of it, then marked as kept and never shown again; its copy is nowhere."""
    new.seed(SEED)
    new.recovery.write_text(RECOVERY)
    assert new.start("", "9999") == 1
    said = capsys.readouterr().err
    assert said.count(RECOVERY) == 3 and "THU07" in said
    assert not (new.settings / "recovery-kept").exists()
    new.pins = [PIN, PIN]
    assert new.start("221F", "") == 0
    assert (new.settings / "recovery-kept").exists()
    kept = [file for file in new.root.rglob("*") if file.is_file() and file != new.recovery]
    assert not [file for file in kept if RECOVERY.encode() in file.read_bytes()]


def test_nobody_there_takes_no_recovery_key(new: New, capsys: pytest.CaptureFixture[str]) -> None:
    new.seed(SEED)
    new.recovery.write_text(RECOVERY)
    assert new.start(typed=False) == 1
    said = capsys.readouterr().err
    assert "the recovery key" in said and RECOVERY not in said
    assert not (new.settings / "recovery-kept").exists()


def test_a_missing_device_is_a_notice(new: New, capsys: pytest.CaptureFixture[str]) -> None:
    centre, escrow = (str(pyrage.x25519.Identity.generate().to_public()) for _ in range(2))
    real = SEED.split("[devices.")[0].replace('mode = "demo"', "") + (
        '[devices.fingers]\ndriver = "zfm"\nsettings = { port = "/dev/ttyNONE" }\n'
        '[devices.camera]\ndriver = "uvc"\n'
        '[devices.printer]\ndriver = "escpos"\nsettings = { port = "/dev/ttyNONE1" }\n'
        '[devices.panel]\ndriver = "gpio"\nsettings = { ready = 17 }\n'
        f'[seal]\nrecipients = ["{centre}", "{escrow}"]\n'
    )
    new.seed(real)
    new.pins = [PIN, PIN]
    assert new.start("") == 0, capsys.readouterr().err
    assert capsys.readouterr().err.count("does not answer yet") == 4
    assert load(new.settings / "kiosk.toml").mode is Mode.PRODUCTION


def test_the_centres_keys_come_from_a_file_on_a_stick(new: New, capsys: pytest.CaptureFixture[str]) -> None:
    keys = [str(pyrage.x25519.Identity.generate().to_public()) for _ in range(2)]
    stick = new.root / "keys.txt"
    stick.write_text("# centre, escrow\n" + "\n".join(keys))
    new.seed(SEED.replace('mode = "demo"', "").replace('"sim"', '"none"'))
    new.start("age1wrong", str(stick))
    progress = json.loads((new.settings / "provision.json").read_text())
    assert progress["recipients"] == keys
    assert "age" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "field"),
    [
        (SEED.replace("THU07", "thu-07"), "station.id"),
        (SEED.replace("GS01", "12345"), "officer.number"),
        (SEED.replace("Trần Thị Ví Dụ", "\\u0007"), "officer.name"),
        (SEED.replace("[officer]", '[officer]\npin = "719305"'), "pin"),
        (SEED.replace("devices.panel", "devices.lamp"), "devices.lamp"),
        (SEED.replace('driver = "sim"', "driver = 7", 1), "devices"),
        (SEED.replace('"demo"', '"test"'), "mode"),
        (SEED + "[", "provision.toml"),
        ('[station]\nids = { "1" = "x" }\n', "station.ids"),
        ('[ssh]\ntechnicians = ["ssh-rsa AAAA"]\n', "ssh.technicians[0]"),
        ('[ssh]\ndesks = ["ssh-ed25519 AAAAC3Nza"]\n', "ssh.desks[0]"),
        ('[ssh]\ndesks = ["command=\\"sh\\" ssh-ed25519 AAAA"]\n', "ssh.desks[0]"),
    ],
)
def test_a_wrong_field_of_the_seed_is_named_and_nothing_is_begun(
    text: str, field: str, new: New, capsys: pytest.CaptureFixture[str]
) -> None:
    new.seed(text)
    assert new.start() == 2
    assert field in capsys.readouterr().err
    assert not new.settings.exists() and not list(new.data.iterdir())


def test_a_clock_that_nobody_keeps_is_asked_about(new: New, capsys: pytest.CaptureFixture[str]) -> None:
    (new.root / "synchronized").unlink()
    new.seed(SEED)
    assert new.start(typed=False) == 1
    assert "the clock" in capsys.readouterr().err
    assert new.start("at noon") == 2
    assert "Type it like" in capsys.readouterr().err
    new.pins = [PIN, PIN]
    assert new.start("", "") == 0


def test_the_clock_can_be_asked_about_alone(new: New) -> None:
    """What needs the right to set it runs before, and apart from, everything else."""
    (new.root / "synchronized").unlink()
    assert new.start("", more=["--only-clock"]) == 0
    assert not (new.settings / "kiosk.toml").exists() and not (new.data / "keys").exists()
    new.seed(SEED)
    new.pins = [PIN, PIN]
    assert new.start("") == 0, "it is not asked about twice"


def test_a_machine_in_service_is_left_alone(new: New, capsys: pytest.CaptureFixture[str]) -> None:
    new.settings.mkdir()
    (new.settings / "kiosk.toml").write_text("mode = 'demo'\n")
    assert new.start() == 0
    assert "is set up" in capsys.readouterr().err and not list(new.data.iterdir())


# -- what is written ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("columns", "rows", "half_blocks"),
    [(80, 24, True), (100, 29, True), (160, 49, False)],
    ids=["terminal", "small panel", "console"],
)
def test_the_picture_is_read_back_by_a_telephone(
    columns: int, rows: int, half_blocks: bool, tmp_path: Path
) -> None:
    """Two modules a letter where there is little room, a module two letters wide where there is more."""
    request = DeviceKeys.open(tmp_path).signing_request("THU07")
    text = qr_text(request)
    lines = code_lines(text, columns, rows)
    assert 0 < len(lines) <= rows
    dark = [row for line in lines for row in (halves(line) if half_blocks else [colours(line)])]
    picture = Image.new("L", (len(dark[0]), len(dark)), 255)
    for y, row in enumerate(dark):
        for x, black in enumerate(row):
            picture.putpixel((x, y), 0 if black else 255)
    grown = picture.resize((picture.width * 6, picture.height * 6), Image.Resampling.NEAREST)
    (found,) = zxingcpp.read_barcodes(grown)
    assert found.text == text
    assert x509.load_der_x509_csr(from_base45(found.text)).is_signature_valid


def halves(line: str) -> list[list[bool]]:
    plain = re.sub("\x1b\\[[0-9;]*m", "", line)
    return [[letter in "▀█" for letter in plain], [letter in "▄█" for letter in plain]]


def colours(line: str) -> list[bool]:
    """Two spaces a module; the background says which."""
    return [code == "40" for code in re.findall("\x1b\\[([0-9]+)m  ", line)]


def test_a_picture_that_does_not_fit_is_not_begun(tmp_path: Path) -> None:
    text = qr_text(DeviceKeys.open(tmp_path).signing_request("THU07"))
    assert code_lines(text, 80, 23) == []
    assert code_lines(text, 40, 24) == []


def from_base45(text: str) -> bytes:
    """RFC 9285, the other way round."""
    from kiosk.imaging.request import BASE45

    out = bytearray()
    for start in range(0, len(text), 3):
        digits = [BASE45.index(letter) for letter in text[start : start + 3]]
        number = sum(digit * 45**place for place, digit in enumerate(digits))
        out += number.to_bytes(len(digits) - 1, "big")
    return bytes(out)


VALUES = st.recursive(
    st.text()
    | st.integers(-(2**53), 2**53)
    | st.booleans()
    | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=3),
    max_leaves=5,
)


@given(
    st.dictionaries(st.text(min_size=1), VALUES | st.dictionaries(st.text(min_size=1), VALUES), max_size=5)
)
def test_what_is_written_as_toml_is_read_back(document: dict[str, object]) -> None:
    import tomllib

    assert tomllib.loads(toml(document)) == {key: value for key, value in document.items() if value != {}}


@given(st.text(max_size=200))
def test_any_text_is_a_seed_or_named_as_none(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    file = tmp_path_factory.mktemp("seed") / "provision.toml"
    file.write_text(text, encoding="utf-8", errors="surrogateescape")
    try:
        read_seed(file)
    except BadInputError as refusal:
        assert refusal.code == "provision.seed"
