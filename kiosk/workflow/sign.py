"""The citizen signs for what was collected: on the pad, or with a finger mark (TT 60/2021 art. 5 no. 6)."""

from __future__ import annotations

import msgspec

from kiosk.biometrics import finger_png
from kiosk.biometrics.quality import FingerQuality
from kiosk.domain.dossier import SampleKind
from kiosk.domain.fingers import FingerPosition, FingerTrouble, Impression
from kiosk.domain.message import Message, msg
from kiosk.hal.fingers import FingerImage
from kiosk.workflow.coaching import first_finger, look_at
from kiosk.workflow.desk import Desk
from kiosk.workflow.step import Outcome
from kiosk.workflow.view import Capture, Option, Signature, Target

PAD = 1000
FEWEST_POINTS = 8
MOST_POINTS = 20_000
MARK_TIMEOUT_S = 1.0

Strokes = list[list[tuple[int, int]]]


def sign_record(desk: Desk) -> Outcome:
    """A signature on the pad, or the mark of a finger for those who do not write. A child's representative signs."""
    while not desk.dossier.signed:
        mark = Option("mark", msg("sign.mark"))
        answer = desk.ask(Signature("sign", _prompt(desk), (mark,)))
        if answer == "mark":
            _take_mark(desk)
        elif isinstance(strokes := parse_strokes(answer), list):
            desk.keep(SampleKind.SIGNATURE, "signature", "application/json", msgspec.json.encode(strokes))
    return Outcome.DONE


def _prompt(desk: Desk) -> Message:
    signer = desk.dossier.represented
    return msg("sign") if signer is None else msg("sign.representative", name=signer.full_name)


def parse_strokes(text: str) -> Strokes | Message:
    """Strokes of points within 0…1000, enough of them to be more than a slip of the finger."""
    try:
        strokes = msgspec.json.decode(text, type=Strokes)
    except msgspec.MsgspecError:
        return msg("sign.unreadable")
    points = [point for stroke in strokes for point in stroke]
    if not FEWEST_POINTS <= len(points) <= MOST_POINTS:
        return msg("sign.too_short")
    if any(not (0 <= x <= PAD and 0 <= y <= PAD) for x, y in points):
        return msg("sign.unreadable")
    return strokes


def _take_mark(desk: Desk) -> None:
    """One flat impression; going back to the pad is always possible."""
    finger = first_finger(desk) if desk.dossier.represented is None else FingerPosition.RIGHT_INDEX
    hint: Message | None = None
    while True:
        desk.show(
            Capture(
                "sign.finger",
                msg("fingers.flat", finger=msg(f"finger.{finger.value}")),
                Target.FINGERS,
                fingers=(finger.value,),
                hint=hint,
                options=(Option("back", msg("sign.back")),),
            )
        )
        image = desk.use(
            desk.devices.fingers, lambda reader: reader.capture(finger, Impression.FLAT, MARK_TIMEOUT_S)
        )
        if desk.pressed() == "back":
            return
        seen = look_at(image)
        if isinstance(image, FingerImage) and isinstance(seen, FingerQuality) and seen.accepted:
            desk.keep(
                SampleKind.MARK, "mark", "image/png", finger_png(image), score=seen.score, position=finger
            )
            return
        if seen.trouble is not FingerTrouble.NOTHING:
            hint = msg(f"finger.hint.{seen.trouble}")
            desk.alive()
