"""A dossier before it is sealed, with its pictures, and the signature under many that passed by rule.

Both lie over the desk as pages of their own, so that nothing of a person is left on it when they go.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Final, NamedTuple

from textual import events
from textual.app import ComposeResult

from kiosk.domain.correction import Verdict
from kiosk.domain.dossier import SampleKind
from kiosk.domain.people import Officer, Right
from kiosk.link.client import Picture
from kiosk.link.messages import ApproveBatch, BatchSigned, Decide, FromCore, FromScreen, Look, Touch
from kiosk.link.shown import DossierShown
from kiosk.locale import Words
from kiosk.tui.canvas import Rect, clean
from kiosk.tui.hardened import BareScreen, HardenedApp, Sheet
from kiosk.tui.officer.bench import EMPTY, at_bench, pasted, press
from kiosk.tui.officer.bench_page import ZOOM_KEY
from kiosk.tui.officer.pieces import draw_key
from kiosk.tui.officer.review_page import FAR, Reviewed, Signing, draw_review, own
from kiosk.tui.page import Act, Do, Page
from kiosk.tui.palette import PAGE
from kiosk.tui.vietnamese import Typing, composed
from kiosk.workflow.board import CORRECTION, Approval, Board

SMALLEST: Final = (60, 20)
LONGEST_REASON: Final = 200
REVIEWED: Final = frozenset({"dossier", "sample", CORRECTION})
"""The kinds of approval that are about a whole dossier."""

TURNS: Final = {"left": -1, "right": 1}
MOVES: Final = {"left": (-1, 0), "right": (1, 0), "up": (0, -1), "down": (0, 1)}
STAYS: Final = frozenset(Verdict)
"""After these the page stays for the next question; after the others the citizen is asked first."""
LOOK_KEY, SIGN_KEY = "x", "k"


def has_review_keys(board: Board, chosen: Approval | None, offers: Callable[[Right], bool]) -> bool:
    """Whether there is a dossier to look at or a batch to sign, for whoever is here."""
    looks = chosen is not None and chosen.kind in REVIEWED and offers(Right.SEE_DATA)
    return looks or (board.unsigned is not None and offers(Right.APPROVE))


def draw_review_keys(
    page: Page,
    place: Rect,
    words: Words,
    board: Board,
    chosen: Approval | None,
    offers: Callable[[Right], bool],
) -> None:
    """Below the desk's list: the look at the dossier in focus, and how many dossiers wait for a signature."""
    x = place.x
    if chosen is not None and chosen.kind in REVIEWED and offers(Right.SEE_DATA):
        x = draw_key(page, x, place.y, LOOK_KEY, own(words, "key_look"), Act(Do.LOOK)) + 1
    if board.unsigned is not None and offers(Right.APPROVE):
        label = own(words, "unsigned", count=board.unsigned.count)
        draw_key(page, x, place.y, SIGN_KEY, label, Act(Do.COUNTERSIGN))


class Typed(NamedTuple):
    """What a key makes of the page (None: it closes) and what goes to the core."""

    page: Reviewed | Signing | None
    out: FromScreen | None = None


def typed(state: Reviewed | Signing, key: str, character: str | None, typing: Typing = Typing.OFF) -> Typed:
    if isinstance(state, Signing):
        return _signing(state, key)
    if at_bench(state.approval):
        return _at_bench(state, key, character, typing)
    if not state.choice:
        return _choosing(state, key)
    if key == "escape":
        return Typed(replace(state, choice="", reason=""))
    if key == "backspace":
        return Typed(replace(state, reason=state.reason[:-1]))
    if key == "enter" and state.approval is not None:
        return Typed(None, Decide(state.approval.id, state.choice, state.reason.strip()))
    if character is not None and character.isprintable():
        return Typed(replace(state, reason=composed(state.reason, character, typing)[:LONGEST_REASON]))
    return Typed(state)


def _at_bench(state: Reviewed, key: str, character: str | None, typing: Typing) -> Typed:
    if state.bench == EMPTY and (key == "escape" or key in MOVES or key == ZOOM_KEY):
        return _looking(state, key)
    after, out = press(state, key, character, typing)
    return Typed(None if out and out.choice not in STAYS else after, out)


def _looking(state: Reviewed, key: str) -> Typed:
    """Escape, another picture, or a paper nearer and moved about."""
    pictures, lens = state.shown.pictures, state.lens
    if key == "escape" and lens == FAR:
        return Typed(None)
    if key == "escape" or not pictures:
        return Typed(replace(state, lens=FAR))
    if key == ZOOM_KEY:
        paper = pictures[state.at].kind is SampleKind.EVIDENCE
        return Typed(replace(state, lens=lens.nearer() if paper else FAR))
    if lens.zoom > 1:
        return Typed(replace(state, lens=lens.moved(*MOVES[key])))
    return Typed(replace(state, at=(state.at + TURNS.get(key, 0)) % len(pictures)))


def _choosing(state: Reviewed, key: str) -> Typed:
    choices = state.approval.choices if state.approval else ()
    if key == "escape" or key in MOVES or key == ZOOM_KEY:
        return _looking(state, key)
    if key.isdecimal() and 0 < int(key) <= len(choices):
        return Typed(replace(state, choice=choices[int(key) - 1]))
    return Typed(state)


def _signing(state: Signing, key: str) -> Typed:
    if key == "escape" or (key == "enter" and state.signed is not None):
        return Typed(None)
    if key == "enter" and not state.sent:
        asked_for = ApproveBatch(state.unsigned.upto, state.unsigned.digest)
        return Typed(replace(state, sent=True), asked_for)
    return Typed(state)


