"""Why a file is not the head that it should be. Never leaves this package."""

from __future__ import annotations


class UnusableError(Exception):
    """The file holds something else; the message says what, in a few words."""
