"""The coach's report: its sums, its page, and a citizen before the coach."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.app.coach_citizen import Citizen
from kiosk.app.coach_page import page
from kiosk.app.coach_report import FIRST_PERSON, PEOPLE_A_SEED, spearman, summed_up
from kiosk.app.coach_trial import Finger, Person, coached, try_person
from kiosk.cli.main import main
from kiosk.domain.fingers import FingerPosition, FingerTrouble
from kiosk.hal.fingers.crowd import DAMAGES, Case, case
from kiosk.hal.fingers.ridges import master
from kiosk.hal.fingers.texture import Grey
from kiosk.hal.world import FingerCondition

INDEX = FingerPosition.RIGHT_INDEX
NONE, WET, DRY = FingerTrouble.NONE, FingerTrouble.WET, FingerTrouble.DRY


@pytest.fixture(scope="module")
def ridges() -> Grey:
    return master(FIRST_PERSON - 1, INDEX)


def finger(trouble: FingerTrouble, named: FingerTrouble, kept_at: int | None, **more: object) -> Finger:
    values = {"score": 90, "matched": None, "kept_matched": None, "hopeless": False, "alone_at": None}
    return Finger(
        trouble=trouble,
        named=named,
        kept_at=kept_at,
        alone_matched=None,
        **{**values, **more},  # type: ignore[arg-type]
    )


MEASURED = Person(
    (
        finger(NONE, NONE, 1, matched=220, kept_matched=220, score=95, alone_at=1),
        finger(WET, WET, 2, matched=12, kept_matched=180, score=10),
        finger(WET, DRY, 4, matched=60, kept_matched=100, score=40),
        finger(DRY, DRY, None, matched=35, score=30),
        finger(DRY, DRY, None, matched=1, score=5, hopeless=True),
    ),
    "a matcher",
    "",
)


def test_every_share_has_its_whole() -> None:
    report = summed_up([MEASURED], 7)
    assert (report.impressions, report.right.part, report.right.whole) == (5, 4, 5)
    assert report.named[WET] == {NONE: 0, WET: 1, DRY: 1}
    assert (report.recovery[WET].failures, report.recovery[WET].coached, report.recovery[WET].alone) == (
        2,
        1,
        0,
    )
    assert (report.missed.part, report.missed.whole, report.hopeless) == (1, 4, 1)
    assert report.matching is not None
    assert (report.matching.unmatched, report.matching.unmatched_kept, report.matching.least_kept) == (
        3,
        0,
        100,
    )
    assert report.matching.spearman == 1


def test_what_was_not_measured_is_said() -> None:
    fingers = (finger(NONE, NONE, 1), finger(WET, WET, 2))
    report = summed_up([Person(fingers, None, "matching.absent")], 1)
    assert report.matching is None
    text = page(report)
    assert text.count("not measured here (matching.absent)") == 2
    assert "not NFIQ 2" in text


def test_the_page_shows_every_figure() -> None:
    text = page(summed_up([MEASURED], 7))
    for words in (
        "80.0 % (4 of 5)",
        "0 of 3, the least at 100",
        "| wet | 2 | 50.0 % (1 of 2) | 0.0 % (0 of 2) |",
    ):
        assert words in text


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=1))
def test_a_correlation_of_ranks_is_one_with_itself_and_minus_one_turned_round(
    pairs: list[tuple[int, int]],
) -> None:
    assert -1.0001 <= spearman(pairs) <= 1.0001
    same = [(one, one) for one, _ in pairs]
    varies = len(set(same)) > 1
    assert spearman(same) == pytest.approx(1 if varies else 0)
    assert spearman([(one, -one) for one, _ in pairs]) == pytest.approx(-1 if varies else 0)
    assert spearman([(one**3 + 5, other) for one, other in pairs]) == pytest.approx(spearman(pairs))


@pytest.mark.parametrize("trouble", list(DAMAGES))
def test_who_follows_the_coach_is_recovered(ridges: Grey, trouble: FingerTrouble) -> None:
    """C2, C3: each trouble in the middle of its range, nearly always; each starts refused."""
    ends = []
    for seed in range(3):
        figures = dict(DAMAGES[trouble](0.5))
        traces = figures.pop("traces", 0.0)
        drawn = Case(1, INDEX, trouble, FingerCondition(**figures), traces, 900 + seed)  # type: ignore[arg-type]
        citizen = Citizen(drawn, ridges)
        ends.append(coached(citizen, citizen.judged())[0])
    assert sum(kept is not None for kept in ends) >= 2
    assert sum(kept != 1 for kept in ends) >= 2


def test_cases_are_the_same_each_time_and_differ_between_people() -> None:
    assert case(5, INDEX) == case(5, INDEX)
    drawn = [case(person, INDEX) for person in range(200)]
    assert len({one.condition for one in drawn}) == 200
    assert {one.trouble for one in drawn} == {NONE, *DAMAGES}


@pytest.mark.system
def test_a_report_of_one_person_is_the_same_twice(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "report.md"
    assert (
        main(
            ["coach", "report", "--people", "1", "--seed", "3", "--workers", "1", "--json", f"--write={file}"]
        )
        == 0
    )
    told = json.loads(capsys.readouterr().out)
    assert (told["people"], told["impressions"]) == (1, 10)
    assert file.read_text(encoding="utf-8") == page(
        summed_up([try_person(FIRST_PERSON + 3 * PEOPLE_A_SEED)], 3)
    )


@pytest.mark.parametrize("bad", ["--people=0", "--people=10001", "--seed=-1", "--workers=0"])
def test_numbers_that_make_no_sense_are_refused(bad: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["coach", "report", bad]) == 2
    assert "--people" in capsys.readouterr().err
