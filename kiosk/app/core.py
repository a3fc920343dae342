"""The core: one station's devices, workflow and record, and what its screens see."""

from __future__ import annotations

import logging
import threading
from pathlib import Path

from kiosk import __version__
from kiosk.app.acts import Acts
from kiosk.app.attention import out_of_force, overdue
from kiosk.app.counts import Counts, count
from kiosk.app.display import Display
from kiosk.app.front import Front
from kiosk.app.helping import Helping
from kiosk.app.releases import Releases
from kiosk.app.reprints import Reprints
from kiosk.app.resources import (
    LiveRoster,
    attend_devices,
    hung_before,
    load_recipients,
    load_regime,
    load_words,
    office_of,
    second_factor_at,
    surroundings_of,
)
from kiosk.app.reviews import Reviews
from kiosk.app.roles import CitizenRole, OfficerRole
from kiosk.app.shift_paper import ShiftPaper
from kiosk.app.speaking import Speaking
from kiosk.app.staff import Staff
from kiosk.app.waiting import WaitingList
from kiosk.biometrics.matching import Matcher
from kiosk.biometrics.matching_client import WorkerMatcher
from kiosk.config import Config, Mode
from kiosk.domain.message import Message, msg
from kiosk.domain.time import Clock, today
from kiosk.errors import StoreError
from kiosk.hal.surroundings import SENSES
from kiosk.link.messages import PROTOCOL, BoardChanged, ViewChanged, Welcome
from kiosk.link.server import Role, Server
from kiosk.plugins.manager import load
from kiosk.store.files import write_durably
from kiosk.store.ledger import SqliteLedger
from kiosk.store.update_lock import being_updated
from kiosk.workflow.approvals import Approvals
from kiosk.workflow.board import Alert, Board
from kiosk.workflow.counter import Counter, IdleTimes
from kiosk.workflow.desk import Desk, Office
from kiosk.workflow.engine import Engine
from kiosk.workflow.finger_watch import FingerWatch
from kiosk.workflow.ledger import Visit
from kiosk.workflow.mask import masked
from kiosk.workflow.view import Help, Pause, View

log = logging.getLogger(__name__)
ENGINE_STOPS_S = 5.0


