"""What keeps data from being lost and resources from being nobody's."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from infra.policy.rule import ResourceRule
from infra.policy.rules.types import BUCKET, GROUP, KEY, PROVIDER, STATEFUL, TAGGABLE, TEMPLATE
from infra.policy.view import (
    UNKNOWN,
    Finding,
    Problem,
    Resource,
    Undecided,
    at,
    entries,
    expect,
    is_true,
)

REQUIRED_TAGS = ("Project", "Stack", "ManagedBy")
"""By these a sweep finds leftovers (infra/plans/naming.py writes them)."""

_LAUNCHED = ("instance", "volume")
_KEY_DAYS_MIN = 7


def _protected(resource: Resource) -> Iterator[Finding]:
    if not resource.protect:
        yield Problem(f"{resource.name} holds data, or what opens it, and is not protected")


def _not_forced(resource: Resource) -> Iterator[Finding]:
    yield from expect(
        resource.props,
        "forceDestroy",
        lambda value: not value,
        "force_destroy deletes all objects and versions with the bucket",
    )


def _key_kept(resource: Resource) -> Iterator[Finding]:
    yield from expect(
        resource.props,
        "enableKeyRotation",
        lambda value: value is True,
        "the key is never rotated",
    )
    yield from expect(
        resource.props,
        "deletionWindowInDays",
        lambda value: value is None or value >= _KEY_DAYS_MIN,
        f"a deleted key could not be brought back for {_KEY_DAYS_MIN} days",
    )


def _tagged(resource: Resource) -> Iterator[Finding]:
    if resource.type not in TAGGABLE:
        return
    both = [at(resource.props, name) for name in ("tags", "tagsAll")]
    tags: dict[str, Any] = {}
    for each in both:
        if isinstance(each, Mapping):
            tags.update(each)
    missing = [name for name in REQUIRED_TAGS if name not in tags]
    if missing and UNKNOWN in both:
        yield Undecided("tags")
    elif missing:
        yield Problem(f"{resource.name} lacks {_tags(missing)}")


def _group_tagged(resource: Resource) -> Iterator[Finding]:
    carried: set[str] = set()
    unknown = ""
    for path, tag in entries(resource.props, "tags"):
        if UNKNOWN in (tag, at(tag, "key"), at(tag, "propagateAtLaunch")):
            unknown = path
        elif is_true(at(tag, "propagateAtLaunch")):
            carried.add(str(at(tag, "key")))
    missing = [name for name in REQUIRED_TAGS if name not in carried]
    if missing and unknown:
        yield Undecided(unknown)
    elif missing:
        yield Problem(f"nodes of {resource.name} would be launched without {_tags(missing)}")


def _launched_tagged(resource: Resource) -> Iterator[Finding]:
    found: dict[str, Any] = {}
    for path, each in entries(resource.props, "tagSpecifications"):
        if each is UNKNOWN or UNKNOWN in (at(each, "resourceType"), at(each, "tags")):
            yield Undecided(path)
            return
        found[at(each, "resourceType")] = at(each, "tags") or {}
    for kind in _LAUNCHED:
        missing = [name for name in REQUIRED_TAGS if name not in found.get(kind, {})]
        if missing:
            yield Problem(f"each {kind} of {resource.name} would lack {_tags(missing)}")


def _tags(names: list[str]) -> str:
    return f"the tag{'s' if len(names) > 1 else ''} {', '.join(names)}"


def _explicit_provider(resource: Resource) -> Iterator[Finding]:
    if not resource.type.startswith("aws:"):
        return
    if not resource.provider_name or resource.provider_name.startswith("default"):
        yield Problem(f"{resource.name} is made with whatever credentials are at hand")


def _bound_to_account(resource: Resource) -> Iterator[Finding]:
    yield from expect(
        resource.props,
        "allowedAccountIds",
        lambda value: bool(value) and value != "[]",
        f"{resource.name} would build in whatever account the credentials belong to",
    )


KEEPING_RULES = (
    ResourceRule(
        name="data-protected",
        description="What holds data is protected",
        remedy="set the option protect",
        scanners=("s3_bucket_no_mfa_delete",),
        types=STATEFUL,
        check=_protected,
    ),
    ResourceRule(
        name="no-forced-deletion",
        description="A bucket is deleted empty or not at all",
        remedy="leave force_destroy out; `retrieval destroy --with-data` empties it",
        types=frozenset({BUCKET}),
        check=_not_forced,
    ),
    ResourceRule(
        name="keys-kept",
        description="Keys rotate and can be brought back",
        remedy=f"turn rotation on and set the window to {_KEY_DAYS_MIN} days or more",
        scanners=("CKV_AWS_7", "AWS-0065", "kms_cmk_rotation_enabled"),
        types=frozenset({KEY}),
        check=_key_kept,
    ),
    ResourceRule(
        name="tags-present",
        description=f"Everything carries {_tags(list(REQUIRED_TAGS))}",
        remedy="create it with the stack's provider, whose default tags it gets",
        types=frozenset(),
        check=_tagged,
    ),
    ResourceRule(
        name="group-tags-carried",
        description="A group tags what it launches",
        remedy="list the tags in the group with propagate_at_launch",
        types=frozenset({GROUP}),
        check=_group_tagged,
    ),
    ResourceRule(
        name="launched-disks-tagged",
        description="A launch template tags machines and disks",
        remedy="add tag_specifications of instance and volume",
        types=frozenset({TEMPLATE}),
        check=_launched_tagged,
    ),
    ResourceRule(
        name="explicit-provider",
        description="Everything is made by the stack's own provider",
        remedy="pass the provider on in the component's options",
        types=frozenset(),
        check=_explicit_provider,
    ),
    ResourceRule(
        name="provider-bound-to-account",
        description="The provider accepts one account",
        remedy="set allowed_account_ids",
        types=frozenset({PROVIDER}),
        check=_bound_to_account,
    ),
)
