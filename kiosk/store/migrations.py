"""The tables, as migrations. A migration once released is never changed.

One that only adds what the previous release can do without (a table, a column with a default) leaves
`kiosk.store.schema.READABLE_FROM` as it is, and that release still opens the result; any other raises it.

Imported only when there is something to migrate: sqlite-utils brings numpy along, 12 MB that a core at rest need not hold.
"""

from __future__ import annotations

import sqlite3

from sqlite_utils import Database, Migrations

migrations = Migrations("kiosk")


@migrations()
def m001_visits_dossiers_audit_outbox(db: Database) -> None:
    db.execute(
        "create table audit (seq integer primary key, boot_id text not null, boottime_ns integer not null,"
        " wall text not null, source text not null, uncertainty_s integer not null, kind text not null,"
        " subject text not null, detail text not null, prev text not null, hash text not null) strict"
    )
    db.execute(
        "create table dossier (number text primary key, activity text not null, regime text not null,"
        " state text not null, person_tag text not null, opened_seq integer not null references audit(seq),"
        " sealed_id text, samples integer not null default 0, described integer not null default 0) strict"
    )
    db.execute("create index dossier_person on dossier(person_tag)")
    db.execute(
        "create table fact (seq integer primary key references audit(seq),"
        " dossier text not null references dossier(number), body text not null) strict"
    )
    db.execute("create index fact_dossier on fact(dossier)")
    db.execute(
        "create table visit (id text primary key, activity text not null, language text,"
        " notice_seen integer not null default 0, dossier text references dossier(number),"
        " opened_seq integer not null references audit(seq), closed_seq integer references audit(seq),"
        " outcome text) strict"
    )
    db.execute("create index visit_open on visit(closed_seq) where closed_seq is null")
    db.execute(
        "create table outbox (id text primary key, dossier text not null references dossier(number),"
        " manifest text not null, size integer not null, queued_seq integer not null references audit(seq)) strict"
    )
    db.execute(
        "create table slip (dossier text primary key references dossier(number), body text, paper text) strict"
    )


@migrations()
def m002_sealed_chain_and_schema(db: Database) -> None:
    """The place in the row of sealed dossiers outlives the outbox; which releases may open this database."""
    db.execute(
        "create table sealed_chain (id integer primary key check (id = 1), counter integer not null,"
        " last_id text not null) strict"
    )
    db.execute(
        "insert into sealed_chain select 1, count(*),"
        " coalesce((select id from outbox order by queued_seq desc limit 1), '') from outbox"
    )
    db.execute(
        "create table schema (id integer primary key check (id = 1), version integer not null,"
        " readable_from integer not null) strict"
    )


@migrations()
def m003_people_and_shifts(db: Database) -> None:
    db.execute(
        "create table officer (id text primary key, name text not null, role text not null, verifier text not null,"
        " fresh integer not null, tries integer not null default 0, tried_boot text not null default '',"
        " tried_ns integer not null default 0, active integer not null default 1,"
        " added_seq integer not null references audit(seq)) strict"
    )
    db.execute(
        "create table shift (id text primary key, day text not null, leader text not null, opened_by text not null,"
        " opened_seq integer not null references audit(seq), opened text not null,"
        " closed_seq integer references audit(seq), sheet text) strict"
    )
    db.execute(
        "create table request (id text primary key, asked_seq integer not null references audit(seq),"
        " settled_seq integer references audit(seq), body text not null) strict"
    )
    db.execute("create unique index shift_open on shift((1)) where closed_seq is null")


@migrations()
def m004_batches(db: Database) -> None:
    """What was sealed before needs no countersignature: nobody was asked for one."""
    db.execute(
        "create table batch (id text primary key, officer text not null, seq integer not null references audit(seq),"
        " count integer not null, digest text not null, signature text not null, body text not null) strict"
    )
    db.execute(
        "create table by_rule (dossier text primary key references dossier(number), sealed_id text not null,"
        " sealed_seq integer not null unique references audit(seq), batch text references batch(id)) strict"
    )
    db.execute("create index by_rule_unsigned on by_rule(sealed_seq) where batch is null")


@migrations()
def m005_corrections(db: Database) -> None:
    """What was sealed before has nobody's decision on its corrections: there is nothing to export of it."""
    db.execute(
        "create table correction (dossier text not null references dossier(number), field text not null,"
        " file text not null, state text not null, reason text not null default '',"
        " decided_seq integer not null references audit(seq), primary key (dossier, field)) strict"
    )
    db.execute("create index correction_state on correction(state)")


@migrations()
def m006_agreements_and_tickets(db: Database) -> None:
    """What two persons agreed to before was not signed."""
    db.execute("alter table request add column agreement text")
    db.execute(
        "create table ticket (day text not null, number integer not null, priority text not null,"
        " state text not null, seq integer not null references audit(seq), since text not null,"
        " taken_seq integer not null references audit(seq), primary key (day, number)) strict"
    )


@migrations()
def m007_second_factors(db: Database) -> None:
    db.execute(
        "create table factor (officer text not null references officer(id), kind text not null, format text not null,"
        " data blob not null, counter integer not null default 0, primary key (officer, kind)) strict"
    )


@migrations()
def m008_releases(db: Database) -> None:
    """What was told once, and the last `release.started`. What wrote the chain before is not known."""
    db.execute("create table told (id text primary key, seq integer not null references audit(seq)) strict")


def migrate(connection: sqlite3.Connection) -> None:
    """Apply what is missing."""
    migrations.apply(Database(connection, execute_plugins=False))
