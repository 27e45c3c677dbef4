"""Starts the pack for the engine; this call serves until the engine ends it."""

from __future__ import annotations

from pulumi_policy import PolicyPack

from infra.policy.pack import PACK_NAME, policies
from infra.policy.stack_config import keep_stack_config

keep_stack_config()
PolicyPack(name=PACK_NAME, policies=policies())
