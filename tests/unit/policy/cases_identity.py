"""Stacks for the rules about identity and about plain text."""

from __future__ import annotations

from typing import Any

from infra.policy.rules import types
from tests.unit.policy.case import Case, allow, document, encoded, of, zipped
from tests.unit.policy.given import Given

USER = "aws:iam/user:User"

_ASSUME = "sts:AssumeRoleWithWebIdentity"
_GITHUB = {
    "Federated": "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com"
}
_ISSUER = "token.actions.githubusercontent.com"


def trusted(principal: Any, condition: Any = None) -> tuple[Given, ...]:
    """A role that trusts someone."""
    more = {} if condition is None else {"Condition": condition}
    action = _ASSUME if principal == _GITHUB else "sts:AssumeRole"
    return of(types.ROLE, assumeRolePolicy=document(allow(action, Principal=principal, **more)))


def github(subject: str, operator: str = "StringEquals") -> dict[str, Any]:
    """A condition on GitHub's token."""
    return {
        "StringEquals": {f"{_ISSUER}:aud": "sts.amazonaws.com"},
        operator: {
            f"{_ISSUER}:sub": subject,
            **({f"{_ISSUER}:aud": "sts.amazonaws.com"} if operator == "StringEquals" else {}),
        },
    }


IDENTITY = [
    Case(
        "no-iam-wildcards",
        "a named thing",
        of(types.ROLE_POLICY, policy=document(allow("s3:GetObject", "arn:aws:s3:::b/k/*"))),
    ),
    Case(
        "no-iam-wildcards",
        "descriptions",
        of(types.POLICY, policy=document(allow(["ec2:Describe*", "iam:ListRoles"], "*"))),
    ),
    Case(
        "no-iam-wildcards",
        "everything",
        of(types.POLICY, policy=document(allow("*", "*"))),
        "allows *",
    ),
    Case(
        "no-iam-wildcards",
        "a whole service",
        of(types.ROLE_POLICY, policy=document(allow("s3:*", "arn:aws:s3:::b"))),
        "allows s3:*",
    ),
    Case(
        "no-iam-wildcards",
        "every secret",
        of(types.ROLE_POLICY, policy=document(allow("ssm:GetParameter", "*"))),
        "allows ssm:GetParameter on *",
    ),
    Case(
        "no-iam-wildcards",
        "everything of a service",
        of(
            types.ROLE_POLICY,
            policy=document(allow("ec2:RunInstances", "arn:aws:ec2:us-east-1:123456789012:*")),
        ),
        "allows ec2:RunInstances on",
    ),
    Case(
        "no-iam-wildcards",
        "all but",
        of(
            types.ROLE,
            inlinePolicies=[
                {
                    "name": "p",
                    "policy": document(
                        {"Effect": "Allow", "NotAction": "iam:*", "Resource": "arn:aws:s3:::b"}
                    ),
                }
            ],
        ),
        "all but what it names",
    ),
    Case("no-iam-wildcards", "no document", of(types.POLICY, policy="{}"), "no policy document"),
    Case(
        "pass-role-scoped",
        "a path and a service",
        of(
            types.POLICY,
            policy=document(
                allow(
                    "iam:PassRole",
                    "arn:aws:iam::123456789012:role/retrieval/*",
                    Condition={"StringEquals": {"iam:PassedToService": "ec2.amazonaws.com"}},
                )
            ),
        ),
    ),
    Case(
        "pass-role-scoped",
        "any role",
        of(
            types.POLICY,
            policy=document(
                allow(
                    "iam:PassRole",
                    "arn:aws:iam::123456789012:role/*",
                    Condition={"StringEquals": {"iam:PassedToService": "ec2.amazonaws.com"}},
                )
            ),
        ),
        "passes any role",
    ),
    Case(
        "pass-role-scoped",
        "any service",
        of(
            types.POLICY,
            policy=document(allow(["iam:PassRole"], "arn:aws:iam::123456789012:role/r/*")),
        ),
        "to any service",
    ),
    Case(
        "no-wide-managed-policy",
        "a narrow one",
        of(types.POLICY_ATTACHMENT, policyArn="arn:aws:iam::123456789012:policy/own"),
    ),
    Case(
        "no-wide-managed-policy",
        "an administrator",
        of(types.POLICY_ATTACHMENT, policyArn="arn:aws:iam::aws:policy/AdministratorAccess"),
        "far more",
    ),
    Case(
        "no-wide-managed-policy",
        "a whole service",
        of(types.ROLE, managedPolicyArns=["arn:aws:iam::aws:policy/AmazonS3FullAccess"]),
        "far more",
    ),
    Case("role-trust-closed", "EC2", trusted({"Service": "ec2.amazonaws.com"})),
    Case(
        "role-trust-closed",
        "one environment of one repository",
        trusted(_GITHUB, github("repo:o/r:environment:production")),
    ),
    Case("role-trust-closed", "anyone", trusted("*"), "lets anyone"),
    Case(
        "role-trust-closed",
        "every branch",
        trusted(_GITHUB, github("repo:o/r:*", "StringLike")),
        "trusts every subject",
    ),
    Case("role-trust-closed", "every token", trusted(_GITHUB), "whatever their sub"),
    Case(
        "closed-to-strangers",
        "the account",
        of(
            types.KEY,
            policy=document(
                allow("kms:*", "*", Principal={"AWS": "arn:aws:iam::123456789012:root"})
            ),
        ),
    ),
    Case(
        "closed-to-strangers",
        "everyone may read",
        of(
            types.BUCKET_POLICY,
            policy=document(allow("s3:GetObject", "arn:aws:s3:::b/*", Principal="*")),
        ),
        "open to every account",
    ),
    Case("no-long-lived-credentials", "a user", of(USER), "does not expire"),
    Case("no-long-lived-credentials", "a role", of(types.ROLE)),
]

