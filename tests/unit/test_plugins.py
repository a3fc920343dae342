"""A plugin that breaks its contract is quarantined: the kiosk starts without it and says why."""

from __future__ import annotations

import re
import sys
import types
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import polib
import pytest

from kiosk.domain.dossier import Dossier
from kiosk.domain.message import msg
from kiosk.domain.receipt import Rule, Text
from kiosk.hookspecs import hookimpl
from kiosk.locale import HERE, Audience, Words
from kiosk.plugins.manager import Plugins, load, load_installed
from kiosk.workflow.desk import Desk
from kiosk.workflow.ledger import Sealed
from kiosk.workflow.step import Activity, Outcome, Step
from tests.unit.plugin_kit import DOSSIER, FINE, fail, leave, lines_of, plugin, printed, trouble


def activity(code: str = "hours", **fields: Any) -> Activity:
    whole = {"code": code, "title": msg(f"activity.{code}"), "steps": (Step("only", done),)}
    return Activity(**{**whole, **fields})


def done(desk: Desk) -> Outcome:
    return Outcome.DONE


@pytest.fixture
def plugins() -> Plugins:
    """One fine plugin, already in service."""
    plugins = Plugins()
    plugins.add("fine", lines_of(FINE))
    return plugins


def test_the_bundled_plugins_are_in_service() -> None:
    """X2: first issue is on the welcome screen of every kiosk."""
    found = load("1.2.3")
    (first,) = (line for line in found.lines() if line.name == "first_issue")
    assert (first.origin, first.version, first.trouble) == ("bundled", "1.2.3", None)
    assert first.hooks == ("kiosk_activities",)
    assert first.activities == ("first_issue",)


# -- quarantine at the start -------------------------------------------------------------------------------------


def misspelt() -> types.SimpleNamespace:
    return plugin(slip_line=lambda dossier, words: (FINE,))


def wrapped() -> types.SimpleNamespace:
    return types.SimpleNamespace(kiosk_slip_lines=hookimpl(wrapper=True)(lambda dossier, words: (yield)))


async def never_awaited(sealed: Sealed) -> None:
    """An async implementation would never run."""


class WithoutSelf:
    """A class registered instead of an instance of it."""

    @hookimpl
    def kiosk_slip_lines(self, dossier: Dossier, words: Words) -> tuple[Text, ...]:
        return (FINE,)


