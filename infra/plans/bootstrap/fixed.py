"""What CI may do beside the table of needs, each statement with its reason as its Sid."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from infra.plans.bootstrap.account import MADE_OURS, OURS, PATH, Account, bucket_arns
from infra.plans.bootstrap.needs import Needs
from infra.plans.iam import Conditions, Effect, Statement

ISSUER = "token.actions.githubusercontent.com"

_PASSED_TO = (
    "dlm.amazonaws.com",
    "ec2.amazonaws.com",
    "vpc-flow-logs.amazonaws.com",
)


def tag_rules(account: Account, table: Mapping[str, Needs], sid: str) -> list[Statement]:
    """Tags may be set in the call that makes a resource, and changed on what is ours."""
    creates = {
        action.removeprefix("ec2:")
        for needs in table.values()
        for action in needs.creates
        if action.startswith("ec2:")
    }
    if "ec2:TerminateInstances" in {each for needs in table.values() for each in needs.changes}:
        creates.add("RunInstances")
    arns = sorted(
        {
            arn
            for needs in table.values()
            for arn in map(account.arn, needs.arns)
            if ":ec2:" in arn and needs.creates
        }
    )
    return [
        Statement(
            sid=f"{sid}TagsWhenMade",
            actions=("ec2:CreateTags",),
            resources=tuple(arns),
            conditions={"StringEquals": {"ec2:CreateAction": tuple(sorted(creates))}},
        ),
        Statement(
            sid=f"{sid}TagsOfOurs",
            actions=("ec2:CreateTags", "ec2:DeleteTags"),
            resources=tuple(arns),
            conditions=OURS,
        ),
    ]


def launch(account: Account) -> Iterator[Statement]:
    arns = account.arns
    image = f"arn:{arns.partition}:ec2:{arns.region}::image/*"
    made = tuple(arns.of("ec2", f"{each}/*") for each in ("instance", "volume"))
    used = ("launch-template", "network-interface", "security-group", "subnet")
    yield Statement(
        sid="LaunchWithOurTags",
        actions=("ec2:RunInstances",),
        resources=made,
        conditions=MADE_OURS,
    )
    yield Statement(
        sid="LaunchFromWhatIsNamed",
        actions=("ec2:RunInstances",),
        resources=(image, *(arns.of("ec2", f"{each}/*") for each in used)),
    )


def roles_of_stacks(account: Account, *, require_boundary: bool) -> Iterator[Statement]:
    roles = (account.iam("role", f"{account.name}-*"),)
    bounded: Conditions = (
        {"StringEquals": {"iam:PermissionsBoundary": account.boundary}} if require_boundary else {}
    )
    yield Statement(
        sid="RolesOfStacksWithinTheBoundary" if require_boundary else "RolesOfStacks",
        actions=("iam:CreateRole", "iam:PutRolePermissionsBoundary", "iam:PutRolePolicy"),
        resources=roles,
        conditions=bounded,
    )
    yield Statement(
        sid="TrustOfStacksRoles", actions=("iam:UpdateAssumeRolePolicy",), resources=roles
    )
    yield Statement(
        sid="PassRolesOfStacksToTheirServices",
        actions=("iam:PassRole",),
        resources=roles,
        conditions={"StringEquals": {"iam:PassedToService": _PASSED_TO}},
    )


def read_state(account: Account) -> Iterator[Statement]:
    bucket = account.arns.bucket(account.state_bucket)
    yield Statement(sid="ListState", actions=("s3:ListBucket",), resources=(bucket,))
    yield Statement(sid="ReadState", actions=("s3:GetObject",), resources=(f"{bucket}/*",))
    yield _state_key(account, "DecryptState", ("kms:Decrypt", "kms:DescribeKey"))


def write_state(account: Account) -> Iterator[Statement]:
    bucket = account.arns.bucket(account.state_bucket)
    yield Statement(sid="ListState", actions=("s3:ListBucket",), resources=(bucket,))
    yield Statement(
        sid="WriteState",
        actions=("s3:DeleteObject", "s3:GetObject", "s3:PutObject"),
        resources=(f"{bucket}/*",),
    )
    yield _state_key(
        account,
        "EncryptState",
        ("kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey"),
    )


def _state_key(account: Account, sid: str, actions: tuple[str, ...]) -> Statement:
    """The key by its alias: its id is made up by AWS."""
    return Statement(
        sid=sid,
        actions=actions,
        resources=(account.arns.of("kms", "key/*"),),
        conditions={
            "ForAnyValue:StringEquals": {"kms:ResourceAliases": f"alias/{account.state_bucket}"}
        },
    )


def artifacts(account: Account) -> Iterator[Statement]:
    bucket = account.arns.bucket(account.artifact_bucket)
    yield Statement(sid="ReadArtifacts", actions=("s3:GetObject",), resources=(f"{bucket}/*",))


def never(account: Account) -> Iterator[Statement]:
    buckets = (account.state_bucket, account.artifact_bucket)
    yield Statement(
        sid="BootstrapBucketsStayAsTheyAre",
        effect=Effect.DENY,
        actions=(
            "s3:DeleteBucket",
            "s3:DeleteBucketPolicy",
            "s3:DeleteObjectVersion",
            "s3:PutBucketOwnershipControls",
            "s3:PutBucketPolicy",
            "s3:PutBucketPublicAccessBlock",
            "s3:PutBucketVersioning",
            "s3:PutEncryptionConfiguration",
            "s3:PutLifecycleConfiguration",
        ),
        resources=tuple(arn for bucket in buckets for arn in bucket_arns(account, bucket)),
    )
    yield Statement(
        sid="BootstrapRolesStayAsTheyAre",
        effect=Effect.DENY,
        actions=("iam:*",),
        resources=(
            account.iam("role", f"{PATH.strip('/')}/*"),
            account.iam("policy", f"{PATH.strip('/')}/*"),
            account.iam("oidc-provider", ISSUER),
        ),
    )
    yield Statement(
        sid="NoRoleLosesItsBoundary",
        effect=Effect.DENY,
        actions=("iam:DeleteRolePermissionsBoundary",),
        resources=(account.iam("role", "*"),),
    )
    yield Statement(
        sid="StateKeyStaysAsItIs",
        effect=Effect.DENY,
        actions=("kms:DisableKey", "kms:PutKeyPolicy", "kms:ScheduleKeyDeletion"),
        resources=(account.arns.of("kms", "key/*"),),
        conditions={
            "ForAnyValue:StringEquals": {"kms:ResourceAliases": f"alias/{account.state_bucket}"}
        },
    )
