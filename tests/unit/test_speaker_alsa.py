"""The speaker on ALSA with the real programs: what is played, and what is said when nothing can be."""

from __future__ import annotations

import os
import shutil
import wave
from pathlib import Path

import numpy as np
import pytest

from kiosk.errors import ConfigError, DeviceError
from kiosk.hal.device import HealthState
from kiosk.hal.speaker import Sentences
from kiosk.hal.speaker.alsa import AlsaSettings, AlsaSpeaker, open_device
from tests.speaker_kit import RATE, deaf_output, samples, say, sound_into

PROMPT = "Mời ông bà bấm số định danh cá nhân."
TONE = (8000 * np.sin(np.arange(RATE // 4) / 20)).astype(np.int16)
"""A quarter of a second of what no voice says."""


@pytest.fixture
def output(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    file = tmp_path / "played.raw"
    sound_into(file, monkeypatch)
    return file


def recording(clips: Path, language: str, code: str) -> None:
    folder = clips / language
    folder.mkdir(parents=True, exist_ok=True)
    with wave.open(str(folder / f"{code}.wav"), "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(RATE)
        sound.writeframes(TONE.tobytes())


def played(
    output: Path, sentences: Sentences, **settings: object
) -> np.ndarray[tuple[int], np.dtype[np.int16]]:
    """All samples of one text, played to its end."""
    speaker = open_device(settings, Path())
    speaker.say(sentences)
    assert speaker._playing is not None
    assert speaker._playing.wait(20) == 0
    speaker.close()
    return samples(output)


def contains(sound: np.ndarray[tuple[int], np.dtype[np.int16]]) -> bool:
    """Whether the recording is in it, sample for sample."""
    return TONE.tobytes() in sound.tobytes()


def test_speech_comes_out_as_sound(output: Path) -> None:
    """As long as such a sentence takes, and no silence."""
    sound = played(output, say(PROMPT))
    assert 1.5 < len(sound) / RATE < 6
    loud = np.abs(sound.astype(int)) > 1000
    assert loud.mean() > 0.05


def test_slow_speech_takes_longer(output: Path) -> None:
    slow, quick = (len(played(output, say(PROMPT), speed=speed)) for speed in (100, 250))
    assert slow > 1.5 * quick


def test_voices_differ(output: Path) -> None:
    voices = ("vi", "vi-vn-x-central", "vi-vn-x-south")
    sounds = [played(output, say(PROMPT), voice=voice).tobytes() for voice in voices]
    assert len({*sounds, played(output, say(PROMPT, "en")).tobytes()}) == 4


def test_a_language_without_a_voice_is_said_in_vietnamese(output: Path) -> None:
    theirs = played(output, say("Mew", "mtq", "welcome", source=PROMPT))
    assert theirs.tobytes() == played(output, say(PROMPT)).tobytes()


def test_a_recording_is_played_where_there_is_one(output: Path, tmp_path: Path) -> None:
    """Among sentences that are spoken, in their order."""
    clips = tmp_path / "clips"
    recording(clips, "mtq", "welcome")
    recorded, spoken = say("Mew", "mtq", "welcome", PROMPT), say("Mew", "mtq", "sign", PROMPT)
    alone = played(output, recorded, clips=str(clips))
    assert contains(alone) and len(alone) < RATE
    both = played(output, recorded + spoken, clips=str(clips))
    assert contains(both) and len(both) > 1.5 * RATE
    assert both.tobytes().index(TONE.tobytes()) < RATE


@pytest.mark.parametrize("code", ["", "../mtq/welcome", "/etc/passwd", "welcome/..", "Welcome"])
def test_only_a_code_of_the_catalogues_names_a_recording(tmp_path: Path, code: str) -> None:
    recording(tmp_path, "mtq", "welcome")
    speaker = AlsaSpeaker(AlsaSettings(clips=str(tmp_path)))
    assert speaker._part(say("Mew", "mtq", code, PROMPT)[0]).text == PROMPT
    speaker.close()


def test_a_stopped_player_is_gone_with_its_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with deaf_output(tmp_path, monkeypatch):
        speaker = open_device({}, Path())
        speaker.say(say(PROMPT * 5))
        assert speaker._playing is not None
        pid, folder = speaker._playing.pid, Path(speaker._folder.name)
        assert list(folder.glob("*.wav"))
        speaker.close()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
    assert not folder.exists()


# -- trouble -----------------------------------------------------------------------------------------------------


def refused(settings: dict[str, object]) -> DeviceError:
    with pytest.raises(DeviceError) as caught:
        open_device(settings, Path())
    return caught.value


@pytest.mark.parametrize(("missing", "package"), [("aplay", "alsa-utils"), ("espeak-ng", "espeak-ng")])
def test_a_missing_program_is_named_with_its_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, missing: str, package: str
) -> None:
    for program in {"aplay", "espeak-ng", "amixer"} - {missing}:
        found = shutil.which(program)
        assert found
        (tmp_path / program).symlink_to(found)
    monkeypatch.setenv("PATH", str(tmp_path))
    error = refused({})
    assert (error.code, error.values) == ("speaker.no_program", {"program": missing, "package": package})


def test_a_card_that_is_not_there_is_told_in_alsas_words() -> None:
    error = refused({"device": "no_such_card"})
    assert error.code == "speaker.not_played"
    assert error.values["device"] == "ALSA no_such_card"
    assert "audio open error" in str(error.values["why"])


def test_an_output_that_takes_nothing_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A pipe that is full, as a card held by another program."""
    monkeypatch.setattr("kiosk.hal.speaker.alsa.TRIAL_S", 0.05)
    pipe = tmp_path / "held.raw"
    os.mkfifo(pipe)
    sound_into(pipe, monkeypatch)
    assert refused({}).code == "speaker.silent"


def test_a_cable_pulled_in_mid_service_is_noticed(output: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    speaker = open_device({}, Path())
    monkeypatch.setenv("ALSA_CONFIG_PATH", str(output.with_name("gone.conf")))
    speaker.say(say(PROMPT))
    assert speaker._playing is not None
    speaker._playing.wait(20)
    health = speaker.health()
    assert health.state is HealthState.GONE
    assert health.message is not None
    assert health.message.code == "speaker.not_played"
    speaker.close()


def test_a_card_that_comes_or_goes_is_noticed_before_anybody_asks(
    output: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cards = output.with_name("cards")
    cards.write_text("0 [Device]: USB-Audio\n")
    monkeypatch.setattr("kiosk.hal.speaker.alsa.CARDS", cards)
    speaker = open_device({}, Path())
    assert speaker.health().state is HealthState.OK
    cards.write_text("--- no soundcards ---\n")
    assert speaker.health().state is HealthState.GONE
    speaker.close()
    again = open_device({}, Path())
    assert again.health().state is HealthState.OK
    again.close()


def test_a_voice_that_fails_is_a_device_error(output: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    speaker = open_device({}, Path())
    monkeypatch.setenv("ESPEAK_DATA_PATH", str(output.parent))
    with pytest.raises(DeviceError, match=r"speaker\.failed"):
        speaker.say(say(PROMPT))
    speaker.close()


@pytest.mark.parametrize(
    ("device", "card"), [("", []), ("plughw:1,0", ["-c", "1"]), ("sysdefault:CARD=Device", ["-c", "Device"])]
)
def test_the_volume_is_set_on_the_card_that_plays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, device: str, card: list[str]
) -> None:
    """Every name a card may have for it; one that is not there is no trouble."""
    mixer = tmp_path / "amixer"
    mixer.write_text(f'#!/bin/sh\necho "$@" >>{tmp_path}/asked\nexit 1\n')
    mixer.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    speaker = AlsaSpeaker(AlsaSettings(device=device, volume=65))
    speaker.unmute()
    speaker.close()
    asked = (tmp_path / "asked").read_text().splitlines()
    assert " ".join(["-q", "-M", *card, "sset Master 65% unmute"]) in asked
    assert len(asked) > 1


@pytest.mark.parametrize(
    "settings", [{"speed": 10}, {"volume": 101}, {"voice": "fr"}, {"device": 1}, {"loud": True}]
)
def test_settings_that_cannot_be_used_are_refused(settings: dict[str, object]) -> None:
    with pytest.raises(ConfigError) as caught:
        open_device(settings, Path())
    assert caught.value.code == "speaker.alsa_settings"
    assert "volume" in str(caught.value.values["known"])
