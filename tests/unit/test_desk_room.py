"""Several stations on one screen. Far ones come through a stand-in for ssh: it takes the real command line, listens on the
local socket and carries the bytes to a core on this machine; a real sshd is in `tests/system/test_desk_ssh.py`."""

from __future__ import annotations

import asyncio
import os
import stat
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

import msgspec
import pytest
from textual.pilot import Pilot

from kiosk.cli.main import main
from kiosk.domain.factors import FactorKind
from kiosk.domain.message import msg
from kiosk.errors import BadInputError
from kiosk.link.messages import (
    AnswerCall,
    Decide,
    FactorWanted,
    FromCore,
    ReadPeople,
    Refused,
    SignIn,
    SignOut,
    StopFactor,
    Touch,
)
from kiosk.tui import gallery
from kiosk.tui.gallery_desk import SECOND, served, session
from kiosk.tui.officer import tunnel
from kiosk.tui.officer.app import OfficerApp
from kiosk.tui.officer.desk import Place, Station, Tab, Told
from kiosk.tui.officer.needs import LOOKS, Need, in_order, need_of
from kiosk.tui.officer.posed import PosedOfficer
from kiosk.tui.officer.stations import Post, posts, stream_boards
from kiosk.tui.officer.tunnel import Remote, Tunnel, clean_lines, parse_station
from kiosk.workflow.board import Alert, Board
from kiosk.workflow.view import Help
from tests.unit.fake_core import FakeCore

STAND_IN = f"""#!{sys.executable}
import os, socket, sys, threading
forward, host = sys.argv[sys.argv.index("-L") + 1], sys.argv[-1]
local, there = forward.split(":")
if host == "refuses":
    sys.exit("\\x1b[31mssh: connect to host refuses port 22: Connection refused")
open(local + ".pid", "w").write(str(os.getpid()))
listening = socket.socket(socket.AF_UNIX)
if "StreamLocalBindUnlink=yes" in sys.argv and os.path.exists(local):
    os.unlink(local)
listening.bind(local)
listening.listen()
def carry(one, other):
    try:
        while data := one.recv(65536):
            other.sendall(data)
    except OSError:
        pass
    other.shutdown(socket.SHUT_RDWR)
while True:
    here, _ = listening.accept()
    far = socket.socket(socket.AF_UNIX)
    try:
        far.connect(there)
    except OSError:
        here.close()
        continue
    threading.Thread(target=carry, args=(here, far), daemon=True).start()
    threading.Thread(target=carry, args=(far, here), daemon=True).start()
"""


@pytest.fixture
def stand_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "bin" / "ssh"
    program.parent.mkdir()
    program.write_text(STAND_IN)
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")
    monkeypatch.setattr(tunnel, "FIRST_WAIT_S", 0.05)


async def until(pilot: Pilot[None], true: Callable[[], bool]) -> None:
    for _ in range(600):
        if true():
            return
        await pilot.pause(0.01)
    raise AssertionError(pilot.app.page.canvas.plain())  # type: ignore[attr-defined]


def text(app: OfficerApp) -> str:
    return app.page.canvas.plain()


Scenario = Callable[[list[FakeCore], OfficerApp, Pilot[None]], Awaitable[None]]


def play(tmp_path: Path, addresses: list[str], scenario: Scenario) -> None:
    """A core here and one "far away", each known by its folder."""

    async def run() -> None:
        here, far = tmp_path / "here", tmp_path / "far"
        async with (
            FakeCore(here / "run" / "officer.sock") as one,
            FakeCore(far / "run" / "officer.sock") as two,
        ):
            with posts([address.format(far=far) for address in addresses], here) as stations:
                app = OfficerApp(stations)
                async with app.run_test(size=(80, 24)) as pilot:
                    await scenario([one, two], app, pilot)

    asyncio.run(run())


def process_of(app: OfficerApp, number: int) -> int:
    return int(Path(f"{app._room[number].post.socket}.pid").read_text())


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().split()[2] != "Z"
    except FileNotFoundError:
        return False


