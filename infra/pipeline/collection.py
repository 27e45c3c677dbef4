"""The collection behind the alias: made once, checked before every use, never mixed.

Its name is the alias and the index key, so vectors of two models or two ways of cutting cannot
meet in one collection. What made it is kept in its metadata. A second alias stands for the
collection that was served before, until it is dropped.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from qdrant_client import QdrantClient, models

from infra.errors import IncompatibleCollectionError, NotIndexedError
from infra.pipeline.index_key import differences, query_differences
from infra.pipeline.legs import LEXICAL_LEGS, Leg
from infra.pipeline.points import DOC_ID_FIELD, LANG_FIELD, ROOT_FIELD
from infra.pipeline.store_calls import StoreCalls

PREVIOUS_SUFFIX = ".previous"
"""Ends the name of the second alias; a setting cannot hold the full stop, so no name collides."""

_METADATA = "retrieval-stack"
_INDEXED_FIELDS = (DOC_ID_FIELD, LANG_FIELD, ROOT_FIELD)


@dataclass(frozen=True, kw_only=True, slots=True)
class CollectionSpec:
    """What must stand behind the alias; `has_m3` asks for the learned sparse vector too.

    `made_by` are the parts of the index key. `reads` names another collection whose passages
    queries of these settings may be compared with; empty means its own.
    """

    alias: str
    index_key: str
    dimensions: int
    has_m3: bool = False
    made_by: Mapping[str, object] = field(default_factory=dict[str, object])
    reads: str = ""

    @property
    def name(self) -> str:
        return f"{self.alias}-{self.index_key}"

    @property
    def reads_from(self) -> str:
        """The real name of the collection that is read."""
        return self.reads or self.name


class Served(NamedTuple):
    """The collections that the two aliases stand for; None where an alias does not exist."""

    current: str | None
    previous: str | None


def ensure_collection(client: QdrantClient, calls: StoreCalls, spec: CollectionSpec) -> None:
    """Make what is missing of collection, payload indexes and alias.

    Raises:
        IncompatibleCollectionError: something else stands there; nothing was changed.
    """
    if checked_alias(client, calls, spec) is not None:
        return
    make_collection(client, calls, spec)
    alias = models.CreateAlias(collection_name=spec.name, alias_name=spec.alias)
    operation = models.CreateAliasOperation(create_alias=alias)
    calls.run(lambda: client.update_collection_aliases([operation]))


def make_collection(client: QdrantClient, calls: StoreCalls, spec: CollectionSpec) -> None:
    """Make what is missing of the collection itself, which may be half made.

    Raises:
        IncompatibleCollectionError: one of that name holds other vectors.
    """
    if not calls.run(lambda: client.collection_exists(spec.name)):
        calls.run(lambda: _create(client, spec))
    _check_vectors(calls.run(lambda: client.get_collection(spec.name)), spec.name, spec)
    for name in _INDEXED_FIELDS:
        calls.run(
            lambda name=name: client.create_payload_index(
                spec.name, name, field_schema=models.PayloadSchemaType.KEYWORD, wait=True
            )
        )


def require_collection(
    client: QdrantClient, calls: StoreCalls, spec: CollectionSpec
) -> CollectionSpec:
    """As `readable_collection`, for whoever needs one.

    Raises:
        NotIndexedError: nothing has been indexed yet.
        IncompatibleCollectionError: what is there was made by other settings.
    """
    readable = readable_collection(client, calls, spec)
    if readable is None:
        raise NotIndexedError(
            f"there is no collection `{spec.alias}` in the store",
            why="nothing has been indexed on this stack yet",
            remedy="run `retrieval index PATH` with the folder of your documents first",
        )
    return readable


def readable_collection(
    client: QdrantClient, calls: StoreCalls, spec: CollectionSpec
) -> CollectionSpec | None:
    """`spec` with the collection that a search reads; None when nothing is indexed.

    That is the one behind the alias if queries may be compared with its passages: other passage
    settings do not matter for that, another model does. While a model is being changed, it is the
    previous one for whoever still has the old model.

    Raises:
        IncompatibleCollectionError: neither was made by a model like this one.
    """
    served = served_collections(client, calls, spec.alias)
    if served.current is None:
        _refuse_plain_collection(client, calls, spec)
        return None
    for target in (served.current, served.previous):
        if target is None:
            continue
        info = calls.run(lambda target=target: client.get_collection(target))
        if target == spec.name or _is_comparable(info, spec):
            _check_vectors(info, target, spec)
            return replace(spec, reads=target)
    info = calls.run(lambda: client.get_collection(served.current or ""))
    _check_vectors(info, served.current, spec)
    raise _made_otherwise(info, served.current, spec)


def drop_collection(client: QdrantClient, calls: StoreCalls, spec: CollectionSpec) -> None:
    """Delete the collection and with it the alias; one that is not there is no error."""
    calls.run(lambda: client.delete_collection(spec.name))


def checked_alias(client: QdrantClient, calls: StoreCalls, spec: CollectionSpec) -> str | None:
    """The collection behind the alias if it is the one of `spec`; None when there is no alias.

    Raises:
        IncompatibleCollectionError: the alias stands for another collection.
    """
    target = served_collections(client, calls, spec.alias).current
    if target is None:
        _refuse_plain_collection(client, calls, spec)
        return None
    info = calls.run(lambda: client.get_collection(target))
    _check_vectors(info, target, spec)
    if target != spec.name:
        raise _made_otherwise(info, target, spec)
    return target


def served_collections(client: QdrantClient, calls: StoreCalls, alias: str) -> Served:
    """What the alias and its second one stand for."""
    targets = {
        found.alias_name: found.collection_name for found in calls.run(client.get_aliases).aliases
    }
    return Served(current=targets.get(alias), previous=targets.get(alias + PREVIOUS_SUFFIX))


def made_by(info: models.CollectionInfo) -> dict[str, object]:
    """The parts of the index key that a collection was made by; empty where it does not say."""
    told = (info.config.metadata or {}).get(_METADATA)
    return dict(told) if isinstance(told, dict) else {}


def _is_comparable(info: models.CollectionInfo, spec: CollectionSpec) -> bool:
    told = made_by(info)
    return bool(told) and not query_differences(told, spec.made_by)


def _made_otherwise(
    info: models.CollectionInfo, target: str, spec: CollectionSpec
) -> IncompatibleCollectionError:
    told = differences(made_by(info), spec.made_by) if made_by(info) else []
    reasons = "; ".join(told) or (
        "another model, passage, BM25 or normalisation setting, or minor version of TEI"
    )
    return IncompatibleCollectionError(
        f"`{spec.alias}` stands for the collection {target}, not for {spec.name}",
        why=f"it was made by other settings: {reasons}",
        remedy="put the settings back, or run `retrieval index --rebuild PATH...`: it builds the "
        "new collection beside the old one, which is served until the new one is complete",
    )


def _refuse_plain_collection(client: QdrantClient, calls: StoreCalls, spec: CollectionSpec) -> None:
    if calls.run(lambda: client.collection_exists(spec.alias)):
        raise IncompatibleCollectionError(
            f"`{spec.alias}` is a collection in the store",
            why="the name is needed for an alias; that collection was made by something else",
            remedy=_other_name(spec),
        )


def _create(client: QdrantClient, spec: CollectionSpec) -> bool:
    quantization = models.BinaryQuantizationConfig(
        always_ram=True,
        encoding=models.BinaryQuantizationEncoding.ONE_BIT,
        query_encoding=models.BinaryQuantizationQueryEncoding.SCALAR8BITS,
    )
    dense = models.VectorParams(
        size=spec.dimensions,
        distance=models.Distance.COSINE,
        on_disk=True,  # the originals are read for rescoring only; the quantized stay in memory
        quantization_config=models.BinaryQuantization(binary=quantization),
    )
    lexical = models.SparseVectorParams(modifier=models.Modifier.IDF)
    sparse = {leg.value: lexical for leg in LEXICAL_LEGS}
    if spec.has_m3:
        # The model's weights know rare from common already: no IDF on top.
        sparse[Leg.M3.value] = models.SparseVectorParams()
    return client.create_collection(
        spec.name,
        vectors_config={Leg.DENSE.value: dense},
        sparse_vectors_config=sparse,
        on_disk_payload=True,
        metadata={_METADATA: dict(spec.made_by)},
    )


def _check_vectors(info: models.CollectionInfo, name: str, spec: CollectionSpec) -> None:
    params = info.config.params
    dense = params.vectors.get(Leg.DENSE.value) if isinstance(params.vectors, dict) else None
    sparse = params.sparse_vectors or {}
    wanted = [*LEXICAL_LEGS]
    if spec.has_m3 and name == spec.name:
        wanted.append(Leg.M3)
    missing = [leg.value for leg in wanted if leg.value not in sparse]
    if dense is None:
        missing.insert(0, Leg.DENSE.value)
    if missing or dense is None:
        raise IncompatibleCollectionError(
            f"collection {name} has no vector named {', '.join(missing)}",
            why="it was not made by this pipeline",
            remedy=_other_name(spec),
        )
    if dense.size != spec.dimensions or dense.distance is not models.Distance.COSINE:
        raise IncompatibleCollectionError(
            f"collection {name} holds {dense.distance.value} vectors of {dense.size} numbers",
            why=f"the settings say {spec.dimensions} numbers, compared by cosine",
            remedy="put `retrieval:embed` back to what it was, or run `retrieval index --rebuild "
            "PATH...`: it builds a new collection beside this one",
        )


def _other_name(spec: CollectionSpec) -> str:
    return (
        "choose another name, `pulumi config set --path retrieval:store.collection "
        f"{spec.alias}-2`, then `pulumi up` and index again; the old collection is kept"
    )
