"""What a search is told to stay within, and the store's condition for it.

Only fields with a payload index can be asked for: without one the store would read every payload
for each candidate, and real servers may be set to refuse that.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TypeVar

from qdrant_client import QdrantClient, models

from infra.errors import UsageError
from infra.pipeline.points import DOC_ID_FIELD, LANG_FIELD
from infra.pipeline.records import Language
from infra.pipeline.store_calls import StoreCalls

T = TypeVar("T")

MOST_DOCUMENTS = 10_000
"""Documents that the beginning of an id is looked for in; a whole id works in any number."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SearchFilter:
    """What every point that is found must fulfil; values of one field are alternatives.

    `docs` are ids of documents or beginnings of ids. `fields` are pairs of a field's name and a
    value, as they were typed.
    """

    langs: tuple[Language, ...] = ()
    docs: tuple[str, ...] = ()
    fields: tuple[tuple[str, str], ...] = ()


def parse_field(text: str) -> tuple[str, str]:
    """Name and value of `name=value`.

    Raises:
        UsageError: it has no other form.
    """
    name, equals, value = text.partition("=")
    if not (name and equals and value):
        raise UsageError(
            f"--filter {text} is no condition",
            why="it has the form FIELD=VALUE",
            remedy="for example `--filter lang=ru`",
        )
    return name, value


def search_condition(
    client: QdrantClient, calls: StoreCalls, collection: str, wanted: SearchFilter
) -> models.Filter | None:
    """The condition in the store's own terms; None where nothing is asked.

    Raises:
        UsageError: a field that is not indexed, a value of another type, an unknown document.
    """
    values: dict[str, list[str]] = {}
    for name, value in wanted.fields:
        values.setdefault(name, []).append(value)
    if wanted.langs:
        values.setdefault(LANG_FIELD, []).extend(lang.value for lang in wanted.langs)
    conditions: list[models.Condition] = []
    if values:
        schema = calls.run(lambda: client.get_collection(collection)).payload_schema
        conditions.extend(_field_condition(schema, name, given) for name, given in values.items())
    if wanted.docs:
        ids = [found for doc in wanted.docs for found in _documents(client, calls, collection, doc)]
        match = models.MatchAny(any=sorted(set(ids)))
        conditions.append(models.FieldCondition(key=DOC_ID_FIELD, match=match))
    return models.Filter(must=conditions) if conditions else None


def _field_condition(
    schema: Mapping[str, models.PayloadIndexInfo], name: str, given: Sequence[str]
) -> models.Condition:
    if name not in schema:
        raise UsageError(
            f"passages cannot be filtered by `{name}`",
            why=f"the field has no index; these have: {', '.join(sorted(schema))}",
            remedy="filter by one of those, or by document with --doc",
        )
    kind = schema[name].data_type
    match kind:
        case models.PayloadSchemaType.KEYWORD | models.PayloadSchemaType.UUID:
            match: models.Match = models.MatchAny(any=list(given))
        case models.PayloadSchemaType.INTEGER:
            match = models.MatchAny(any=[_read(name, value, int) for value in given])
        case models.PayloadSchemaType.BOOL:
            return models.Filter(
                should=[
                    models.FieldCondition(
                        key=name, match=models.MatchValue(value=_read(name, value, _boolean))
                    )
                    for value in given
                ]
            )
        case other:
            raise UsageError(
                f"passages cannot be filtered by `{name}`",
                why=f"it is indexed as {other.value}; only words and whole numbers can be equal",
                remedy="filter by another field",
            )
    return models.FieldCondition(key=name, match=match)


def _read(name: str, value: str, kind: Callable[[str], T]) -> T:
    try:
        return kind(value)
    except (ValueError, KeyError) as error:
        raise UsageError(
            f"--filter {name}={value}: the value is of another type",
            why=f"`{name}` holds {'true or false' if kind is _boolean else 'whole numbers'}",
            remedy="give a value such as the field holds",
        ) from error


def _boolean(text: str) -> bool:
    return {"true": True, "false": False}[text.lower()]


def _documents(client: QdrantClient, calls: StoreCalls, collection: str, doc: str) -> list[str]:
    """The document of that id, else those whose ids begin with it."""
    own = models.FieldCondition(key=DOC_ID_FIELD, match=models.MatchValue(value=doc))
    points, _ = calls.run(
        lambda: client.scroll(
            collection, scroll_filter=models.Filter(must=[own]), limit=1, with_payload=False
        )
    )
    if points:
        return [doc]
    hits = calls.run(
        lambda: client.facet(collection, DOC_ID_FIELD, limit=MOST_DOCUMENTS + 1, exact=True)
    ).hits
    if len(hits) > MOST_DOCUMENTS:
        raise UsageError(
            f"--doc {doc}: no document has that id",
            why=f"more than {MOST_DOCUMENTS} documents are indexed, too many to look for ids that "
            "begin with it",
            remedy="give the whole id of a document, as a search shows it",
        )
    known = [str(hit.value) for hit in hits]
    found = [doc_id for doc_id in known if doc_id.startswith(doc)]
    if not found:
        near = get_close_matches(doc, known, n=1, cutoff=0)
        raise UsageError(
            f"--doc {doc}: no document has that id or one that begins with it",
            why=f"{len(known)} documents are indexed, none of them",
            remedy=f"the nearest id is {near[0]}" if near else "index documents first",
        )
    return found
