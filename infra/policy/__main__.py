"""Starts the pack for the engine; this call serves until the engine ends it."""

from __future__ import annotations

from pulumi_policy import PolicyPack

from infra.policy.limits import limits_of_stack
from infra.policy.pack import PACK_NAME, initial_config, policies

PolicyPack(name=PACK_NAME, policies=policies(), initial_config=initial_config(limits_of_stack()))
