"""What is measured of one finger impression, in physical terms. No picture is needed to build one of these."""

from __future__ import annotations

import msgspec

from kiosk.domain.fingers import FingerTrouble


class FingerQuality(msgspec.Struct, frozen=True):
    """The kiosk's own measure; it is not NFIQ 2 and not comparable to it.

    - `score` 0…100: the project's own, fitted on whether impressions match their finger's clean one.
    - `usable_area_mm2`: skin on the glass whose ridges can be followed.
    - `clarity` 0…1: how clearly the ridges have one direction in each place.
    - `contrast` 0…255: ridge against valley, in grey levels.
    - `dark` 0…1: share of the skin that is as dark as a ridge.
    - `ridge_period_mm`: from ridge to ridge; 0 when none can be told.
    - `merged`, `broken` 0…1: share of the skin whose ridges run together, and whose ridges are interrupted.
    - `offset_mm`: from the middle of the window to the middle of the skin, right and down.
    - `pressure` 0…1: how flat the finger is pressed, as far as a picture tells; 0.5 is usual.
    """

    score: int
    trouble: FingerTrouble
    usable_area_mm2: float = 0.0
    clarity: float = 0.0
    contrast: float = 0.0
    dark: float = 0.0
    ridge_period_mm: float = 0.0
    merged: float = 0.0
    broken: float = 0.0
    offset_mm: tuple[float, float] = (0.0, 0.0)
    pressure: float = 0.0

    @property
    def accepted(self) -> bool:
        return self.trouble is FingerTrouble.NONE

    def measures(self) -> dict[str, float]:
        """Everything measured, by name, as it stands in the dossier beside the score."""
        right, down = self.offset_mm
        named = {name: getattr(self, name) for name in self.__struct_fields__ if name not in NOT_MEASURED}
        values = {**named, "offset_right_mm": right, "offset_down_mm": down}
        return {name: float(value) for name, value in values.items()}


NOT_MEASURED = ("score", "trouble", "offset_mm")
"""The score stands by itself, the trouble is a judgement, the offset is two numbers."""
