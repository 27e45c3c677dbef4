"""Lets the pack see the stack's configuration, which the framework receives and drops.

The engine sends it in `ConfigureStack`; pulumi-policy 1.21 keeps the stack's tags of that message
only. With it a stack is judged by its own ceiling without a second flag on the command line.
"""

from __future__ import annotations

from functools import wraps
from typing import Any

from pulumi.runtime import set_all_config
from pulumi_policy import policy as framework

from infra.errors import InternalError

_received: dict[str, str] = {}

_SERVICER = "_PolicyAnalyzerServicer"


def keep_stack_config() -> None:
    """Keep what the engine sends; it comes once, before the first resource.

    Raises:
        InternalError: the framework has changed; without the hook a raised ceiling would be unseen.
    """
    servicer = getattr(framework, _SERVICER, None)
    original = getattr(servicer, "ConfigureStack", None)
    if servicer is None or original is None:
        raise InternalError(
            f"pulumi_policy has no {_SERVICER}.ConfigureStack",
            why="it has changed since the version that this pack was written for",
            remedy="install the pinned version, or mend infra/policy/stack_config.py",
        )

    @wraps(original)
    def configure(self: Any, request: Any, context: Any) -> Any:
        _received.update(request.config)
        return original(self, request, context)

    setattr(servicer, "ConfigureStack", configure)  # noqa: B010 - its type is private


def hand_on_stack_config() -> None:
    """Give it to the SDK, where `load_from_program` finds it.

    The SDK keeps configuration per thread, and the engine's calls come in several.
    """
    set_all_config(dict(_received))
