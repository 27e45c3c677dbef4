"""What the user sees while a CLI is found, downloaded or built: lines, or a spinner on a terminal.

Writes to stderr only: stdout belongs to the data of the command that needed the CLI.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol

from rich.console import Console

# Without a terminal a line shows this often that the work goes on.
HEARTBEAT_S = 10.0


class Progress(Protocol):
    """Where the toolchain talks."""

    def say(self, text: str) -> None:
        """Show one line."""
        ...

    def working(self, title: str) -> AbstractContextManager[Callable[[float], None]]:
        """Show that work goes on; call what it yields now and then with the seconds gone by."""
        ...


class ConsoleProgress:
    """Talks on stderr."""

    def __init__(self, console: Console | None = None) -> None:
        self._console = console or Console(stderr=True)

    def say(self, text: str) -> None:
        self._console.print(text, soft_wrap=True, markup=False, highlight=False)

    @contextmanager
    def working(self, title: str) -> Generator[Callable[[float], None], None, None]:
        if self._console.is_terminal:
            with self._console.status(title) as status:
                yield lambda elapsed_s: status.update(f"{title}: {_clock(elapsed_s)}")
            return
        self.say(title)
        shown_s = 0.0

        def beat(elapsed_s: float) -> None:
            nonlocal shown_s
            if elapsed_s - shown_s >= HEARTBEAT_S:
                shown_s = elapsed_s
                self.say(f"  still working, {_clock(elapsed_s)}")

        yield beat


def _clock(seconds: float) -> str:
    minutes, rest = divmod(int(seconds), 60)
    return f"{minutes} min {rest:02d} s" if minutes else f"{rest} s"