@pytest.mark.usefixtures("stand_in")
def test_two_stations_one_screen_whoever_needs_somebody_on_top(tmp_path: Path) -> None:
    pids: list[int] = []

    async def scenario(cores: list[FakeCore], app: OfficerApp, pilot: Pilot[None]) -> None:
        here, far = cores
        here.show(served("MAU01"))
        far.show(served("MAU02"))
        await until(pilot, lambda: "MAU01" in text(app) and "MAU02" in text(app))
        assert "Không có việc cần cán bộ" in text(app)
        called = msgspec.structs.replace(gallery.board(), station="MAU02")
        far.show(called)
        await until(pilot, lambda: "GỌI CÁN BỘ" in text(app))
        assert text(app).index("MAU02") < text(app).index("MAU01")
        assert "1 máy cần cán bộ" in text(app)
        await pilot.press("2")
        assert app._place.tab is Tab.BOARD and "Lăn ngón trỏ phải" in text(app)
        far.say(session(SECOND))
        await until(pilot, lambda: "CB01" in text(app))
        await pilot.press("f1", "1", "enter")
        await until(pilot, lambda: far.of(Decide) == [Decide("a1", "amputated")] or len(far.of(Decide)) == 1)
        assert far.of(AnswerCall) == [AnswerCall(True)] and not here.of(AnswerCall)
        await pilot.press("escape")
        assert "Các máy" in text(app).splitlines()[0]
        pids.append(process_of(app, 1))

    play(tmp_path, ["local", "ssh://far.example{far}"], scenario)
    assert not alive(pids[0]), "ssh ends with the screen"


@pytest.mark.usefixtures("stand_in")
def test_a_station_away_is_said_and_holds_up_nobody(tmp_path: Path) -> None:
    async def scenario(cores: list[FakeCore], app: OfficerApp, pilot: Pilot[None]) -> None:
        here, far = cores
        here.show(served("MAU01"))
        far.show(served("MAU02"))
        await until(pilot, lambda: "Connection refused" in text(app) and "MAU02" in text(app))
        assert "\x1b" not in text(app) and text(app).count("MẤT KẾT NỐI") == 1
        here.show(msgspec.structs.replace(gallery.board(), station="MAU01"))
        await until(pilot, lambda: "GỌI CÁN BỘ" in text(app))
        os.kill(process_of(app, 1), 9)
        await until(pilot, lambda: text(app).count("MẤT KẾT NỐI") == 2)
        await until(pilot, lambda: text(app).count("MẤT KẾT NỐI") == 1)
        assert far.greetings >= 2, "ssh was started again and the station is back"
        await far.stop()
        await until(pilot, lambda: text(app).count("MẤT KẾT NỐI") == 2)
        await pilot.press("3")
        assert "đang nối lại" in text(app) and "Connection refused" in text(app)
        await pilot.press("f5", "f2", "1", "enter")
        assert app._form is None, "there is nobody to sign in to"
        await pilot.press("escape")
        assert app._place.tab is Tab.ROOM

    play(tmp_path, ["local", "ssh://far.example{far}", "ssh://refuses"], scenario)


@pytest.mark.usefixtures("stand_in")
def test_boards_of_several_stations_are_lines_with_their_names(tmp_path: Path) -> None:
    lines: list[str] = []

    class EnoughError(Exception):
        pass

    def write(line: str) -> None:
        lines.append(line)
        if len({msgspec.json.decode(each)["at"] for each in lines}) == 2:
            raise EnoughError

    async def run() -> None:
        here, far = tmp_path / "here", tmp_path / "far"
        async with (
            FakeCore(here / "run" / "officer.sock") as one,
            FakeCore(far / "run" / "officer.sock") as two,
        ):
            one.show(served("MAU01"))
            two.show(served("MAU02"))
            with posts(["local", f"ssh://far.example{far}"], here) as stations, pytest.raises(EnoughError):
                await asyncio.wait_for(asyncio.to_thread(stream_boards, stations, write), 20)

    asyncio.run(run())
    decoded = [msgspec.json.decode(line) for line in lines]
    assert {(line["at"].partition("/")[0], line["station"]) for line in decoded} == {
        ("local", "MAU01"),
        ("far.example", "MAU02"),
    }
    assert msgspec.convert(decoded[0], Board).station == decoded[0]["station"]


