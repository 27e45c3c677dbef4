"""Account facts and prices: dated, sourced, and marked as samples where they are."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest

from infra.errors import SettingsError
from infra.plans.facts import AccountFacts, FactsOrigin, parse_facts, sample_facts
from infra.plans.prices import Confidence, price_list
from infra.settings.aws.instances import GpuInstanceType, VectorInstanceType
from infra.settings.load import load_from_file
from tests.unit.plans.aws_stacks import ROOT

ZONES = ["us-east-1a", "us-east-1b", "us-east-1c", "us-east-1d", "us-east-1f"]


def sample(**changes: Any) -> str:
    """The samples as text, with some fields changed."""
    return json.dumps({**json.loads(sample_facts().model_dump_json()), **changes})


class TestSampleFacts:
    """What ships for a preview without an account."""

    def test_samples_are_marked_and_dated(self) -> None:
        """No plan from them can pass for one of an account."""
        facts = sample_facts()
        assert facts.are_samples
        assert not facts.account_is_known
        assert facts.gathered_on.isoformat() == "2026-11-23"

    def test_every_field_says_where_it_is_from(self) -> None:
        """A fact can be checked at its source."""
        plain = {"schema_version", "origin", "gathered_on", "sources"}
        assert set(sample_facts().sources) == set(AccountFacts.model_fields) - plain

    @pytest.mark.parametrize("kind", [*GpuInstanceType, *VectorInstanceType])
    def test_five_of_six_zones_offer_each_type(self, kind: str) -> None:
        """us-east-1e has none of them, so that previews leave a zone out."""
        facts = sample_facts()
        assert [zone.name for zone in facts.zones_offering(kind)] == ZONES
        without = facts.zone("us-east-1e")
        assert without is not None
        assert without.offers == frozenset()

    def test_the_adopted_example_finds_its_vpc(self) -> None:
        """Pulumi.adopted-vpc.yaml names ids that the samples describe."""
        network = load_from_file(ROOT, "adopted-vpc").network
        vpc = sample_facts().vpc(network.vpc_id)
        assert vpc is not None
        assert {subnet.id for subnet in vpc.subnets} == set(network.subnet_ids)
        assert vpc.security_group_ids >= set(network.client_security_group_ids)

    def test_what_nobody_knows_is_absent(self) -> None:
        """Quotas and AMIs are not invented."""
        facts = sample_facts()
        assert facts.quotas.on_demand_gpu_vcpus is None
        assert facts.amis == ()
        assert facts.ami("ami-0123456789abcdef0") is None
        assert facts.zone("eu-west-1a") is None


class TestParsing:
    """Facts from text."""

    def test_what_was_written_is_read_again(self) -> None:
        """Writing and reading changes nothing."""
        assert parse_facts(sample(), source="a test") == sample_facts()

    def test_facts_of_an_account_are_no_samples(self) -> None:
        """The origin decides."""
        facts = parse_facts(sample(origin="account", account_id="123456789012"), source="a test")
        assert facts.origin is FactsOrigin.ACCOUNT
        assert facts.account_is_known

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("[]", "the file"),
            ("{", "the file"),
            (sample(zones=3), "zones"),
            (sample(colour="red"), "colour"),
            (sample(schema_version=2), "schema_version"),
        ],
    )
    def test_what_is_no_record_is_refused_by_field(self, text: str, expected: str) -> None:
        """The message names the field, or the file."""
        with pytest.raises(SettingsError, match=expected):
            parse_facts(text, source="a test")

    def test_a_fact_without_a_source_is_refused(self) -> None:
        """Nobody could check it later."""
        sources = {k: v for k, v in sample_facts().sources.items() if k != "zones"}
        with pytest.raises(SettingsError, match="does not say where zones comes from"):
            parse_facts(sample(sources=sources), source="a test")


class TestPrices:
    """The price file."""

    def test_each_price_has_source_date_and_amount(self) -> None:
        """A price can be checked, and is never zero."""
        for price in price_list("us-east-1").prices.values():
            assert price.usd > 0
            assert "read 2026-11-23" in price.source

    def test_an_inferred_price_has_low_confidence(self) -> None:
        """Estimates say so."""
        price = price_list("us-east-1").get("ec2.g4dn.xlarge.compute_sp_1y")
        assert price is not None
        assert price.confidence is Confidence.LOW

    def test_amounts_are_exact(self) -> None:
        """No binary fraction enters a sum."""
        price = price_list("us-east-1").get("ec2.g4dn.xlarge.on_demand")
        assert price is not None
        assert price.usd == Decimal("0.526")

    def test_a_region_without_prices_says_so(self) -> None:
        """It has no prices, not those of another region."""
        prices = price_list("eu-west-1")
        assert not prices.has_prices
        assert prices.get("nlb") is None
        assert "no prices of region eu-west-1" in prices.why_unpriced("nlb")

    def test_an_unknown_key_says_so(self) -> None:
        """A larger machine that nobody priced is unpriced, with the reason."""
        prices = price_list("us-east-1")
        assert prices.get("ec2.g4dn.4xlarge.on_demand") is None
        assert "g4dn.4xlarge" in prices.why_unpriced("ec2.g4dn.4xlarge.on_demand")
