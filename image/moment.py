"""`python -m image.moment`: the picture while the citizen's screen is not there yet, or just not there.

Drawn for a terminal of any size by a shell, so it is text with its own colours and nothing else.
"""

from __future__ import annotations

import sys

from kiosk.domain.message import msg
from kiosk.locale import Words

CLEAR = "\x1b[0m\x1b[?25l\x1b[2J\x1b[H"
DOWN = "\n" * 6
INDENT = " " * 6


def picture() -> str:
    """Vietnamese, then English."""
    codes = ("screen.moment", "screen.moment_why")
    blocks = (
        "\r\n".join(INDENT + Words(language).say(msg(code)) for code in codes) for language in ("vi", "en")
    )
    return CLEAR + DOWN + "\r\n\r\n".join(blocks) + "\r\n"


if __name__ == "__main__":
    sys.stdout.write(picture())
