"""All rules of the pack, by what they look at."""

from __future__ import annotations

from infra.policy.rule import Rule
from infra.policy.rules.disks import DISK_RULES
from infra.policy.rules.identity import IDENTITY_RULES
from infra.policy.rules.keeping import KEEPING_RULES
from infra.policy.rules.machines import MACHINE_RULES
from infra.policy.rules.money import PRICE_RULES
from infra.policy.rules.network import NETWORK_RULES
from infra.policy.rules.plaintext_rules import PLAINTEXT_RULES
from infra.policy.rules.storage import STORAGE_RULES

RULES: tuple[Rule, ...] = (
    *NETWORK_RULES,
    *MACHINE_RULES,
    *DISK_RULES,
    *IDENTITY_RULES,
    *PLAINTEXT_RULES,
    *STORAGE_RULES,
    *KEEPING_RULES,
    *PRICE_RULES,
)
