"""The vector store under the strict monitor: what outlives what, and in which order."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pulumi
import pytest
from pulumi_aws import ssm

from infra.components.aws.handles import (
    AccessHandles,
    AccountHandles,
    EndpointHandles,
    NetworkHandles,
    NoticesHandles,
    SecretsHandles,
    VectorStoreHandles,
)
from infra.components.aws.vector_store import VectorStore
from infra.components.aws.vector_store_machine import VectorStoreNeeds
from infra.plans.facts import sample_facts
from infra.plans.naming import names_of
from infra.plans.vector_store import plan_vector_store
from tests.program.harness import UNKNOWN, Registered, provider_options, run_component
from tests.unit.plans.aws_stacks import aws_settings

VOLUME, INSTANCE = "aws:ebs/volume:Volume", "aws:ec2/instance:Instance"
ATTACHMENT = "aws:ec2/volumeAttachment:VolumeAttachment"
INTERFACE, ADDRESS = "aws:ec2/networkInterface:NetworkInterface", "aws:ec2/eip:Eip"
RECORD, ALARM = "aws:route53/record:Record", "aws:cloudwatch/metricAlarm:MetricAlarm"
TOPIC = "arn:aws:sns:us-east-1:123456789012:pages"
SHARED: dict[str, Any] = {"vector_store": {"placement": "shared"}, "standby": {"mode": "off"}}
CLOSED: dict[str, Any] = {
    "network": {"egress": "interface_endpoints"},
    "endpoint": {"mode": "nlb"},
}


class _Before(pulumi.ComponentResource):
    """A parameter that a host reads at boot, as the secrets component makes it."""

    def __init__(self, opts: pulumi.ResourceOptions) -> None:
        super().__init__("retrieval:test:Before", "before", None, opts)
        self.parameter = ssm.Parameter(
            "before-parameter",
            type="SecureString",
            value=pulumi.Output.secret("what a host reads"),
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.register_outputs({})


def needs(parameter: ssm.Parameter) -> VectorStoreNeeds:
    """Handles of everything earlier, with values that are easy to find again."""
    text = pulumi.Output.from_input
    return VectorStoreNeeds(
        account=AccountHandles(key_arn=text("arn:aws:kms:key"), key_id=text("key")),
        network=NetworkHandles(
            vpc_id=text("vpc-1"),
            subnet_ids={"us-east-1a": text("subnet-a"), "us-east-1b": text("subnet-b")},
            gpu_group_id=text("sg-gpu"),
            vector_store_group_id=text("sg-store"),
            load_balancer_group_id=None,
        ),
        notices=NoticesHandles(topic_arn=text(TOPIC)),
        secrets=SecretsHandles(parameter_names={}, parameter_arns={}, parameters=[parameter]),
        endpoint=EndpointHandles(
            url="http://gateway.retrieval.internal:8000",
            zone_id=text("Z0"),
            zone_arn=text("arn:aws:route53:::hostedzone/Z0"),
            target_group_arns=[],
            load_balancer_suffix=None,
            target_group_suffix=None,
        ),
        access=AccessHandles(
            gpu_profile_arn=text("arn:gpu"),
            vector_store_profile_name=text("retrieval-prod-vector-store"),
            snapshot_role_arn=text("arn:snapshots"),
            ready=[],
        ),
    )


def register(
    groups: dict[str, Any] | None = None,
    *,
    preview: bool,
    see: Callable[[VectorStoreHandles], None] | None = None,
) -> Registered:
    """Run the component of a stack named prod in the second zone."""
    settings = aws_settings(**(groups or {}))
    plan = plan_vector_store(
        settings,
        sample_facts(),
        names_of(settings.aws, stack="prod"),
        zone="us-east-1b",
        user_data="#cloud-config\n",
    )

    def build() -> None:
        opts = provider_options()
        store = VectorStore("vector-store", plan, needs(_Before(opts).parameter), opts=opts)
        if see is not None:
            see(store.handles)

    return run_component(build, preview=preview)


def test_data_outlives_everything(preview: bool) -> None:
    """The data volume is encrypted, protected and kept; no option hides what is done to it."""
    volume = register(preview=preview).one(VOLUME)
    assert volume.protect
    assert volume.retain
    assert volume.ignore_changes == ()
    assert volume.inputs["encrypted"] is True
    assert volume.inputs["kmsKeyId"] == "arn:aws:kms:key"
    assert volume.inputs["availabilityZone"] == "us-east-1b"


def test_machine_is_closed(preview: bool) -> None:
    """IMDSv2 only, one hop, encrypted root, standard credits, no address or key of its own."""
    inputs = register(preview=preview).one(INSTANCE).inputs
    assert inputs["metadataOptions"] == {
        "httpEndpoint": "enabled",
        "httpTokens": "required",
        "httpPutResponseHopLimit": 1,
        "instanceMetadataTags": "enabled",
    }
    assert inputs["rootBlockDevice"]["encrypted"] is True
    assert inputs["rootBlockDevice"]["kmsKeyId"] == "arn:aws:kms:key"
    assert inputs["creditSpecification"] == {"cpuCredits": "standard"}
    assert "keyName" not in inputs
    assert "associatePublicIpAddress" not in inputs


def test_replacing_the_machine(preview: bool) -> None:
    """The old machine ends before the new one starts, Qdrant stopped before its disk goes; the
    attachment dies with its machine, interface, address and volume do not.
    """
    made = register(preview=preview)
    instance, attachment = made.one(INSTANCE), made.one(ATTACHMENT)
    assert instance.delete_before_replace
    assert instance.inputs["userDataReplaceOnChange"] is True
    assert instance.ignore_changes == ()
    assert attachment.delete_before_replace
    assert attachment.deleted_with == instance.urn
    assert attachment.inputs["stopInstanceBeforeDetaching"] is True
    for lasting in (made.one(INTERFACE), made.one(ADDRESS), made.one(VOLUME), made.one(RECORD)):
        assert not made.needs(lasting, instance), lasting.name
    assert made.needs(instance, made.one(INTERFACE))
    assert made.needs(attachment, made.one(VOLUME))


def test_name_points_to_the_interface(preview: bool) -> None:
    """The fixed name is an A record on the interface's own private address."""
    made = register(preview=preview)
    record, interface = made.one(RECORD), made.one(INTERFACE)
    assert record.inputs["name"] == "qdrant.retrieval.internal"
    assert (record.inputs["type"], record.inputs["zoneId"]) == ("A", "Z0")
    assert made.needs(record, interface)
    assert interface.inputs["subnetId"] == "subnet-b"
    assert interface.inputs["securityGroups"] == ["sg-store"]
    found = made.one(INSTANCE).inputs["primaryNetworkInterface"]["networkInterfaceId"]
    assert found is UNKNOWN if preview else found == interface.id


