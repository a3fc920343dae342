"""The coach's report as a page: every figure with its whole, and what was not measured said so."""

from __future__ import annotations

from collections.abc import Iterator

from kiosk.app.coach_report import TRIES, CoachReport, Matching, Share, Table

HEAD = """# How well the coach does

Written by `kiosk coach report --people {people} --seed {seed} --write docs/coach-report.md`; the same command gives the
same figures on one version of NumPy and OpenCV. {impressions} fingers of {people} invented people, none of them among
those the weights were fitted on (`scripts/fit_fingers.py`). The people, the skin and what a remedy does to it are
simulated (`kiosk/hal/fingers`): the figures say that the measure, the names and the policy fit together, not how many
villagers of a commune will be helped. The score is the project's own and not NFIQ 2.
"""

RULES = """## How it was counted

- Three fingers in ten have nothing wrong, or something not worth a word; the others have one trouble, from plain to
  extreme. In between lies a range that no finger starts in: there, either answer would do.
- *Right* is the trouble that the finger has, of all fingers, accepted ones included.
- *Recovered*: refused at first, accepted by the third try, the first included. Without the coach the same person lays
  the same finger down three times, a few seconds apart.
- *Missed*: an exception was offered although some remedy, or some together, done perfectly, would have helped.
"""


def page(report: CoachReport) -> str:
    """Markdown."""
    head = HEAD.format(people=report.people, seed=report.seed, impressions=report.impressions)
    return "\n".join([head, *_sums(report), "", *_named(report.named), "", *_recovery(report), "", RULES])


def _sums(report: CoachReport) -> Iterator[str]:
    yield "| what | measured | target |"
    yield "|---|---|---|"
    yield f"| trouble named right | {_share(report.right)} | ≥ 90 % |"
    yield f"| nothing wrong, accepted at once | {_share(report.clean_accepted)} | |"
    yield f"| trouble, accepted all the same | {_share(report.troubled_accepted)} | |"
    yield f"| accepted in the end | {_share(report.kept)} | |"
    yield f"| missed: exception although a remedy could work | {_share(report.missed)} | < 1 % |"
    yield f"| exception, and no remedy could work | {report.hopeless} | |"
    yield from _matching(report.matching, report.not_measured)


def _matching(found: Matching | None, why: str) -> Iterator[str]:
    if found is None:
        yield f"| accepted though it fails to match | not measured here ({why or 'no answer'}) | 0 |"
        yield f"| score against match outcome, Spearman | not measured here ({why or 'no answer'}) | ≥ 0.8 |"
        return
    kept = f"{found.unmatched_kept} of {found.kept}, the least at {found.least_kept}"
    yield f"| accepted though it fails to match (bozorth3 below {found.threshold}, {found.engine}) | {kept} | 0 |"
    yield f"| score against match outcome, Spearman, {found.compared} impressions | {found.spearman:.3f} | ≥ 0.8 |"
    yield f"| first impressions that fail to match | {found.unmatched} of {found.compared} | |"


def _named(named: Table) -> Iterator[str]:
    columns = list(next(iter(named.values()), {}))
    yield "## What is wrong (down) and what is named (across)"
    yield ""
    yield "| | " + " | ".join(columns) + " | right |"
    yield "|---|" + "---|" * (len(columns) + 1)
    for trouble, row in named.items():
        right = Share(row.get(trouble, 0), sum(row.values()))
        yield f"| {trouble} | " + " | ".join(str(count) for count in row.values()) + f" | {_percent(right)} |"


def _recovery(report: CoachReport) -> Iterator[str]:
    yield f"## Refused at first, good by try {TRIES}"
    yield ""
    yield "| trouble | refused at first | with the coach | without |"
    yield "|---|---|---|---|"
    for trouble, found in report.recovery.items():
        coached, alone = Share(found.coached, found.failures), Share(found.alone, found.failures)
        yield f"| {trouble} | {found.failures} | {_share(coached)} | {_share(alone)} |"


def _share(share: Share) -> str:
    return f"{_percent(share)} ({share.part} of {share.whole})"


def _percent(share: Share) -> str:
    return f"{100 * share.share:.1f} %" if share.whole else "–"
