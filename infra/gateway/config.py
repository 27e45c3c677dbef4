"""What the gateway is told at its start: addresses and settings groups, no secrets."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from infra.errors import SettingsError
from infra.settings import (
    EmbedSettings,
    GatewaySettings,
    PassageSettings,
    RerankSettings,
    SearchSettings,
    StackSettings,
    StoreSettings,
    Target,
)

CONFIG_VARIABLE = "GATEWAY_CONFIG"
"""Environment variable that holds the configuration as JSON."""

_Address = Annotated[str, Field(pattern=r"^https?://[^/?#\s]+(:\d+)?$")]


class UpstreamAddresses(BaseModel):
    """Base URLs of the services, without a path."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    embed: _Address
    rerank: _Address
    qdrant: _Address


class GatewayConfig(BaseModel):
    """The JSON of `GATEWAY_CONFIG`. Groups left out take their defaults."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    target: Target
    addresses: UpstreamAddresses
    embed: EmbedSettings = Field(default_factory=EmbedSettings)
    rerank: RerankSettings = Field(default_factory=RerankSettings)
    store: StoreSettings = Field(default_factory=StoreSettings)
    passages: PassageSettings = Field(default_factory=PassageSettings)
    search: SearchSettings = Field(default_factory=SearchSettings)
    gateway: GatewaySettings = Field(default_factory=GatewaySettings)

    @model_validator(mode="after")
    def _groups_agree(self) -> Self:
        _ = self.stack  # its own rules hold between groups
        return self

    @property
    def stack(self) -> StackSettings:
        """The settings as the pipeline takes them."""
        return StackSettings(
            target=self.target,
            embed=self.embed,
            rerank=self.rerank,
            store=self.store,
            passages=self.passages,
            search=self.search,
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class UpstreamKeys:
    """Keys of the services behind; None for a service that is open."""

    tei: str | None = field(repr=False)
    qdrant: str | None = field(repr=False)


def parse_config(text: str | None) -> GatewayConfig:
    """The configuration from the variable's value.

    Raises:
        SettingsError: it is missing or wrong; every problem is listed.
    """
    if not text:
        raise SettingsError(
            f"{CONFIG_VARIABLE} is not set",
            why="the gateway takes its addresses and settings from it, as JSON",
            remedy="set it as docs/gateway.md shows; the stack's program does so by itself",
        )
    try:
        return GatewayConfig.model_validate_json(text)
    except ValidationError as error:
        problems = [
            f"\n  {'.'.join(map(str, detail['loc'])) or 'the value'}"
            f" = {json.dumps(detail['input'], ensure_ascii=False, default=str)[:100]}: "
            f"{detail['msg'].removeprefix('Value error, ')}"
            for detail in error.errors(include_url=False)
        ]
        raise SettingsError(
            f"{len(problems)} problem(s) in {CONFIG_VARIABLE}",
            why="".join(problems),
            remedy="mend the values named above; docs/gateway.md shows the shape",
        ) from error
