"""What the stand-in knows of each resource type that the program makes: one reviewable table.

`replaces` are the properties whose change makes AWS's provider create a new resource: the
`ForceNew` fields of Terraform's AWS provider, which the real plugin is built on. Names of
properties are Pulumi's. Those of groups and instances were read in its source; the rest follows
its documentation and was not compared with a running plugin. A type that is not here still works:
it gets a generic id, and every change of it is an update.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

NO_FIELDS: Mapping[str, str] = {}


@dataclass(frozen=True, kw_only=True, slots=True)
class Kind:
    """One resource type.

    Templates hold `{account}`, `{region}`, `{hex}` (17 digits from the resource's identity),
    `{short}` (8 of them), `{number}` (12 decimal digits), `{id}`, `{arn}`, or any textual input.
    """

    id: str = "standin-{hex}"
    arn: str = ""
    computed: Mapping[str, str] = field(default_factory=lambda: NO_FIELDS)
    named_by: str = ""
    """The property that gets an automatic name when it is not given."""
    replaces: frozenset[str] = frozenset()
    """Paths without list indexes; a change of it or of anything below makes a new resource."""
    replaces_when: Mapping[str, str] = field(default_factory=lambda: NO_FIELDS)
    """Properties that do so only where another property is true."""
    counters: tuple[str, ...] = ()
    """Outputs that begin at 1 and count every change of more than tags."""
    has_tags: bool = True


def kind_of(token: str) -> Kind:
    """What is known of a type; a generic kind for others."""
    return KINDS.get(token, _GENERIC)


def _forces(*properties: str) -> frozenset[str]:
    return frozenset(properties)


_GENERIC = Kind()
_EC2 = "arn:aws:ec2:{region}:{account}"
_ELB = "arn:aws:elasticloadbalancing:{region}:{account}"

KINDS: Mapping[str, Kind] = {
    # Network
    "aws:ec2/vpc:Vpc": Kind(
        id="vpc-{hex}",
        arn=f"{_EC2}:vpc/{{id}}",
        computed={
            "defaultSecurityGroupId": "sg-{hex}",
            "mainRouteTableId": "rtb-{hex}",
            "defaultRouteTableId": "rtb-{hex}",
            "defaultNetworkAclId": "acl-{hex}",
            "ownerId": "{account}",
        },
        replaces=_forces("cidrBlock"),
    ),
    "aws:ec2/subnet:Subnet": Kind(
        id="subnet-{hex}",
        arn=f"{_EC2}:subnet/{{id}}",
        computed={"ownerId": "{account}"},
        replaces=_forces("vpcId", "cidrBlock", "availabilityZone", "availabilityZoneId"),
    ),
    "aws:ec2/internetGateway:InternetGateway": Kind(
        id="igw-{hex}",
        arn=f"{_EC2}:internet-gateway/{{id}}",
        computed={"ownerId": "{account}"},
    ),
    "aws:ec2/routeTable:RouteTable": Kind(
        id="rtb-{hex}",
        arn=f"{_EC2}:route-table/{{id}}",
        computed={"ownerId": "{account}"},
        replaces=_forces("vpcId"),
    ),
    "aws:ec2/route:Route": Kind(
        id="r-{routeTableId}{short}",
        computed={"state": "active", "origin": "CreateRoute"},
        replaces=_forces("routeTableId", "destinationCidrBlock"),
        has_tags=False,
    ),
    "aws:ec2/routeTableAssociation:RouteTableAssociation": Kind(
        id="rtbassoc-{hex}", replaces=_forces("subnetId", "gatewayId"), has_tags=False
    ),
    "aws:ec2/vpcEndpoint:VpcEndpoint": Kind(
        id="vpce-{hex}",
        arn=f"{_EC2}:vpc-endpoint/{{id}}",
        computed={"prefixListId": "pl-{short}", "state": "available", "ownerId": "{account}"},
        replaces=_forces("vpcId", "serviceName", "vpcEndpointType"),
    ),
    "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup": Kind(
        id="sg-{hex}",
        arn=f"{_EC2}:security-group/{{id}}",
        computed={"ownerId": "{account}", "name": "default"},
        replaces=_forces("vpcId"),
    ),
    "aws:ec2/securityGroup:SecurityGroup": Kind(
        id="sg-{hex}",
        arn=f"{_EC2}:security-group/{{id}}",
        computed={"ownerId": "{account}"},
        named_by="name",
        replaces=_forces("name", "namePrefix", "description", "vpcId"),
    ),
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": Kind(
        id="sgr-{hex}",
        arn=f"{_EC2}:security-group-rule/{{id}}",
        computed={"securityGroupRuleId": "{id}"},
        replaces=_forces("securityGroupId"),
    ),
    "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": Kind(
        id="sgr-{hex}",
        arn=f"{_EC2}:security-group-rule/{{id}}",
        computed={"securityGroupRuleId": "{id}"},
        replaces=_forces("securityGroupId"),
    ),
    "aws:ec2/flowLog:FlowLog": Kind(
        id="fl-{hex}",
        arn=f"{_EC2}:vpc-flow-log/{{id}}",
        replaces=_forces(
            "vpcId", "logDestination", "iamRoleArn", "trafficType", "logDestinationType"
        ),
    ),
    # Machines and disks
    "aws:ec2/launchTemplate:LaunchTemplate": Kind(
        id="lt-{hex}",
        arn=f"{_EC2}:launch-template/{{id}}",
        named_by="name",
        counters=("latestVersion",),
        replaces=_forces("name", "namePrefix"),
    ),
    "aws:ec2/instance:Instance": Kind(
        id="i-{hex}",
        arn=f"{_EC2}:instance/{{id}}",
        computed={
            "instanceState": "running",
            "primaryNetworkInterfaceId": "eni-{hex}",
            "privateIp": "10.0.0.10",
        },
        # `instanceType` is changed in place by a stop and a start.
        replaces=_forces(
            "ami",
            "availabilityZone",
            "subnetId",
            "privateIp",
            "keyName",
            "primaryNetworkInterface",
            "rootBlockDevice.encrypted",
            "rootBlockDevice.kmsKeyId",
            "associatePublicIpAddress",
        ),
        # Otherwise the text is changed by a stop and a start, and cloud-init takes no notice.
        replaces_when={"userData": "userDataReplaceOnChange"},
    ),
    "aws:ec2/eip:Eip": Kind(
        id="eipalloc-{hex}",
        arn=f"{_EC2}:elastic-ip/{{id}}",
        computed={
            "allocationId": "{id}",
            "associationId": "eipassoc-{hex}",
            "publicIp": "192.0.2.10",
            "privateIp": "10.0.0.10",
        },
        replaces=_forces("domain", "address", "networkBorderGroup"),
    ),
    "aws:ec2/networkInterface:NetworkInterface": Kind(
        id="eni-{hex}",
        arn=f"{_EC2}:network-interface/{{id}}",
        computed={"privateIp": "10.0.0.10", "ownerId": "{account}"},
        replaces=_forces("subnetId"),
    ),
    "aws:ebs/volume:Volume": Kind(
        id="vol-{hex}",
        arn=f"{_EC2}:volume/{{id}}",
        # `size`, `iops`, `throughput` and `type` are modified in place.
        replaces=_forces("availabilityZone", "encrypted", "kmsKeyId", "snapshotId"),
    ),
    "aws:ec2/volumeAttachment:VolumeAttachment": Kind(
        id="vai-{short}",
        replaces=_forces("deviceName", "instanceId", "volumeId"),
        has_tags=False,
    ),
    "aws:autoscaling/group:Group": Kind(
        id="{name}",
        arn="arn:aws:autoscaling:{region}:{account}:autoScalingGroup:{hex}:"
        "autoScalingGroupName/{id}",
        named_by="name",
        replaces=_forces("name", "namePrefix", "initialLifecycleHooks"),
        has_tags=False,
    ),
    "aws:autoscaling/policy:Policy": Kind(
        id="{name}",
        arn="arn:aws:autoscaling:{region}:{account}:scalingPolicy:{hex}:"
        "autoScalingGroupName/{autoscalingGroupName}:policyName/{id}",
        named_by="name",
        replaces=_forces("name", "autoscalingGroupName"),
        has_tags=False,
    ),
    "aws:autoscaling/attachment:Attachment": Kind(
        id="{autoscalingGroupName}-{short}",
        replaces=_forces("autoscalingGroupName", "lbTargetGroupArn", "elb"),
        has_tags=False,
    ),
    "aws:autoscaling/lifecycleHook:LifecycleHook": Kind(
        id="{name}",
        named_by="name",
        replaces=_forces("name", "autoscalingGroupName"),
        has_tags=False,
    ),
    # Addresses
    "aws:route53/zone:Zone": Kind(
        id="Z{short}ZONE",
        arn="arn:aws:route53:::hostedzone/{id}",
        computed={"zoneId": "{id}", "primaryNameServer": "ns-0.awsdns-00.com"},
        replaces=_forces("name", "delegationSetId"),
    ),
    "aws:route53/record:Record": Kind(
        id="{zoneId}_{name}_{type}",
        computed={"fqdn": "{name}"},
        replaces=_forces("zoneId", "name", "type", "setIdentifier"),
        has_tags=False,
    ),
    "aws:route53/healthCheck:HealthCheck": Kind(
        id="{hex}",
        arn="arn:aws:route53:::healthcheck/{id}",
        replaces=_forces("type", "ipAddress", "referenceName", "requestInterval", "measureLatency"),
    ),
    "aws:lb/loadBalancer:LoadBalancer": Kind(
        id="{arn}",
        arn=f"{_ELB}:loadbalancer/net/{{name}}/{{short}}",
        computed={
            "arnSuffix": "net/{name}/{short}",
            "dnsName": "{name}-{short}.elb.{region}.amazonaws.com",
            "zoneId": "Z{short}NLB",
            "vpcId": "vpc-{hex}",
        },
        named_by="name",
        replaces=_forces("name", "internal", "loadBalancerType"),
    ),
    "aws:lb/targetGroup:TargetGroup": Kind(
        id="{arn}",
        arn=f"{_ELB}:targetgroup/{{name}}/{{short}}",
        computed={"arnSuffix": "targetgroup/{name}/{short}"},
        named_by="name",
        replaces=_forces("name", "port", "protocol", "targetType", "vpcId", "ipAddressType"),
    ),
    "aws:lb/listener:Listener": Kind(
        id="{arn}",
        arn=f"{_ELB}:listener/net/standin/{{short}}/{{hex}}",
        replaces=_forces("loadBalancerArn"),
    ),
    # Identity, keys, secrets
    "aws:iam/role:Role": Kind(
        id="{name}",
        arn="arn:aws:iam::{account}:role{path}{id}",
        computed={"uniqueId": "AROA{short}", "path": "/"},
        named_by="name",
        replaces=_forces("name", "namePrefix", "path"),
    ),
    "aws:iam/policy:Policy": Kind(
        id="{arn}",
        arn="arn:aws:iam::{account}:policy{path}{name}",
        computed={"policyId": "ANPA{short}", "path": "/"},
        named_by="name",
        replaces=_forces("name", "namePrefix", "path", "description"),
    ),
    "aws:iam/rolePolicy:RolePolicy": Kind(
        id="{role}:{name}", named_by="name", replaces=_forces("name", "role"), has_tags=False
    ),
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment": Kind(
        id="{role}-{short}", replaces=_forces("role", "policyArn"), has_tags=False
    ),
    "aws:iam/instanceProfile:InstanceProfile": Kind(
        id="{name}",
        arn="arn:aws:iam::{account}:instance-profile{path}{id}",
        computed={"uniqueId": "AIPA{short}", "path": "/"},
        named_by="name",
        replaces=_forces("name", "namePrefix", "path"),
    ),
    "aws:iam/openIdConnectProvider:OpenIdConnectProvider": Kind(
        id="{arn}", arn="arn:aws:iam::{account}:oidc-provider/{short}", replaces=_forces("url")
    ),
    "aws:iam/serviceLinkedRole:ServiceLinkedRole": Kind(
        id="{arn}",
        arn="arn:aws:iam::{account}:role/aws-service-role/{awsServiceName}/standin-{short}",
        replaces=_forces("awsServiceName", "customSuffix"),
    ),
    "aws:kms/key:Key": Kind(
        id="00000000-0000-4000-8000-{number}",
        arn="arn:aws:kms:{region}:{account}:key/{id}",
        computed={"keyId": "{id}"},
        replaces=_forces("customerMasterKeySpec", "keyUsage", "multiRegion"),
    ),
    "aws:kms/alias:Alias": Kind(
        id="{name}",
        arn="arn:aws:kms:{region}:{account}:{name}",
        named_by="name",
        replaces=_forces("name", "namePrefix"),
        has_tags=False,
    ),
    "aws:ssm/parameter:Parameter": Kind(
        id="{name}",
        arn="arn:aws:ssm:{region}:{account}:parameter{name}",
        named_by="name",
        replaces=_forces("name"),
    ),
    # Data and its copies
    "aws:s3/bucket:Bucket": Kind(
        id="{bucket}",
        arn="arn:aws:s3:::{bucket}",
        computed={
            "bucketDomainName": "{bucket}.s3.amazonaws.com",
            "bucketRegionalDomainName": "{bucket}.s3.{region}.amazonaws.com",
        },
        named_by="bucket",
        replaces=_forces("bucket", "bucketPrefix", "objectLockEnabled"),
    ),
    **{
        f"aws:s3/{module}:{name}": Kind(id="{bucket}", replaces=_forces("bucket"), has_tags=False)
        for module, name in (
            ("bucketVersioning", "BucketVersioning"),
            ("bucketPublicAccessBlock", "BucketPublicAccessBlock"),
            ("bucketPolicy", "BucketPolicy"),
            ("bucketLifecycleConfiguration", "BucketLifecycleConfiguration"),
            (
                "bucketServerSideEncryptionConfiguration",
                "BucketServerSideEncryptionConfiguration",
            ),
            ("bucketOwnershipControls", "BucketOwnershipControls"),
        )
    },
    "aws:dlm/lifecyclePolicy:LifecyclePolicy": Kind(
        id="policy-{hex}", arn="arn:aws:dlm:{region}:{account}:policy/{id}"
    ),
    "aws:scheduler/schedule:Schedule": Kind(
        id="default/{name}",
        arn="arn:aws:scheduler:{region}:{account}:schedule/default/{name}",
        named_by="name",
        replaces=_forces("name", "namePrefix", "groupName"),
        has_tags=False,
    ),
    # Watching
    "aws:cloudwatch/logGroup:LogGroup": Kind(
        id="{name}",
        arn="arn:aws:logs:{region}:{account}:log-group:{name}",
        named_by="name",
        replaces=_forces("name", "namePrefix", "logGroupClass"),
    ),
    "aws:cloudwatch/logMetricFilter:LogMetricFilter": Kind(
        id="{name}", named_by="name", replaces=_forces("name", "logGroupName"), has_tags=False
    ),
    "aws:cloudwatch/metricAlarm:MetricAlarm": Kind(
        id="{name}",
        arn="arn:aws:cloudwatch:{region}:{account}:alarm:{name}",
        named_by="name",
        replaces=_forces("name"),
    ),
    "aws:cloudwatch/compositeAlarm:CompositeAlarm": Kind(
        id="{alarmName}",
        arn="arn:aws:cloudwatch:{region}:{account}:alarm:{alarmName}",
        replaces=_forces("alarmName"),
    ),
    "aws:cloudwatch/dashboard:Dashboard": Kind(
        id="{dashboardName}",
        computed={"dashboardArn": "arn:aws:cloudwatch::{account}:dashboard/{dashboardName}"},
        replaces=_forces("dashboardName"),
        has_tags=False,
    ),
    "aws:sns/topic:Topic": Kind(
        id="{arn}",
        arn="arn:aws:sns:{region}:{account}:{name}",
        computed={"owner": "{account}"},
        named_by="name",
        replaces=_forces("name", "namePrefix", "fifoTopic"),
    ),
    "aws:sns/topicPolicy:TopicPolicy": Kind(id="{arn}", replaces=_forces("arn"), has_tags=False),
    "aws:sns/topicSubscription:TopicSubscription": Kind(
        id="{arn}",
        arn="{topic}:{short}",
        computed={"ownerId": "{account}"},
        replaces=_forces("topic", "protocol", "endpoint"),
        has_tags=False,
    ),
    "aws:budgets/budget:Budget": Kind(
        id="{account}:{name}",
        arn="arn:aws:budgets::{account}:budget/{name}",
        computed={"accountId": "{account}"},
        named_by="name",
        replaces=_forces("name", "namePrefix", "accountId"),
    ),
}
