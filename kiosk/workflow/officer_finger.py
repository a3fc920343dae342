"""Whether a finger is an officer's: compared by the reader itself, or by the matcher from the reader's pictures."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from kiosk.biometrics import finger_png
from kiosk.biometrics.matching import Matcher, NotMatched, Probe, Verified, verify
from kiosk.domain.factors import Factor, FactorKind
from kiosk.domain.fingers import FingerPosition, FingerTrouble, Impression
from kiosk.domain.message import Message, msg
from kiosk.hal.fingers import FingerImage, FingerReader, FingerRefused, TemplateReader, Verdict
from kiosk.workflow.attended import Attended, Unlent

MINUTIAE: Final = "iso19794-2"
"""The format of templates that the matcher makes."""
UNLENT: Final = {Unlent.WANTED: msg("factor.reader_busy"), Unlent.GONE: msg("factor.reader_gone")}


class OfficerFinger:
    """The kiosk's reader, as far as no visit wants it. Answers are verdicts, or why there is none."""

    def __init__(self, reader: Attended[FingerReader], matcher: Matcher) -> None:
        self._reader = reader
        self._matcher = matcher

    def match(self, known: Factor, seconds: float) -> Verdict | Message:
        """Whether the finger laid within these `seconds` is the one enrolled."""

        def look(reader: FingerReader) -> Verdict | Message | Probe:
            if isinstance(reader, TemplateReader):
                fits = reader.template_format == known.format
                return reader.match_template(known.data, seconds) if fits else msg("factor.reader_other")
            return _picture(reader, seconds) if known.format == MINUTIAE else msg("factor.reader_other")

        seen = self._reader.lend(look)
        if isinstance(seen, Unlent):
            return UNLENT[seen]
        return self._compare(seen, known.data) if isinstance(seen, Probe) else seen

    def enrol(self, seconds: float, again: Callable[[], None]) -> Factor | Verdict | Message:
        """A finger laid twice, within `seconds` each time; `again` is called in between."""

        def take(reader: FingerReader) -> Factor | Verdict | Message | tuple[Probe, Probe]:
            if not isinstance(reader, TemplateReader):
                unable = self._matcher.engine()
                if isinstance(unable, NotMatched):
                    return _unmatched(unable)
                return _two_pictures(reader, seconds, again)
            template = reader.enrol_template(seconds, again)
            if isinstance(template, Verdict):
                return template
            return Factor(FactorKind.FINGER, reader.template_format, template)

        taken = self._reader.lend(take)
        if isinstance(taken, Unlent):
            return UNLENT[taken]
        return self._minutiae(*taken) if isinstance(taken, tuple) else taken

    def _compare(self, seen: Probe, known: bytes | Probe) -> Verdict | Message:
        answer = verify(self._matcher, seen, known)
        if isinstance(answer, Verified):
            return Verdict.SAME if answer.same else Verdict.DIFFERENT
        return _unmatched(answer)

    def _minutiae(self, first: Probe, second: Probe) -> Factor | Verdict | Message:
        template = self._matcher.template(first.png, first.ppi, graded=False)
        if isinstance(template, NotMatched):
            return _unmatched(template)
        same = self._compare(second, template.data)
        return Factor(FactorKind.FINGER, MINUTIAE, template.data) if same is Verdict.SAME else same


def _unmatched(answer: NotMatched) -> Verdict | Message:
    """A part that is not installed is for ever; a finger in which nothing was found can be laid again."""
    return msg("factor.no_matcher") if answer.lasting else Verdict.UNREADABLE


def _picture(reader: FingerReader, seconds: float) -> Probe | Verdict:
    """Any flat finger: which one it is does not matter to a reader that takes them singly."""
    seen = reader.capture(FingerPosition.RIGHT_INDEX, Impression.FLAT, seconds)
    if isinstance(seen, FingerRefused):
        return Verdict.NO_FINGER if seen.trouble is FingerTrouble.NOTHING else Verdict.UNREADABLE
    return _probe(seen)


def _two_pictures(
    reader: FingerReader, seconds: float, again: Callable[[], None]
) -> Verdict | tuple[Probe, Probe]:
    first = _picture(reader, seconds)
    if isinstance(first, Verdict):
        return first
    again()
    second = _picture(reader, seconds)
    return second if isinstance(second, Verdict) else (first, second)


def _probe(image: FingerImage) -> Probe:
    return Probe(finger_png(image), image.ppi)
