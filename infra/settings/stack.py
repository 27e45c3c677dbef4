"""All settings of one stack."""

from __future__ import annotations

from enum import StrEnum
from typing import Self

from pydantic import Field, model_validator

from infra.settings.aws.account import AwsSettings
from infra.settings.aws.backup import BackupSettings
from infra.settings.aws.commitment import CommitmentSettings
from infra.settings.aws.endpoint import EndpointSettings
from infra.settings.aws.gpu import GpuSettings
from infra.settings.aws.network import NetworkSettings
from infra.settings.aws.pins import PinSettings
from infra.settings.aws.rules import aws_problems
from infra.settings.aws.serving import ServingSettings
from infra.settings.aws.standby import StandbySettings
from infra.settings.aws.usage import UsageSettings
from infra.settings.aws.vector_store import VectorStoreSettings
from infra.settings.aws.watch import WatchSettings
from infra.settings.base import Settings
from infra.settings.gateway import GatewaySettings
from infra.settings.local import LocalSettings
from infra.settings.models import EmbedSettings, RerankSettings
from infra.settings.pipeline import IndexSettings, PassageSettings, SearchSettings
from infra.settings.point import DesignPoint
from infra.settings.store import StoreSettings


class Target(StrEnum):
    """Where the stack runs."""

    AWS = "aws"
    DOCKER = "docker"
    LOCAL = "local"


class StackSettings(Settings):
    """The validated configuration of one stack; each field is one `retrieval:` key."""

    target: Target = Field(
        strict=False,  # configuration holds the name, not the enum member
        description="Where the stack runs: `local` (processes on this machine), `docker`, `aws`.",
    )
    embed: EmbedSettings = Field(default_factory=EmbedSettings, description="The embed server.")
    rerank: RerankSettings = Field(default_factory=RerankSettings, description="The rerank server.")
    store: StoreSettings = Field(default_factory=StoreSettings, description="The vector store.")
    passages: PassageSettings = Field(
        default_factory=PassageSettings, description="How documents are cut."
    )
    index: IndexSettings = Field(
        default_factory=IndexSettings, description="How documents are put into the store."
    )
    search: SearchSettings = Field(
        default_factory=SearchSettings, description="How a query is answered."
    )
    gateway: GatewaySettings = Field(
        default_factory=GatewaySettings, description="The address that applications use."
    )
    design_point: DesignPoint = Field(
        default_factory=DesignPoint, description="What the deployment promises."
    )
    local: LocalSettings = Field(
        default_factory=LocalSettings, description="The embedded local target."
    )
    aws: AwsSettings = Field(
        default_factory=AwsSettings, description="Account, region, names and tags of the target."
    )
    network: NetworkSettings = Field(
        default_factory=NetworkSettings, description="Where nodes live and who reaches them."
    )
    gpu: GpuSettings = Field(default_factory=GpuSettings, description="The serving GPU nodes.")
    serving: ServingSettings = Field(
        default_factory=ServingSettings, description="How the model servers run on a GPU node."
    )
    standby: StandbySettings = Field(
        default_factory=StandbySettings, description="The spot standby."
    )
    endpoint: EndpointSettings = Field(
        default_factory=EndpointSettings, description="The address of the gateway on AWS."
    )
    vector_store: VectorStoreSettings = Field(
        default_factory=VectorStoreSettings, description="The machine and disk under Qdrant."
    )
    backup: BackupSettings = Field(
        default_factory=BackupSettings, description="Copies of the vector store's data."
    )
    watch: WatchSettings = Field(
        default_factory=WatchSettings, description="Alarms, logs and the ceiling of the cost."
    )
    usage: UsageSettings = Field(
        default_factory=UsageSettings, description="Assumptions behind the usage lines of the cost."
    )
    commitment: CommitmentSettings = Field(
        default_factory=CommitmentSettings, description="Savings Plans to reckon with."
    )
    pins: PinSettings = Field(
        default_factory=PinSettings, description="AMIs, images and archives, each exact."
    )

    @model_validator(mode="after")
    def _learned_sparse_is_whole(self) -> Self:
        problems: list[str] = []
        if self.search.sparse == "m3" and self.store.sparse != "m3":
            problems.append(
                "search.sparse is m3, but store.sparse is off: no passage would have such a "
                "vector; set store.sparse to m3 and index again"
            )
        if self.store.sparse == "m3" and not self.embed.sparse_head:
            problems.append(
                "store.sparse is m3, but embed.sparse_head names no file: set it to the path of "
                "the model's `sparse_linear.pt`"
            )
        if self.embed.pooling == "mean" and self.store.sparse != "m3":
            problems.append(
                "embed.pooling is mean, but store.sparse is off: the vectors would be means, not "
                "bge-m3's; set embed.pooling to cls, or store.sparse to m3"
            )
        if problems:
            raise ValueError("; ".join(problems))
        return self

    @model_validator(mode="after")
    def _aws_groups_fit_together(self) -> Self:
        problems = aws_problems(self) if self.target is Target.AWS else []
        if problems:
            raise ValueError("; ".join(problems))
        return self