class ReviewScreen(BareScreen):
    """Keys it has no use for (F1 … F10) go on to the desk below."""

    def __init__(
        self,
        state: Reviewed | Signing,
        words: Callable[[], Words],
        send: Callable[[FromScreen | None], None],
        board: Board | None,
        typing: Callable[[], Typing] = lambda: Typing.OFF,
    ) -> None:
        super().__init__()
        self.state = state
        self._typing = typing
        self._words = words
        self._send_out = send
        self._board = board
        self.sheet = Sheet(self.finger)
        self.page = Page(*SMALLEST, PAGE)

    def compose(self) -> ComposeResult:
        yield self.sheet

    def on_mount(self) -> None:
        self.draw()

    def on_resize(self, _: events.Resize) -> None:
        self.draw()

    def on_key(self, event: events.Key) -> None:
        if event.key.startswith("f") and event.key[1:].isdecimal():
            self.call_after_refresh(self.draw)
            return
        event.stop()
        self._send_out(Touch())
        self.press(event.key, event.character)

    def on_paste(self, event: events.Paste) -> None:
        event.stop()
        if not isinstance(self.state, Reviewed):
            return
        text = clean(event.text[:1000])
        if at_bench(self.state.approval):
            self.state = pasted(self.state, text)
        elif self.state.choice:
            self.state = replace(self.state, reason=(self.state.reason + text)[:LONGEST_REASON])
        self.draw()

    def finger(self, what: str, x: float, y: float) -> None:
        target = self.page.at(int(x), int(y)) if what == "up" else None
        if target is not None:
            self.press(target.act.value, None)

    def press(self, key: str, character: str | None) -> None:
        state, out = typed(self.state, key, character, self._typing())
        self._send_out(out)
        if state is None:
            self.dismiss()
            return
        self.state = state
        self.draw()

    def settle(self, board: Board) -> None:
        """The question may have been answered elsewhere, the list signed at another desk."""
        self._board = board
        if isinstance(self.state, Reviewed):
            before, self.state = self.state.approval, with_question(self.state, board)
            if at_bench(before) and before != self.state.approval:
                self._send_out(Look(self.state.shown.dossier))
        elif self.state.signed is None and board.unsigned is None and not self.state.sent:
            self.dismiss()
            return
        self.draw()

    def draw(self) -> None:
        if not self.is_mounted:
            return
        width, height = max(SMALLEST[0], self.app.size.width), max(SMALLEST[1], self.app.size.height)
        self.page = draw_review(self.state, self._words(), width, height, self._board)
        self.sheet.show(self.page)


def with_question(state: Reviewed, board: Board) -> Reviewed:
    """What is asked about this dossier now; a reason being typed stays while its question does."""
    about = [a for a in board.approvals if a.dossier == state.shown.dossier and a.kind in REVIEWED]
    approval = about[0] if about else None
    if approval is None or (state.approval is not None and state.approval.id != approval.id):
        return replace(state, approval=approval, choice="", reason="", bench=EMPTY)
    return replace(state, approval=approval)


class Reviewing:
    """The officer's program's one line to these pages: what came from the core, and when to take them away."""

    def __init__(
        self,
        app: HardenedApp,
        words: Callable[[], Words],
        send: Callable[[FromScreen | None], None],
        typing: Callable[[], Typing] = lambda: Typing.OFF,
    ) -> None:
        self._app = app
        self._words = words
        self._send = send
        self._typing = typing
        self._left = ""
        """The dossier whose page was closed: what the page itself had asked for does not open it again."""

    @property
    def screen(self) -> ReviewScreen | None:
        """The page that lies over the desk."""
        top = self._app.screen
        return top if isinstance(top, ReviewScreen) else None

    def arrived(self, message: FromCore | Picture, board: Board | None) -> None:
        """Takes a dossier shown and a batch signed; anything else is not for these pages."""
        if isinstance(message, DossierShown):
            if self.screen is None and message.dossier == self._left:
                return
            state = self._shown(message)
            self._put(with_question(state, board) if board else state, board)
        elif isinstance(message, BatchSigned) and self.screen and isinstance(self.screen.state, Signing):
            self.screen.state = replace(self.screen.state, signed=message)
            self.screen.draw()

    def _shown(self, message: DossierShown) -> Reviewed:
        """The same dossier again, after a decision: what is being typed stays."""
        now = self.screen.state if self.screen else None
        if isinstance(now, Reviewed) and now.shown.dossier == message.dossier:
            at = min(now.at, max(0, len(message.pictures) - 1))
            return replace(now, shown=message, at=at)
        return Reviewed(message)

    def look(self, chosen: Approval | None) -> None:
        """Ask for the dossier of the question in focus."""
        if chosen is not None:
            self._left = ""
            self._send(Look(chosen.dossier))

    def sign(self, board: Board | None, officer: Officer | None) -> None:
        """The page before a signature: what is signed, and what that means."""
        if board is not None and board.unsigned is not None and officer is not None:
            self._put(Signing(board.unsigned, officer.id), board)

    def settle(self, board: Board) -> None:
        if self.screen:
            self.screen.settle(board)

    def close(self) -> None:
        """Nobody is signed in any more, or the core refused: nothing of the person stays."""
        if self.screen:
            self.screen.dismiss()

    def _put(self, state: Reviewed | Signing, board: Board | None) -> None:
        if self.screen:
            self.screen.state = state
            self.screen.draw()
        else:
            page = ReviewScreen(state, self._words, self._send, board, self._typing)
            self._app.push_screen(page, lambda _: self._note_left(page.state))

    def _note_left(self, state: Reviewed | Signing) -> None:
        self._left = state.shown.dossier if isinstance(state, Reviewed) else ""
