"""Known ways in which `pulumi` fails, each with its remedy. Reads text, runs nothing."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from infra.errors import OperatorError, StackError, ToolMissingError


@dataclass(frozen=True, kw_only=True, slots=True)
class _Known:
    pattern: re.Pattern[str]
    error: Callable[[re.Match[str]], OperatorError]


def failure(arguments: Sequence[str], *, code: int, stderr: str) -> OperatorError:
    """The error for a `pulumi` command that ended with a code other than 0.

    Args:
        arguments: the command line after `pulumi`.
        code: its exit code.
        stderr: what it wrote to stderr; the engine's own report of an update is not in it.
    """
    for known in _KNOWN:
        match = known.pattern.search(stderr)
        if match is not None:
            return known.error(match)
    command = f"`pulumi {' '.join(arguments)}`"
    return StackError(
        f"{command} failed with exit code {code}",
        why=_last_error(stderr) or "the engine's messages above say what failed",
        remedy="correct what the messages name and run it again: what is done stays done",
    )


def _last_error(stderr: str) -> str | None:
    errors = re.findall(r"^error: (.+(?:\n(?!\S*:\s).+)*)", stderr, re.MULTILINE)
    return errors[-1].strip() if errors else None


def _locked(match: re.Match[str]) -> OperatorError:
    holder = f" by {match['who']}" if match["who"] else ""
    return StackError(
        f"the stack is locked{holder}",
        why="another pulumi run changes it, or one was killed and left its lock",
        remedy="wait for the other run; if there is none (the process id above is gone), remove "
        "the lock with `pulumi cancel --yes` and run the command again",
    )


def _no_stack(match: re.Match[str]) -> OperatorError:
    return StackError(
        f"there is no stack {match['stack']}",
        why="the state that PULUMI_BACKEND_URL names does not hold it",
        remedy="run `make up` first, or check PULUMI_BACKEND_URL and the stack's name with "
        "`pulumi stack ls`",
    )


def _passphrase(match: re.Match[str]) -> OperatorError:
    del match
    return StackError(
        "the passphrase does not open this stack's secrets",
        why="the stack was made with another one",
        remedy="use the passphrase it was made with: the file .retrieval/passphrase of that time, "
        "or the PULUMI_CONFIG_PASSPHRASE exported then; for a new stack in a new clone, remove the "
        "line `encryptionsalt` from Pulumi.<stack>.yaml: it belongs to another clone's passphrase",
    )


def _no_passphrase(match: re.Match[str]) -> OperatorError:
    del match
    return StackError(
        "pulumi was given no passphrase",
        why="the stack's secrets are protected by one",
        remedy='run `eval "$(retrieval env)"` in this shell, or export PULUMI_CONFIG_PASSPHRASE',
    )


def _no_host(match: re.Match[str]) -> OperatorError:
    del match
    return ToolMissingError(
        "pulumi cannot run Python programs",
        why="its language host (pulumi-language-python) is missing or does not start",
        remedy="remove the folder .tools/pulumi and run `make up`: it is installed again",
    )


_KNOWN = (
    _Known(
        pattern=re.compile(
            r"the stack is currently locked by \d+ lock(?:.|\n)*?"
            r"(?:created by (?P<who>\S+ \(pid \d+\))|$)"
        ),
        error=_locked,
    ),
    _Known(pattern=re.compile(r"no stack named '(?P<stack>[^']*)' found"), error=_no_stack),
    _Known(pattern=re.compile(r"incorrect passphrase"), error=_passphrase),
    _Known(pattern=re.compile(r"passphrase must be set with PULUMI_CONFIG"), error=_no_passphrase),
    _Known(
        pattern=re.compile(
            r"failed to load language plugin python|no language plugin 'pulumi-language-python'"
            r"|could not read plugin \[[^\]]*pulumi-language-python"
        ),
        error=_no_host,
    ),
)
