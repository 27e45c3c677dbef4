"""What `pulumi` says when it fails, recorded from CLI 3.250.0, and the error it becomes."""

from __future__ import annotations

import pytest

from infra.errors import OperatorError, StackError, ToolMissingError
from scripts.toolchain.failures import failure

LOCKED = """\
error: the stack is currently locked by 1 lock(s). Either wait for the other process(es) to end \
or delete the lock file with `pulumi cancel`.
  file:///p/.retrieval/state/.pulumi/locks/organization/one/local/cb88.json?no_tmp_dir=true: \
created by ann@host (pid 27475) at 2026-11-26T18:59:53Z
"""
NO_STACK = "error: no stack named 'local' found\n"
WRONG_PASSPHRASE = (
    "error: getting stack configuration: get stack secrets manager: incorrect passphrase\n"
)
NO_PASSPHRASE = (
    "error: getting stack configuration: get stack secrets manager: passphrase must be set with "
    "PULUMI_CONFIG_PASSPHRASE or PULUMI_CONFIG_PASSPHRASE_FILE environment variables\n"
)
NO_HOST = (
    "error: failed to load language plugin python: could not read plugin "
    "[/p/.tools/pulumi/3.250.0/pulumi-language-python]: exit status 1\n"
)


@pytest.mark.parametrize(
    ("stderr", "kind", "parts"),
    [
        (LOCKED, StackError, ["ann@host (pid 27475)", "pulumi cancel --yes"]),
        (NO_STACK, StackError, ["no stack local", "make up"]),
        (WRONG_PASSPHRASE, StackError, [".retrieval/passphrase"]),
        (NO_PASSPHRASE, StackError, ['eval "$(retrieval env)"']),
        (NO_HOST, ToolMissingError, [".tools/pulumi", "make up"]),
    ],
    ids=["locked", "no stack", "wrong passphrase", "no passphrase", "no host"],
)
def test_a_known_failure_names_its_remedy(
    stderr: str, kind: type[OperatorError], parts: list[str]
) -> None:
    """Each known text becomes an error of its own with the next command."""
    error = failure(["up"], code=1, stderr=stderr)
    assert type(error) is kind
    for part in parts:
        assert part in str(error)


def test_a_lock_without_its_holder_is_still_a_lock() -> None:
    """The engine may not be able to read who holds it."""
    text = LOCKED.splitlines()[0]
    assert failure(["up"], code=1, stderr=text).what == "the stack is locked"


def test_an_unknown_failure_keeps_the_clis_own_words() -> None:
    """The last error line is the reason; the command and its code are named."""
    error = failure(["stack", "rm"], code=7, stderr="warning: x\nerror: first\nerror: it is late\n")
    assert "`pulumi stack rm` failed with exit code 7" in error.what
    assert error.why == "it is late"


def test_a_failed_update_points_at_the_engines_report() -> None:
    """An update reports on stdout, which went to the terminal: there is nothing to repeat."""
    assert "messages above" in failure(["up"], code=1, stderr="").why
