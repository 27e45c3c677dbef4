"""The vector store's own machine; what outlives it is its interface, its address and the volume."""

from __future__ import annotations

from dataclasses import dataclass

from pulumi import Resource, ResourceOptions
from pulumi_aws import ebs, ec2, route53

from infra.components.aws.handles import (
    AccessHandles,
    AccountHandles,
    EndpointHandles,
    NetworkHandles,
    NoticesHandles,
    SecretsHandles,
)
from infra.plans.vector_store import DATA_VOLUME_TAG, DEVICE, MachinePlan


@dataclass(frozen=True, kw_only=True, slots=True)
class VectorStoreNeeds:
    """What must be there before."""

    account: AccountHandles
    network: NetworkHandles
    notices: NoticesHandles
    secrets: SecretsHandles
    endpoint: EndpointHandles
    access: AccessHandles


def make_machine(
    parent: Resource, name: str, plan: MachinePlan, needs: VectorStoreNeeds, volume: ebs.Volume
) -> ec2.Instance:
    """The machine on an interface of its own, with the data volume and a name in the zone."""
    interface = ec2.NetworkInterface(
        f"{name}-interface",
        subnet_id=needs.network.subnet_ids[plan.zone],
        security_groups=[needs.network.vector_store_group_id],
        tags=plan.interface_tags,
        opts=ResourceOptions(parent=parent),
    )
    ways: list[ec2.Eip] = []
    if plan.public_ipv4:
        address = ec2.Eip(
            f"{name}-address",
            domain="vpc",
            network_interface=interface.id,
            tags=plan.address_tags,
            opts=ResourceOptions(parent=parent),
        )
        ways.append(address)
    instance = ec2.Instance(
        f"{name}-node",
        ami=plan.ami_id,
        instance_type=plan.instance_type,
        iam_instance_profile=needs.access.vector_store_profile_name,
        primary_network_interface={"network_interface_id": interface.id},
        metadata_options={
            "http_endpoint": "enabled",
            "http_tokens": "required",
            "http_put_response_hop_limit": 1,
            "instance_metadata_tags": "enabled",
        },
        credit_specification={"cpu_credits": "standard"},
        root_block_device={
            "volume_type": "gp3",
            "volume_size": plan.root_gib,
            "encrypted": True,
            "kms_key_id": needs.account.key_arn,
            "delete_on_termination": True,
            "tags": plan.root_tags,
        },
        user_data=plan.user_data,
        user_data_replace_on_change=True,
        tags={**plan.tags, DATA_VOLUME_TAG: volume.id},
        opts=ResourceOptions(
            parent=parent,
            # The interface and the volume are with one machine only: end the old one first.
            delete_before_replace=True,
            depends_on=[*needs.access.ready, *needs.secrets.parameters, *ways],
        ),
    )
    ec2.VolumeAttachment(
        f"{name}-attachment",
        device_name=DEVICE,
        volume_id=volume.id,
        instance_id=instance.id,
        stop_instance_before_detaching=True,  # Qdrant closes its files before the disk goes
        opts=ResourceOptions(parent=parent, delete_before_replace=True, deleted_with=instance),
    )
    route53.Record(
        f"{name}-record",
        zone_id=needs.endpoint.zone_id,
        name=plan.record_name,
        type="A",
        ttl=plan.record_ttl_s,
        records=[interface.private_ip],
        opts=ResourceOptions(parent=parent),
    )
    return instance