# -- addresses and the command -------------------------------------------------------------------------------------

DATA = Path("/var/lib/kiosk")


@pytest.mark.parametrize(
    ("text", "remote"),
    [
        ("ssh://kiosk2", Remote("kiosk2", DATA)),
        ("ssh://an@kiosk2:2222", Remote("kiosk2", DATA, "an", 2222)),
        ("ssh://10.0.0.7/data/kiosk", Remote("10.0.0.7", Path("/data/kiosk"))),
        ("ssh://[fd00::2]", Remote("fd00::2", DATA)),
    ],
)
def test_an_address_says_where(text: str, remote: Remote) -> None:
    assert parse_station(text, DATA) == remote


@pytest.mark.parametrize(
    "bad",
    [
        "",
        "kiosk2",
        "http://kiosk2",
        "ssh://",
        "ssh://-oProxyCommand=x",
        "ssh://a b",
        "ssh://k:0x",
        "ssh://k:99999",
        "ssh://-l@k",
        "ssh://u:secret@k",
        "ssh://k/a:b",
        "ssh://k/%00",
        "ssh://k?x",
        "ssh://k/" + "x" * 200,
    ],
)
def test_an_address_that_could_mean_something_else_is_refused(bad: str) -> None:
    with pytest.raises(BadInputError):
        parse_station(bad, DATA)


def test_ssh_is_asked_for_one_socket_and_nothing_else() -> None:
    command = Tunnel(Remote("kiosk2", DATA, "an", 2222), Path("/tmp/d/1.sock")).command()  # noqa: S108
    assert command[0] == "ssh" and command[-2:] == ["--", "kiosk2"]
    assert command[command.index("-L") + 1] == "/tmp/d/1.sock:/var/lib/kiosk/run/officer.sock"  # noqa: S108
    assert {"-N", "-T", "BatchMode=yes", "ExitOnForwardFailure=yes", "ForwardAgent=no"} <= set(command)
    assert command[command.index("-p") + 1] == "2222" and command[command.index("-l") + 1] == "an"


def test_whatever_ssh_says_is_safe_to_draw() -> None:
    assert clean_lines(b"\n\xff\x1b[2J gone\r\n\n" + b"x" * 9000)[-1] == "x" * 200
    assert all(line.isprintable() for line in clean_lines(bytes(range(256))))


def test_no_ssh_at_all_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    async def run() -> str:
        carrier = Tunnel(Remote("kiosk2", DATA), tmp_path / "x.sock")
        said = asyncio.Event()
        running = asyncio.create_task(carrier.run(said.set))
        await asyncio.wait_for(said.wait(), 10)
        running.cancel()
        return carrier.trouble

    assert asyncio.run(run())


def test_a_station_named_twice_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert (
        main(["officer", "--data", str(tmp_path), "--station", "local", "--station", "local", "--json"]) == 2
    )
    assert main(["officer", "--data", str(tmp_path), "--station", "ftp://x", "--json"]) == 2
    assert "ftp://x" in capsys.readouterr().out


# -- who needs somebody --------------------------------------------------------------------------------------------


def test_the_most_urgent_is_first_and_equals_keep_their_order() -> None:
    quiet = Told(served("A"))
    full = Told(served("B", alerts=(Alert(msg("store.disk", why="x"), urgent=True),)))
    looks = Told(served("C", alerts=(Alert(msg("store.disk", why="x")),)))
    asks = Told(
        msgspec.structs.replace(gallery.board(), view=gallery.view(gallery.wet(), "fingers"), devices=())
    )
    asks = Told(msgspec.structs.replace(asks.board, alerts=()) if asks.board else None)
    calls = Told(gallery.board())
    room = tuple(
        Station(str(n), told) for n, told in enumerate((quiet, looks, asks, Told(), full, calls, quiet))
    )
    needs = [need_of(room[number]).name for number in in_order(room)]
    assert needs == ["CALLED", "URGENT", "AWAY", "APPROVAL", "LOOK", "FREE", "FREE"]
    assert in_order(room)[-2:] == [0, 6]


