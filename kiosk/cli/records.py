"""`kiosk dossier list` (and `export`), `kiosk plugins list`: looking without touching."""

from __future__ import annotations

import argparse
from contextlib import closing
from pathlib import Path

import msgspec

from kiosk.cli.common import FAILED, OK, Subparsers, add_data, add_json, guarded, print_json, speaker
from kiosk.cli.export import add_export
from kiosk.domain.message import msg


def add(subparsers: Subparsers[argparse.ArgumentParser]) -> None:
    say = speaker()
    for name, command, run in (
        ("dossier", "list", list_dossiers),
        ("plugins", "list", list_plugins),
    ):
        parser = subparsers.add_parser(name, help=say(msg(f"help.{name}")))
        leaves = parser.add_subparsers(required=True, metavar="list|export" if name == "dossier" else command)
        leaf = leaves.add_parser(command, help=say(msg(f"help.{name}")))
        if name == "dossier":
            add_export(leaves)
        if name != "plugins":
            add_data(leaf)
        add_json(leaf)
        leaf.set_defaults(run=guarded(run))


class DossierLine(msgspec.Struct, frozen=True):
    """One dossier as listed; nothing of the person. `sealed` and `slip` are paths or empty."""

    dossier: str
    activity: str
    regime: str
    state: str
    samples: int
    described: int
    sealed: str
    slip: str


def list_dossiers(args: argparse.Namespace) -> int:
    lines = dossier_lines(args.data)
    if args.json:
        print_json(lines)
    else:
        for line in lines:
            print(f"{line.dossier}  {line.state:<9} {line.samples:>2} + {line.described}  {line.sealed}")
    return OK


def dossier_lines(data: Path) -> list[DossierLine]:
    """Every dossier of the data folder, oldest first."""
    from kiosk.store.schema import open_for_reading

    sql = (
        "select number, activity, regime, state,"
        " case when sealed_id is null then (select count(distinct json_extract(body, '$.sample.key')) from fact"
        " where fact.dossier = number and json_extract(body, '$.type') = 'sample_kept') else samples end,"
        " case when sealed_id is null then (select count(distinct json_extract(body, '$.position')) from fact"
        " where fact.dossier = number and json_extract(body, '$.type') = 'finger_described') else described end,"
        " case when state = 'purged' then '' else coalesce(sealed_id, '') end, coalesce(slip.paper, '')"
        " from dossier left join slip on slip.dossier = number order by opened_seq"
    )
    with closing(open_for_reading(data / "kiosk.db")) as connection:
        rows = connection.execute(sql).fetchall()
    return [_line(data, *row) for row in rows]


def _line(
    data: Path,
    number: str,
    activity: str,
    regime: str,
    state: str,
    samples: int,
    described: int,
    ident: str,
    slip: str,
) -> DossierLine:
    sealed = str(data / "spool" / f"{ident}.age") if ident else ""
    return DossierLine(number, activity, regime, state, samples, described, sealed, slip)


def list_plugins(args: argparse.Namespace) -> int:
    """The plugins this kiosk would start with; exit status 1 when one is in quarantine."""
    from kiosk import __version__
    from kiosk.plugins.manager import load

    lines = load(__version__).lines()
    if args.json:
        print_json(lines)
    else:
        say = speaker()
        for line in lines:
            trouble = say(line.trouble) if line.trouble else ""
            print(f"{line.name}  {line.version}  {line.origin}  {', '.join(line.activities)}  {trouble}")
    return FAILED if any(line.trouble for line in lines) else OK
