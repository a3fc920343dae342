"""Screens of a correction: the citizen's papers, and the officer's bench with an invented certificate."""

from __future__ import annotations

import io
from typing import Final, NamedTuple

from kiosk.domain.correction import CorrectionDecided, Evidence, Verdict
from kiosk.domain.dossier import SampleKind
from kiosk.domain.message import msg
from kiosk.link.client import Picture
from kiosk.link.shown import DossierShown, FieldShown, PictureShown
from kiosk.tui.gallery_kit import DOSSIER, Shot, view
from kiosk.tui.officer.bench import Bench, Stage
from kiosk.tui.officer.review_page import Lens, Reviewed
from kiosk.workflow.board import CORRECTION, Approval
from kiosk.workflow.corrections import CHOICES
from kiosk.workflow.view import Capture, Choice, Option, Pause, Target

LINES: Final = (
    "GIẤY KHAI SINH",
    "(mẫu, không có giá trị)",
    "Họ tên: NGUYỄN THỊ MẪU",
    "Ngày sinh: 09/03/1958",
)
FULL_NAME: Final = CorrectionDecided(
    "full_name", Verdict.REFUSED, "NGUYỄN THỊ THANH NGUYỆT", Evidence.BIRTH_CERTIFICATE, "CB01"
)


class BenchShot(NamedTuple):
    """One picture of the officer's page."""

    name: str
    state: Reviewed


def correction_shots() -> list[Shot]:
    """The citizen's side, in the order of a visit."""
    options = (Option("show", msg("papers.show"), "yes"), Option("none", msg("papers.none")))
    asked = Choice("papers", msg("papers"), options, (msg("papers.which"),), "Họ và tên, Ngày sinh")
    more = (
        Option("done", msg("papers.more.done"), "yes"),
        Option("again", msg("papers.more.again")),
        Option("show", msg("papers.more.show")),
    )
    ways = (Option("take", msg("papers.take"), "yes"),)
    photo = Capture("papers.photo", msg("papers.photo"), Target.PAPER, hint=msg("papers.hint"), options=ways)
    good = Capture("papers.photo", msg("papers.photo"), Target.PAPER, hint=msg("good"), good=True)
    waits = Pause("approval.correction", msg("approval.correction"), (msg("approval.wait"),))
    live = _live()
    return [
        Shot("papers", view(asked, "review")),
        Shot("papers-photo", view(photo, "review"), picture=live),
        Shot("papers-good", view(good, "review"), picture=live),
        Shot("papers-more", view(Choice("papers.more", msg("papers.more", count=1), more), "review")),
        Shot("correction-officer", view(waits, "slip")),
    ]


def bench_shots() -> list[BenchShot]:
    """One question after the other, then a paper looked at from near, then a citizen without papers."""
    asked, shown = question("birth_date"), dossier()
    bare = question("birth_date")
    reading = Bench(Verdict.DIFFERENTLY, "09/03/1958", stage=Stage.VALUE)
    which = Bench(Verdict.ACCEPTED, stage=Stage.EVIDENCE)
    why = Bench(Verdict.ACCEPTED, evidence=Evidence.BIRTH_CERTIFICATE, reason="khớp", stage=Stage.REASON)
    return [
        BenchShot("bench", Reviewed(shown, asked)),
        BenchShot("bench-near", Reviewed(shown, asked, lens=Lens(2, 0, 1))),
        BenchShot("bench-value", Reviewed(shown, asked, bench=reading)),
        BenchShot("bench-evidence", Reviewed(shown, asked, bench=which)),
        BenchShot("bench-reason", Reviewed(shown, asked, bench=why)),
        BenchShot("bench-no-paper", Reviewed(dossier(papers=False), bare)),
    ]


def question(item: str) -> Approval:
    what = msg("approval.correction.what", item=msg(f"item.{item}"), left=1)
    at = "2026-11-22T14:41:50+00:00"
    return Approval(f"{DOSSIER}/{CORRECTION}/{item}", CORRECTION, DOSSIER, what, CHOICES, at)


def dossier(*, papers: bool = True) -> DossierShown:
    """Two corrections, one of them decided."""
    fields = (
        FieldShown("number", "999156000001"),
        FieldShown("full_name", "NGUYỄN THỊ THANH NGUYỆT", "NGUYỄN THỊ THANH NGỌC", FULL_NAME),
        FieldShown("birth_date", "09/03/1956", "09/03/1958"),
        FieldShown("sex", "female"),
        FieldShown("commune", "Xã Mẫu"),
        FieldShown("hamlet", "Thôn Ví Dụ"),
        FieldShown("phone", "0999000001"),
    )
    paper = PictureShown("evidence-1", SampleKind.EVIDENCE, 0, -1, certificate(480, 640))
    pictures = (paper,) if papers else ()
    return DossierShown(DOSSIER, ("correction",), fields, "roster", (), (), pictures)


def certificate(width: int, height: int) -> bytes:
    """A PNG of a paper of nobody."""
    from PIL import Image, ImageDraw

    from kiosk.tui.shots import faces

    image = Image.new("L", (480, 640), 236)
    draw = ImageDraw.Draw(image)
    draw.rectangle((14, 14, 466, 626), outline=120, width=3)
    for row, line in enumerate(LINES):
        draw.text((40, 60 + row * 70), line, fill=30, font=faces().bold, stroke_width=int(row == 0))
    draw.ellipse((310, 470, 420, 580), outline=110, width=5)
    output = io.BytesIO()
    image.resize((width, height)).save(output, "PNG")
    return output.getvalue()


def _live() -> Picture:
    from PIL import Image

    with Image.open(io.BytesIO(certificate(54, 72))) as image:
        return Picture(54, 72, image.tobytes())
