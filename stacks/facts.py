"""The provider, and where account facts come from: samples, a file, or the account itself."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from pulumi import ProviderResource
from pulumi_aws import Provider, ProviderDefaultTagsArgs

from infra.errors import SettingsError
from infra.plans.facts import AccountFacts, parse_facts, sample_facts
from infra.plans.naming import Names
from infra.settings import StackSettings
from infra.settings.load import FACTS_KEY, SAMPLES, facts_source_from_program
from stacks.account_facts import ask_account


def explicit_provider(settings: StackSettings, names: Names) -> Provider:
    """The one provider: one region, one account, tags on everything."""
    return Provider(
        "aws",
        region=settings.aws.region,
        allowed_account_ids=[settings.aws.account_id],
        default_tags=ProviderDefaultTagsArgs(tags=names.default_tags()),
    )


def gather_facts(settings: StackSettings, names: Names, provider: ProviderResource) -> AccountFacts:
    """The facts that the configuration asks for.

    Raises:
        SettingsError: the file is not there, is no record of facts, or is of another account.
    """
    source = facts_source_from_program()
    if source is None:
        today = datetime.now(UTC).date()
        return ask_account(settings, names, provider, today=today)
    if source == SAMPLES:
        return sample_facts()
    path = Path(source)
    if not path.is_file():
        raise SettingsError(
            f"{FACTS_KEY} = {source}",
            why="there is no such file, and the plan needs zones, quotas and images of the account",
            remedy=f"correct the path, or remove the key to ask the account itself, or set it to "
            f"{SAMPLES} for a preview",
        )
    facts = parse_facts(path.read_text(encoding="utf-8"), source=path.name)
    if facts.account_id != settings.aws.account_id:
        raise SettingsError(
            f"{path.name} describes account {facts.account_id}",
            why=f"retrieval:aws.account_id is {settings.aws.account_id}",
            remedy="gather the facts of that account, or correct the id",
        )
    return facts
