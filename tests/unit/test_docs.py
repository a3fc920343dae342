"""The documentation is true and complete: what exists has its line, and what has a line exists."""

from __future__ import annotations

import argparse
import inspect
import json
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

import kiosk
from kiosk.cli.main import parser
from kiosk.config import Config, DevicesConfig
from kiosk.hal.panel.gpio import GpioSettings, read_settings
from kiosk.hal.speaker.alsa import AlsaSettings
from kiosk.hal.world import FingerCondition, World
from kiosk.hookspecs import ENTRY_POINTS, KioskHooks
from kiosk.locale import Audience
from kiosk.plugins.contract import MOST_SLIP_BYTES, MOST_SLIP_PARTS
from kiosk.plugins.manager import PATIENCE_S, SLOW_CALL_S
from tests.unit.documents import DOCS, LINK, PAGES, ROOT, blocks, codes, page, spans, table


def identifiers(shown: Path) -> str:
    return str(shown.relative_to(ROOT))


# -- links and pictures ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", PAGES, ids=identifiers)
def test_every_link_leads_somewhere(path: Path) -> None:
    for target in (found[0] or found[1] for found in LINK.findall(path.read_text(encoding="utf-8"))):
        if "://" not in target:
            assert (path.parent / target.partition("#")[0]).exists(), target


def test_every_page_is_in_the_index() -> None:
    linked = {found[0] for found in LINK.findall(page("README.md"))}
    assert linked == {path.name for path in DOCS.glob("*.md")} - {"README.md"}


def test_the_pictures_are_pictures() -> None:
    for name in ("welcome.png", "slip.png", "dock.png", "desk-browser.png"):
        assert (DOCS / "pictures" / name).read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize("path", PAGES, ids=identifiers)
def test_every_file_named_exists(path: Path) -> None:
    """`kiosk/…`, `tests/…`, `docs/…`, `examples/…`, `scripts/…` in code style."""
    for span in spans(path.read_text(encoding="utf-8")):
        if re.fullmatch(r"(kiosk|tests|docs|examples|scripts)/[\w./-]+", span):
            assert (ROOT / span).exists(), span


# -- hooks -------------------------------------------------------------------------------------------------------

HOOKS = {name: function for name, function in vars(KioskHooks).items() if name.startswith("kiosk_")}


def signature(function: Any) -> str:
    found = inspect.signature(function)
    own = [parameter for name, parameter in found.parameters.items() if name != "self"]
    return re.sub(r"'", "", str(found.replace(parameters=own)))


@pytest.mark.parametrize("name", HOOKS)
def test_every_hook_is_documented_with_its_signature(name: str) -> None:
    assert f"{name}{signature(HOOKS[name])}" in spans(page("plugins.md"))


@pytest.mark.parametrize("path", PAGES, ids=identifiers)
def test_no_hook_is_invented(path: Path) -> None:
    named = set(re.findall(r"\bkiosk_[a-z_]+\b", path.read_text(encoding="utf-8")))
    assert named <= HOOKS.keys() | {"kiosk_opening_hours"}


def test_what_plugins_are_promised_is_what_they_get() -> None:
    text = page("plugins.md")
    assert f'entry-points."{ENTRY_POINTS}"' in text
    assert f"longer than {PATIENCE_S:g} seconds" in text
    assert f"above {SLOW_CALL_S:g} seconds" in text
    assert f"at most {MOST_SLIP_PARTS} parts, {MOST_SLIP_BYTES} bytes" in text


# -- settings ----------------------------------------------------------------------------------------------------


