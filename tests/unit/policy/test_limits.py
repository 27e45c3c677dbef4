"""The limits that a stack is judged by are those of its own settings."""

from __future__ import annotations

from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
from pulumi_policy import policy as framework

from infra.errors import InternalError
from infra.plans.prices import HOURS_PER_MONTH
from infra.policy import stack_config
from infra.policy.limits import limits_of, limits_of_stack
from infra.policy.pricing import BY_USE, FREE, Terms, price_resources
from infra.policy.rules import types
from infra.policy.view import Resource, Stack
from infra.settings.load import parse_settings


def resource(type_: str, name: str = "it", uses: tuple[str, ...] = (), **props: Any) -> Resource:
    """One resource of a region with prices."""
    return Resource(
        type=type_,
        name=name,
        urn=name,
        props=props,
        provider_props={"region": "us-east-1"},
        uses={"launchTemplate": frozenset(uses)},
    )


def total(*resources: Resource, terms: Terms | None = None) -> Decimal:
    """Sum of all priced amounts."""
    amounts = price_resources(Stack(resources=resources), terms or Terms())
    return sum((each.usd for each in amounts if each.usd is not None), Decimal(0))


def test_ceiling_spot_price_and_commitments_come_from_the_settings() -> None:
    """As a policy's configuration, in the units of the settings."""
    settings = parse_settings(
        {
            "target": "aws",
            "watch": {"ceiling_usd_month": 700},
            "usage": {"spot_usd_hour": 0.3},
            "commitment": {"gpu": "ec2_sp_1y"},
        },
        source="a test",
    )
    assert limits_of(settings).as_config() == {
        "ceiling_usd_month": 700,
        "spot_usd_hour": 0.3,
        "commitments": {"g4dn.xlarge": "ec2_sp_1y"},
    }


def test_a_stack_without_our_settings_has_the_default_ceiling() -> None:
    """The bootstrap's stack, or a test's."""
    assert limits_of_stack().as_config() == {"ceiling_usd_month": 500.0, "commitments": {}}


def test_a_changed_framework_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """The pack does not start, instead of judging every stack by the default ceiling."""
    monkeypatch.delattr(framework, "_PolicyAnalyzerServicer")
    with pytest.raises(InternalError, match="ConfigureStack"):
        stack_config.keep_stack_config()


def test_what_the_engine_sends_is_kept_and_passed_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """The framework's own handling still happens."""
    seen: list[Any] = []
    servicer = SimpleNamespace(ConfigureStack=lambda _self, request, _context: seen.append(request))
    monkeypatch.setattr(framework, "_PolicyAnalyzerServicer", servicer)
    monkeypatch.setattr(stack_config, "_received", {})
    stack_config.keep_stack_config()
    request = SimpleNamespace(config={"retrieval:target": "local"}, config_secret_keys=[])
    servicer.ConfigureStack(None, request, None)
    assert seen == [request]
    assert stack_config._received == {"retrieval:target": "local"}


class TestPrices:
    """What resources cost a month in us-east-1, calculated by hand from the price list."""

    def test_a_committed_machine(self) -> None:
        """$0.331 an hour instead of $0.526."""
        machine = resource(types.INSTANCE, instanceType="g4dn.xlarge")
        assert total(machine, terms=Terms(commitments={"g4dn.xlarge": "ec2_sp_1y"})) == Decimal(
            "241.630"
        )

    def test_a_hot_spot_standby(self) -> None:
        """Its hours at the price of the settings, and its disk."""
        group = resource(
            types.GROUP,
            "group",
            ("template",),
            minSize=1,
            mixedInstancesPolicy={
                "instancesDistribution": {
                    "onDemandBaseCapacity": 0,
                    "onDemandPercentageAboveBaseCapacity": 0,
                }
            },
        )
        disk = {"ebs": {"volumeSize": 100, "volumeType": "gp3", "iops": 4000}}
        template = resource(
            types.TEMPLATE, "template", instanceType="g4dn.xlarge", blockDeviceMappings=[disk]
        )
        hours = Decimal("0.21") * HOURS_PER_MONTH
        terms = Terms(spot_usd_hour=Decimal("0.21"))
        assert total(group, template, terms=terms) == hours + 8 + 5

    def test_a_cold_standby_costs_nothing_by_itself(self) -> None:
        """Its hours are a usage line of the plan."""
        group = resource(types.GROUP, "group", ("template",), minSize=0, desiredCapacity=0)
        assert total(group, resource(types.TEMPLATE, "template", instanceType="g4dn.xlarge")) == 0

    def test_alarms_beyond_the_free_ones(self) -> None:
        """Ten are free; of thirteen, three are paid."""
        alarms = [resource(types.ALARM, f"alarm-{number}") for number in range(13)]
        assert total(*alarms) == Decimal("0.30")

    @pytest.mark.parametrize("type_", ["aws:lb/loadBalancer:LoadBalancer", "aws:rds/a:A"])
    def test_what_nobody_priced_has_no_amount(self, type_: str) -> None:
        """It is counted, with the reason."""
        (amount,) = price_resources(Stack(resources=[resource(type_)]), Terms())
        assert amount.usd is None
        assert amount.why

    def test_a_region_without_prices_has_no_amounts(self) -> None:
        """Nothing there passes for free."""
        volume = Resource(
            type=types.VOLUME,
            name="v",
            urn="v",
            props={"size": 50, "type": "gp3"},
            provider_props={"region": "eu-north-1"},
        )
        (amount,) = price_resources(Stack(resources=[volume]), Terms())
        assert amount.usd is None
        assert "eu-north-1" in amount.why

    def test_no_type_is_both_free_and_priced(self) -> None:
        """The tables do not overlap."""
        assert not FREE & BY_USE
        assert not FREE & {types.INSTANCE, types.VOLUME, types.GROUP, types.KEY, types.ZONE}
