"""What a stack may cost and by which terms it is priced, from its own settings.

`stack_config.py` sees to it that the pack has the stack's configuration.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from infra.errors import SettingsError
from infra.settings import StackSettings
from infra.settings.aws.commitment import Commitment
from infra.settings.aws.watch import WatchSettings
from infra.settings.load import load_from_program


@dataclass(frozen=True, kw_only=True, slots=True)
class Limits:
    """Ceiling in USD a month, USD an hour of spot, and the Savings Plan of an instance type."""

    ceiling_usd_month: float
    spot_usd_hour: float | None = None
    commitments: Mapping[str, str] = field(default_factory=dict[str, str])

    def as_config(self) -> dict[str, Any]:
        """As configuration of a policy."""
        spot = {} if self.spot_usd_hour is None else {"spot_usd_hour": self.spot_usd_hour}
        return {
            "ceiling_usd_month": self.ceiling_usd_month,
            "commitments": dict(self.commitments),
            **spot,
        }


def limits_of_stack() -> Limits:
    """The limits that the stack's settings set.

    A stack without our settings (the bootstrap, a test) gets the default ceiling and list prices:
    wrong settings are the program's own business, which refuses them with all details.
    """
    try:
        return limits_of(load_from_program())
    except SettingsError:
        return Limits(ceiling_usd_month=WatchSettings().ceiling_usd_month)


def limits_of(settings: StackSettings) -> Limits:
    """The limits in settings."""
    machines = (
        (settings.gpu.instance_type.value, settings.commitment.gpu),
        (settings.vector_store.instance_type.value, settings.commitment.vector_store),
    )
    return Limits(
        ceiling_usd_month=settings.watch.ceiling_usd_month,
        spot_usd_hour=settings.usage.spot_usd_hour,
        commitments={kind: terms.value for kind, terms in machines if terms is not Commitment.NONE},
    )