class Core:
    """Built whole or not at all; `start` begins serving, `stop` lets the visit go on at the next start.

    Raises `ConfigError` and `StoreError` from the constructor; nothing has been started then.
    """

    def __init__(self, config: Config, data: Path, clock: Clock, root: Path = Path("/")) -> None:
        """`root` stands for `/` where the machine is asked which release it runs."""
        self.config = config
        self._data = data
        self._clock = clock
        self._alerts: dict[str, Message] = {}
        self._counts = Counts()
        self._board_revision = 0
        self._screen_since = (clock.monotonic(), "")
        self.failed = threading.Event()
        self._stopping = threading.Event()
        self._hung_plugins = data / "plugins.hung"
        self.plugins = load(__version__, hung_before(self._hung_plugins))
        self._words = load_words(config.station.languages, self.plugins.catalogues())
        self._regime = load_regime(config.station.regime)
        self.roster = LiveRoster(data / "roster.db")
        self._devices = attend_devices(config, data, clock, self._changed)
        self._surroundings = surroundings_of(config, data, clock)
        self._next_look = clock.monotonic()
        self.ledger = SqliteLedger(data, config.station.id, load_recipients(config, data), clock)
        self._releases = Releases(self.ledger.database, root)
        self.acts = Acts(data, config.roster.inbox, self.ledger, clock)
        matcher = WorkerMatcher()
        self.staff = self._make_staff(matcher)
        self.line = WaitingList(self.ledger.queue, self._changed)
        self.approvals = Approvals(self._changed, clock.monotonic)
        self.reviews = Reviews(self.ledger, self.staff.sessions, self.approvals, self._count)
        self.speaking = Speaking(self._devices.speaker, self._words, self.plugins.catalogues())
        idle = IdleTimes(config.idle.warn, config.idle.clear)
        self.counter = Counter(self._first_view(), idle, clock.monotonic, self._view_changed)
        self.display = Display(config.display.dark_after, clock.monotonic, self.counter.repeat)
        self._front = Front(self, self._devices.panel)
        self.helping = Helping(self.counter, self.staff.sessions, self._note)
        self.server = self._make_server()
        self.reprints = self._make_reprints()
        self._watch = FingerWatch(matcher)
        self._office = self._make_office()
        self._engine = self._make_engine()
        self._threads: list[threading.Thread] = []

    # -- life --------------------------------------------------------------------------------------------------

    async def start(self) -> None:
        self._look_at_releases()
        if self.config.mode is Mode.DEMO:
            self.staff.demonstrate()
        await self.server.start()
        self.speaking.start()
        for name, body in (("supervisor", self._supervise), ("engine", self._serve)):
            thread = threading.Thread(target=body, name=name, daemon=True)
            thread.start()
            self._threads.append(thread)

    async def stop(self) -> None:
        self._stopping.set()
        self.counter.close()
        self.approvals.close()
        self.reprints.close()
        self.reviews.close()
        for thread in self._threads:
            thread.join(ENGINE_STOPS_S)
        self.speaking.close(ENGINE_STOPS_S)
        self._watch.close()
        await self.server.stop()
        for device in self._devices.all:
            device.close()
        self.staff.close()
        self.ledger.close()

    @property
    def alive(self) -> bool:
        """Whether the threads that serve people run and come back: what the watchdog is fed on.

        A plugin that hangs is noted, so that the next start leaves it out.
        """
        hung = self.plugins.overdue(PLUGIN_HANGS_S)
        if hung:
            log.critical("plugin %s hangs: the core ends and starts again without it", hung)
            names = {*hung_before(self._hung_plugins), hung}
            write_durably(self._hung_plugins, "".join(f"{name}\n" for name in sorted(names)).encode())
            self.failed.set()
            return False
        return all(thread.is_alive() for thread in self._threads)

    # -- what the screens see --------------------------------------------------------------------------------------

    def board(self) -> Board:
        view = self.counter.view
        counts = self._counts
        self._board_revision += 1
        return Board(
            revision=self._board_revision,
            station=self.config.station.id,
            view=masked(view),
            devices=tuple(device.line for device in self._devices.all),
            approvals=self.approvals.open,
            alerts=tuple(Alert(message, urgent=code in URGENT) for code, message in self._alerts.items()),
            dossiers=counts.dossiers,
            outbox=counts.outbox,
            step=self._step_code(view),
            step_seconds=int(self._clock.monotonic() - self._screen_since[0]),
            demo=view.demo,
            slips=counts.slips,
            shift=self.staff.shift,
            requests=self.staff.proposals.waiting,
            unsigned=counts.unsigned,
            corrections=counts.corrections,
            wall=self._clock.read().wall,
            tickets=self.line.tickets,
        )

    def _step_code(self, view: View) -> str:
        """The code of the activity's step; "" between two people."""
        activity = self._engine.activity
        return activity.steps[view.step - 1].code if activity and view.step else ""

    def alert(self, code: str, message: Message | None) -> None:
        """Put something on the officers' board, or take it off."""
        if self._alerts.get(code) == message:
            return
        if message is None:
            self._alerts.pop(code, None)
        else:
            self._alerts[code] = message
        self._changed()

    @property
    def faults(self) -> frozenset[str]:
        """What keeps the kiosk from serving as it should: devices that are gone, a disk that takes nothing."""
        found = {device.kind for device in self._devices.needed if device.gone}
        return frozenset(found | {"store"} if "store" in self._alerts else found)

    def call_officer(self) -> None:
        self.counter.update(help=Help.CALLED)
        self._note("help.called")

    def answer_call(self, coming: bool, officer: str) -> None:
        self.counter.update(help=Help.COMING if coming else Help.NONE)
        self._note("help.answered", officer=officer, coming=int(coming))

    def tick(self) -> None:
        """A few times a second, from the loop that serves people."""
        self.counter.tick()
        self._engine.look_again()

    # ------------------------------------------------------------------------------------------------------------

    def _note(self, event: str, **detail: str | int) -> None:
        """Audit what somebody did beside the workflow; a disk that cannot take it keeps no help away."""
        try:
            self.ledger.audit(event, self.counter.view.visit, **detail)
        except StoreError as error:
            self.alert("store", msg(error.code, **error.values))

    def _first_view(self) -> View:
        return View(
            revision=0,
            screen=Pause("starting", msg("starting")),
            language=self.config.station.languages[0],
            languages=self.config.station.languages,
            place=self.config.station.place,
            demo=self.config.mode is Mode.DEMO,
        )

    def _welcome(self) -> Welcome:
        return Welcome(PROTOCOL, __version__, tuple(str(folder) for folder in self.plugins.catalogues()))

    def _make_staff(self, matcher: Matcher) -> Staff:
        config, devices = self.config, self._devices
        paper = ShiftPaper(
            config.station, self.ledger, devices.printer, self._words, self._clock, self._stopping, self.alert
        )
        return Staff(
            self.ledger,
            config.staff,
            self._clock.monotonic,
            self._changed,
            paper.put_out,
            self.acts,
            second_factor_at(config, self._data, devices.fingers, matcher),
            self._releases.agreed,
        )

    def _make_server(self) -> Server:
        roles: dict[str, Role] = {"citizen": CitizenRole(self), "officer": OfficerRole(self)}
        link = self.config.link
        return Server(self._data, self._welcome(), roles, link.users, {"citizen": link.citizens})

    def _make_office(self) -> Office:
        return office_of(
            self.config,
            self._clock,
            self._regime,
            self._words,
            self.plugins,
            self._watch,
            self._picture,
        )

    def _make_reprints(self) -> Reprints:
        words = self._words[self.config.station.languages[0]]
        return Reprints(
            self.ledger.slips,
            self._devices.printer,
            words,
            self._clock,
            lambda trouble: self.alert("reprint", trouble),
        )

    def _make_engine(self) -> Engine:
        return Engine(
            self.plugins.activities,
            self.ledger,
            self.counter,
            self._desk,
            self._wait,
            self.alert,
            self.config.station.languages[0],
            self._may_begin,
            self._closed,
            lambda: self.line.called,
        )

    def _picture(self, width: int, height: int, grey: bytes) -> None:
        self.server.picture("citizen", width, height, grey)

    def _desk(self, visit: Visit) -> Desk:
        return Desk(
            self._office, self.counter, self.approvals, self._devices, self.ledger, self.roster, visit
        )

    def _wait(self, seconds: float) -> None:
        """Wait, but not into a shut-down."""
        self._stopping.wait(seconds)

    def _serve(self) -> None:
        try:
            self._engine.serve()
        finally:
            if not self._stopping.is_set():
                self.failed.set()

    def _supervise(self) -> None:
        """Looks at the devices, the button and the counts; whatever hangs here stops the watchdog's food."""
        while not self._stopping.is_set():
            for device in self._devices.all:
                device.look()
            self.speaking.offer(self.counter)
            self._front.look()
            self._look_around()
            patience, now = self.config.officer.patience, self._clock.read().wall
            for code, message in overdue(self.approvals, self.staff.proposals.waiting, now, patience).items():
                self.alert(code, message)
            self._count()
            self._look_at_clock_order()
            self.line.look(self.counter.view.visit)
            self.staff.lock_idle()
            self._stopping.wait(SUPERVISE_S)

    def _look_around(self) -> None:
        """Every few seconds; what is not well is on the officers' board for as long as it is not."""
        if self._clock.monotonic() < self._next_look:
            return
        self._next_look = self._clock.monotonic() + self.config.surroundings.every
        self._look_at_releases()
        self.alert("regime", out_of_force(self._regime, self.config.mode, today(self._clock)))
        found = self._surroundings.look()
        for name in SENSES:
            self.alert(name, found[name].message if name in found else None)

    def _look_at_releases(self) -> None:
        """What cannot be recorded now is at the next look."""
        try:
            self._releases.look()
        except StoreError as error:
            log.error("not in the audit chain: %s", error)

    def _look_at_clock_order(self) -> None:
        """A clock that was to be set and was not is on the board until the next try."""
        try:
            said = self.acts.clock.answered()
        except StoreError as error:
            said = msg(error.code, **error.values)
        if said is not None:
            self.alert("clock_order", None if said.code == "clock.set" else said)

    def _may_begin(self) -> None:
        full = self._surroundings.disk_full
        if full is not None:
            raise StoreError("store.full", used=int(full.used), free=full.free_mb)

    def _closed(self) -> Message | None:
        """Without a shift nobody answers for what is taken here; an update ends with a restart."""
        if being_updated(self._data):
            return msg("updating")
        return None if self.staff.shift else msg("shift.none")

    def _count(self) -> None:
        try:
            counts = count(self.ledger)
        except StoreError as error:
            self.alert("store", msg(error.code, **error.values))
            return
        if counts != self._counts:
            self._counts = counts
            self._changed()

    def _view_changed(self, view: View) -> None:
        if view.screen.id != self._screen_since[1]:
            self._screen_since = (self._clock.monotonic(), view.screen.id)
        self.display.shows(view)
        self.server.publish("citizen", ViewChanged(view, self.display.dark))
        self.speaking.look(view)
        self.helping.show(view)
        self._changed()

    def _changed(self) -> None:
        if hasattr(self, "server"):
            self.server.publish("officer", BoardChanged(self.board()))


SUPERVISE_S = 0.25
PLUGIN_HANGS_S = 5.0
URGENT = frozenset({"store", "housing", "disk", "unanswered", "unsettled"})
