"""The Pulumi program: read settings, choose the target, export outputs of one shape."""

from __future__ import annotations

import pulumi

from infra.errors import OperatorError
from infra.settings.load import load_from_program
from stacks.targets import build_target


def main() -> None:
    """Run the program; an expected failure becomes one engine error without a traceback."""
    try:
        settings = load_from_program()
        outputs = build_target(settings, stack=pulumi.get_stack())
    except OperatorError as error:
        raise pulumi.RunError(str(error)) from None
    for name, value in outputs.items():
        pulumi.export(name, value)


main()
