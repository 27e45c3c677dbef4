"""Asks the account what plans must know, with the stack's own provider. Placeholder."""

from __future__ import annotations

from pulumi import ProviderResource

from infra.errors import UnresolvedError
from infra.plans.facts import AccountFacts
from infra.settings import StackSettings


def ask_account(settings: StackSettings, provider: ProviderResource) -> AccountFacts:
    """Facts of the account."""
    raise UnresolvedError("no account facts", why="not asked", remedy="set retrieval-facts:source")