def test_boots_after_what_it_reads(preview: bool) -> None:
    """Parameters and its way out are there before the machine."""
    made = register(preview=preview)
    instance = made.one(INSTANCE)
    assert made.needs(instance, made.named("before-parameter"))
    assert made.needs(instance, made.one(ADDRESS))


def test_tag_with_the_volume(preview: bool) -> None:
    """The host finds its disk by the volume's id, in a tag that its metadata shows."""
    made = register(preview=preview)
    tag = made.one(INSTANCE).inputs["tags"]["DataVolume"]
    assert tag is UNKNOWN if preview else tag == made.one(VOLUME).id


def test_no_address_in_a_closed_network(preview: bool) -> None:
    """Where nodes reach AWS by endpoints nothing has a public address."""
    assert not register(CLOSED, preview=preview).of(ADDRESS)


def test_shared(preview: bool) -> None:
    """On the GPU node: the same protected volume, no machine, no name, alarms on Qdrant only."""
    seen: list[VectorStoreHandles] = []
    made = register(SHARED, preview=preview, see=seen.append)
    assert made.one(VOLUME).protect
    for token in (INSTANCE, INTERFACE, ADDRESS, ATTACHMENT, RECORD):
        assert not made.of(token)
    assert len(made.of(ALARM)) == 3
    assert seen[0].instance_id is None
    assert seen[0].url == "http://127.0.0.1:6333"


def test_alarms_tell_silence_from_bad_news(preview: bool) -> None:
    """Each pages when bad, good again and silent; a stack that is just made pages nobody."""
    alarms = register(preview=preview).of(ALARM)
    assert len(alarms) == 9
    for alarm in alarms:
        assert alarm.inputs["treatMissingData"] == "missing"
        for action in ("alarmActions", "okActions", "insufficientDataActions"):
            assert alarm.inputs[action][-1] == TOPIC


@pytest.mark.parametrize(
    ("name", "action"), [("system-check", "recover"), ("instance-check", "reboot")]
)
def test_ec2_acts_by_itself(name: str, action: str, *, preview: bool) -> None:
    """A failed machine is moved, a hanging one restarted, beside the page."""
    made = register(preview=preview)
    alarm = made.named(f"vector-store-{name}-alarm")
    assert alarm.inputs["alarmActions"][0] == f"arn:aws:automate:us-east-1:ec2:{action}"
    instance_id = alarm.inputs["dimensions"]["InstanceId"]
    assert instance_id is UNKNOWN if preview else instance_id == made.one(INSTANCE).id


def test_our_metrics_never_name_an_instance(preview: bool) -> None:
    """Alarms on the nodes' own metrics outlive every machine."""
    made = register(preview=preview)
    alarm = made.named("vector-store-qdrant-down-alarm")
    assert alarm.inputs["dimensions"] == {"Stack": "retrieval-prod", "Role": "vector-store"}
    assert not made.needs(alarm, made.one(INSTANCE))
