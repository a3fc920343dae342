"""Every trouble, finger and exception reason has words in both languages."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import kiosk
from kiosk.biometrics.face import FaceTrouble
from kiosk.domain.fingers import FingerExceptionCode, FingerPosition, FingerTrouble
from kiosk.domain.message import Message, msg
from kiosk.domain.remedies import Remedy
from kiosk.locale import Audience, Words
from kiosk.workflow.coach import LADDERS

CITIZEN = [
    *(f"finger.hint.{trouble}" for trouble in FingerTrouble),
    *(f"finger.seen.{trouble}" for trouble in LADDERS),
    *(f"finger.do.{remedy}" for remedy in Remedy),
    *(f"face.hint.{trouble}" for trouble in FaceTrouble),
    *(f"finger.{position:d}" for position in FingerPosition),
    *(f"finger.exception.{code}" for code in FingerExceptionCode),
]
SOURCES = [
    "hal/world.py",
    "hal/fingers/sim.py",
    "hal/fingers/zfm.py",
    "hal/fingers/zfm_faults.py",
    "hal/fingers/zfm_line.py",
    "hal/fingers/zfm_protocol.py",
    "hal/fingers/zfm_start.py",
    "hal/fingers/zfm_wire.py",
    "hal/serial_log.py",
    "hal/camera/sim.py",
    "biometrics/face_find.py",
]
OFFICER = ("zfm.", "serial.")
"""Troubles of a reader that stand on the officer's board."""


def codes_in(source: str) -> set[str]:
    """The codes a module gives to `msg` and to exceptions."""
    tree = ast.parse((Path(kiosk.__file__).parent / source).read_text(encoding="utf-8"))
    calls = [
        node for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    ]
    return {
        call.args[0].value
        for call in calls
        if call.func.id in ("msg", "DeviceError", "ConfigError", "BadInputError")  # type: ignore[attr-defined]
        and isinstance(call.args[0], ast.Constant)
        and isinstance(call.args[0].value, str)
    }


@pytest.mark.parametrize("language", ["vi", "en"])
def test_the_citizen_is_told_in_words(language: str) -> None:
    """C2, C3: what to do, in the person's language."""
    words = Words(language)
    said = [words.say(Message(code)) for code in CITIZEN]
    assert not [text for text in said if "⟦" in text]
    assert max(len(text) for text in said) <= 80


def test_english_is_not_a_fallback_to_vietnamese() -> None:
    vi, en = Words("vi"), Words("en")
    assert not [code for code in CITIZEN if vi.say(Message(code)) == en.say(Message(code))]


@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize("language", ["vi", "en"])
def test_the_technician_is_told_in_words(language: str, source: str) -> None:
    values = dict.fromkeys(("file", "reason", "position", "impression", "reader", "known", "device"), "x")
    codes = codes_in(source)
    assert codes
    for code in codes:
        assert "⟦" not in Words(language).say(msg(code, **values), Audience.TECHNICIAN)


@pytest.mark.parametrize("language", ["vi", "en"])
def test_the_officer_is_told_in_words(language: str) -> None:
    codes = set().union(*map(codes_in, SOURCES)) | {
        "zfm.silent",
        "zfm.garbled",
        "serial.absent",
        "serial.busy",
    }
    told = [code for code in codes if code.startswith(OFFICER)]
    assert len(told) > 8
    words = Words(language)
    for code in told:
        said = words.say(msg(code), Audience.OFFICER)
        assert "⟦" not in said
        assert "{" not in said


def test_the_phrases_agreed_with_the_officers_are_kept() -> None:
    said = Words("vi").say(msg("finger.hint.sweaty"))
    assert said == "Tay ra mồ hôi. Rửa tay nước mát, lau khô, rồi làm lại."
