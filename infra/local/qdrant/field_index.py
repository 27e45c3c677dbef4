"""Payload indexes: the field schema of a request, as JSON and as engine object."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import qdrant_edge as edge

from infra.local.qdrant.conditions import read_path
from infra.local.qdrant.config_engine import MEMORIES
from infra.local.qdrant.config_fields import MEMORY, Reader, record
from infra.local.qdrant.errors import FormatError, bad_request
from infra.local.qdrant.languages import (
    STEMMER,
    STOPWORDS,
    TOKENIZER,
    TOKENIZERS,
    engine_stemmer,
    engine_stopwords,
)
from infra.local.qdrant.serde import (
    Json,
    field,
    optional,
    untagged,
    want_bool,
    want_map,
    want_str,
    want_usize,
)

_COMMON: dict[str, Reader] = {"on_disk": want_bool, "enable_hnsw": want_bool, "memory": MEMORY}
_PARAMS: dict[str, Reader] = {
    "keyword": record({"is_tenant": want_bool, "prefix": want_bool, **_COMMON}),
    "integer": record(
        {
            "lookup": want_bool,
            "range": want_bool,
            "is_principal": want_bool,
            **_COMMON,
        }
    ),
    "float": record({"is_principal": want_bool, **_COMMON}),
    "geo": record(_COMMON),
    "bool": record(_COMMON),
    "datetime": record({"is_principal": want_bool, **_COMMON}),
    "uuid": record({"is_tenant": want_bool, **_COMMON}),
    "text": record(
        {
            "tokenizer": TOKENIZER,
            "min_token_len": want_usize,
            "max_token_len": want_usize,
            "lowercase": want_bool,
            "ascii_folding": want_bool,
            "phrase_matching": want_bool,
            "stopwords": STOPWORDS,
            "stemmer": STEMMER,
            **_COMMON,
        }
    ),
}

_TYPES = {
    "keyword": edge.PayloadSchemaType.Keyword,
    "integer": edge.PayloadSchemaType.Integer,
    "float": edge.PayloadSchemaType.Float,
    "geo": edge.PayloadSchemaType.Geo,
    "bool": edge.PayloadSchemaType.Bool,
    "datetime": edge.PayloadSchemaType.Datetime,
    "uuid": edge.PayloadSchemaType.Uuid,
    "text": edge.PayloadSchemaType.Text,
}
_ENGINE_PARAMS: dict[str, Any] = {
    "keyword": edge.KeywordIndexParams,
    "integer": edge.IntegerIndexParams,
    "float": edge.FloatIndexParams,
    "geo": edge.GeoIndexParams,
    "bool": edge.BoolIndexParams,
    "datetime": edge.DatetimeIndexParams,
    "uuid": edge.UuidIndexParams,
    "text": edge.TextIndexParams,
}


@dataclass(frozen=True)
class FieldSchema:
    """The type of an indexed field; `params` None means the short form, without parameters."""

    data_type: str
    params: Json | None

    def shown(self, points: int) -> Json:
        """One entry of `payload_schema`."""
        if self.params is None:
            return {"data_type": self.data_type, "points": points}
        params = {"type": self.data_type, **self.params}
        if self.data_type == "integer":
            params.setdefault("is_principal", None)  # the server shows it, unlike other gaps
        return {"data_type": self.data_type, "params": params, "points": points}

    def engine(self) -> Any:
        """What the engine's `create_field_index` takes."""
        if self.params is None:
            return _TYPES[self.data_type]
        params = dict(self.params)
        if "memory" in params:
            params["memory"] = MEMORIES[params["memory"]]
            params.pop("on_disk", None)
        if self.data_type == "text":
            params["tokenizer"] = TOKENIZERS[params.get("tokenizer", "word")]
            params["stemmer"] = engine_stemmer(params.get("stemmer"))
            params["stopwords"] = engine_stopwords(params.get("stopwords"))
        return _ENGINE_PARAMS[self.data_type](**params)


@dataclass(frozen=True)
class CreateIndex:
    """PUT /collections/{name}/index."""

    field_name: str
    schema: FieldSchema | None

    def required_schema(self) -> FieldSchema:
        if self.schema is None:
            text = "Can't auto-detect field type, please specify `field_schema` in the request"
            raise bad_request(text)
        return self.schema


def _schema(value: Any) -> FieldSchema:
    if isinstance(value, str):
        if value not in _TYPES:
            raise FormatError(f"unknown type {value}")
        return FieldSchema(value, None)
    data_type = field(want_map(value), "type", want_str)
    if data_type not in _PARAMS:
        raise FormatError(f"unknown type {data_type}")
    return FieldSchema(data_type, _PARAMS[data_type](value))


read_schema = untagged("PayloadFieldSchema", _schema)


def read_create_index(value: Any) -> CreateIndex:
    body = want_map(value)
    return CreateIndex(
        field(body, "field_name", read_path), optional(body, "field_schema", read_schema)
    )
