"""What an officer agrees to when a machine is updated or goes back is in the audit chain by itself. T2, T3."""

from __future__ import annotations

import asyncio
import io
import json
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, nullcontext
from pathlib import Path

import msgspec
import pytest

from kiosk import __version__
from kiosk.app.staff import DEMO_PIN
from kiosk.cli.main import main
from kiosk.domain.change import Change, ChangeKind
from kiosk.link.agreement import AgreedTo, AgreeTo
from kiosk.store import audit
from kiosk.store.schema import open_for_reading
from tests.device_kit import Device
from tests.image_kit import make_bundle
from tests.journeys.stage import Stage, at, run_kiosk, standing_at

MARK_OTHER = "status mark-active other"
GO_BACK = Change(ChangeKind.ROLLBACK, "2.0.0", "1.9.0")


@pytest.fixture
def device(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Device:
    made = Device(tmp_path / "device")
    made.stand_in(monkeypatch)
    return made


class Technician:
    """At the keyboard, with an officer's number and PIN."""

    def __init__(self, stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
        self._data = str(stage.data)
        self._monkeypatch = monkeypatch

    async def types(self, command: str, officer: str, *pins: str) -> int:
        """`kiosk image …` as another process would run it: beside the core, in a loop of its own."""
        self._monkeypatch.setattr("sys.stdin", io.StringIO("".join(f"{pin}\n" for pin in pins)))
        words = ["image", *command.split(), "--data", self._data, "--officer", officer, "--no-restart"]
        return await asyncio.to_thread(main, words)


def told(data: Path, kind: str = "update.*") -> list[tuple[str, str, dict[str, str]]]:
    with closing(open_for_reading(data / "kiosk.db")) as connection:
        found = list(audit.events(connection, kind))
    return [(event.kind, event.subject, msgspec.json.decode(event.detail)) for event in found]


def test_going_back_is_an_officers_word_and_nobody_elses(
    stage: Stage, device: Device, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    technician = Technician(stage, monkeypatch)

    async def scenario() -> None:
        stage.start()
        async with at(stage, "citizen") as citizen:
            await citizen.asked("welcome")
            for number, pin in (
                ("CB01", "000000"),
                ("HD01", DEMO_PIN),
                ("KT01", DEMO_PIN),
                ("TT01", DEMO_PIN),
            ):
                assert await technician.types("rollback --json", number, pin) == 1, number
            said = capsys.readouterr()
            errors = [json.loads(line)["error"] for line in said.out.splitlines()]
            assert errors == ["people.wrong", *["update.not_an_officer"] * 3]
            assert "goes back from release 2.0.0 to 1.9.0" in said.err
            assert (device.asked, told(stage.data)) == ([], [])
            assert await technician.types("rollback --json", "CB01", DEMO_PIN) == 0
            assert json.loads(capsys.readouterr().out) == {"next": "1.9.0", "restart": False}

    asyncio.run(scenario())
    assert device.asked == [MARK_OTHER]
    assert told(stage.data) == [("update.rollback_agreed", "1.9.0", {"officer": "CB01", "was": "2.0.0"})]
    assert run_kiosk("audit", "verify", "--data", str(stage.data)).returncode == 0


def test_an_agreement_stands_before_anything_is_changed_and_asks_for_the_pin_each_time(
    stage: Stage, device: Device, monkeypatch: pytest.MonkeyPatch
) -> None:
    """RAUC fails: what was agreed to is in the chain all the same, and was for that once."""
    technician = Technician(stage, monkeypatch)
    device.fail.write_text("no\n")

    async def scenario() -> None:
        stage.start()
        async with at(stage, "citizen") as citizen:
            await citizen.asked("welcome")
            assert await technician.types("rollback", "GS01", DEMO_PIN) == 2
            assert await technician.types("rollback", "GS01", "") == 1

    asyncio.run(scenario())
    assert [(kind, detail["officer"]) for kind, _, detail in told(stage.data)] == [
        ("update.rollback_agreed", "GS01")
    ]


def test_nobody_is_asked_while_a_citizen_is_served(
    stage: Stage, device: Device, monkeypatch: pytest.MonkeyPatch
) -> None:
    technician = Technician(stage, monkeypatch)

    async def scenario() -> None:
        stage.start()
        async with at(stage, "citizen") as citizen:
            await citizen.goes_on("language")
            assert await technician.types("rollback", "CB01", DEMO_PIN) == 2
            await citizen.goes_on("notice")

    asyncio.run(scenario())
    assert (device.asked, told(stage.data), told(stage.data, "desk.refused")) == ([], [], [])


@pytest.mark.skipif(
    not (shutil.which("rauc") and shutil.which("mksquashfs")), reason="needs rauc and squashfs-tools"
)
def test_an_update_is_agreed_to_with_both_versions_and_its_bundle(
    stage: Stage, device: Device, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bundle = make_bundle(tmp_path, "2.1.0")
    technician = Technician(stage, monkeypatch)
    line = f"update {bundle} --keyring {tmp_path}/keys/ca.pem"

    async def scenario() -> None:
        stage.start()
        async with at(stage, "citizen") as citizen:
            await citizen.asked("welcome")
            assert await technician.types(line, "CB01", "000000") == 1
            assert (device.asked, told(stage.data)) == ([], [])
            assert await technician.types(line, "CB01", DEMO_PIN) == 0

    asyncio.run(scenario())
    ((kind, subject, detail),) = told(stage.data)
    assert (kind, subject, detail["was"], detail["officer"]) == ("update.agreed", "2.1.0", "2.0.0", "CB01")
    assert len(detail["digest"]) == 64
    assert device.asked == [f"install {bundle}"]


def put_on_stick(monkeypatch: pytest.MonkeyPatch, folder: Path, seen: list[str]) -> None:
    """A stick is plugged in as soon as the window is open."""

    @contextmanager
    def window() -> Iterator[None]:
        seen.append("opened")
        yield
        seen.append("closed")

    monkeypatch.setattr("kiosk.imaging.stick.window", window)
    monkeypatch.setattr("kiosk.imaging.stick.wait_for_stick", lambda clock, within: None)
    monkeypatch.setattr("kiosk.imaging.stick.mounted", lambda disk: nullcontext(folder))


@pytest.mark.skipif(
    not (shutil.which("rauc") and shutil.which("mksquashfs")), reason="needs rauc and squashfs-tools"
)
def test_a_stick_is_let_in_by_an_officer_and_what_is_on_it_agreed_to_by_itself(
    stage: Stage, device: Device, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_bundle(tmp_path, "2.1.0")
    technician, seen = Technician(stage, monkeypatch), list[str]()
    put_on_stick(monkeypatch, tmp_path, seen)
    line = f"update --stick --keyring {tmp_path}/keys/ca.pem"

    async def scenario() -> None:
        stage.start()
        async with at(stage, "citizen") as citizen:
            await citizen.asked("welcome")
            assert await technician.types(line, "HD01", DEMO_PIN) == 1
            assert seen == [], "the window stays shut"
            assert await technician.types(line, "CB01", DEMO_PIN) == 1
            assert (seen, device.asked) == (["opened", "closed"], [])
            assert await technician.types(line, "CB01", DEMO_PIN, DEMO_PIN) == 0

    asyncio.run(scenario())
    assert [(kind, version) for kind, version, _ in told(stage.data)] == [
        ("update.stick_agreed", ""),
        ("update.stick_agreed", ""),
        ("update.agreed", "2.1.0"),
    ]
    assert device.asked == [f"install {tmp_path}/2.1.0.raucb"]


def test_the_pin_is_for_this_alone_and_signs_nobody_in(stage: Stage) -> None:
    async def scenario() -> None:
        stage.start()
        async with standing_at(stage, "officer") as desk:
            stick = Change(ChangeKind.STICK, "2.0.0")
            assert await desk.reads(AgreeTo("CB01", DEMO_PIN, stick)) == AgreedTo("CB01")
            assert (await desk.refusal(AgreeTo("CB01", "000000", GO_BACK))).code == "people.wrong"
            long = msgspec.structs.replace(GO_BACK, to="9" * 65)
            await desk.refusal(AgreeTo("CB01", DEMO_PIN, long))

    asyncio.run(scenario())
    assert told(stage.data) == [("update.stick_agreed", "", {"officer": "CB01", "was": "2.0.0"})]
    assert [kind for kind, _, _ in told(stage.data, "desk.*")] == [
        "desk.signed_in",
        "desk.signed_out",
        "desk.refused",
    ]


def test_a_new_officers_first_pin_agrees_to_nothing(stage: Stage) -> None:
    """It is known to whoever handed it out."""

    async def scenario() -> None:
        stage.start()
        async with standing_at(stage, "officer") as desk:
            assert await desk.reads(AgreeTo("CB01", DEMO_PIN, Change(ChangeKind.STICK, ""))) == AgreedTo(
                "CB01"
            )
        stage.stop()
        with closing(sqlite3.connect(stage.data / "kiosk.db")) as db, db:
            db.execute("update officer set fresh = 1 where id = 'CB02'")
        stage.start()
        async with standing_at(stage, "officer") as desk:
            assert (await desk.refusal(AgreeTo("CB02", DEMO_PIN, GO_BACK))).code == "people.change_first"

    asyncio.run(scenario())
    assert [kind for kind, _, _ in told(stage.data)] == ["update.stick_agreed"]


def test_without_a_core_the_machine_goes_back_and_the_next_core_would_know(
    stage: Stage, device: Device, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A release that is killed or broken: nobody can be asked, it is said, and it is on the card for the next one."""
    technician = Technician(stage, monkeypatch)

    async def scenario() -> None:
        stage.start()
        async with at(stage, "citizen") as citizen:
            await citizen.asked("welcome")
        stage.kill()
        assert await technician.types("rollback", "CB01") == 0

    asyncio.run(scenario())
    assert "no officer could be asked" in capsys.readouterr().err
    assert device.asked == [MARK_OTHER]
    assert '"was":"2.0.0"' in (device.root / "bootconfig/unasked.txt").read_text()


def test_a_core_names_its_release_before_anything_else_and_once(stage: Stage) -> None:
    async def greeted() -> None:
        async with at(stage, "citizen") as citizen:
            await citizen.asked("welcome")

    for _ in range(2):
        stage.start()
        asyncio.run(greeted())
        stage.kill()
    with closing(open_for_reading(stage.data / "kiosk.db")) as connection:
        first, *others = audit.events(connection)
    assert (first.kind, first.subject) == ("release.started", __version__)
    assert "release.started" not in {event.kind for event in others}
