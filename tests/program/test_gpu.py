"""The GPU groups as the engine would get them: launch templates, groups, what comes before them."""

from __future__ import annotations

import base64
from typing import Any

import pytest
import yaml

from infra.settings.load import load_from_file
from tests.program.gpu_stack import ZONES, build_gpu_stack
from tests.program.harness import UNKNOWN, Registered, Registration, run_component
from tests.unit.plans.aws_stacks import EXAMPLES, ROOT, aws_settings

GROUP = "aws:autoscaling/group:Group"
TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate"


def _run(preview: bool = False, **groups: Any) -> Registered:
    settings = aws_settings(**groups)
    return run_component(lambda: build_gpu_stack(settings), preview=preview)


def _primary(registered: Registered) -> Registration:
    return registered.named("gpu-primary-group")


@pytest.mark.parametrize("example", EXAMPLES)
def test_every_example_registers_in_both_modes(example: str, preview: bool) -> None:
    """Groups, alarms and templates of each example pass the guards of the harness."""
    settings = load_from_file(ROOT, example)
    registered = run_component(lambda: build_gpu_stack(settings), preview=preview)
    expected = 1 if settings.standby.mode.value == "off" else 2
    assert len(registered.of(GROUP)) == len(registered.of(TEMPLATE)) == expected


def test_a_group_comes_after_everything_a_host_reads_at_boot(preview: bool) -> None:
    """Policies, parameters and the vector store's record are upstream of both groups."""
    registered = _run(preview)
    before = ("ground-policy", "ground-key", "ground-store", "canary-primary-wrong")
    for group in registered.of(GROUP):
        for name in before:
            assert registered.needs(group, registered.named(name)), (group.name, name)


def test_a_node_has_imdsv2_one_hop_and_an_encrypted_root(preview: bool) -> None:
    """What the security rules want of every node is in each template."""
    for template in _run(preview).of(TEMPLATE):
        metadata = template.inputs["metadataOptions"]
        assert metadata["httpTokens"] == "required"
        assert metadata["httpPutResponseHopLimit"] == 1
        (disk,) = template.inputs["blockDeviceMappings"]
        assert disk["ebs"]["encrypted"] == "true"
        assert disk["ebs"]["volumeType"] == "gp3"
        assert disk["ebs"]["volumeSize"] >= 75


@pytest.mark.parametrize(
    ("egress", "address"), [("public_ipv4", "true"), ("interface_endpoints", "false")]
)
def test_a_public_address_only_where_egress_needs_it(egress: str, address: str) -> None:
    """The template says yes or no itself; a subnet's own habit never decides."""
    template = _run(network={"egress": egress}).named("gpu-primary-template")
    (interface,) = template.inputs["networkInterfaces"]
    assert interface["associatePublicIpAddress"] == address


def test_instances_volumes_and_interfaces_carry_the_tags_of_the_stack() -> None:
    """Default tags of the provider never reach what a group launches, so the template says them."""
    template = _run(aws={"tags": {"Team": "search"}}).named("gpu-primary-template")
    kinds = {each["resourceType"] for each in template.inputs["tagSpecifications"]}
    assert kinds == {"instance", "volume", "network-interface"}
    for each in template.inputs["tagSpecifications"]:
        assert each["tags"]["Stack"] == "retrieval-prod"
        assert each["tags"]["Team"] == "search"
        assert each["tags"]["Role"] == "primary"


def test_tags_of_a_group_propagate() -> None:
    """Each tag of a group reaches its instances."""
    for group in _run().of(GROUP):
        assert {tag["propagateAtLaunch"] for tag in group.inputs["tags"]} == {True}


def test_hooks_come_with_the_group() -> None:
    """Both hooks are part of the group, the launch one above the boot deadline."""
    group = _primary(_run(gpu={"boot_deadline_s": 700}))
    launch, terminate = group.inputs["initialLifecycleHooks"]
    assert launch["heartbeatTimeout"] > 700
    assert launch["defaultResult"] == "ABANDON"
    assert terminate["heartbeatTimeout"] <= 120
    assert int(group.inputs["waitForCapacityTimeout"].removesuffix("s")) > 700