PLAINTEXT = [
    Case(
        "no-secret-in-user-data",
        "a reference",
        of(
            types.TEMPLATE,
            userData=encoded("#!/bin/sh\nQDRANT__SERVICE__API_KEY=$KEY\nkey=/retrieval/prod/key\n"),
        ),
    ),
    Case(
        "no-secret-in-user-data",
        "an access key",
        of(types.INSTANCE, userData="export ID=AKIAIOSFODNN7EXAMPLE"),
        "an AWS access key",
    ),
    Case(
        "no-secret-in-user-data",
        "a key of Qdrant, compressed",
        of(types.TEMPLATE, userData=zipped("QDRANT__SERVICE__API_KEY=abcd1234efgh5678\n")),
        "assigned to the name of a secret",
    ),
    Case(
        "no-secret-in-user-data",
        "a file of cloud-init inside user data",
        of(
            types.TEMPLATE,
            userData=encoded(
                "#cloud-config\nwrite_files:\n- encoding: b64\n  content: "
                + encoded("HF_TOKEN=hf_" + "a1" * 20)
            ),
        ),
        "a Hugging Face token",
    ),
    Case(
        "secrets-are-secure-strings",
        "a SecureString",
        of(types.SSM_PARAMETER, name="/r/gateway-key", type="SecureString", value="abcd1234"),
    ),
    Case(
        "secrets-are-secure-strings",
        "a name that says it",
        of(types.SSM_PARAMETER, name="/r/gateway-key", type="String", value="x"),
        "named like a secret",
    ),
    Case(
        "secrets-are-secure-strings",
        "a value that says it",
        of(types.SSM_PARAMETER, name="/r/node", type="String", value="token: abcd1234efgh"),
        "a plain String",
    ),
    Case(
        "images-by-digest",
        "a digest",
        of(
            types.TEMPLATE,
            userData=encoded(f"docker run qdrant/qdrant:v1.19.0@sha256:{'0' * 64}"),
        ),
    ),
    Case(
        "images-by-digest",
        "the latest Qdrant",
        of(types.INSTANCE, userData="docker run qdrant/qdrant:latest"),
        "qdrant/qdrant:latest",
    ),
    Case(
        "images-by-digest",
        "a floating TEI",
        of(
            types.TEMPLATE,
            userData=encoded("image: ghcr.io/huggingface/text-embeddings-inference:1.8\n"),
        ),
        "text-embeddings-inference:1.8",
    ),
]
