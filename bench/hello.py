"""The least that Textual can be: one text. What the citizen's screen is measured against."""

from __future__ import annotations

from textual.app import App, ComposeResult
from textual.widgets import Static


class Hello(App[None]):
    def compose(self) -> ComposeResult:
        yield Static("Xin chào")


if __name__ == "__main__":
    Hello().run()
