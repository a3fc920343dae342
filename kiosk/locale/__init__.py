"""Words for codes: gettext catalogues, one context an audience, falling back to Vietnamese line by line."""

from __future__ import annotations

import gettext
from collections.abc import Iterable
from enum import StrEnum
from pathlib import Path

from kiosk.domain.message import Message

HERE = Path(__file__).parent
SOURCE_LANGUAGE = "vi"
DOMAIN = "kiosk"


class Audience(StrEnum):
    """Who is spoken to; also the context of the catalogue entry. `COMMON` holds names used by all."""

    CITIZEN = "citizen"
    OFFICER = "officer"
    TECHNICIAN = "technician"
    COMMON = "common"


class Words:
    """The catalogues of one language, its plugins' included.

    A code without words in the language is said in Vietnamese; one without any is shown as ⟦code⟧. Words whose
    fields do not fit the message's values are said as they stand: a screen never fails over a word.
    """

    def __init__(self, language: str, folders: Iterable[Path | str] = ()) -> None:
        places = [str(HERE), *(str(folder) for folder in folders)]
        wanted = list(dict.fromkeys((language, SOURCE_LANGUAGE)))
        self.language = language
        self._catalogues = [
            gettext.translation(DOMAIN, place, [code], fallback=True) for code in wanted for place in places
        ]

    def say(self, message: Message, audience: Audience = Audience.CITIZEN) -> str:
        """The words of `message` for `audience`."""
        template = self._find(audience, message.code) or self._find(Audience.COMMON, message.code)
        if template is None:
            return f"⟦{message.code}⟧"
        values = {name: self._value(value, audience) for name, value in message.values.items()}
        try:
            return template.format_map(values)
        except (KeyError, IndexError, ValueError):
            return template

    def _find(self, audience: Audience, code: str) -> str | None:
        for catalogue in self._catalogues:
            words = catalogue.pgettext(audience, code)
            if words != code:
                return words
        return None

    def _value(self, value: str | int | Message, audience: Audience) -> str:
        return self.say(value, audience) if isinstance(value, Message) else str(value)
