"""The accounts of those who work here: PIN verifiers, and a lock-out that no restart and no clock can shorten.

A PIN has few figures, so its verifier is worth stealing: it is Argon2id over HMAC-SHA-256 of the PIN under a secret of
this device (`keys/pin.key`), useless without that file. Parameters for 1 GB of memory: RFC 9106 section 4 allows less
than its second choice where memory is short; 19 MiB and two passes is OWASP's minimum.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import sqlite3
import threading
from typing import Any

import msgspec
from argon2 import PasswordHasher
from argon2.exceptions import VerificationError

from kiosk.config import SecondFactor
from kiosk.domain.factors import Event, Factor, FactorKind, counts_up
from kiosk.domain.message import Message, msg
from kiosk.domain.people import PIN_DIGITS, Officer, Role, parse_new_pin
from kiosk.domain.time import Reading
from kiosk.store.database import Database
from kiosk.store.factors import Factors

FREE_TRIES = 5
FIRST_WAIT_S = 15
"""Five wrong PINs cost nothing; from the sixth on 15 s, doubling (the schedule of VxSuite's `libs/auth/src/lockout.ts`)."""

MEMORY_KIB = 19 * 1024
PASSES = 2
Tried = tuple[str, int]
"""The newest try of an account: the boot, and the nanoseconds since then."""
COLUMNS = "id, name, role, verifier, fresh, tries, tried_boot, tried_ns"


class SignedIn(msgspec.Struct, frozen=True):
    """`fresh`: the PIN was given by somebody else and has to be changed before anything else. `event`: whether it is
    enough; where a second factor is owed, the try `tried` stays counted until that was right."""

    officer: Officer
    fresh: bool
    event: Event = Event.PIN_ALONE
    tried: Tried = ("", 0)


class _Account(msgspec.Struct, frozen=True):
    id: str
    name: str
    role: Role
    verifier: str
    fresh: bool
    tries: int
    tried_boot: str
    tried_ns: int

    @property
    def officer(self) -> Officer:
        return Officer(self.id, self.name, self.role)


class People:
    """`secret` is the device's own key for PINs, `policy` who is asked for a second factor. Every method has committed
    when it returns."""

    def __init__(self, database: Database, secret: bytes, policy: SecondFactor = SecondFactor.NONE) -> None:
        self._database = database
        self._secret = secret
        self._policy = policy
        self._factors = Factors(database)
        self._hasher = PasswordHasher(time_cost=PASSES, memory_cost=MEMORY_KIB, parallelism=1)
        self._nobody = ""
        self._one_at_a_time = threading.Lock()

    def __len__(self) -> int:
        return len(self.all())

    def all(self) -> list[Officer]:
        """Those who work here now, by staff number."""
        rows = self._database.all("select id, name, role from officer where active order by id")
        return [Officer(number, name, Role(role)) for number, name, role in rows]

    def officer(self, number: str) -> Officer | None:
        account = self._account(number)
        return account.officer if account else None

    # -- accounts ----------------------------------------------------------------------------------------------

    def add_first(self, officer: Officer, pin: str) -> Message | None:
        """The first account, at provisioning; why not, if it cannot be."""
        if len(self):
            return msg("people.not_first")
        chosen = parse_new_pin(pin)
        if isinstance(chosen, Message):
            return chosen
        self._insert(officer, chosen, fresh=False, by="provisioning")
        return None

    def add(self, officer: Officer, by: str) -> str | Message:
        """Another account, with a PIN for the first time only; that PIN."""
        if self._database.one("select 1 from officer where id = ?", officer.id):
            return msg("people.known", officer=officer.id)
        pin = _any_pin()
        self._insert(officer, pin, fresh=True, by=by)
        return pin

    def add_demonstrator(self, officer: Officer, pin: str) -> None:
        """An invented colleague with the PIN that a demonstration shows on its screen."""
        self._insert(officer, pin, fresh=False, by="demonstration")

    def reset_pin(self, number: str, by: tuple[str, str]) -> str | Message:
        """A PIN for one time, given by two others; it ends a lock-out too."""
        if len({number, *by}) < 3:
            return msg("people.two_others")
        if self._account(number) is None:
            return msg("people.unknown", officer=number)
        pin = _any_pin()
        with self._database.transaction() as db:
            self._set_pin(db, number, pin, fresh=True)
            self._database.append(db, "people.pin_reset", number, by=by[0], second=by[1])
        return pin

    def change_pin(self, number: str, pin: str, new: str) -> Message | None:
        """Somebody's own new PIN; why not, if it cannot be."""
        chosen = parse_new_pin(new)
        if isinstance(chosen, Message):
            return chosen
        if hmac.compare_digest(pin, chosen):
            return msg("people.pin_same")
        checked = self.check(number, pin)
        if isinstance(checked, Message):
            return checked
        with self._database.transaction() as db:
            self._set_pin(db, number, chosen, fresh=False)
            self._database.append(db, "people.pin_changed", number)
        return None

    def retire(self, number: str, by: str) -> Message | None:
        """End an account; the last supervisor's stays, or nobody could ever add another."""
        account = self._account(number)
        if account is None:
            return msg("people.unknown", officer=number)
        others = [o for o in self.all() if o.role is Role.SUPERVISOR and o.id != number]
        if account.role is Role.SUPERVISOR and not others:
            return msg("people.last_supervisor")
        with self._database.transaction() as db:
            db.execute("update officer set active = 0 where id = ?", (number,))
            self._factors.erase(db, number)
            self._database.append(db, "people.retired", number, by=by)
        self._database.empty_log()
        return None

    # -- second factors ----------------------------------------------------------------------------------------

    def factors(self, number: str) -> tuple[Factor, ...]:
        return self._factors.of(number)

    def enrol(self, number: str, factor: Factor, by: str) -> Message | None:
        """A finger or a key, in the presence of `by`; why not, if it cannot be."""
        if self._account(number) is None:
            return msg("people.unknown", officer=number)
        with self._database.transaction() as db:
            self._factors.keep(db, number, factor)
            self._database.append(db, "people.factor_enrolled", number, kind=factor.kind, by=by)
        self._database.empty_log()
        return None

    def forget_factors(self, number: str, by: tuple[str, str]) -> Message | None:
        """A lost key, a finger that is not known any more: two others have it erased."""
        if len({number, *by}) < 3:
            return msg("people.two_others")
        if self._account(number) is None:
            return msg("people.unknown", officer=number)
        with self._database.transaction() as db:
            self._factors.erase(db, number)
            self._database.append(db, "people.factors_forgotten", number, by=by[0], second=by[1])
        self._database.empty_log()
        return None

    # -- signing in --------------------------------------------------------------------------------------------

    def check(self, number: str, pin: str) -> SignedIn | Message:
        """Whose PIN it is. The try is on disk before the PIN is looked at: pulling the plug gives no try back."""
        with self._one_at_a_time:
            account = self._account(number)
            if account is None:
                self._verify(self._decoy(), pin)
                return msg("people.wrong")
            left = wait_left(account.tries, account.tried_boot, account.tried_ns, self._read())
            if left > 0:
                return msg("people.wait", seconds=left)
            tried = self._count_try(account)
            if not self._verify(account.verifier, pin):
                return self._wrong(account.tries + 1)
            event = self._enough(number)
            if event is Event.PIN_WITH_FACTOR:
                return SignedIn(account.officer, account.fresh, event, tried)
            self._forgive(number)
            return SignedIn(account.officer, account.fresh, event)

    def _enough(self, number: str) -> Event:
        """Whether the PIN is. Who is alone here has nobody who could be present at an enrolment."""
        if self._policy is SecondFactor.NONE:
            return Event.PIN_ALONE
        if self._factors.of(number):
            return Event.PIN_WITH_FACTOR
        required = self._policy is SecondFactor.REQUIRED and len(self) > 1
        return Event.PIN_UNENROLLED if required else Event.PIN_ALONE

    def factor_right(self, number: str, kind: FactorKind, counter: int = 0) -> Message | None:
        """The finger or key was right: the count of tries ends. A key whose counter did not go up was copied: refused."""
        known = next((factor for factor in self._factors.of(number) if factor.kind is kind), None)
        if known is None or (kind is FactorKind.KEY and not counts_up(known.counter, counter)):
            return self.factor_wrong(number, kind)
        with self._one_at_a_time, self._database.transaction() as db:
            self._factors.count(db, number, kind, counter)
            db.execute("update officer set tries = 0 where id = ?", (number,))
        return None

    def factor_wrong(self, number: str, kind: FactorKind) -> Message:
        """The try was counted with the PIN; how long one waits now."""
        account = self._account(number)
        wait = wait_after(account.tries) if account else 0
        return msg(f"people.{kind}_wrong_wait", seconds=wait) if wait else msg(f"people.{kind}_wrong")

    def factor_missed(self, number: str, tried: Tried) -> None:
        """Nothing was shown after a right PIN: this try gives nothing away, unless another one came after it."""
        with self._one_at_a_time, self._database.transaction() as db:
            db.execute(
                "update officer set tries = max(0, tries - 1)"
                " where id = ? and tries > 0 and tried_boot = ? and tried_ns = ?",
                (number, *tried),
            )

    def _forgive(self, number: str) -> None:
        with self._database.transaction() as db:
            db.execute("update officer set tries = 0 where id = ?", (number,))

    def _count_try(self, account: _Account) -> Tried:
        reading = self._read()
        with self._database.transaction() as db:
            db.execute(
                "update officer set tries = tries + 1, tried_boot = ?, tried_ns = ? where id = ?",
                (reading.boot_id, reading.boottime_ns, account.id),
            )
            if account.tries >= FREE_TRIES:
                self._database.append(db, "people.many_tries", account.id, tries=account.tries + 1)
        return reading.boot_id, reading.boottime_ns

    def _wrong(self, tries: int) -> Message:
        wait = wait_after(tries)
        return msg("people.wrong_wait", seconds=wait) if wait else msg("people.wrong")

    # ----------------------------------------------------------------------------------------------------------

    def _account(self, number: str) -> _Account | None:
        row: tuple[Any, ...] | None = self._database.one(
            f"select {COLUMNS} from officer where active and id = ?",  # noqa: S608
            number,
        )
        if row is None:
            return None
        return _Account(row[0], row[1], Role(row[2]), row[3], bool(row[4]), row[5], row[6], row[7])

    def _insert(self, officer: Officer, pin: str, *, fresh: bool, by: str) -> None:
        with self._database.transaction() as db:
            seq = self._database.append(db, "people.added", officer.id, role=officer.role, by=by)
            db.execute(
                "insert into officer (id, name, role, verifier, fresh, added_seq) values (?,?,?,?,?,?)",
                (officer.id, officer.name, officer.role, self._hash(pin), int(fresh), seq),
            )

    def _set_pin(self, db: sqlite3.Connection, number: str, pin: str, *, fresh: bool) -> None:
        db.execute(
            "update officer set verifier = ?, fresh = ?, tries = 0 where id = ?",
            (self._hash(pin), int(fresh), number),
        )

    def _hash(self, pin: str) -> str:
        return self._hasher.hash(self._peppered(pin))

    def _verify(self, verifier: str, pin: str) -> bool:
        try:
            return self._hasher.verify(verifier, self._peppered(pin))
        except VerificationError:
            return False

    def _peppered(self, pin: str) -> bytes:
        return hmac.new(self._secret, pin.encode(errors="replace"), hashlib.sha256).digest()

    def _decoy(self) -> str:
        """An unknown number takes as long as a known one."""
        self._nobody = self._nobody or self._hash(_any_pin())
        return self._nobody

    def _read(self) -> Reading:
        return self._database.clock.read()


def _any_pin() -> str:
    """A PIN nobody tries first."""
    while True:
        pin = "".join(str(secrets.randbelow(10)) for _ in range(PIN_DIGITS))
        if not isinstance(parse_new_pin(pin), Message):
            return pin


def wait_after(tries: int) -> int:
    """Seconds to wait after so many wrong PINs in a row."""
    return FIRST_WAIT_S * 2 ** (tries - FREE_TRIES - 1) if tries > FREE_TRIES else 0


def wait_left(tries: int, boot: str, boottime_ns: int, now: Reading) -> int:
    """Seconds still to wait. Counted by the time since the machine started, never by the wall clock; after a restart
    only what has passed since then counts."""
    passed_ns = now.boottime_ns - boottime_ns if now.boot_id == boot else now.boottime_ns
    return max(0, wait_after(tries) - max(0, passed_ns) // 10**9)
