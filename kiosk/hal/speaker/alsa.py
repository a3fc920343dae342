"""A loudspeaker on ALSA: `aplay` plays recordings and what `espeak-ng` speaks. Both are programs of their own.

One `aplay` plays all of one text and is killed, by its own process, when there is something newer to say. What is
spoken is handed over by a pipe, never on a command line.
"""

from __future__ import annotations

import io
import os
import re
import shutil
import subprocess
import tempfile
import wave
from collections.abc import Iterator, Mapping
from contextlib import suppress
from itertools import groupby
from pathlib import Path
from typing import Annotated, Final, Literal, NamedTuple

import msgspec

from kiosk.domain.message import msg
from kiosk.errors import ConfigError, DeviceError
from kiosk.hal.device import HEALTHY, Health, HealthState
from kiosk.hal.speaker import Sentence, Sentences

PACKAGES: Final = {"aplay": "alsa-utils", "espeak-ng": "espeak-ng"}
"""The programs it needs, and the Debian packages they come from."""
CONTROLS: Final = ("Master", "PCM", "Speaker", "Headphone", "HDMI")
"""What cards call their volume; a card has some of them."""
CARDS = Path("/proc/asound/cards")
"""The kernel's list of sound cards: a plug that is pulled or put in changes it."""
SYNTHESIS_S: Final = 5.0
TRIAL_S: Final = 2.0
STOP_S: Final = 0.5
LONGEST_WHY: Final = 160
_CARD = re.compile(r"[a-z]+:(?:CARD=)?(?P<card>\w+)")
_CODE = re.compile(r"[a-z0-9_]+(\.[a-z0-9_]+)*")


class AlsaSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`device`: an ALSA name (`aplay -L`), "" for the machine's own choice. `speed`: words a minute. `volume`: per cent.
    `voice`: of Vietnamese. `clips`: a folder of recordings, `<language>/<code>.wav`."""

    device: str = ""
    speed: Annotated[int, msgspec.Meta(ge=80, le=300)] = 140
    volume: Annotated[int, msgspec.Meta(ge=0, le=100)] = 80
    voice: Literal["vi", "vi-vn-x-central", "vi-vn-x-south"] = "vi"
    clips: str = ""


class Part(NamedTuple):
    """What one file holds: a recording that is there, or a text and the voice to speak it with."""

    clip: Path | None = None
    voice: str = ""
    text: str = ""


def open_device(settings: Mapping[str, object], data: Path) -> AlsaSpeaker:
    """The speaker, its volume set. Raises `ConfigError` for settings it cannot use; `DeviceError` without the programs,
    and where ALSA plays nothing."""
    try:
        known = msgspec.convert(dict(settings), AlsaSettings)
    except msgspec.ValidationError as error:
        names = ", ".join(AlsaSettings.__struct_fields__)
        raise ConfigError("speaker.alsa_settings", why=str(error), known=names) from error
    for program, package in PACKAGES.items():
        if shutil.which(program) is None:
            raise DeviceError("speaker.no_program", program=program, package=package)
    speaker = AlsaSpeaker(known)
    try:
        speaker.unmute()
        speaker.try_out()
    except DeviceError:
        speaker.close()
        raise
    return speaker


class AlsaSpeaker:
    """Implements `Speaker`. Its files, which hold no datum of a person, are gone when it is closed."""

    simulated = False

    def __init__(self, settings: AlsaSettings) -> None:
        self._settings = settings
        self._voices = {"vi": settings.voice, "en": "en"}
        self._folder = tempfile.TemporaryDirectory(prefix="kiosk-speaker-")
        self._playing: subprocess.Popen[bytes] | None = None
        self._why = ""
        self._cards = _cards()

    @property
    def model(self) -> str:
        return f"ALSA {self._settings.device or 'default'}"

    def say(self, sentences: Sentences) -> None:
        self.stop()
        parts = [self._part(sentence) for sentence in sentences]
        files = list(self._files(parts))
        if files:
            self._playing = self._play(files)

    def stop(self) -> None:
        playing, self._playing = self._playing, None
        if playing is None:
            return
        self._why = self._why or _why_ended(playing)
        _end(playing)

    @property
    def speaking(self) -> bool:
        return self._playing is not None and self._playing.poll() is None

    def health(self) -> Health:
        """GONE once ALSA did not play what it was given, in its own words, or other cards are plugged in than before:
        opened again, it is tried out again."""
        if self._playing is not None and not self.speaking:
            self.stop()
        if not self._why:
            return HEALTHY if _cards() == self._cards else Health(HealthState.GONE, msg("speaker.gone"))
        return Health(HealthState.GONE, msg("speaker.not_played", device=self.model, why=self._why))

    def close(self) -> None:
        self.stop()
        self._folder.cleanup()

    def unmute(self) -> None:
        """A card nobody has set up is silent. What a card does not have is left out; nothing is kept for the next start."""
        known = self._settings
        for control in CONTROLS:
            command = [
                "amixer",
                "-q",
                "-M",
                *_card(known.device),
                "sset",
                control,
                f"{known.volume}%",
                "unmute",
            ]
            with suppress(OSError, subprocess.TimeoutExpired):
                subprocess.run(command, check=False, capture_output=True, timeout=TRIAL_S)

    def try_out(self) -> None:
        """Play a moment of silence. Raises `DeviceError` in ALSA's words."""
        silence = Path(self._folder.name) / "silence.wav"
        silence.write_bytes(_silence())
        playing = self._play([silence])
        try:
            playing.wait(TRIAL_S)
            why = _why_ended(playing)
        except subprocess.TimeoutExpired:
            raise DeviceError("speaker.silent", device=self.model, seconds=int(TRIAL_S)) from None
        finally:
            _end(playing)
        if why:
            raise DeviceError("speaker.not_played", device=self.model, why=why)

    def _part(self, sentence: Sentence) -> Part:
        clip = self._clip(sentence)
        if clip is not None:
            return Part(clip)
        if sentence.language in self._voices:
            return Part(voice=self._voices[sentence.language], text=sentence.text)
        return Part(voice=self._voices["vi"], text=sentence.source)

    def _clip(self, sentence: Sentence) -> Path | None:
        """A person's voice, where one was recorded, is always better."""
        if not self._settings.clips or not _CODE.fullmatch(sentence.code):
            return None
        file = Path(self._settings.clips) / sentence.language / f"{sentence.code}.wav"
        return file if file.is_file() else None

    def _files(self, parts: list[Part]) -> Iterator[Path]:
        """Neighbours of the same voice are spoken in one go."""
        for number, (voice, together) in enumerate(groupby(parts, lambda part: part.voice)):
            if not voice:
                yield from (part.clip for part in together if part.clip)
                continue
            file = Path(self._folder.name) / f"{number}.wav"
            try:
                file.write_bytes(self._speech(voice, "\n".join(part.text for part in together)))
            except OSError as error:
                raise DeviceError("speaker.failed", program=str(file), why=str(error)) from error
            yield file

    def _speech(self, voice: str, text: str) -> bytes:
        """A WAV file. Raises `DeviceError`."""
        command = [
            "espeak-ng",
            "-v",
            voice,
            "-s",
            str(self._settings.speed),
            "-b",
            "1",
            "--stdin",
            "--stdout",
        ]
        try:
            done = subprocess.run(
                command, input=text.encode(), capture_output=True, check=True, timeout=SYNTHESIS_S
            )
        except subprocess.CalledProcessError as error:
            why = _last_line(error.stderr) or f"exit {error.returncode}"
            raise DeviceError("speaker.failed", program=command[0], why=why) from error
        except (OSError, subprocess.TimeoutExpired) as error:
            raise DeviceError("speaker.failed", program=command[0], why=type(error).__name__) from error
        return done.stdout

    def _play(self, files: list[Path]) -> subprocess.Popen[bytes]:
        device = ["-D", self._settings.device] if self._settings.device else []
        try:
            return subprocess.Popen(
                ["aplay", "-q", *device, "--", *map(str, files)],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                env={**os.environ, "LC_ALL": "C"},
            )
        except OSError as error:
            raise DeviceError("speaker.failed", program="aplay", why=str(error)) from error


def _why_ended(playing: subprocess.Popen[bytes]) -> str:
    """Why it ended other than well; "" while it still plays."""
    status = playing.poll()
    if not status:
        return ""
    return _last_line(playing.stderr.read() if playing.stderr else b"") or f"exit {status}"


def _end(playing: subprocess.Popen[bytes]) -> None:
    playing.kill()
    with suppress(subprocess.TimeoutExpired):
        playing.wait(STOP_S)
    if playing.stderr:
        playing.stderr.close()


def _last_line(said: bytes) -> str:
    lines = said.decode(errors="replace").strip().splitlines()
    return lines[-1].strip()[:LONGEST_WHY] if lines else ""


def _cards() -> bytes:
    """Nothing where there is no sound at all."""
    try:
        return CARDS.read_bytes()
    except OSError:
        return b""


def _card(device: str) -> list[str]:
    found = _CARD.match(device)
    return ["-c", found["card"]] if found else []


def _silence() -> bytes:
    """A twentieth of a second of it."""
    file = io.BytesIO()
    with wave.open(file, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(22050)
        sound.writeframes(bytes(2 * 22050 // 20))
    return file.getvalue()
