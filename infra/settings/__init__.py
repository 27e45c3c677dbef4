"""Typed, validated configuration: one frozen model per concern. Knows no cloud and no Pulumi.

Only `load.py` knows where values come from; everything else takes a `StackSettings`.
"""

from infra.settings.gateway import GatewaySettings
from infra.settings.local import LocalSettings
from infra.settings.models import EmbedSettings, RerankSettings
from infra.settings.pipeline import IndexSettings, PassageSettings, SearchSettings
from infra.settings.point import DesignPoint
from infra.settings.stack import StackSettings, Target
from infra.settings.store import Bm25Settings, StoreSettings

__all__ = [
    "Bm25Settings",
    "DesignPoint",
    "EmbedSettings",
    "GatewaySettings",
    "IndexSettings",
    "LocalSettings",
    "PassageSettings",
    "RerankSettings",
    "SearchSettings",
    "StackSettings",
    "StoreSettings",
    "Target",
]
