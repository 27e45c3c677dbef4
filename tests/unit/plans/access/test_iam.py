"""Policy documents: their text, and the statements that they refuse."""

from __future__ import annotations

import json

import pytest

from infra.errors import InternalError
from infra.plans.iam import (
    ANY,
    EC2_SERVICE,
    EVERYBODY,
    NO_RESOURCE_LEVEL,
    Arns,
    Deferred,
    Effect,
    PolicyDocument,
    Statement,
    trust,
)

ARNS = Arns(region="us-east-1", account_id="111122223333")


@pytest.mark.parametrize(
    ("actions", "resources"),
    [
        (("s3:*",), ("arn:aws:s3:::a",)),
        (("s3:PutObject",), (ANY,)),
        (("s3:Get*",), (ANY,)),
        (("ec2:DescribeVolumes", "ec2:DeleteVolume"), (ANY,)),
        ((), ("arn:aws:s3:::a",)),
        (("s3:PutObject",), ()),
    ],
)
def test_too_wide(actions: tuple[str, ...], resources: tuple[str, ...]) -> None:
    """A statement that allows a whole service, or anything on everything, cannot be written."""
    with pytest.raises(InternalError):
        Statement(sid="A", actions=actions, resources=resources)


def test_wide_where_aws_knows_no_narrower() -> None:
    """Each listed action may stand on everything, and each says why."""
    for action, reason in NO_RESOURCE_LEVEL.items():
        Statement(sid="A", actions=(action,), resources=(ANY,))
        assert len(reason) > 20


def test_denial_may_be_wide() -> None:
    """Forbidding everything is no danger."""
    Statement(sid="A", effect=Effect.DENY, actions=("s3:*",), resources=(ANY,))


def test_nothing_for_everybody() -> None:
    """Everybody may be denied something and allowed nothing."""
    with pytest.raises(InternalError, match="everybody"):
        Statement(sid="A", actions=("s3:GetObject",), resources=("arn:x",), principals=EVERYBODY)


def test_text() -> None:
    """Single values stand alone, as IAM gives them back, and deferred ARNs are put in."""
    document = PolicyDocument(
        statements=(
            Statement(
                sid="Read",
                actions=("a:B",),
                resources=(Deferred.KEY, "arn:x"),
                conditions={"StringEquals": {"k": "v", "l": ("1", "2"), "m": ("3",)}},
            ),
        )
    )
    assert document.deferred == (Deferred.KEY,)
    assert json.loads(document.json({Deferred.KEY: "arn:key"})) == {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "Read",
                "Effect": "Allow",
                "Action": "a:B",
                "Resource": ["arn:key", "arn:x"],
                "Condition": {"StringEquals": {"k": "v", "l": ["1", "2"], "m": "3"}},
            }
        ],
    }


def test_deferred_arn_is_missing() -> None:
    """A document whose ARNs are not known is refused, not rendered with a hole."""
    document = PolicyDocument(
        statements=(Statement(sid="A", actions=("a:B",), resources=(Deferred.ZONE,)),)
    )
    with pytest.raises(InternalError, match="zone"):
        document.json({Deferred.KEY: "arn:key"})


def test_partitions() -> None:
    """ARNs of China and of GovCloud begin with their own partition."""
    assert ARNS.parameter("/a/b") == "arn:aws:ssm:us-east-1:111122223333:parameter/a/b"
    china = Arns(region="cn-north-1", account_id="1")
    assert china.bucket("a") == "arn:aws-cn:s3:::a"
    assert Arns(region="us-gov-west-1", account_id="1").root == "arn:aws-us-gov:iam::1:root"


def test_trust() -> None:
    """A service may act for this account only; EC2 needs no condition, it acts for its machine."""
    snapshots = json.loads(trust("dlm.amazonaws.com", "111122223333").json())["Statement"][0]
    assert snapshots["Principal"] == {"Service": "dlm.amazonaws.com"}
    assert snapshots["Condition"] == {"StringEquals": {"aws:SourceAccount": "111122223333"}}
    assert "Resource" not in snapshots
    machine = json.loads(trust(EC2_SERVICE, "111122223333").json())["Statement"][0]
    assert "Condition" not in machine
