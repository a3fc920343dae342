"""A configuration that cannot be used is refused in one sentence, before anything is written."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.app.resources import accept, load_words, open_driver
from kiosk.cli.main import main
from kiosk.config import Config, DeviceConfig, DevicesConfig, DisplayConfig, Mode, load
from kiosk.domain.message import msg
from kiosk.errors import ConfigError, DeviceError

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "examples" / "kiosk.toml"
KEYS = ", ".join(f'"{key}"' for key in load(EXAMPLE).seal.recipients)
REAL_DEVICES = "".join(
    f'[devices.{kind}]\ndriver = "real"\n' for kind in ("fingers", "camera", "printer", "panel")
)

REFUSED: dict[str, tuple[str, str, tuple[str, ...]]] = {
    "unknown key": ('[station]\nplaec = "Mẫu"', "config.unknown_key", ("station.plaec", "configuration.md")),
    "unknown table": ("[stations]", "config.unknown_key", ("stations",)),
    "unknown device": ('[devices.scanner]\ndriver = "sim"', "config.unknown_key", ("devices.scanner",)),
    "wrong type": ('[idle]\nwarn = "soon"', "config.wrong_value", ("idle.warn", "float")),
    "wrong station": ('[station]\nid = "mau 1"', "config.wrong_value", ("station.id", "[A-Z0-9]")),
    "wrong mode": ('mode = "test"', "config.wrong_value", ("mode", "test")),
    "no language": ("[station]\nlanguages = []", "config.wrong_value", ("station.languages",)),
    "never cleared": ("[idle]\nclear = inf", "config.wrong_value", ("idle.clear", "3600")),
    "no number": ("[idle]\nclear = nan", "config.wrong_value", ("idle.clear",)),
    "wrong user": ('[link]\nusers = ["root"]', "config.wrong_value", ("link.users[0]", "int")),
    "syntax": ("[station\n", "config.syntax", ("line 1",)),
    "twice": ("[idle]\nwarn = 1.0\nwarn = 2.0\nclear = 3.0", "config.syntax", ("line 3",)),
    "idle order": ("[idle]\nwarn = 90.0\nclear = 90.0", "config.idle", ("idle.clear", "idle.warn")),
    "simulation": (
        f'mode = "production"\n[seal]\nrecipients = [{KEYS}]',
        "config.simulated",
        ("devices.fingers.driver", "production"),
    ),
    "simulated keys": (
        f'mode = "production"\n{REAL_DEVICES}\n[staff]\nkeys = "sim"\n[seal]\nrecipients = [{KEYS}]',
        "config.simulated",
        ("staff.keys", "production"),
    ),
    "no such keys": ('[staff]\nkeys = "smartcard"', "config.driver", ("staff.keys", "smartcard")),
    "no such factor": (
        '[staff]\nsecond_factor = "always"',
        "config.wrong_value",
        ("staff.second_factor", "always"),
    ),
    "no recipients": (
        f'mode = "production"\n{REAL_DEVICES}',
        "config.no_recipients",
        ("seal.recipients", "age"),
    ),
    "one recipient": (
        f"[seal]\nrecipients = [{KEYS.split(', ')[0]}]",
        "config.recipients",
        ("seal.recipients", "2"),
    ),
    "unreadable recipient": (
        '[seal]\nrecipients = ["age1centre", "age1escrow"]',
        "config.recipient_unreadable",
        ("seal.recipients", "age1"),
    ),
    "unknown regime": ('[station]\nregime = "cc1999"', "config.regime", ("station.regime", "cccd2021")),
    "unknown language": (
        '[station]\nlanguages = ["vi", "mtq"]',
        "config.language",
        ("station.languages", "mtq", "en, vi"),
    ),
    "unknown driver": (
        '[devices.camera]\ndriver = "webcam"',
        "config.driver",
        ("devices.camera.driver", "webcam", "devices.md"),
    ),
    "no driver": (
        '[devices.printer]\ndriver = "layout"',
        "config.driver",
        ("devices.printer.driver", "layout", "devices.md"),
    ),
}


def write(folder: Path, text: str) -> Path:
    file = folder / "kiosk.toml"
    file.write_text(text, encoding="utf-8")
    return file


def refusal(file: Path) -> ConfigError:
    with pytest.raises(ConfigError) as caught:
        accept(load(file), file)
    return caught.value


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_wrong_is_known_by_its_code(tmp_path: Path, case: str) -> None:
    text, code, _ = REFUSED[case]
    assert refusal(write(tmp_path, text)).code == code


@pytest.mark.parametrize("language", ["vi", "en"])
@pytest.mark.parametrize("case", REFUSED)
def test_the_technician_reads_file_place_and_remedy_in_one_message(
    tmp_path: Path,
    case: str,
    language: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """`kiosk core` exits 2 and leaves no trace of a start."""
    monkeypatch.setenv("LC_ALL", f"{language}.UTF-8")
    text, _, named = REFUSED[case]
    file = write(tmp_path, text)
    assert main(["core", "--data", str(tmp_path / "data"), "--config", str(file)]) == 2
    told = capsys.readouterr()
    assert told.out == ""
    (line,) = told.err.splitlines()
    assert all(part in line for part in (str(file), *named)), line
    assert "⟦" not in line
    assert not (tmp_path / "data").exists()


def test_the_command_itself_exits_2_and_creates_nothing(tmp_path: Path) -> None:
    """The whole program: one line on stderr, no traceback."""
    file = write(tmp_path, '[station]\nregime = "cc1999"')
    command = ("-m", "kiosk.cli.main", "core", "--data", str(tmp_path / "data"), "--config", str(file))
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "LC_ALL": "en.UTF-8"}
    ended = subprocess.run(
        [sys.executable, *command], env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr == f"{file}: station.regime: no such regime. Known: cc2024, cccd2021.\n"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["kiosk.toml"]


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    file = tmp_path / "absent.toml"
    assert (refusal(file).code, refusal(file).values) == ("config.absent", {"file": str(file)})


def test_a_folder_is_not_read(tmp_path: Path) -> None:
    assert refusal(tmp_path).code == "config.unreadable"


def test_a_file_of_another_encoding_is_not_guessed_at(tmp_path: Path) -> None:
    file = tmp_path / "kiosk.toml"
    file.write_bytes('[station]\nplace = "Công an xã Mẫu"'.encode("cp1258", "replace"))
    assert refusal(file).code == "config.unreadable"


@given(st.binary(max_size=80) | st.text(max_size=80).map(str.encode))
def test_any_file_is_accepted_or_refused_by_name(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    file = tmp_path_factory.getbasetemp() / "any.toml"
    file.write_bytes(content)
    try:
        assert load(file) == Config()
    except ConfigError as error:
        assert error.values["file"] == str(file)


def test_without_a_file_the_kiosk_is_a_demonstration() -> None:
    """On simulated devices, the speaker among them, and never dark; a file has a speaker only where it names one."""
    demonstration = load(None)
    assert demonstration.mode is Mode.DEMO
    assert demonstration.display == DisplayConfig(dark_after=0.0)
    assert set(demonstration.devices.there) == set(DevicesConfig.__struct_fields__)
    assert {chosen.driver for chosen in demonstration.devices.there.values()} == {"sim"}
    assert "speaker" not in Config().devices.there
    accept(load(None), None)


def test_a_driver_that_lacks_a_part_is_told_before_anything_starts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A missing library must not be found out by the first citizen."""
    (tmp_path / "halfway.py").write_text("import library_of_the_maker\n")
    monkeypatch.setattr("kiosk.hal.camera.__path__", [str(tmp_path)])
    error = refusal(write(tmp_path, '[devices.camera]\ndriver = "halfway"'))
    assert error.code == "config.driver_import"
    assert "library_of_the_maker" in str(error.values["why"])


