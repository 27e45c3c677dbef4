"""Names and ARNs that all documents of the bootstrap hold, and the policies of its buckets."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from infra.plans.iam import EVERYBODY, Arns, Conditions, Effect, PolicyDocument, Statement
from infra.plans.naming import PROJECT_TAG

PATH = "/bootstrap/"
"""IAM path of the bootstrap's own roles and policies, which no role that it makes may touch."""

OURS: Conditions = {"StringEquals": {"aws:ResourceTag/Project": PROJECT_TAG}}
MADE_OURS: Conditions = {"StringEquals": {"aws:RequestTag/Project": PROJECT_TAG}}


@dataclass(frozen=True, kw_only=True, slots=True)
class Account:
    """Names and ARNs that the documents hold."""

    arns: Arns
    name: str
    state_bucket: str
    artifact_bucket: str
    boundary_name: str

    def arn(self, template: str) -> str:
        """An ARN of the table."""
        return template.format(
            arn=self.arns.partition,
            region=self.arns.region,
            account=self.arns.account_id,
            name=self.name,
        )

    def iam(self, kind: str, path_and_name: str) -> str:
        """Of a role, policy or provider."""
        return f"arn:{self.arns.partition}:iam::{self.arns.account_id}:{kind}/{path_and_name}"

    @property
    def boundary(self) -> str:
        """The permissions boundary of the stacks' roles."""
        return self.iam("policy", f"{PATH.strip('/')}/{self.boundary_name}")


def bucket_arns(account: Account, name: str) -> tuple[str, ...]:
    """A bucket and all objects in it."""
    arn = account.arns.bucket(name)
    return arn, f"{arn}/*"


def bucket_statements(account: Account, readers: Iterable[str], bucket: str) -> PolicyDocument:
    """Policy of a bucket: TLS only, and readers of other accounts.

    Args:
        account: whose bucket it is.
        readers: ids of accounts that may read all objects.
        bucket: its name.
    """
    arn = account.arns.bucket(bucket)
    found = [
        Statement(
            sid="OnlyByTls",
            effect=Effect.DENY,
            actions=("s3:*",),
            resources=(arn, f"{arn}/*"),
            principals=EVERYBODY,
            conditions={"Bool": {"aws:SecureTransport": "false"}},
        )
    ]
    roots = tuple(f"arn:{account.arns.partition}:iam::{each}:root" for each in readers)
    if roots:
        found.append(
            Statement(
                sid="StacksOfOtherAccountsRead",
                actions=("s3:GetObject", "s3:ListBucket"),
                resources=(arn, f"{arn}/*"),
                principals={"AWS": roots},
            )
        )
    return PolicyDocument(statements=tuple(found))
