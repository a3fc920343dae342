"""What one plugin does wrong in service stays with that plugin: the slip is printed with everybody else's lines."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.domain.dossier import Dossier
from kiosk.domain.receipt import QrCode, Rule, Slip, SlipPart, Text
from kiosk.hal.printer.layout import render
from kiosk.locale import Words
from kiosk.plugins.contract import MOST_SLIP_BYTES, MOST_SLIP_PARTS, checked_slip_parts
from kiosk.plugins.manager import Plugins, within
from kiosk.workflow.ledger import Sealed
from tests.unit.plugin_kit import FINE, fail, leave, lines_of, plugin, printed, trouble

SEALED = Sealed("MAU01-000001", "0" * 64, "spool/0.age")


@pytest.fixture
def plugins() -> Plugins:
    """One fine plugin, already in service."""
    plugins = Plugins()
    plugins.add("fine", lines_of(FINE))
    return plugins


def fails_half_way(dossier: Dossier, words: Words) -> Iterator[SlipPart]:
    yield Text("one")
    raise RuntimeError


UNFIT: dict[str, Callable[[Dossier, Words], object]] = {
    "raises": lambda dossier, words: fail(),
    "leaves": lambda dossier, words: leave(),
    "fails half-way": fails_half_way,
    "nothing": lambda dossier, words: None,
    "a number": lambda dossier, words: 5,
    "a text": lambda dossier, words: "Giờ mở cửa",
    "texts": lambda dossier, words: ["Giờ mở cửa"],
    "a text of number": lambda dossier, words: [Text(5)],  # type: ignore[arg-type]
    "a lone surrogate": lambda dossier, words: [Text("\ud800")],
    "without end": lambda dossier, words: iter(lambda: FINE, None),
    "too many": lambda dossier, words: [Rule()] * (MOST_SLIP_PARTS + 1),
    "too long": lambda dossier, words: [QrCode("x" * MOST_SLIP_BYTES)],
}


@pytest.mark.parametrize("case", UNFIT)
def test_lines_that_do_not_fit_a_slip_are_left_out_and_counted(plugins: Plugins, case: str) -> None:
    """The citizen's slip is printed with everybody else's lines."""
    plugins.add("broken", plugin(slip_lines=UNFIT[case]))
    plugins.add("after", lines_of(Rule()))
    assert printed(plugins) == (FINE, Rule())
    assert printed(plugins) == (FINE, Rule())
    meter = plugins.meters["broken"]
    assert (meter.calls, meter.failures) == (2, 2)
    assert trouble(plugins) == ""
    assert plugins.meters["fine"].failures == 0


def test_a_failure_is_logged_without_what_it_says(plugins: Plugins, caplog: pytest.LogCaptureFixture) -> None:
    """No personal data in logs: the text of an exception may hold some."""

    def tells(dossier: Dossier, words: Words) -> None:
        raise ValueError("Nguyễn Văn Mẫu")

    plugins.add("broken", plugin(slip_lines=tells))
    printed(plugins)
    assert "broken failed in kiosk_slip_lines: ValueError" in caplog.text
    assert "Nguyễn" not in caplog.text


def test_everybody_hears_of_a_sealed_dossier(plugins: Plugins) -> None:
    heard: list[Sealed] = []
    plugins.add("broken", plugin(dossier_sealed=lambda sealed: fail()))
    plugins.add("hearing", plugin(dossier_sealed=lambda sealed: heard.append(sealed)))
    plugins.sealed(SEALED)
    assert heard == [SEALED]
    assert plugins.meters["broken"].failures == 1


def test_a_plugin_that_never_answers_costs_one_delay_and_is_out_of_service() -> None:
    plugins = Plugins(patience=0.05)
    never = threading.Event()
    plugins.add("broken", plugin(slip_lines=lambda dossier, words: never.wait(60) and ()))
    plugins.add("fine", lines_of(FINE))
    try:
        assert printed(plugins) == (FINE,)
        assert trouble(plugins) == "plugin.late"
        assert set(plugins.meters) == {"fine"}
        assert printed(plugins) == (FINE,)
    finally:
        never.set()


def test_a_plugin_that_never_answers_at_the_start_is_quarantined() -> None:
    plugins = Plugins(patience=0.05)
    never = threading.Event()
    plugins.add("broken", plugin(activities=lambda: never.wait(60) and ()))
    never.set()
    assert trouble(plugins) == "plugin.late"


def test_a_plugins_own_timeout_is_its_own_failure(plugins: Plugins) -> None:
    """A network time-out inside a hook is not a hanging hook."""

    def times_out(dossier: Dossier, words: Words) -> None:
        raise TimeoutError

    plugins.add("broken", plugin(slip_lines=times_out))
    assert printed(plugins) == (FINE,)
    assert trouble(plugins) == ""


def test_what_a_call_cost_is_known(plugins: Plugins, caplog: pytest.LogCaptureFixture) -> None:
    before = plugins.meters["fine"]
    assert (before.calls, before.seconds, before.slowest) == (0, 0.0, 0.0)
    printed(plugins)
    printed(plugins)
    after = plugins.meters["fine"]
    assert (after.calls, after.failures) == (2, 0)
    assert 0 < after.slowest <= after.seconds


def test_a_slow_call_is_logged(
    plugins: Plugins, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kiosk.plugins.manager.SLOW_CALL_S", 0.0)
    printed(plugins)
    assert "plugin fine took" in caplog.text


def test_within_gives_back_what_was_done_or_raised() -> None:
    assert within(5, lambda: 7) == 7
    with pytest.raises(ZeroDivisionError):
        within(5, lambda: 1 // 0)


# -- what is let through can be printed --------------------------------------------------------------------------

texts = st.builds(
    Text, st.text(max_size=120), st.text(max_size=40), centred=st.booleans(), weight=st.just("plain")
)
parts = st.lists(st.one_of(texts, st.just(Rule()), st.builds(QrCode, st.text(min_size=1, max_size=300))))


@given(parts)
def test_parts_let_through_are_the_parts_given(given_parts: list[SlipPart]) -> None:
    try:
        taken = checked_slip_parts(iter(given_parts))
    except (TypeError, ValueError):
        return
    assert list(taken) == given_parts
    assert len(taken) <= MOST_SLIP_PARTS


def test_the_largest_code_let_through_can_be_printed() -> None:
    """Otherwise a plugin could seal a dossier whose slip never comes out."""
    largest = max(size for size in range(MOST_SLIP_BYTES) if fits(size))
    (part,) = checked_slip_parts([QrCode("x" * largest)])
    assert render(Slip("MAU01-000001", (part,))).height > 0


def fits(size: int) -> bool:
    try:
        checked_slip_parts([QrCode("x" * size)])
    except TypeError:
        return False
    return True
