"""Resource types by what the rules ask of them."""

from __future__ import annotations

INSTANCE = "aws:ec2/instance:Instance"
TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate"
LAUNCH_CONFIGURATION = "aws:ec2/launchConfiguration:LaunchConfiguration"
VOLUME = "aws:ebs/volume:Volume"
GROUP = "aws:autoscaling/group:Group"
SUBNET = "aws:ec2/subnet:Subnet"
VPC = "aws:ec2/vpc:Vpc"
DEFAULT_GROUP = "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup"
SECURITY_GROUP = "aws:ec2/securityGroup:SecurityGroup"
SECURITY_GROUP_RULE = "aws:ec2/securityGroupRule:SecurityGroupRule"
INGRESS_RULE = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
EGRESS_RULE = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"
FLOW_LOG = "aws:ec2/flowLog:FlowLog"
ADDRESS = "aws:ec2/eip:Eip"
ADDRESS_ASSOCIATION = "aws:ec2/eipAssociation:EipAssociation"
NAT_GATEWAY = "aws:ec2/natGateway:NatGateway"
VPC_ENDPOINT = "aws:ec2/vpcEndpoint:VpcEndpoint"
LOAD_BALANCER = "aws:lb/loadBalancer:LoadBalancer"
BUCKET = "aws:s3/bucket:Bucket"
BUCKET_ENCRYPTION = (
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"
)
BUCKET_LIFECYCLE = "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration"
BUCKET_POLICY = "aws:s3/bucketPolicy:BucketPolicy"
BUCKET_PUBLIC_ACCESS = "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock"
BUCKET_VERSIONING = "aws:s3/bucketVersioning:BucketVersioning"
TOPIC = "aws:sns/topic:Topic"
TOPIC_POLICY = "aws:sns/topicPolicy:TopicPolicy"
LOG_GROUP = "aws:cloudwatch/logGroup:LogGroup"
ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"
COMPOSITE_ALARM = "aws:cloudwatch/compositeAlarm:CompositeAlarm"
DASHBOARD = "aws:cloudwatch/dashboard:Dashboard"
SSM_PARAMETER = "aws:ssm/parameter:Parameter"
SSM_DOCUMENT = "aws:ssm/document:Document"
KEY = "aws:kms/key:Key"
ZONE = "aws:route53/zone:Zone"
HEALTH_CHECK = "aws:route53/healthCheck:HealthCheck"
SNAPSHOT_POLICY = "aws:dlm/lifecyclePolicy:LifecyclePolicy"
SECRET = "aws:secretsmanager/secret:Secret"  # noqa: S105 - a type name
ROLE = "aws:iam/role:Role"
ROLE_POLICY = "aws:iam/rolePolicy:RolePolicy"
POLICY = "aws:iam/policy:Policy"
POLICY_ATTACHMENT = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
PROVIDER = "pulumi:providers:aws"

TAGGABLE = frozenset(
    {
        INSTANCE,
        TEMPLATE,
        VOLUME,
        SUBNET,
        VPC,
        DEFAULT_GROUP,
        SECURITY_GROUP,
        INGRESS_RULE,
        EGRESS_RULE,
        FLOW_LOG,
        ADDRESS,
        NAT_GATEWAY,
        VPC_ENDPOINT,
        "aws:ec2/internetGateway:InternetGateway",
        "aws:ec2/routeTable:RouteTable",
        "aws:ec2/networkInterface:NetworkInterface",
        LOAD_BALANCER,
        "aws:lb/targetGroup:TargetGroup",
        "aws:lb/listener:Listener",
        BUCKET,
        TOPIC,
        LOG_GROUP,
        ALARM,
        COMPOSITE_ALARM,
        SSM_PARAMETER,
        KEY,
        ZONE,
        HEALTH_CHECK,
        SNAPSHOT_POLICY,
        SECRET,
        ROLE,
        POLICY,
        "aws:iam/instanceProfile:InstanceProfile",
        "aws:iam/openIdConnectProvider:OpenIdConnectProvider",
        "aws:budgets/budget:Budget",
    }
)
"""Types that AWS tags (a type that is not here is not asked for tags)."""

STATEFUL = frozenset({VOLUME, BUCKET, KEY})
"""Types whose loss is a loss of data, or of what opens it."""
