"""A real sshd on loopback with keys of its own, as a far station has one."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

SSHD = "/usr/sbin/sshd"
AS_DOCUMENTED = """AllowStreamLocalForwarding local
AllowTcpForwarding local
PermitListen none
PermitTTY no
ForceCommand /usr/bin/false
"""
"""What `docs/operations.md` has a far station allow."""


@pytest.fixture
def sshd(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], subprocess.Popen[bytes]]]:
    """Starts the server; `ssh` on the path uses the keys of this test and no configuration of this machine."""
    assert Path(SSHD).exists(), "the ssh server is missing: install the Debian package `openssh-server`"
    if os.geteuid() == 0:
        Path("/run/sshd").mkdir(exist_ok=True)
    folder = tmp_path / "s"
    folder.mkdir()
    for name in ("host", "user"):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", folder / name], check=True)
    port = free_port()
    shutil.copy(folder / "user.pub", folder / "authorized")
    host_key = (folder / "host.pub").read_text()
    (folder / "known").write_text(f"[127.0.0.1]:{port} {host_key}")
    server = f"Port {port}\nListenAddress 127.0.0.1\nHostKey {folder}/host\nAuthorizedKeysFile {folder}/authorized\n"
    (folder / "server").write_text(f"{server}StrictModes no\nUsePAM no\nPidFile none\n{AS_DOCUMENTED}")
    known = f"IdentityFile {folder}/user\nUserKnownHostsFile {folder}/known\nIdentitiesOnly yes\n"
    (folder / "client").write_text(known)
    program = folder / "bin" / "ssh"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec {shutil.which("ssh")} -F {folder}/client "$@"\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")
    monkeypatch.setenv("SSHD_PORT", str(port))
    servers: list[subprocess.Popen[bytes]] = []

    def start() -> subprocess.Popen[bytes]:
        servers.append(
            subprocess.Popen([SSHD, "-D", "-e", "-f", str(folder / "server")], stderr=subprocess.DEVNULL)
        )
        wait_for(port)
        return servers[-1]

    yield start
    for server_process in servers:
        server_process.kill()
        server_process.wait()


def free_port() -> int:
    with socket.socket() as asked:
        asked.bind(("127.0.0.1", 0))
        return int(asked.getsockname()[1])


def wait_for(port: int) -> None:
    for _ in range(200):
        with socket.socket() as asked:
            if asked.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise AssertionError("the ssh server did not start")
