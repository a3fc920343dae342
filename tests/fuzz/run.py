"""`python -m tests.fuzz.run TARGET [--plain] [libFuzzer options]`: one target under atheris (coverage-guided).

`--plain` needs no atheris: `-runs=N` seeded mutations of the target's seeds, for machines it does not install on.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from random import Random

PLAIN_RUNS = 20_000


def guided(target: str, options: list[str]) -> None:
    """Does not return: libFuzzer ends the process."""
    import atheris

    with atheris.instrument_imports(include=["kiosk.hal"]):
        from tests.fuzz.targets import SEEDS, TARGETS
    corpus = Path(tempfile.mkdtemp(prefix="fuzz-"))
    for number, seed in enumerate(SEEDS[target]):
        (corpus / f"seed-{number}").write_bytes(seed)
    artifacts = f"-artifact_prefix={corpus}/"
    atheris.Setup([sys.argv[0], str(corpus), artifacts, *options], TARGETS[target])
    atheris.Fuzz()


def plain(target: str, runs: int) -> None:
    """The same number of inputs, the same each time."""
    from tests.fuzz.targets import SEEDS, TARGETS

    random = Random(1)
    for _ in range(runs):
        data = bytearray(random.choice(SEEDS[target]))
        for _ in range(random.randrange(6)):
            place = random.randrange(len(data) + 1)
            data[place : place + random.randrange(3)] = random.randbytes(random.randrange(4))
        TARGETS[target](bytes(data))
    print(f"Done {runs} runs")


def main(arguments: list[str]) -> None:
    target, *options = arguments
    if "--plain" in options:
        runs = next((int(o.removeprefix("-runs=")) for o in options if o.startswith("-runs=")), PLAIN_RUNS)
        plain(target, runs)
    else:
        guided(target, options)


if __name__ == "__main__":
    main(sys.argv[1:])
