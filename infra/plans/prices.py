"""List prices as data: dated, with a source each, one set per region. Knows no settings.

A price that nobody has read is *unpriced*, never zero; a region without a set says so.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from functools import cache
from importlib import resources
from typing import Any

from infra.errors import InternalError

HOURS_PER_MONTH = Decimal(730)
"""365 x 24 / 12: AWS's own month for prices; 720 hides 1.4 % of every hourly line."""

PRICE_FILE = "prices.json"


class Per(StrEnum):
    """What one price is for."""

    HOUR = "hour"
    MONTH = "month"
    GB_MONTH = "GB-month"
    GIB_MONTH = "GiB-month"
    GB = "GB"
    IOPS_MONTH = "IOPS-month"
    MIB_S_MONTH = "MiB/s-month"
    MILLION = "million"
    TEN_THOUSAND = "10,000"


class Confidence(StrEnum):
    """How well a price is known."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


@dataclass(frozen=True, kw_only=True, slots=True)
class Price:
    """One list price in USD; LOW confidence means an estimate, which every line says."""

    key: str
    usd: Decimal
    per: Per
    confidence: Confidence
    source: str
    read_on: date


@dataclass(frozen=True, kw_only=True, slots=True)
class PriceList:
    """The prices of a region. `gap` says why there are none, or is empty."""

    region: str
    read_on: date
    prices: dict[str, Price]
    reasons: dict[str, str]
    gap: str

    def get(self, key: str) -> Price | None:
        """The price, or None if nobody has read it; `why_unpriced` then says why."""
        return self.prices.get(key)

    def why_unpriced(self, key: str) -> str:
        """Why a key has no price."""
        return self.reasons.get(key) or self.gap or f"no price was read for {key}"

    @property
    def has_prices(self) -> bool:
        """Whether the region has a set at all."""
        return bool(self.prices)


def price_list(region: str) -> PriceList:
    """The shipped prices of a region; for a region without any, an empty list that says so."""
    document = _document()
    read_on = date.fromisoformat(document["read_on"])
    rows: list[dict[str, Any]] | None = document["regions"].get(region)
    if rows is None:
        known = ", ".join(sorted(document["regions"]))
        return PriceList(
            region=region,
            read_on=read_on,
            prices={},
            reasons={},
            gap=f"no prices of region {region} ship with this version (known: {known})",
        )
    prices = [
        Price(
            key=row["key"],
            usd=Decimal(row["usd"]),
            per=Per(row["per"]),
            confidence=Confidence(row["confidence"]),
            source=f"{row['source']}, read {row.get('read_on', document['read_on'])}",
            read_on=date.fromisoformat(row.get("read_on", document["read_on"])),
        )
        for row in rows
    ]
    by_key = {price.key: price for price in prices}
    if len(by_key) < len(prices):
        raise InternalError(
            f"{PRICE_FILE} names a price of {region} twice",
            why="which of them counts would depend on the order of the file",
            remedy="keep one entry per key",
        )
    return PriceList(
        region=region, read_on=read_on, prices=by_key, reasons=dict(document["unpriced"]), gap=""
    )


@cache
def _document() -> dict[str, Any]:
    text = resources.files("infra.plans").joinpath("data", PRICE_FILE).read_text("utf-8")
    document: dict[str, Any] = json.loads(text)
    return document