def settings(value: Any, prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Every setting by its dotted name, with its default."""
    for field in value.__struct_fields__:
        inner = getattr(value, field)
        if hasattr(inner, "__struct_fields__"):
            yield from settings(inner, f"{prefix}{field}.")
        else:
            yield f"{prefix}{field}", inner


SETTINGS = dict(settings(Config()))


def test_every_setting_has_its_line_and_its_default() -> None:
    rows = {codes(row[0])[0]: row for row in table(page("configuration.md"), "setting")}
    assert rows.keys() == SETTINGS.keys()
    for name, default in SETTINGS.items():
        shown = tomllib.loads(f"value = {codes(rows[name][3])[0]}")["value"]
        assert (shown, bool(rows[name][1])) == (json.loads(msgspec.json.encode(default)), True), name


@pytest.mark.parametrize("path", PAGES, ids=identifiers)
def test_no_setting_is_invented(path: Path) -> None:
    tables = "|".join(field for field in Config.__struct_fields__ if field != "mode")
    for span in spans(path.read_text(encoding="utf-8")):
        found = re.match(rf"((?:{tables})\.[\w.<>]+)", span)
        if found and not span.endswith((".py", ".db")):
            name = found[1].replace("<kind>", "camera")
            assert any(name == known or known.startswith(f"{name}.") for known in SETTINGS), span


# -- commands ----------------------------------------------------------------------------------------------------


def commands(top: argparse.ArgumentParser, name: str = "kiosk") -> Iterator[tuple[str, set[str]]]:
    """Every command that can be run, with its options."""
    children = [action for action in top._actions if isinstance(action, argparse._SubParsersAction)]
    if not children:
        yield name, {option for action in top._actions for option in action.option_strings}
    for action in children:
        for word, child in action.choices.items():
            yield from commands(child, f"{name} {word}")


COMMANDS = dict(commands(parser()))


def mentions(text: str) -> Iterator[tuple[str, str]]:
    """Commands set as code, and what follows them."""
    code = [*spans(text), *(line for block in blocks(text) for line in block.splitlines())]
    for piece in code:
        if found := re.match(r"(kiosk(?: [a-z]+)+)(.*)", piece):
            yield found[1], found[2]


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_its_line(name: str) -> None:
    shown = [codes(row[0])[0] for row in table(page("operations.md"), "command")]
    assert any(text == name or text.startswith(f"{name} ") for text in shown)


def test_every_command_line_says_how_it_ends() -> None:
    for command, does, ends in table(page("operations.md"), "command"):
        assert command and does and re.match(r"0\b", ends), command


@pytest.mark.parametrize("path", PAGES, ids=identifiers)
def test_no_command_or_option_is_invented(path: Path) -> None:
    for name, rest in mentions(path.read_text(encoding="utf-8")):
        if "──" in rest:
            continue
        known = [command for command in COMMANDS if f"{name} ".startswith(f"{command} ")]
        assert known, name
        assert set(re.findall(r"--[a-z-]+", rest)) <= COMMANDS[known[0]], f"{name}{rest}"


def test_make_knows_what_is_documented() -> None:
    targets = set(re.findall(r"^([a-z0-9-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    for path in PAGES:
        text = path.read_text(encoding="utf-8")
        code = [*spans(text), *(line for block in blocks(text) for line in block.splitlines())]
        named = {found[1] for piece in code if (found := re.match(r"make ([a-z0-9-]+)", piece))}
        assert named <= targets, path.name


# -- operations --------------------------------------------------------------------------------------------------


def test_every_trouble_of_the_store_has_its_remedy() -> None:
    sources = (path.read_text(encoding="utf-8") for path in Path(kiosk.__file__).parent.rglob("*.py"))
    raised = {code for source in sources for code in re.findall(r'StoreError\(\s*"(store\.\w+)"', source)}
    assert {codes(row[0])[0] for row in table(page("operations.md"), "code")} == raised


# -- devices -----------------------------------------------------------------------------------------------------


def drivers(kind: str) -> set[str]:
    """The modules beside a contract that open a device."""
    folder = Path(kiosk.__file__).parent / "hal" / kind
    return {
        path.stem for path in folder.glob("*.py") if "\ndef open_device(" in path.read_text(encoding="utf-8")
    }


def test_every_driver_is_named() -> None:
    rows = {codes(row[0])[0]: set(codes(row[2])) for row in table(page("devices.md"), "kind")}
    assert rows == {kind: drivers(kind) for kind in DevicesConfig.__struct_fields__}


def test_every_setting_of_the_speaker_is_described() -> None:
    text = page("devices.md").partition("## Speaker")[2].partition("\n## ")[0]
    rows = {codes(row[0])[0]: codes(row[2])[0] for row in table(text, "setting")}
    shown = {name: tomllib.loads(f"value = {default}")["value"] for name, default in rows.items()}
    assert shown == msgspec.to_builtins(AlsaSettings())


def test_every_setting_of_the_gpio_panel_is_described() -> None:
    section = page("devices.md").split("## Panel `gpio`")[1].split("\n## ")[0]
    rows = {name: codes(row[2]) for row in table(section, "setting") for name in codes(row[0])}
    defaults = msgspec.to_builtins(GpioSettings())
    assert rows.keys() == defaults.keys()
    for name, shown in rows.items():
        assert (json.loads(shown[0]) if shown else None) == defaults[name], name
    (example,) = [block for block in blocks(section) if "gpio" in block]
    read_settings(tomllib.loads(example)["devices"]["panel"]["settings"])


def test_the_whole_world_is_described() -> None:
    named = {name for row in table(page("devices.md"), "field") for name in codes(row[0])}
    assert named == set(World.__struct_fields__)
    assert set(FingerCondition.__struct_fields__) <= spans(page("devices.md"))
    (example,) = [block for block in blocks(page("devices.md")) if block.startswith("{")]
    assert msgspec.json.decode(example, type=World).fingers["2"].moisture > 0.75


# -- words -------------------------------------------------------------------------------------------------------


def test_every_audience_is_described() -> None:
    assert {codes(row[0])[0] for row in table(page("words.md"), "context")} == set(Audience)


# -- dependencies ------------------------------------------------------------------------------------------------


def test_every_dependency_has_its_line_and_no_other() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    sections = dict(part.split("\n", 1) for part in page("dependencies.md").split("## ")[1:])
    extras = {f"Optional: `{name}`": wanted for name, wanted in project["optional-dependencies"].items()}
    extras["Development"] = extras.pop("Optional: `dev`")
    assert sections.keys() == {"Runtime", *extras}
    for title, wanted in {"Runtime": project["dependencies"], **extras}.items():
        text = sections[title]
        rows = table(text, "package")
        assert [row[0] for row in rows] == [re.split(r"[<>=]", name)[0] for name in wanted]
        assert all(all(cell for cell in row) for row in rows)
