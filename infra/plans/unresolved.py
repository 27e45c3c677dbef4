"""What a stack still lacks before it can be applied: pins, account id, real facts.

Preview works without them and warns; `up` refuses with the whole list. Until a pin is known, a
placeholder of zeros stands in its place, which AWS would refuse: a made-up value never does.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from infra.errors import UnresolvedError
from infra.plans.facts import AccountFacts
from infra.settings import StackSettings
from infra.settings.aws.account import PLACEHOLDER_ACCOUNT_ID
from infra.settings.aws.pins import AmiPin, QdrantImagePin, TeiImagePin
from infra.settings.aws.serving import WeightSource
from infra.settings.aws.vector_store import Placement

PLACEHOLDER_AMI_ID = "ami-00000000000000000"
PLACEHOLDER_DIGEST = f"sha256:{'0' * 64}"
PLACEHOLDER_SHA256 = "0" * 64

_PIN = "run `retrieval pin` with credentials of the account"
_MIRROR = "run `retrieval mirror`, then `retrieval pin`"


@dataclass(frozen=True, kw_only=True, slots=True)
class Unresolved:
    """One thing that is missing. `blocks_up` is false for what `up` only warns about."""

    setting: str
    what: str
    remedy: str
    blocks_up: bool = True


def unresolved(settings: StackSettings, facts: AccountFacts) -> tuple[Unresolved, ...]:
    """Everything that is missing, in the order an operator would mend it."""
    return (*_account(settings, facts), *_pins(settings), *_archives(settings))


def require_resolved(settings: StackSettings, facts: AccountFacts) -> None:
    """Refuse to apply a stack that lacks something.

    Raises:
        UnresolvedError: lists what is missing, each with the way to get it.
    """
    missing = [item for item in unresolved(settings, facts) if item.blocks_up]
    if not missing:
        return
    lines = "".join(f"\n  {item.setting}: {item.what}; {item.remedy}" for item in missing)
    things = "1 thing is" if len(missing) == 1 else f"{len(missing)} things are"
    raise UnresolvedError(
        f"{things} not resolved yet",
        why=lines,
        remedy="mend them in this order; `make preview` shows the plan without them",
    )


def ami_id(pin: AmiPin) -> str:
    """The pinned AMI id, or the placeholder while it is unresolved."""
    return pin.id or PLACEHOLDER_AMI_ID


def image_reference(pin: TeiImagePin | QdrantImagePin) -> str:
    """The image by tag and digest, as Docker takes it; zeros while it is unresolved."""
    return f"{pin.repository}:{pin.tag}@{pin.digest or PLACEHOLDER_DIGEST}"


def is_placeholder(identifier: str) -> bool:
    """Whether an id (`vpc-000...`, an account) is a placeholder of zeros."""
    digits = identifier.rpartition("-")[2]
    return bool(digits) and set(digits) == {"0"}


def _account(settings: StackSettings, facts: AccountFacts) -> Iterator[Unresolved]:
    if settings.aws.account_id == PLACEHOLDER_ACCOUNT_ID:
        yield Unresolved(
            setting="retrieval:aws.account_id",
            what="it is the placeholder of twelve zeros",
            remedy="set it to the account's own id, in quotes",
        )
    named = [
        ("vpc_id", settings.network.vpc_id),
        *(("subnet_ids", subnet) for subnet in settings.network.subnet_ids),
        *(("client_security_group_ids", g) for g in settings.network.client_security_group_ids),
    ]
    for setting in dict.fromkeys(name for name, value in named if is_placeholder(value)):
        yield Unresolved(
            setting=f"retrieval:network.{setting}",
            what="it holds a placeholder of zeros",
            remedy="set the application's own ids",
        )
    if facts.are_samples:
        yield Unresolved(
            setting="account facts",
            what=f"they are samples of {facts.gathered_on}, not of an account",
            remedy="run with credentials of the account, which are asked for zones and quotas",
        )


def _pins(settings: StackSettings) -> Iterator[Unresolved]:
    pins = settings.pins
    amis = [("gpu_ami", pins.gpu_ami)]
    if settings.vector_store.placement is Placement.DEDICATED:
        amis.append(("vector_store_ami", pins.vector_store_ami))
    for name, ami in amis:
        if not ami.resolved:
            yield Unresolved(
                setting=f"retrieval:pins.{name}.id", what="no AMI is pinned", remedy=_PIN
            )
    if pins.gpu_ami.resolved and not pins.gpu_ami.driver:
        yield Unresolved(
            setting="retrieval:pins.gpu_ami.driver",
            what="the AMI's NVIDIA driver is not known, so it cannot be checked against TEI",
            remedy="write it from the AMI's release notes",
        )
    for name, image in (("tei", pins.tei), ("qdrant", pins.qdrant)):
        if not image.resolved:
            yield Unresolved(
                setting=f"retrieval:pins.{name}.digest",
                what=f"no digest is pinned for {image.repository}:{image.tag}",
                remedy=_PIN,
            )


def _archives(settings: StackSettings) -> Iterator[Unresolved]:
    archives = settings.pins.archives
    for name, digest, blocks in (
        ("agent", archives.agent_sha256, True),
        ("gateway", archives.gateway_sha256, True),
        ("load_runner", archives.load_runner_sha256, False),
    ):
        if not digest:
            yield Unresolved(
                setting=f"retrieval:pins.archives.{name}_sha256",
                what="the archive is not in the artifact bucket yet",
                remedy=_MIRROR,
                blocks_up=blocks,
            )
    if settings.serving.source is WeightSource.BUCKET:
        for name, image in (("tei", settings.pins.tei), ("qdrant", settings.pins.qdrant)):
            if not image.image_id:
                yield Unresolved(
                    setting=f"retrieval:pins.{name}.image_id",
                    what="the saved image is not in the artifact bucket yet",
                    remedy=_MIRROR,
                )
