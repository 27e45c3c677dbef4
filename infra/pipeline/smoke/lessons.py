"""The documents that the smoke indexes into its own collection, and what it asks of them."""

from __future__ import annotations

from typing import NamedTuple

from infra.pipeline.legs import Leg
from infra.pipeline.records import Document

_TEXTS = {
    "ru-contracts": "Стороны подписали новые договоры об аренде помещений.",
    "ru-plants": "Растения на свету поглощают углекислый газ и выделяют кислород.",
    "ru-river": "Волга впадает в Каспийское море.",
    "ru-fir": "Во дворе растёт зелёная ёлка.",
    "ru-birch": "На опушке стоит старая береза.",
    "en-contracts": "The company signed several contracts with its suppliers.",
    "en-cells": "Mitochondria release energy inside living cells.",
    "en-river": "The longest river on the island flows north into the bay.",
}

DOCUMENTS = tuple(
    Document(doc_id=doc_id, title=doc_id, text=text, is_markdown=False)
    for doc_id, text in _TEXTS.items()
)


class Wanted(NamedTuple):
    """A query, the document that must come first, and the leg that must find it by itself."""

    name: str
    query: str
    doc_id: str
    leg: Leg


# Each query differs from the text in its ending or in `ё`, so equal letters alone find nothing.
WANTED = (
    Wanted("Russian lemma", "договор", "ru-contracts", Leg.BM25_RU),
    Wanted("English lemma", "contract", "en-contracts", Leg.BM25_EN),
    Wanted("`ё` found by `е`", "елка", "ru-fir", Leg.BM25_RU),
    Wanted("`е` found by `ё`", "берёза", "ru-birch", Leg.BM25_RU),
)
