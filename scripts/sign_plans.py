"""Sign the capture plans that ship with the kiosk: `python scripts/sign_plans.py KEY [--name NAME]`.

KEY is a private key outside of this folder; where there is none yet a fresh one is made. Its public half goes to
`kiosk/data/plan-keys/NAME.pem`, and every plan gets a signature of it. See `docs/plans.md`.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from kiosk.app.plans import KEYS, PLANS, read_private_key, sign_plan

ROOT = Path(__file__).parent.parent


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("key", type=Path)
    parser.add_argument("--name", default="development")
    given = parser.parse_args(arguments)
    if given.key.resolve().is_relative_to(ROOT.resolve()):
        print("A private key does not belong in the repository: name a file outside of it.", file=sys.stderr)
        return 2
    private = read_private_key(given.key) if given.key.exists() else _fresh(given.key)
    public = private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    KEYS.mkdir(exist_ok=True)
    (KEYS / f"{given.name}.pem").write_bytes(public)
    for plan in sorted(PLANS.glob("*.toml")):
        print(sign_plan(plan, private))
    return 0


def _fresh(path: Path) -> Ed25519PrivateKey:
    private = Ed25519PrivateKey.generate()
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return private


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