def test_every_need_has_a_sign_and_words_of_its_own() -> None:
    assert set(LOOKS) == set(Need)
    assert len({look.sign for look in LOOKS.values()}) >= 4


def test_a_screen_rings_once_when_a_station_begins_to_need_somebody(monkeypatch: pytest.MonkeyPatch) -> None:
    async def run() -> int:
        rung: list[int] = []
        app = OfficerApp([Post("a", Path()), Post("b", Path())])
        app._connected = False
        monkeypatch.setattr(app, "bell", lambda: rung.append(1))
        async with app.run_test(size=(80, 24)):
            for number in (0, 1):
                app._room[number].told = Told(served(f"MAU0{number}"))
                app._ring(app._room[number])
            for help_ in (Help.CALLED, Help.CALLED, Help.COMING, Help.CALLED):
                view = gallery.view(gallery.welcome(), help=help_)
                app._room[1].told = Told(served("MAU01", view=view))
                app._ring(app._room[1])
        return len(rung)

    assert asyncio.run(run()) == 2


@pytest.mark.parametrize("count", [2, 4, 9, 30])
def test_the_chosen_station_is_always_in_sight(count: int) -> None:
    async def run() -> None:
        app = PosedOfficer(None)
        async with app.run_test(size=(80, 24)) as pilot:
            room = [Station(f"kiosk{n:02}", Told(served(f"MAU{n:02}"))) for n in range(count)]
            app.pose(room, Place(Tab.ROOM))
            for number in range(count):
                assert f"kiosk{number:02}" in next(line for line in text(app).splitlines() if "▶" in line)
                await pilot.press("down")
            await pilot.press("up", "enter")
            assert app._at == count - 1 and app._place.tab is Tab.BOARD

    asyncio.run(run())


# -- one sign-in for the room --------------------------------------------------------------------------------------


def side_by_side(tmp_path: Path, scenario: Scenario) -> None:
    """Three stations without any ssh between."""

    async def run() -> None:
        async with (
            FakeCore(tmp_path / "a.sock") as a,
            FakeCore(tmp_path / "b.sock") as b,
            FakeCore(tmp_path / "c.sock") as c,
        ):
            cores = [a, b, c]
            app = OfficerApp([Post(core.path.stem, core.path) for core in cores])
            async with app.run_test(size=(80, 24)) as pilot:
                for number, core in enumerate(cores, start=1):
                    core.show(served(f"MAU0{number}"))
                await until(pilot, lambda: all(f"MAU0{n}" in text(app) for n in (1, 2, 3)))
                await scenario(cores, app, pilot)

    asyncio.run(run())


async def signs_in(pilot: Pilot[None]) -> None:
    await pilot.press("f2", *"cb01", "enter", *"135790", "enter")


def test_where_the_pin_was_right_the_other_stations_are_told_too(tmp_path: Path) -> None:
    """O2: one form for the room; a station that refuses says so in its block; out of all of them at once."""

    async def scenario(cores: list[FakeCore], app: OfficerApp, pilot: Pilot[None]) -> None:
        a, b, c = cores
        await signs_in(pilot)
        await until(pilot, lambda: a.of(SignIn) == [SignIn("CB01", "135790")])
        assert not b.of(SignIn) and not c.of(SignIn), "a wrong PIN costs one try, not one at every station"
        a.say(session(SECOND))
        await until(pilot, lambda: bool(b.of(SignIn) and c.of(SignIn)))
        b.say(session(SECOND))
        c.say(Refused(msg("people.wrong")))
        await pilot.press("escape")
        await until(pilot, lambda: "▲ Mã số hoặc mã PIN chưa đúng" in text(app))
        block = text(app)[text(app).index("MAU03") :]
        assert "chưa đúng" in block, "in the block of the station that refused"
        assert app._room[1].told.session.officer == SECOND
        await pilot.press("2", "f8")
        await until(pilot, lambda: bool(b.of(ReadPeople)))
        assert all(core.of(Touch) for core in cores), "who works at one station has left none of them"
        await pilot.press("f4")
        await until(pilot, lambda: all(core.of(SignOut) for core in cores))

    side_by_side(tmp_path, scenario)


