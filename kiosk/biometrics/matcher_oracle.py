"""A minutiae matcher to hold the kiosk's own measures against, where nbis-python is installed; never needed to serve."""

from __future__ import annotations

from importlib.util import find_spec
from io import BytesIO
from typing import Any, Protocol

from PIL import Image

from kiosk.biometrics.ridge_measure import Picture
from kiosk.hal.fingers import ENROLMENT_PPI

MATCHES_FROM = 40
"""The bozorth3 score from which two impressions are customarily taken to be of one finger."""


class Minutiae(Protocol):
    """The characteristic points of one impression."""

    def compare(self, other: Minutiae) -> int:
        """Bozorth3: 0 nothing alike; of two different fingers seldom above 30."""
        ...


def present() -> bool:
    """Whether nbis-python is installed; that it also works is seen when an `Oracle` is made."""
    return find_spec("nbis") is not None


class Oracle:
    """Raises `ImportError` where nbis-python is missing or too new for the system's C library."""

    def __init__(self) -> None:
        import nbis

        settings = nbis.NbisExtractorSettings(
            min_quality=0.0,
            get_center=False,
            check_fingerprint=False,
            compute_nfiq2=False,
            ppi=float(ENROLMENT_PPI),
        )
        self._extractor: Any = nbis.new_nbis_extractor(settings)

    def minutiae(self, pixels: Picture) -> Minutiae:
        """`pixels`: rows × columns at 500 ppi."""
        file = BytesIO()
        Image.fromarray(pixels).save(file, "PNG", dpi=(ENROLMENT_PPI, ENROLMENT_PPI))
        found: Minutiae = self._extractor.extract_minutiae(file.getvalue())
        return found
