"""Exact things from outside: AMI ids, image digests, archives. `retrieval pin` writes them.

An empty id or digest means *unresolved*: it could not be looked up yet. Preview works and warns,
`up` refuses. A value is never made up here.
"""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated, Self

from pydantic import Field, model_validator

from infra.settings.base import Settings

_SHA256 = r"^(sha256:[0-9a-f]{64})?$"
_HEX64 = r"^([0-9a-f]{64})?$"
_TEI_TAG = re.compile(r"turing-[0-9]+\.[0-9]+\.[0-9]+")
_QDRANT_TAG = re.compile(r"v[0-9]+\.[0-9]+\.[0-9]+-unprivileged")

ReadOn = Annotated[date | None, Field(strict=False)]


class AmiPin(Settings):
    """One machine image."""

    id: str = Field(
        default="",
        pattern=r"^(ami-[0-9a-f]{8,17})?$",
        description="AMI id; empty while unresolved. A change replaces the machine.",
    )
    name: str = Field(
        default="", max_length=256, description="Its full name, which carries the build date."
    )
    built_on: ReadOn = Field(
        default=None, description="Day of its build; preflight says how old it is."
    )
    driver: str = Field(
        default="",
        pattern=r"^([0-9]{3}\.[0-9]+(\.[0-9]+)?)?$",
        description="NVIDIA driver in it, from its release notes; checked against the TEI image.",
    )
    read_on: ReadOn = Field(default=None, description="Day on which the value was looked up.")

    @property
    def resolved(self) -> bool:
        """Whether the id is known."""
        return bool(self.id)


class _ImagePin(Settings):
    digest: str = Field(
        default="",
        pattern=_SHA256,
        description="Digest in the registry; empty while unresolved. A change restarts the "
        "container, node by node.",
    )
    image_id: str = Field(
        default="",
        pattern=_SHA256,
        description="Image id that the saved archive in the artifact bucket loads as; written by "
        "`retrieval mirror`.",
    )
    read_on: ReadOn = Field(default=None, description="Day on which the value was looked up.")

    @property
    def resolved(self) -> bool:
        """Whether the digest is known."""
        return bool(self.digest)


class TeiImagePin(_ImagePin):
    """TEI's image for Turing GPUs."""

    repository: str = Field(
        default="ghcr.io/huggingface/text-embeddings-inference",
        min_length=3,
        pattern=r"^[a-z0-9.-]+(:[0-9]+)?(/[a-z0-9._-]+)+$",
        description="Repository of the image, without tag.",
    )
    tag: str = Field(
        default="turing-1.9.3",
        description="Release tag, which the digest belongs to. Another TEI minor moves the vectors "
        "a little: re-index.",
    )

    @property
    def release(self) -> str:
        """TEI's version, such as 1.9.3."""
        return self.tag.removeprefix("turing-")

    @model_validator(mode="after")
    def _tag_is_a_release(self) -> Self:
        if _TEI_TAG.fullmatch(self.tag) is None:
            raise ValueError(
                f"tag {self.tag!r} is no release of the Turing image: it floats or is built for "
                "another GPU; write it in full, such as turing-1.9.3"
            )
        return self


class QdrantImagePin(_ImagePin):
    """Qdrant's image that needs no root."""

    repository: str = Field(
        default="qdrant/qdrant",
        min_length=3,
        pattern=r"^[a-z0-9.-]+(:[0-9]+)?(/[a-z0-9._-]+)+$",
        description="Repository of the image, without tag.",
    )
    tag: str = Field(
        default="v1.19.0-unprivileged",
        description="Release tag, which the digest belongs to. Move one minor at a time, with a "
        "snapshot before each: storage reads one minor back.",
    )

    @model_validator(mode="after")
    def _tag_is_a_release(self) -> Self:
        if _QDRANT_TAG.fullmatch(self.tag) is None:
            raise ValueError(
                f"tag {self.tag!r} floats or runs as root; write the release in full, such as "
                "v1.19.0-unprivileged"
            )
        return self


class ArchivePins(Settings):
    """Our own programs, as built for the hosts' Python and put into the artifact bucket."""

    agent_sha256: str = Field(
        default="",
        pattern=_HEX64,
        description="Archive of the node agent; empty while unresolved. A change replaces nodes.",
    )
    gateway_sha256: str = Field(
        default="",
        pattern=_HEX64,
        description="Archive of the gateway; empty while unresolved. A change replaces nodes.",
    )
    load_runner_sha256: str = Field(
        default="",
        pattern=_HEX64,
        description="Archive of the load runner; only load tests inside the VPC need it.",
    )


class PinSettings(Settings):
    """Everything from outside that a node starts from."""

    gpu_ami: AmiPin = Field(
        default_factory=AmiPin, description="Deep Learning AMI of the GPU nodes."
    )
    vector_store_ami: AmiPin = Field(
        default_factory=AmiPin, description="AMI of a dedicated vector store."
    )
    tei: TeiImagePin = Field(default_factory=TeiImagePin, description="Image of both servers.")
    qdrant: QdrantImagePin = Field(default_factory=QdrantImagePin, description="Image of Qdrant.")
    archives: ArchivePins = Field(default_factory=ArchivePins, description="Our own programs.")
