"""Capture plans: files of rules, each with a detached signature that one of the shipped keys has to have made.

`cccd2021.toml` is the plan, `cccd2021.toml.sig` an Ed25519 signature over its bytes in base64, `kiosk/data/plan-keys`
the public keys (PEM): several, so that one can follow another. Who may change a plan holds a private key, which is
kept elsewhere (`docs/plans.md`).
"""

from __future__ import annotations

import base64
import binascii
import tomllib
from collections.abc import Mapping
from pathlib import Path

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key

from kiosk import data as tables
from kiosk.domain.plan import Regime, parse_regime
from kiosk.errors import BadInputError, ConfigError

PLANS = Path(tables.__file__).parent / "regimes"
KEYS = Path(tables.__file__).parent / "plan-keys"

PublicKeys = Mapping[str, Ed25519PublicKey]


def read_keys(folder: Path = KEYS) -> PublicKeys:
    """The public keys by the name of their file. Raises `ConfigError` for one that cannot be read, or for none."""
    keys = {path.stem: _public_key(path) for path in sorted(folder.glob("*.pem"))}
    if not keys:
        raise ConfigError("plan.no_keys", place=str(folder))
    return keys


def read_plan(path: Path, keys: PublicKeys) -> Regime:
    """A plan whose signature holds. Raises `ConfigError` naming the file, why it is refused and what to do."""
    signer_of(path, keys)
    try:
        regime = parse_regime(tomllib.loads(path.read_text(encoding="utf-8")))
    except ValueError as error:
        raise ConfigError("plan.malformed", plan=str(path), why=str(error)) from error
    if regime.id != path.stem:
        raise ConfigError("plan.misnamed", plan=str(path), id=regime.id)
    return regime


def signer_of(path: Path, keys: PublicKeys) -> str:
    """The name of the key that signed the file as it is now. Raises `ConfigError` when none of them did."""
    try:
        signature = base64.b64decode(signature_file(path).read_bytes().strip(), validate=True)
        signed = path.read_bytes()
    except FileNotFoundError as error:
        raise ConfigError("plan.unsigned", plan=str(path)) from error
    except (OSError, binascii.Error) as error:
        raise ConfigError("plan.forged", plan=str(path), keys=", ".join(keys)) from error
    signers = [name for name, key in keys.items() if _holds(key, signature, signed)]
    if not signers:
        raise ConfigError("plan.forged", plan=str(path), keys=", ".join(keys))
    return signers[0]


def sign_plan(path: Path, private: Ed25519PrivateKey) -> Path:
    """Sign a plan that can be read; the file with the signature. Raises `ConfigError` and `BadInputError`."""
    try:
        signed = path.read_bytes()
        parse_regime(tomllib.loads(signed.decode()))
    except FileNotFoundError as error:
        raise BadInputError("plan.absent", plan=str(path)) from error
    except (OSError, ValueError) as error:
        raise ConfigError("plan.malformed", plan=str(path), why=str(error)) from error
    target = signature_file(path)
    target.write_bytes(base64.b64encode(private.sign(signed)) + b"\n")
    return target


def signature_file(path: Path) -> Path:
    return path.with_name(path.name + ".sig")


def read_private_key(path: Path) -> Ed25519PrivateKey:
    """Raises `BadInputError` unless `path` holds an Ed25519 private key (PEM, PKCS 8, no password)."""
    try:
        key = load_pem_private_key(path.read_bytes(), None)
    except (OSError, ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise BadInputError("plan.key_unreadable", key=str(path)) from error
    if not isinstance(key, Ed25519PrivateKey):
        raise BadInputError("plan.key_unreadable", key=str(path))
    return key


def _public_key(path: Path) -> Ed25519PublicKey:
    try:
        key = load_pem_public_key(path.read_bytes())
    except (OSError, ValueError, UnsupportedAlgorithm) as error:
        raise ConfigError("plan.key_unreadable", key=str(path)) from error
    if not isinstance(key, Ed25519PublicKey):
        raise ConfigError("plan.key_unreadable", key=str(path))
    return key


def _holds(key: Ed25519PublicKey, signature: bytes, signed: bytes) -> bool:
    try:
        key.verify(signature, signed)
    except InvalidSignature:
        return False
    return True