WANTED = FactorWanted("CB01", (FactorKind.FINGER,), 30)


def test_each_station_asks_for_the_second_factor_and_says_so_in_its_block(tmp_path: Path) -> None:
    """O2: the others are told once the one in front has let the officer in; who is late at one signs in there alone."""

    async def scenario(cores: list[FakeCore], app: OfficerApp, pilot: Pilot[None]) -> None:
        a, b, c = cores
        await signs_in(pilot)
        await until(pilot, lambda: bool(a.of(SignIn)))
        a.say(WANTED)
        await until(pilot, lambda: "CB01: xác nhận đúng là mình" in text(app))
        assert not b.of(SignIn) and not c.of(SignIn), "a PIN alone opens no other station"
        a.say(session(SECOND))
        await until(pilot, lambda: bool(b.of(SignIn) and c.of(SignIn)))
        b.say(session(SECOND))
        c.say(WANTED)
        await until(pilot, lambda: app._room[2].told.factor is not None)
        await pilot.press("escape")
        block = text(app)[text(app).index("MAU03") :]
        assert "CB01: mời đến tận máy này, còn" in block and "Đặt ngón tay đã đăng ký" in block
        assert text(app).count("mời đến tận máy này") == 1
        await pilot.press("up")
        assert app._told.factor is not None and app._place.tab is Tab.ROOM
        await pilot.press("down", "3")
        assert "CB01: xác nhận" in text(app) and not c.of(StopFactor), "keys choose in the room"
        c.say(Refused(msg("factor.late")))
        await until(pilot, lambda: app._told.factor is None)
        await signs_in(pilot)
        await until(pilot, lambda: len(c.of(SignIn)) == 2)
        c.say(session(SECOND))
        await until(pilot, lambda: app._told.session == session(SECOND))
        await pilot.press("f4")
        await until(pilot, lambda: all(core.of(SignOut) for core in cores))
        assert len(a.of(SignIn)) == len(b.of(SignIn)) == 1, "who is in there already is not asked again"

    side_by_side(tmp_path, scenario)


def test_a_sign_in_left_for_the_room_opens_the_others_all_the_same(tmp_path: Path) -> None:
    """Its answer comes while nobody looks at it; a late answer to another form tells nobody a PIN."""

    async def scenario(cores: list[FakeCore], app: OfficerApp, pilot: Pilot[None]) -> None:
        a, b, c = cores
        await signs_in(pilot)
        await until(pilot, lambda: bool(a.of(SignIn)))
        await pilot.press("escape", "escape", "2")
        b.say(session(SECOND))
        await until(pilot, lambda: app._room[1].told.session == session(SECOND))
        assert not c.of(SignIn), "the answer of a station that was not asked"
        a.say(session(SECOND))
        await until(pilot, lambda: bool(c.of(SignIn)))
        assert not b.of(SignIn)

    side_by_side(tmp_path, scenario)


@pytest.mark.parametrize(
    "answer",
    [
        Refused(msg("people.wrong")),
        Refused(msg("factor.late")),
        msgspec.structs.replace(session(SECOND), fresh=True),
        msgspec.structs.replace(session(SECOND), enrol=True),
    ],
)
def test_a_pin_that_was_wrong_or_is_to_be_changed_goes_no_further(tmp_path: Path, answer: FromCore) -> None:
    async def scenario(cores: list[FakeCore], app: OfficerApp, pilot: Pilot[None]) -> None:
        a, b, c = cores
        await signs_in(pilot)
        await until(pilot, lambda: bool(a.of(SignIn)))
        a.say(answer)
        await until(pilot, lambda: app._form is not None and not app._form.waiting)
        await pilot.press("escape")
        a.say(session(SECOND))
        await until(pilot, lambda: app._told.session == session(SECOND))
        assert not b.of(SignIn) and not c.of(SignIn)

    side_by_side(tmp_path, scenario)
