"""The launch template of a role's nodes: numbered, IMDSv2 only, encrypted root."""

from __future__ import annotations

import base64

from pulumi import Input, Output, Resource, ResourceOptions
from pulumi_aws import ec2

from infra.components.aws.handles import AccessHandles, AccountHandles, NetworkHandles
from infra.plans.gpu import TemplatePlan


def launch_template(  # noqa: PLR0913 (what a node is made from; each from another component)
    name: str,
    plan: TemplatePlan,
    user_data: Output[str],
    *,
    account: AccountHandles,
    network: NetworkHandles,
    access: AccessHandles,
    parent: Resource,
) -> ec2.LaunchTemplate:
    """The template; a change of anything in it makes a new version, which its group rolls out.

    Args:
        name: Pulumi's.
        plan: what a node is.
        user_data: of the node, as text.
        account: whose key encrypts the root volume.
        network: whose security group the node is in.
        access: whose instance profile it has.
        parent: the component.
    """
    return ec2.LaunchTemplate(
        name,
        image_id=plan.ami_id,
        instance_type=plan.instance_type,
        update_default_version=True,
        user_data=user_data.apply(lambda text: base64.b64encode(text.encode()).decode()),
        iam_instance_profile=ec2.LaunchTemplateIamInstanceProfileArgs(arn=access.gpu_profile_arn),
        metadata_options=ec2.LaunchTemplateMetadataOptionsArgs(
            http_endpoint="enabled",
            http_tokens="required",
            http_put_response_hop_limit=1,
            instance_metadata_tags="disabled",
        ),
        monitoring=ec2.LaunchTemplateMonitoringArgs(enabled=plan.detailed_monitoring),
        ebs_optimized="true",
        network_interfaces=[
            ec2.LaunchTemplateNetworkInterfaceArgs(
                associate_public_ip_address=str(plan.public_ipv4).lower(),
                delete_on_termination="true",
                device_index=0,
                security_groups=[network.gpu_group_id],
            )
        ],
        block_device_mappings=[_root(plan, account.key_arn)],
        tag_specifications=[
            ec2.LaunchTemplateTagSpecificationArgs(resource_type=kind, tags=plan.node_tags)
            for kind in ("instance", "volume", "network-interface")
        ],
        tags=plan.tags,
        opts=ResourceOptions(parent=parent),
    )


def _root(
    plan: TemplatePlan, key_arn: Input[str] | None
) -> ec2.LaunchTemplateBlockDeviceMappingArgs:
    return ec2.LaunchTemplateBlockDeviceMappingArgs(
        device_name=plan.root_device,
        ebs=ec2.LaunchTemplateBlockDeviceMappingEbsArgs(
            volume_type="gp3",
            volume_size=plan.root_gib,
            iops=plan.root_iops,
            throughput=plan.root_mib_s,
            encrypted="true",
            kms_key_id=key_arn,
            delete_on_termination="true",
        ),
    )