def test_a_rollout_launches_first_and_goes_back_on_the_alarm() -> None:
    """One node: 100 to 200 per cent, a numbered version, rollback by itself and by alarm."""
    group = _primary(_run())
    preferences = group.inputs["instanceRefresh"]["preferences"]
    assert (preferences["minHealthyPercentage"], preferences["maxHealthyPercentage"]) == (100, 200)
    assert preferences["autoRollback"] is True
    assert preferences["alarmSpecification"]["alarms"] == ["retrieval-prod-primary-wrong"]
    assert group.inputs["launchTemplate"]["version"] not in {"$Latest", "$Default"}
    assert group.inputs["maxSize"] == 2


def test_only_a_scaled_group_ignores_its_size() -> None:
    """Policies set the cold standby's size and nobody sets the primary's but the settings."""
    registered = _run(standby={"mode": "cold"})
    assert _primary(registered).ignore_changes == ()
    assert registered.named("gpu-standby-group").ignore_changes == ("desiredCapacity",)


def test_a_standby_is_spot_only() -> None:
    """On-demand base and percentage are 0, types from the settings, rebalance on."""
    group = _run().named("gpu-standby-group")
    policy = group.inputs["mixedInstancesPolicy"]
    assert policy["instancesDistribution"] == {
        "onDemandBaseCapacity": 0,
        "onDemandPercentageAboveBaseCapacity": 0,
        "spotAllocationStrategy": "price-capacity-optimized",
    }
    types = [each["instanceType"] for each in policy["launchTemplate"]["overrides"]]
    assert types == ["g4dn.xlarge", "g4dn.2xlarge", "g4dn.4xlarge"]
    assert group.inputs["capacityRebalance"] is True
    assert "launchTemplate" not in group.inputs


@pytest.mark.parametrize(("mode", "sizes"), [("cold", (0, 1, 0)), ("hot", (1, 2, 1))])
def test_sizes_of_a_standby(mode: str, sizes: tuple[int, int, int]) -> None:
    """Cold is 0 of at most 1; hot is 1, with room for its successor."""
    group = _run(standby={"mode": mode}).named("gpu-standby-group")
    inputs = group.inputs
    assert (inputs["minSize"], inputs["maxSize"], inputs["desiredCapacity"]) == sizes


def test_a_shared_store_keeps_the_node_in_its_zone() -> None:
    """With the data volume on the node there is one subnet, and the old node goes first."""
    shared: dict[str, Any] = {"vector_store": {"placement": "shared"}, "standby": {"mode": "off"}}
    group = _primary(_run(**shared))
    assert group.inputs["vpcZoneIdentifiers"] == [f"subnet-{ZONES[0]}"]
    policy = group.inputs["instanceMaintenancePolicy"]
    assert policy == {"minHealthyPercentage": 0, "maxHealthyPercentage": 100}


def test_user_data_knows_the_ids_of_what_was_made() -> None:
    """Zone, health check and data volume are in the node's facts once they exist."""
    shared: dict[str, Any] = {"vector_store": {"placement": "shared"}, "standby": {"mode": "off"}}
    template = _run(**shared).named("gpu-primary-template")
    assert template.inputs["userData"] is not UNKNOWN
    text = base64.b64decode(template.inputs["userData"]).decode()
    document: dict[str, Any] = yaml.safe_load(text)
    files = {each["path"]: each["content"] for each in document["write_files"]}
    assert "vol-0123456789abcdef0" in files["/etc/retrieval/boot.env"]
    assert '"zone": "Z0123456789"' in files["/etc/retrieval/node.json"]
    assert '"health_check": ' in files["/etc/retrieval/node.json"]
