"""Security keys that speak CTAP2: the part that the driver and the simulation share. Needs the optional part `fido2`.

A key pair is made for the name `RELYING_PARTY` and not kept in the key itself (no resident key). Where a key was made is
not asked for (no attestation): who was there when it was enrolled vouches for it. A touch is enough; a PIN of the key's
own would be a third secret.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from threading import Event
from typing import Any, cast

from cryptography.exceptions import InvalidSignature
from fido2 import cbor
from fido2.cose import ES256, CoseKey, EdDSA
from fido2.ctap import CtapError
from fido2.ctap2.base import AssertionResponse, Ctap2
from fido2.hid import ConnectionFailure, CtapHidDevice
from fido2.webauthn import AuthenticatorData

from kiosk.errors import DeviceError
from kiosk.hal.keys import RELYING_PARTY, KeyTrouble, Registered

ERR = CtapError.ERR
UNTOUCHED = {
    ERR.KEEPALIVE_CANCEL,
    ERR.USER_ACTION_TIMEOUT,
    ERR.TIMEOUT,
    ERR.ACTION_TIMEOUT,
    ERR.OPERATION_DENIED,
}
UNKNOWN = {ERR.NO_CREDENTIALS, ERR.INVALID_CREDENTIAL}
WANTS_PIN = {ERR.PUAT_REQUIRED, ERR.PIN_NOT_SET}
ALGORITHMS = (ES256.ALGORITHM, EdDSA.ALGORITHM)
PARTY_HASH = hashlib.sha256(RELYING_PARTY.encode()).digest()
Plug = Callable[[], CtapHidDevice]
"""Opens one key. Raises `OSError` when it has just been pulled."""


class CtapKeys:
    """Implements `SecurityKeys`; `plugged` looks which keys there are now."""

    def __init__(self, plugged: Callable[[], Sequence[Plug]], simulated: bool = False) -> None:
        self._plugged = plugged
        self.simulated = simulated

    def register(self, officer: str, challenge: bytes, stop: Event) -> Registered | KeyTrouble:
        """See `SecurityKeys`."""
        with _told_plainly(), self._opened() as keys:
            if len(keys) != 1:
                return KeyTrouble.SEVERAL if keys else KeyTrouble.NONE
            (key,) = keys
            if _wants_pin(key):
                return KeyTrouble.NEEDS_PIN
            try:
                made = key.make_credential(
                    _hashed(challenge),
                    {"id": RELYING_PARTY, "name": RELYING_PARTY},
                    {"id": officer.encode(), "name": officer},
                    [{"type": "public-key", "alg": alg} for alg in ALGORITHMS],
                    options={"rk": False},
                    event=stop,
                )
            except CtapError as error:
                return _trouble(error)
            return _registered(made.auth_data)

    def confirm(
        self, credential: bytes, public_key: bytes, challenge: bytes, stop: Event
    ) -> int | KeyTrouble:
        """See `SecurityKeys`."""
        with _told_plainly(), self._opened() as keys:
            if not keys:
                return KeyTrouble.NONE
            theirs = next((key for key in keys if _knows(key, credential)), None)
            if theirs is None:
                return KeyTrouble.OTHER
            try:
                said = _assertion(theirs, credential, challenge, stop)
            except CtapError as error:
                return _trouble(error)
            return _verified(said, public_key, challenge)

    @contextmanager
    def _opened(self) -> Iterator[list[Ctap2]]:
        with ExitStack() as stack:
            yield [Ctap2(stack.enter_context(plug())) for plug in self._plugged()]


def _hashed(challenge: bytes) -> bytes:
    return hashlib.sha256(b"kiosk.factor.v1\0" + challenge).digest()


def _wants_pin(key: Ctap2) -> bool:
    options = key.info.options
    protected = options.get("clientPin", False) or options.get("uv", False)
    return options.get("alwaysUv", False) or (protected and not options.get("makeCredUvNotRqd", False))


def _registered(said: AuthenticatorData) -> Registered:
    """Raises `ValueError` for what a key may not say."""
    made = said.credential_data
    if made is None or said.rp_id_hash != PARTY_HASH or not said.is_user_present():
        raise ValueError("no key pair")
    if made.public_key.ALGORITHM not in ALGORITHMS:
        raise ValueError("an algorithm that was not asked for")
    return Registered(made.credential_id, cbor.encode(made.public_key), said.counter)


def _assertion(key: Ctap2, credential: bytes, challenge: bytes, stop: Event) -> AssertionResponse:
    return key.get_assertion(RELYING_PARTY, _hashed(challenge), _only(credential), event=stop)


def _only(credential: bytes) -> list[Mapping[str, Any]]:
    return [{"type": "public-key", "id": credential}]


def _knows(key: Ctap2, credential: bytes) -> bool:
    """Asked without a touch: nobody has to touch a key that is not theirs to learn so."""
    try:
        key.get_assertion(RELYING_PARTY, bytes(32), _only(credential), options={"up": False})
    except CtapError as error:
        if error.code in UNKNOWN:
            return False
        raise DeviceError("keys.refused", status=int(error.code)) from error
    return True


def _verified(said: AssertionResponse, public_key: bytes, challenge: bytes) -> int | KeyTrouble:
    """What the key has counted up to, if it signed this challenge, for this kiosk's name, touched."""
    data = said.auth_data
    if data.rp_id_hash != PARTY_HASH or not data.is_user_present():
        return KeyTrouble.FORGED
    try:
        known = cast("Mapping[int, Any]", cbor.decode(public_key))
        said.verify(_hashed(challenge), CoseKey.parse(known))
    except InvalidSignature:
        return KeyTrouble.FORGED
    return int(data.counter)


def _trouble(error: CtapError) -> KeyTrouble:
    """Raises `DeviceError` for what no officer can do anything about."""
    if error.code in UNTOUCHED:
        return KeyTrouble.STOPPED
    if error.code in UNKNOWN:
        return KeyTrouble.OTHER
    if error.code in WANTS_PIN:
        return KeyTrouble.NEEDS_PIN
    raise DeviceError("keys.refused", status=int(error.code)) from error


@contextmanager
def _told_plainly() -> Iterator[None]:
    """What the library raises for a key that is pulled, silent or talks rubbish, as `DeviceError`."""
    try:
        yield
    except DeviceError:
        raise
    except OSError as error:
        raise DeviceError("keys.pulled", why=str(error)) from error
    except (
        CtapError,
        ConnectionFailure,
        ValueError,
        TypeError,
        LookupError,
        AttributeError,
        struct.error,
    ) as error:
        raise DeviceError("keys.nonsense", why=type(error).__name__) from error