BROKEN: dict[str, tuple[Callable[[], object], str]] = {
    "nothing in it": (types.SimpleNamespace, "plugin.no_hooks"),
    "None": (lambda: None, "plugin.no_hooks"),
    "unknown hook name": (misspelt, "plugin.raised"),
    "unknown argument": (lambda: plugin(slip_lines=lambda dossier, printer: ()), "plugin.raised"),
    "argument left out": (lambda: plugin(slip_lines=lambda dossier: ()), "plugin.signature"),
    "arguments swapped": (lambda: plugin(slip_lines=lambda words, dossier: ()), "plugin.signature"),
    "argument by name only": (
        lambda: plugin(slip_lines=lambda dossier, words, *, more: ()),
        "plugin.signature",
    ),
    "class, not instance": (lambda: WithoutSelf, "plugin.signature"),
    "wrapper": (wrapped, "plugin.not_plain"),
    "async": (lambda: plugin(dossier_sealed=never_awaited), "plugin.not_plain"),
    "activities fail": (lambda: plugin(activities=lambda: fail()), "plugin.raised"),
    "activities leave": (lambda: plugin(activities=lambda: leave()), "plugin.raised"),
    "activities are no list": (lambda: plugin(activities=lambda: 5), "plugin.not_a_list"),
    "activities without end": (lambda: plugin(activities=lambda: iter(int, 1)), "plugin.too_much"),
    "activity of text": (lambda: plugin(activities=lambda: ["hours"]), "plugin.not_an_activity"),
    "activity without steps": (
        lambda: plugin(activities=lambda: [activity(steps=())]),
        "plugin.not_an_activity",
    ),
    "activity with a bad code": (
        lambda: plugin(activities=lambda: [activity("Hours!")]),
        "plugin.not_an_activity",
    ),
    "activity titled in text": (
        lambda: plugin(activities=lambda: [activity(title="Hours")]),
        "plugin.not_an_activity",
    ),
    "activity titled with an object": (
        lambda: plugin(activities=lambda: [activity(title=msg("hours", at=object()))]),  # type: ignore[arg-type]
        "plugin.not_an_activity",
    ),
    "two activities of one code": (
        lambda: plugin(activities=lambda: [activity(), activity()]),
        "plugin.activity_taken",
    ),
    "catalogues not a folder": (lambda: plugin(catalogues=lambda: "locale"), "plugin.no_catalogues"),
    "catalogues absent": (lambda: plugin(catalogues=lambda: Path("/nowhere")), "plugin.no_catalogues"),
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_plugin_that_breaks_its_contract_is_quarantined(plugins: Plugins, case: str) -> None:
    make, code = BROKEN[case]
    plugins.add("broken", make(), "somewhere", "0.1")
    assert trouble(plugins) == code
    assert printed(plugins) == (FINE,)
    assert plugins.activities == ()
    plugins.add("later", plugin(activities=lambda: [activity()]))
    assert trouble(plugins, "later") == ""


@pytest.mark.parametrize("case", BROKEN)
def test_the_technician_reads_why_in_words(plugins: Plugins, case: str) -> None:
    plugins.add("broken", BROKEN[case][0]())
    (line,) = (line for line in plugins.lines() if line.trouble)
    assert line.trouble is not None
    for language in ("vi", "en"):
        assert "⟦" not in Words(language).say(line.trouble, Audience.TECHNICIAN)


def test_an_activity_of_another_plugin_cannot_be_taken_over(plugins: Plugins) -> None:
    plugins.add("first", plugin(activities=lambda: [activity()]))
    plugins.add("broken", plugin(activities=lambda: [activity("other"), activity()]))
    assert trouble(plugins) == "plugin.activity_taken"
    assert [found.code for found in plugins.activities] == ["hours"]


def test_activities_stand_in_their_order() -> None:
    plugins = Plugins()
    plugins.add("one", plugin(activities=lambda: [activity("last", order=30), activity("first", order=1)]))
    plugins.add("two", plugin(activities=lambda: [activity("middle", order=2)]))
    assert [found.code for found in plugins.activities] == ["first", "middle", "last"]


def test_a_second_plugin_of_the_same_name_leaves_the_first_in_service(plugins: Plugins) -> None:
    """A stranger called `first_issue` must not take first issue off the menu."""
    plugins.add("fine", lines_of(Text("stranger")), "stranger", "6.6")
    working, refused = plugins.lines()
    assert (working.name, working.origin, working.trouble) == ("fine", "bundled", None)
    assert (refused.origin, refused.trouble) == ("stranger", msg("plugin.twice", name="fine"))
    assert printed(plugins) == (FINE,)


def test_the_same_plugin_under_two_names_serves_once(plugins: Plugins) -> None:
    again = lines_of(Text("once"))
    plugins.add("once", again)
    plugins.add("twice", again)
    assert trouble(plugins, "twice") == "plugin.raised"
    assert printed(plugins) == (FINE, Text("once"))


def test_a_catalogue_that_cannot_be_read_is_found_at_the_start(plugins: Plugins, tmp_path: Path) -> None:
    """Otherwise every screen would stumble over it."""
    folder = tmp_path / "vi" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    (folder / "kiosk.mo").write_bytes(b"not a catalogue")
    plugins.add("broken", plugin(catalogues=lambda: tmp_path))
    assert trouble(plugins) == "plugin.raised"
    assert plugins.catalogues() == ()


def test_catalogues_are_absolute_for_the_screens(plugins: Plugins, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(HERE.parent)
    plugins.add("words", plugin(catalogues=lambda: Path(HERE.name)))
    assert plugins.catalogues() == (HERE,)


def test_what_is_asked_at_the_start_is_asked_once(plugins: Plugins) -> None:
    asked: list[str] = []

    def activities() -> list[Activity]:
        asked.append("activities")
        return [activity()]

    def catalogues() -> Path:
        asked.append("catalogues")
        return HERE

    plugins.add("once", plugin(activities=activities, catalogues=catalogues))
    assert (len(plugins.activities), plugins.catalogues(), plugins.catalogues()) == (1, (HERE,), (HERE,))
    assert sorted(asked) == ["activities", "catalogues"]


def test_a_hook_of_a_later_kiosk_may_be_marked_optional(plugins: Plugins) -> None:
    later = lines_of(Rule())
    later.kiosk_not_yet = hookimpl(optionalhook=True)(lambda something: None)
    plugins.add("later", later)
    assert trouble(plugins, "later") == ""
    assert plugins.lines()[-1].hooks == ("kiosk_slip_lines",)


# -- installed plugins -------------------------------------------------------------------------------------------


@contextmanager
def installed(folder: Path, name: str, source: str) -> Iterator[EntryPoint]:
    """A module that can be imported, and the entry point to it."""
    (folder / f"{name}.py").write_text(source)
    sys.path.insert(0, str(folder))
    try:
        yield EntryPoint(name, name, "kiosk.plugins.v1")
    finally:
        sys.path.remove(str(folder))
        sys.modules.pop(name, None)


@pytest.mark.parametrize(
    "source", ["raise RuntimeError", "import nothing_of_that_name", "import sys; sys.exit(3)", "def ("]
)
def test_a_plugin_that_cannot_be_imported_is_quarantined(
    plugins: Plugins, tmp_path: Path, source: str
) -> None:
    with installed(tmp_path, "broken", source) as entry:
        load_installed(plugins, entry)
    assert trouble(plugins) == "plugin.raised"
    assert printed(plugins) == (FINE,)


def test_an_installed_plugin_takes_part(plugins: Plugins, tmp_path: Path) -> None:
    source = (
        "from kiosk.domain.receipt import Text\n"
        "from kiosk.hookspecs import hookimpl\n"
        "@hookimpl\n"
        "def kiosk_slip_lines(dossier, words):\n"
        "    yield Text(dossier.number)\n"
    )
    with installed(tmp_path, "numbering", source) as entry:
        load_installed(plugins, entry)
    assert trouble(plugins, "numbering") == ""
    assert printed(plugins) == (FINE, Text(DOSSIER.number))


# -- the example ------------------------------------------------------------------------------------------------

EXAMPLE_WORDS = (
    Path(__file__).parents[2] / "examples" / "kiosk-opening-hours" / "kiosk_opening_hours" / "locale"
)


def test_the_examples_catalogues_are_compiled_and_say_the_same_in_both_languages() -> None:
    spoken = {}
    for language in ("vi", "en"):
        source = EXAMPLE_WORDS / language / "LC_MESSAGES" / "kiosk.po"
        catalogue = polib.pofile(str(source))
        assert bytes(catalogue.to_binary()) == source.with_suffix(".mo").read_bytes()
        spoken[language] = {entry.msgid: sorted(re.findall(r"{\w+}", entry.msgstr)) for entry in catalogue}
    assert len(spoken["vi"]) > 5
    assert spoken["vi"] == spoken["en"]
