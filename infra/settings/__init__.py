"""Typed, validated configuration: one frozen model per concern. Knows no cloud and no Pulumi.

Only `load.py` knows where values come from; everything else takes a `StackSettings`.
"""

from infra.settings.aws.account import AwsSettings
from infra.settings.aws.backup import BackupSettings
from infra.settings.aws.commitment import CommitmentSettings
from infra.settings.aws.endpoint import EndpointSettings
from infra.settings.aws.gpu import GpuSettings
from infra.settings.aws.network import NetworkSettings
from infra.settings.aws.pins import PinSettings
from infra.settings.aws.serving import ServingSettings
from infra.settings.aws.standby import StandbySettings
from infra.settings.aws.usage import UsageSettings
from infra.settings.aws.vector_store import VectorStoreSettings
from infra.settings.aws.watch import WatchSettings
from infra.settings.gateway import GatewaySettings
from infra.settings.local import LocalSettings
from infra.settings.models import EmbedSettings, RerankSettings
from infra.settings.pipeline import IndexSettings, PassageSettings, SearchSettings
from infra.settings.point import DesignPoint
from infra.settings.stack import StackSettings, Target
from infra.settings.store import Bm25Settings, StoreSettings

__all__ = [
    "AwsSettings",
    "BackupSettings",
    "Bm25Settings",
    "CommitmentSettings",
    "DesignPoint",
    "EmbedSettings",
    "EndpointSettings",
    "GatewaySettings",
    "GpuSettings",
    "IndexSettings",
    "LocalSettings",
    "NetworkSettings",
    "PassageSettings",
    "PinSettings",
    "RerankSettings",
    "SearchSettings",
    "ServingSettings",
    "StackSettings",
    "StandbySettings",
    "StoreSettings",
    "Target",
    "UsageSettings",
    "VectorStoreSettings",
    "WatchSettings",
]