def test_settings_a_driver_refuses_are_the_devices_trouble(tmp_path: Path) -> None:
    """The board shows it; the other devices work."""
    opening = open_driver("printer", DeviceConfig("sim", {"speed": 3}), tmp_path)
    with pytest.raises(DeviceError) as caught:
        opening()
    assert caught.value.code == "printer.bad_settings"


def test_words_come_in_the_languages_there_are() -> None:
    words = load_words(("en", "vi"), ())
    assert (words["en"].say(msg("starting")), words["vi"].language) == ("One moment, please…", "vi")


# -- the example -------------------------------------------------------------------------------------------------


def test_the_example_loads() -> None:
    config = load(EXAMPLE)
    accept(config, EXAMPLE)
    assert config.mode is Mode.DEMO
    assert len(set(config.seal.recipients)) == 2


def test_the_production_block_of_the_example_wants_only_real_names() -> None:
    """Uncommented, it is refused for its placeholders and for nothing else."""
    text = EXAMPLE.read_text(encoding="utf-8")
    commented = text[text.index('# mode = "production"') :]
    block = "\n".join(line.removeprefix("#").removeprefix(" ") for line in commented.splitlines())
    document = tomllib.loads(block)
    drivers = [device["driver"] for device in document["devices"].values()]
    assert (document["mode"], len(drivers), "sim" in drivers) == ("production", 4, False)
    assert document.keys() <= set(Config.__struct_fields__)


def test_the_example_shows_every_setting() -> None:
    document = tomllib.loads(EXAMPLE.read_text(encoding="utf-8"))
    for field in Config.__struct_fields__:
        assert field in document
        part = getattr(Config(), field)
        if hasattr(part, "__struct_fields__"):
            assert set(document[field]) == set(part.__struct_fields__), field


def test_production_refuses_whatever_says_it_is_simulated(tmp_path: Path) -> None:
    """A folder of pictures is no camera, whatever its driver is called."""
    config = DeviceConfig("files", {"path": str(ROOT / "docs" / "pictures")})
    demonstration = open_driver("camera", config, tmp_path)()
    assert demonstration.simulated
    demonstration.close()
    with pytest.raises(DeviceError, match=r"device\.simulated"):
        open_driver("camera", config, tmp_path, Mode.PRODUCTION)()
