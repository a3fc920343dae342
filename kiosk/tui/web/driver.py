"""Textual's web driver, ended with the server: a screen whose page is gone must not live on without anybody."""

from __future__ import annotations

from textual import messages
from textual.drivers.web_driver import WebDriver


class PageDriver(WebDriver):
    """Talks to the server through standard input and output."""

    def run_input_thread(self) -> None:
        """Until the input ends. A server that was killed closes it too."""
        super().run_input_thread()
        if not self.exit_event.is_set():
            self._app.post_message(messages.ExitApp())
