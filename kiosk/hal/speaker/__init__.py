"""The contract of the loudspeaker: sentences said aloud, one after the other, until they are stopped."""

from __future__ import annotations

from typing import Protocol

import msgspec

from kiosk.hal.device import Device


class Sentence(msgspec.Struct, frozen=True):
    """One thing to say: `text` in `language`.

    `code` names a recording of it, "" where its words change from time to time. `source` are the same words in
    Vietnamese, for a language that has neither a recording nor a voice here.
    """

    code: str
    language: str
    text: str
    source: str


Sentences = tuple[Sentence, ...]


class Speaker(Device, Protocol):
    """Speech for one person at a time."""

    def say(self, sentences: Sentences) -> None:
        """Begin to say them instead of whatever is being said; comes back before they have been heard.

        Raises `DeviceError`.
        """
        ...

    def stop(self) -> None:
        """Silence, at once."""
        ...

    @property
    def speaking(self) -> bool:
        """Whether something is being said."""
        ...
