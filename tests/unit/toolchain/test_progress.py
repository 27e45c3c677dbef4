"""What is shown while a CLI is made: lines into a log, one moving line on a terminal."""

from __future__ import annotations

import io

from rich.console import Console

from scripts.toolchain.progress import ConsoleProgress


def test_a_log_gets_a_line_every_ten_seconds() -> None:
    """The title at once, then a sign of life at most every ten seconds."""
    out = io.StringIO()
    with ConsoleProgress(Console(file=out)).working("building") as beat:
        for elapsed_s in range(1, 76):
            beat(float(elapsed_s))
    assert out.getvalue().splitlines() == [
        "building",
        *(f"  still working, {s} s" for s in (10, 20, 30, 40, 50)),
        "  still working, 1 min 00 s",
        "  still working, 1 min 10 s",
    ]


def test_lines_are_not_wrapped_or_interpreted() -> None:
    """A long path with brackets stays one line, as it is."""
    out = io.StringIO()
    text = "note: [/a/very/long/path] " * 10
    ConsoleProgress(Console(file=out, width=40)).say(text)
    assert out.getvalue() == f"{text}\n"


def test_a_terminal_gets_no_heartbeat_lines() -> None:
    """There the elapsed time moves in place."""
    out = io.StringIO()
    console = Console(file=out, force_terminal=True, width=80)
    with ConsoleProgress(console).working("building") as beat:
        beat(65.0)
    assert "still working" not in out.getvalue()
