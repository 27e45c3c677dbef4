"""No secret where it can be read: user data and plain parameters; what runs is pinned."""

from __future__ import annotations

import base64
import binascii
import gzip
import re
import zlib
from collections.abc import Iterator

from infra.policy.rule import ResourceRule
from infra.policy.rules.plaintext import secrets_in
from infra.policy.rules.types import INSTANCE, LAUNCH_CONFIGURATION, SSM_PARAMETER, TEMPLATE
from infra.policy.view import UNKNOWN, Finding, Problem, Resource, Undecided, at

_SECRET_NAME = re.compile(r"(?i)(?:^|[/_.-])(?:password|secret|token|keys?|jwt|credentials?)$")
_IMAGE = re.compile(
    r"(?:[\w.-]+/)*(?:text-embeddings-inference|qdrant/qdrant):[\w.-]+(?!@sha256:)(?![\w.@-])"
)
_LATEST = re.compile(r"[\w./-]+:latest\b")
_MACHINES = frozenset({INSTANCE, TEMPLATE, LAUNCH_CONFIGURATION})


def _no_secret_in_user_data(resource: Resource) -> Iterator[Finding]:
    for path, text in _user_data(resource):
        if text is UNKNOWN:
            yield Undecided(path)
        else:
            for kind in secrets_in(str(text)):
                yield Problem(f"{path} holds {kind}, which the API shows to every reader")


def _images_pinned(resource: Resource) -> Iterator[Finding]:
    for path, text in _user_data(resource):
        if text is UNKNOWN:
            yield Undecided(path)
            continue
        floating = {*_IMAGE.findall(_opened(str(text))), *_LATEST.findall(_opened(str(text)))}
        for image in sorted(floating):
            yield Problem(f"{path} starts {image}, which may be another image tomorrow")


def _secure_string(resource: Resource) -> Iterator[Finding]:
    kind, name, value = (at(resource.props, each) for each in ("type", "name", "value"))
    if kind == "SecureString":
        return
    if kind is UNKNOWN:
        yield Undecided("type")
    elif isinstance(name, str) and _SECRET_NAME.search(name):
        yield Problem(f"{name} is named like a secret and is a plain {kind}")
    elif UNKNOWN in (name, value):
        yield Undecided("name" if name is UNKNOWN else "value")
    else:
        for found in secrets_in(str(value)):
            yield Problem(f"its value holds {found} and is a plain {kind}")


def _user_data(resource: Resource) -> Iterator[tuple[str, object]]:
    for path in ("userData", "userDataBase64"):
        value = at(resource.props, path)
        if value is not None:
            yield path, value


def _opened(text: str) -> str:
    """User data of a launch template is base64, possibly of gzip; an instance's may be plain."""
    try:
        raw = base64.b64decode(text, validate=True)
        return (gzip.decompress(raw) if raw.startswith(b"\x1f\x8b") else raw).decode()
    except (binascii.Error, ValueError, OSError, EOFError, zlib.error):
        return text


PLAINTEXT_RULES = (
    ResourceRule(
        name="no-secret-in-user-data",
        description="User data holds no secret",
        remedy="put it into a SecureString that the host reads by its role, and revoke this one",
        scanners=(
            "CKV_AWS_46",
            "AWS-0029",
            "AWS-0129",
            "ec2_instance_secrets_user_data",
            "ec2_launch_template_no_secrets",
        ),
        types=_MACHINES,
        check=_no_secret_in_user_data,
    ),
    ResourceRule(
        name="secrets-are-secure-strings",
        description="A secret parameter is a SecureString",
        remedy="set type to SecureString",
        scanners=("CKV_AWS_337", "AWS-0098"),
        types=frozenset({SSM_PARAMETER}),
        check=_secure_string,
    ),
    ResourceRule(
        name="images-by-digest",
        description="Containers are named by digest",
        remedy="name the digest, which `retrieval pin` finds",
        types=_MACHINES,
        check=_images_pinned,
    ),
)
