"""Scripted visits while the core is killed at random moments; then the account of what was promised and what is there."""

from __future__ import annotations

import hashlib
import json
import random
import subprocess
import sys
import time
from pathlib import Path

import msgspec

from kiosk.cli.records import DossierLine
from kiosk.domain.personal_number import PersonalNumber
from kiosk.store.demo_people import invented_people
from tests.journeys.stage import Stage

SCRIPT = Path(__file__).parents[2] / "examples" / "visits" / "first_issue.toml"
LONGEST_LIFE_S = 2.2
ADULT_BEFORE = 2008


class Outcome(msgspec.Struct):
    """What a run of kills left: every list but the first should be empty."""

    visits: list[str]
    kills: int
    lost_samples: list[str]
    lost_dossiers: list[str]
    doubled: list[str]
    steps_resumed: int


class Promise(msgspec.Struct):
    """What one citizen was told is safely kept."""

    number: str
    samples: set[str]
    dossier: str = ""
    last_question: str = ""


def play_with_kills(stage: Stage, kills: int, seed: int) -> Outcome:
    """One visit after the other until the core has been killed `kills` times; each is run again until it ends well."""
    dice = random.Random(seed)
    people = (p.number for p in invented_people(200, 1) if _grown_up(p.number))
    promises: list[Promise] = []
    done = resumed = 0
    stage.start()
    while done < kills:
        promise = Promise(next(people), set())
        promises.append(promise)
        while not promise.dossier:
            visit = _begin(stage, promise.number)
            if done < kills:
                done += _kill_after(stage, visit, dice.uniform(0.05, LONGEST_LIFE_S))
            resumed += _listen(visit, promise)
    stage.stop()
    return _account(stage, promises, done, resumed)


def _grown_up(number: str) -> bool:
    return PersonalNumber(number).birth_year < ADULT_BEFORE


def _begin(stage: Stage, number: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "kiosk.cli.main", "visit", "--data", str(stage.data), "--json"]
    command += ["--script", str(SCRIPT), "--answer", f"identify.number={number}"]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def _kill_after(stage: Stage, visit: subprocess.Popen[str], seconds: float) -> bool:
    """Kill the core unless the visit ended before; whether it was killed."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if visit.poll() is not None:
            return False
        time.sleep(0.01)
    stage.kill()
    stage.start()
    return True


def _listen(visit: subprocess.Popen[str], promise: Promise) -> bool:
    """Take down what the visit was promised; whether it began where the one before had stopped."""
    lines = [json.loads(line) for line in visit.communicate()[0].splitlines()]
    asked = [line["question"] for line in lines if "question" in line]
    resumed = bool(asked) and asked[0] == promise.last_question
    for line in lines:
        promise.samples.update(line.get("kept", ()))
    if asked:
        promise.last_question = asked[-1]
    if lines and "sealed" in lines[-1] and visit.returncode == 0:
        promise.dossier = lines[-1]["dossier"]
    return resumed


def _account(stage: Stage, promises: list[Promise], kills: int, resumed: int) -> Outcome:
    """Open every sealed dossier and look for what was promised."""
    lines = stage.dossiers()
    by_number = {line.dossier: line for line in lines}
    outcome = Outcome([p.dossier for p in promises], kills, [], [], [], resumed)
    owners: dict[str, list[str]] = {}
    for line in lines:
        files = stage.opened(line) if line.sealed and Path(line.sealed).exists() else {}
        kept = {hashlib.sha256(data).hexdigest() for data in files.values()}
        for promise in promises:
            if promise.dossier == line.dossier:
                outcome.lost_samples += sorted(promise.samples - kept)
        person = _person_in(files)
        owners.setdefault(person, []).append(line.dossier)
    outcome.lost_dossiers = [p.dossier for p in promises if not _safe(by_number, p)]
    outcome.doubled = [
        number for person, numbers in owners.items() if person and len(numbers) > 1 for number in numbers
    ]
    return outcome


def _safe(lines: dict[str, DossierLine], promise: Promise) -> bool:
    """Sealed file and printed slip are there."""
    line = lines.get(promise.dossier)
    return line is not None and Path(line.sealed).is_file() and Path(line.slip).is_file()


def _person_in(files: dict[str, bytes]) -> str:
    facts = json.loads(files.get("facts.json", b"[]"))
    numbers = [fact["person"]["number"] for fact in facts if fact["type"] == "identified"]
    return str(numbers[-1]) if numbers else ""
