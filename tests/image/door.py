"""Coming in over SSH, as a technician or a desk does."""

from __future__ import annotations

import socket
from pathlib import Path

OPTIONS = (
    "StrictHostKeyChecking=no", "UserKnownHostsFile=/dev/null", "BatchMode=yes", "IdentitiesOnly=yes",
    "LogLevel=ERROR", "ConnectTimeout=60",
)  # fmt: skip


def ssh(port: int, user: str, key: Path, *more: str) -> list[str]:
    """The command line: to the machine whose port 22 is found there."""
    options = [word for option in OPTIONS for word in ("-o", option)]
    return ["ssh", *options, "-p", str(port), "-i", str(key), f"{user}@127.0.0.1", *more]


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])
