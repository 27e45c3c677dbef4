"""Stacks for the rules about buckets, topics, logs and what keeps them."""

from __future__ import annotations

from typing import Any

from infra.policy.rules import types
from tests.unit.policy.case import Case, allow, document, no_plain, of
from tests.unit.policy.given import TAGS, Given

_BUCKET = Given(type=types.BUCKET, name="bucket", props={"bucket": "b"}, protect=True)
_TOPIC = Given(type=types.TOPIC, name="topic", props={"name": "t"})


def beside(type_: str, **props: Any) -> Given:
    """Something that belongs to the bucket."""
    return Given(type=type_, name="beside", props=props, uses={"bucket": ["bucket"]})


def topic_policy(text: str) -> Given:
    """The topic's policy."""
    return Given(
        type=types.TOPIC_POLICY, name="policy", props={"policy": text}, uses={"arn": ["topic"]}
    )


_CLOSED = {
    "blockPublicAcls": True,
    "blockPublicPolicy": True,
    "ignorePublicAcls": True,
    "restrictPublicBuckets": True,
}
_KEY = Given(type=types.KEY, name="key", props={}, protect=True)

STORAGE = [
    Case("buckets-closed", "all four", (_BUCKET, beside(types.BUCKET_PUBLIC_ACCESS, **_CLOSED))),
    Case("buckets-closed", "none", (_BUCKET,), "no public access block"),
    Case(
        "buckets-closed",
        "three",
        (
            _BUCKET,
            beside(types.BUCKET_PUBLIC_ACCESS, **{**_CLOSED, "restrictPublicBuckets": False}),
        ),
        "restrictPublicBuckets is off",
    ),
    Case(
        "buckets-versioned",
        "enabled",
        (_BUCKET, beside(types.BUCKET_VERSIONING, versioningConfiguration={"status": "Enabled"})),
    ),
    Case("buckets-versioned", "not at all", (_BUCKET,), "is lost"),
    Case(
        "buckets-versioned",
        "suspended",
        (
            _BUCKET,
            beside(types.BUCKET_VERSIONING, versioningConfiguration={"status": "Suspended"}),
        ),
        "not enabled",
    ),
    Case("buckets-encrypted", "said", (_BUCKET, beside(types.BUCKET_ENCRYPTION))),
    Case("buckets-encrypted", "not said", (_BUCKET,), "does not say"),
    Case(
        "buckets-cleaned",
        "both",
        (
            _BUCKET,
            beside(
                types.BUCKET_LIFECYCLE,
                rules=[{"abortIncompleteMultipartUpload": {"daysAfterInitiation": 7}}],
            ),
        ),
    ),
    Case("buckets-cleaned", "nothing", (_BUCKET,), "for ever"),
    Case(
        "buckets-cleaned",
        "broken uploads stay",
        (_BUCKET, beside(types.BUCKET_LIFECYCLE, rules=[{"expiration": {"days": 30}}])),
        "broken uploads",
    ),
    Case(
        "buckets-tls-only",
        "refused",
        (_BUCKET, beside(types.BUCKET_POLICY, policy=document(no_plain("arn:aws:s3:::b")))),
    ),
    Case("buckets-tls-only", "no policy", (_BUCKET,), "no policy"),
    Case(
        "buckets-tls-only",
        "a policy about something else",
        (
            _BUCKET,
            beside(
                types.BUCKET_POLICY,
                policy=document(allow("s3:GetObject", "arn:aws:s3:::b/*", Principal="*")),
            ),
        ),
        "does not refuse",
    ),
    Case("topics-tls-only", "refused", (_TOPIC, topic_policy(document(no_plain("t"))))),
    Case("topics-tls-only", "no policy", (_TOPIC,), "no policy"),
    Case("logs-end", "thirty days", of(types.LOG_GROUP, retentionInDays=30)),
    Case("logs-end", "for ever", of(types.LOG_GROUP, retentionInDays=0), "for ever"),
    Case("logs-end", "not said", of(types.LOG_GROUP), "for ever"),
    Case(
        "sessions-logged",
        "both",
        of(
            types.SSM_DOCUMENT,
            documentType="Session",
            content='{"inputs": {"cloudWatchLogGroupName": "g", "kmsKeyId": "k"}}',
        ),
    ),
    Case(
        "sessions-logged",
        "neither",
        of(types.SSM_DOCUMENT, documentType="Session", content="{}"),
        "not logged",
    ),
    Case("customer-key-everywhere", "no key", of(types.VOLUME)),
    Case(
        "customer-key-everywhere",
        "the key",
        (_KEY, Given(type=types.VOLUME, props={}, uses={"kmsKeyId": ["key"]})),
    ),
    Case(
        "customer-key-everywhere",
        "a volume with AWS's key",
        (_KEY, Given(type=types.VOLUME, props={})),
        "kmsKeyId does not name",
    ),
    Case(
        "customer-key-everywhere",
        "a template with AWS's key",
        (_KEY, Given(type=types.TEMPLATE, props={})),
        "its disks",
    ),
]

_SPECIFICATIONS = [
    {"resourceType": "instance", "tags": TAGS},
    {"resourceType": "volume", "tags": TAGS},
]

KEEPING = [
    Case("data-protected", "protected", (_BUCKET,)),
    Case("data-protected", "not protected", of(types.VOLUME), "is not protected"),
    Case("no-forced-deletion", "by hand", (_BUCKET,)),
    Case("no-forced-deletion", "forced", of(types.BUCKET, forceDestroy=True), "all objects"),
    Case("keys-kept", "rotated", of(types.KEY, enableKeyRotation=True, deletionWindowInDays=30)),
    Case("keys-kept", "not rotated", of(types.KEY), "never rotated"),
    Case("tags-present", "by the provider", of(types.VOLUME, tagsAll=TAGS)),
    Case("tags-present", "none", of(types.VOLUME), "tags Project, Stack, ManagedBy"),
    Case("tags-present", "a type without tags", of(types.ROLE_POLICY)),
    Case(
        "group-tags-carried",
        "carried",
        of(
            types.GROUP,
            tags=[
                {"key": key, "value": value, "propagateAtLaunch": True}
                for key, value in TAGS.items()
            ],
        ),
    ),
    Case(
        "group-tags-carried",
        "kept to itself",
        of(
            types.GROUP,
            tags=[
                {"key": key, "value": value, "propagateAtLaunch": key != "Stack"}
                for key, value in TAGS.items()
            ],
        ),
        "without the tag Stack",
    ),
    Case("launched-disks-tagged", "both", of(types.TEMPLATE, tagSpecifications=_SPECIFICATIONS)),
    Case(
        "launched-disks-tagged",
        "machines only",
        of(types.TEMPLATE, tagSpecifications=_SPECIFICATIONS[:1]),
        "each volume",
    ),
    Case("explicit-provider", "explicit", of(types.VPC)),
    Case(
        "explicit-provider",
        "the default one",
        (Given(type=types.VPC, props={}, provider="default_7_51_1"),),
        "credentials are at hand",
    ),
    Case(
        "provider-bound-to-account",
        "bound",
        of(types.PROVIDER, allowedAccountIds='["123456789012"]'),
    ),
    Case("provider-bound-to-account", "not bound", of(types.PROVIDER), "whatever account"),
]
