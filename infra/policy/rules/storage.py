"""Buckets, topics, logs: closed, encrypted, over TLS only, and not kept for ever."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from infra.policy.rule import ResourceRule, StackRule
from infra.policy.rules.documents import ReadStatement, statements
from infra.policy.rules.types import (
    BUCKET,
    BUCKET_ENCRYPTION,
    BUCKET_LIFECYCLE,
    BUCKET_POLICY,
    BUCKET_PUBLIC_ACCESS,
    BUCKET_VERSIONING,
    KEY,
    LOG_GROUP,
    SSM_DOCUMENT,
    SSM_PARAMETER,
    TEMPLATE,
    TOPIC,
    TOPIC_POLICY,
    VOLUME,
)
from infra.policy.view import (
    UNKNOWN,
    Finding,
    Problem,
    Resource,
    Stack,
    Undecided,
    at,
    entries,
    expect,
)

_PUBLIC_ACCESS = (
    "blockPublicAcls",
    "blockPublicPolicy",
    "ignorePublicAcls",
    "restrictPublicBuckets",
)
LOG_DAYS_MAX = 731
"""The longest that our settings take."""


def _public_access_blocked(stack: Stack) -> Iterator[Finding]:
    for bucket in stack.of(BUCKET):
        blocks = stack.users(bucket, BUCKET_PUBLIC_ACCESS)
        if not blocks:
            yield Problem("the bucket has no public access block", bucket.urn)
        for block in blocks:
            for name in _PUBLIC_ACCESS:
                found = expect(block.props, name, lambda value: value is True, f"{name} is off")
                yield from _here(found, block)


def _versioned(stack: Stack) -> Iterator[Finding]:
    for bucket in stack.of(BUCKET):
        kept = stack.users(bucket, BUCKET_VERSIONING)
        if not kept:
            yield Problem("what is overwritten in the bucket is lost", bucket.urn)
        for each in kept:
            found = expect(
                each.props,
                "versioningConfiguration.status",
                lambda value: value == "Enabled",
                "versioning is not enabled",
            )
            yield from _here(found, each)


def _encrypted(stack: Stack) -> Iterator[Finding]:
    for bucket in stack.of(BUCKET):
        if not stack.users(bucket, BUCKET_ENCRYPTION):
            yield Problem("the bucket does not say how it encrypts", bucket.urn)


def _lifecycle(stack: Stack) -> Iterator[Finding]:
    for bucket in stack.of(BUCKET):
        found = stack.users(bucket, BUCKET_LIFECYCLE)
        if not found:
            yield Problem("old versions stay in the bucket, and are paid for, for ever", bucket.urn)
        for each in found:
            rules = [rule for _, rule in entries(each.props, "rules")]
            if UNKNOWN in rules:
                yield Undecided("rules")
            elif not any(at(rule, "abortIncompleteMultipartUpload") for rule in rules):
                yield Problem("parts of broken uploads are never removed", each.urn)


def _tls_only_buckets(stack: Stack) -> Iterator[Finding]:
    yield from _tls_only(stack, BUCKET, BUCKET_POLICY)


def _tls_only_topics(stack: Stack) -> Iterator[Finding]:
    yield from _tls_only(stack, TOPIC, TOPIC_POLICY)


def _tls_only(stack: Stack, type_: str, policy_type: str) -> Iterator[Finding]:
    for resource in stack.of(type_):
        found = stack.users(resource, policy_type)
        if not found:
            yield Problem("no policy refuses requests without TLS", resource.urn)
        for policy in found:
            read = list(statements(policy, "policy"))
            unknown = [each for each in read if isinstance(each, Undecided)]
            if any(_refuses_plain(each) for each in read):
                continue
            if unknown:
                yield unknown[0]
            else:
                yield Problem("the policy does not refuse requests without TLS", policy.urn)


def _refuses_plain(statement: ReadStatement | Finding) -> bool:
    if not isinstance(statement, ReadStatement) or statement.allow:
        return False
    values = {
        str(value).lower()
        for keys in statement.conditions.values()
        for key, value in keys.items()
        if key.lower() == "aws:securetransport"
    }
    return values == {"false"}


def _log_retention(resource: Resource) -> Iterator[Finding]:
    yield from expect(
        resource.props,
        "retentionInDays",
        lambda value: isinstance(value, int | float) and 0 < value <= LOG_DAYS_MAX,
        f"logs are kept for ever, or longer than {LOG_DAYS_MAX} days",
    )


def _session_document(resource: Resource) -> Iterator[Finding]:
    kind, content = at(resource.props, "documentType"), at(resource.props, "content")
    if kind not in ("Session", UNKNOWN):
        return
    if UNKNOWN in (kind, content):
        yield Undecided("content" if content is UNKNOWN else "documentType")
    elif '"cloudWatchLogGroupName"' not in str(content) or '"kmsKeyId"' not in str(content):
        yield Problem("sessions are not logged, or not encrypted with a key")


def _customer_key_used(stack: Stack) -> Iterator[Finding]:
    keys = {key.urn for key in stack.of(KEY)}
    if not keys:
        return
    for type_, path in (
        (VOLUME, "kmsKeyId"),
        (LOG_GROUP, "kmsKeyId"),
        (TOPIC, "kmsMasterKeyId"),
        (SSM_PARAMETER, "keyId"),
    ):
        for resource in stack.of(type_):
            plain = type_ == SSM_PARAMETER and at(resource.props, "type") != "SecureString"
            if not plain and not resource.uses.get(path, frozenset()) & keys:
                yield Problem(f"{path} does not name the stack's own key", resource.urn)
    for template in stack.of(TEMPLATE):
        if not template.uses.get("blockDeviceMappings", frozenset()) & keys:
            yield Problem("its disks do not name the stack's own key", template.urn)


def _here(findings: Iterator[Problem | Undecided], resource: Resource) -> Iterator[Finding]:
    for finding in findings:
        yield Problem(finding.message, resource.urn) if isinstance(finding, Problem) else finding


def _stack_rule(name: str, description: str, remedy: str, check: Any, *scanners: str) -> StackRule:
    return StackRule(
        name=name, description=description, remedy=remedy, check=check, scanners=scanners
    )


STORAGE_RULES = (
    _stack_rule(
        "buckets-closed",
        "Buckets block public access in all four ways",
        "add a BucketPublicAccessBlock with all four settings on",
        _public_access_blocked,
        "CKV_AWS_53",
        "CKV_AWS_54",
        "CKV_AWS_55",
        "CKV_AWS_56",
        "CKV_AWS_379",
        "AWS-0094",
    ),
    _stack_rule(
        "buckets-versioned",
        "Buckets keep what is overwritten",
        "add a BucketVersioning with status Enabled",
        _versioned,
        "AWS-0090",
        "s3_bucket_object_versioning",
    ),
    _stack_rule(
        "buckets-encrypted",
        "Buckets say how they encrypt",
        "add a BucketServerSideEncryptionConfiguration",
        _encrypted,
        "s3_bucket_default_encryption",
    ),
    _stack_rule(
        "buckets-cleaned",
        "Buckets let go of old versions and broken uploads",
        "add a BucketLifecycleConfiguration that also aborts incomplete uploads",
        _lifecycle,
        "CKV_AWS_300",
    ),
    _stack_rule(
        "buckets-tls-only",
        "Buckets answer over TLS only",
        "deny everything where aws:SecureTransport is false",
        _tls_only_buckets,
        "s3_bucket_secure_transport_policy",
    ),
    _stack_rule(
        "topics-tls-only",
        "Topics answer over TLS only",
        "deny everything where aws:SecureTransport is false",
        _tls_only_topics,
    ),
    ResourceRule(
        name="logs-end",
        description="Log groups have a retention",
        remedy="set retention_in_days",
        scanners=("CKV_AWS_66", "AWS-0017"),
        types=frozenset({LOG_GROUP}),
        check=_log_retention,
    ),
    ResourceRule(
        name="sessions-logged",
        description="Preferences of Session Manager log and encrypt",
        remedy="name a log group and a key",
        scanners=("CKV_AWS_112", "CKV_AWS_113"),
        types=frozenset({SSM_DOCUMENT}),
        check=_session_document,
    ),
    _stack_rule(
        "customer-key-everywhere",
        "A stack with a key of its own encrypts everything with it",
        "name the key, or set retrieval:aws.customer_key to false",
        _customer_key_used,
        "CKV_AWS_158",
        "CKV_AWS_189",
    ),
)
