"""`python -m image.emulator IMAGE`: a card in the machine, until it switches itself off; resets start it again."""

from __future__ import annotations

import argparse
import tempfile
from contextlib import ExitStack
from pathlib import Path

from image.emulator.accel import accelerator
from image.emulator.machine import Board, End
from image.emulator.pi import Pi
from image.emulator.wires import wires


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m image.emulator", description=__doc__)
    parser.add_argument("image", type=Path)
    parser.add_argument("--arch", default="amd64", choices=("amd64", "arm64"))
    parser.add_argument("--memory", type=int, default=1024, metavar="MB")
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()) / "kiosk-machine")
    parser.add_argument("--stick", type=Path, help="an update bundle, as a USB stick has it")
    parser.add_argument("--append", default="", help="more for the kernel's command line")
    parser.add_argument("--data-key", default="", help="what stands for a Raspberry Pi's own key")
    parser.add_argument(
        "--ssh", type=int, default=0, metavar="PORT", help="reach the machine's SSH at this port"
    )
    parser.add_argument("--sound", type=Path, metavar="WAV", help="a loudspeaker that plays into this file")
    parser.add_argument("--window", default="none", help="show the screen: gtk, or vnc=127.0.0.1:1")
    parser.add_argument("--starts", type=int, default=99)
    args = parser.parse_args()
    args.folder.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        board = Board(
            arch=args.arch,
            memory_mb=args.memory,
            accel=accelerator(args.image),
            wires=stack.enter_context(wires(args.folder)),
            stick=args.stick,
            data_key=args.data_key,
            append=args.append,
            network=bool(args.ssh),
            ssh_port=args.ssh,
            sound=args.sound,
            window=args.window,
        )
        pi = Pi(args.image, board, args.folder)
        while pi.starts < args.starts:
            machine = pi.power_on()
            print(f"start {pi.starts}: partition {pi.partition}, console {machine.console}", flush=True)
            if pi.after(machine, 1e6) is not End.RESET:
                break
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
