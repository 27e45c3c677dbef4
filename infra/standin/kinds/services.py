"""Identity, keys, secrets, data and its copies, logs and alarms."""

from __future__ import annotations

from collections.abc import Mapping

from infra.standin.kinds.kind import Kind, forces

KINDS: Mapping[str, Kind] = {
    "aws:iam/role:Role": Kind(
        id="{name}",
        arn="arn:aws:iam::{account}:role{path}{id}",
        computed={"uniqueId": "AROA{short}", "path": "/"},
        named_by="name",
        replaces=forces("name", "namePrefix", "path"),
    ),
    "aws:iam/policy:Policy": Kind(
        id="{arn}",
        arn="arn:aws:iam::{account}:policy{path}{name}",
        computed={"policyId": "ANPA{short}", "path": "/"},
        named_by="name",
        replaces=forces("name", "namePrefix", "path", "description"),
    ),
    "aws:iam/rolePolicy:RolePolicy": Kind(
        id="{role}:{name}", named_by="name", replaces=forces("name", "role"), has_tags=False
    ),
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment": Kind(
        id="{role}-{short}", replaces=forces("role", "policyArn"), has_tags=False
    ),
    "aws:iam/instanceProfile:InstanceProfile": Kind(
        id="{name}",
        arn="arn:aws:iam::{account}:instance-profile{path}{id}",
        computed={"uniqueId": "AIPA{short}", "path": "/"},
        named_by="name",
        replaces=forces("name", "namePrefix", "path"),
    ),
    "aws:iam/openIdConnectProvider:OpenIdConnectProvider": Kind(
        id="{arn}", arn="arn:aws:iam::{account}:oidc-provider/{short}", replaces=forces("url")
    ),
    "aws:iam/serviceLinkedRole:ServiceLinkedRole": Kind(
        id="{arn}",
        arn="arn:aws:iam::{account}:role/aws-service-role/{awsServiceName}/standin-{short}",
        replaces=forces("awsServiceName", "customSuffix"),
    ),
    "aws:kms/key:Key": Kind(
        id="00000000-0000-4000-8000-{number}",
        arn="arn:aws:kms:{region}:{account}:key/{id}",
        computed={"keyId": "{id}"},
        replaces=forces("customerMasterKeySpec", "keyUsage", "multiRegion"),
    ),
    "aws:kms/alias:Alias": Kind(
        id="{name}",
        arn="arn:aws:kms:{region}:{account}:{name}",
        named_by="name",
        replaces=forces("name", "namePrefix"),
        has_tags=False,
    ),
    "aws:ssm/parameter:Parameter": Kind(
        id="{name}",
        arn="arn:aws:ssm:{region}:{account}:parameter{name}",
        named_by="name",
        replaces=forces("name"),
    ),
    "aws:s3/bucket:Bucket": Kind(
        id="{bucket}",
        arn="arn:aws:s3:::{bucket}",
        computed={
            "bucketDomainName": "{bucket}.s3.amazonaws.com",
            "bucketRegionalDomainName": "{bucket}.s3.{region}.amazonaws.com",
        },
        named_by="bucket",
        replaces=forces("bucket", "bucketPrefix", "objectLockEnabled"),
    ),
    **{
        f"aws:s3/{module}:{name}": Kind(id="{bucket}", replaces=forces("bucket"), has_tags=False)
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
        replaces=forces("name", "namePrefix", "groupName"),
        has_tags=False,
    ),
    "aws:cloudwatch/logGroup:LogGroup": Kind(
        id="{name}",
        arn="arn:aws:logs:{region}:{account}:log-group:{name}",
        named_by="name",
        replaces=forces("name", "namePrefix", "logGroupClass"),
    ),
    "aws:cloudwatch/logMetricFilter:LogMetricFilter": Kind(
        id="{name}", named_by="name", replaces=forces("name", "logGroupName"), has_tags=False
    ),
    "aws:cloudwatch/metricAlarm:MetricAlarm": Kind(
        id="{name}",
        arn="arn:aws:cloudwatch:{region}:{account}:alarm:{name}",
        named_by="name",
        replaces=forces("name"),
    ),
    "aws:cloudwatch/compositeAlarm:CompositeAlarm": Kind(
        id="{alarmName}",
        arn="arn:aws:cloudwatch:{region}:{account}:alarm:{alarmName}",
        replaces=forces("alarmName"),
    ),
    "aws:cloudwatch/dashboard:Dashboard": Kind(
        id="{dashboardName}",
        computed={"dashboardArn": "arn:aws:cloudwatch::{account}:dashboard/{dashboardName}"},
        replaces=forces("dashboardName"),
        has_tags=False,
    ),
    "aws:sns/topic:Topic": Kind(
        id="{arn}",
        arn="arn:aws:sns:{region}:{account}:{name}",
        computed={"owner": "{account}"},
        named_by="name",
        replaces=forces("name", "namePrefix", "fifoTopic"),
    ),
    "aws:sns/topicPolicy:TopicPolicy": Kind(id="{arn}", replaces=forces("arn"), has_tags=False),
    "aws:sns/topicSubscription:TopicSubscription": Kind(
        id="{arn}",
        arn="{topic}:{short}",
        computed={"ownerId": "{account}"},
        replaces=forces("topic", "protocol", "endpoint"),
        has_tags=False,
    ),
    "aws:budgets/budget:Budget": Kind(
        id="{account}:{name}",
        arn="arn:aws:budgets::{account}:budget/{name}",
        computed={"accountId": "{account}"},
        named_by="name",
        replaces=forces("name", "namePrefix", "accountId"),
    ),
}
