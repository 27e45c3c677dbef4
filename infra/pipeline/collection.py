"""The collection behind the alias: made once, checked before every use, never mixed.

Its name is the alias and the index key, so vectors of two models or two ways of cutting cannot
meet in one collection. The alias is set last: where it stands, the collection is complete.
"""

from __future__ import annotations

from dataclasses import dataclass

from qdrant_client import QdrantClient, models

from infra.errors import IncompatibleCollectionError, ServiceUnavailableError
from infra.pipeline.legs import LEXICAL_LEGS, Leg
from infra.pipeline.points import DOC_ID_FIELD, LANG_FIELD
from infra.pipeline.store_calls import StoreCalls


@dataclass(frozen=True, kw_only=True, slots=True)
class CollectionSpec:
    """What must stand behind the alias; `has_m3` asks for the learned sparse vector too."""

    alias: str
    index_key: str
    dimensions: int
    has_m3: bool = False

    @property
    def name(self) -> str:
        return f"{self.alias}-{self.index_key}"


def ensure_collection(client: QdrantClient, calls: StoreCalls, spec: CollectionSpec) -> None:
    """Make what is missing of collection, payload indexes and alias.

    Raises:
        IncompatibleCollectionError: something else stands there; nothing was changed.
    """
    target = checked_alias(client, calls, spec)
    if target is not None:
        return
    if not calls.run(lambda: client.collection_exists(spec.name)):
        calls.run(lambda: _create(client, spec))
    _check_vectors(calls.run(lambda: client.get_collection(spec.name)), spec.name, spec)
    for field in (DOC_ID_FIELD, LANG_FIELD):
        calls.run(
            lambda field=field: client.create_payload_index(
                spec.name, field, field_schema=models.PayloadSchemaType.KEYWORD, wait=True
            )
        )
    alias = models.CreateAlias(collection_name=spec.name, alias_name=spec.alias)
    operation = models.CreateAliasOperation(create_alias=alias)
    calls.run(lambda: client.update_collection_aliases([operation]))


def require_collection(client: QdrantClient, calls: StoreCalls, spec: CollectionSpec) -> None:
    """Check that the collection can be searched.

    Raises:
        ServiceUnavailableError: nothing has been indexed yet.
        IncompatibleCollectionError: what is there was made by other settings.
    """
    if checked_alias(client, calls, spec) is None:
        raise ServiceUnavailableError(
            f"there is no collection `{spec.alias}` in the store",
            why="nothing has been indexed on this stack yet",
            remedy="run `retrieval index PATH` with the folder of your documents first",
        )


def drop_collection(client: QdrantClient, calls: StoreCalls, spec: CollectionSpec) -> None:
    """Delete the collection and with it the alias; one that is not there is no error."""
    calls.run(lambda: client.delete_collection(spec.name))


def checked_alias(client: QdrantClient, calls: StoreCalls, spec: CollectionSpec) -> str | None:
    """The collection behind the alias, checked; None when the alias does not exist."""
    aliases = calls.run(client.get_aliases).aliases
    target = next((a.collection_name for a in aliases if a.alias_name == spec.alias), None)
    if target is None:
        if calls.run(lambda: client.collection_exists(spec.alias)):
            raise IncompatibleCollectionError(
                f"`{spec.alias}` is a collection in the store",
                why="the name is needed for an alias; that collection was made by something else",
                remedy=_other_name(spec),
            )
        return None
    _check_vectors(calls.run(lambda: client.get_collection(target)), target, spec)
    if target != spec.name:
        raise IncompatibleCollectionError(
            f"`{spec.alias}` stands for the collection {target}, not for {spec.name}",
            why="it was indexed with another model, passage, BM25 or normalisation setting, or "
            "another minor version of TEI: its vectors cannot be compared with new ones",
            remedy=f"put the settings back, or {_other_name(spec)}",
        )
    return target


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
            remedy=f"put `retrieval:embed` back to what it was, or {_other_name(spec)}",
        )


def _other_name(spec: CollectionSpec) -> str:
    return (
        "choose another name, `pulumi config set --path retrieval:store.collection "
        f"{spec.alias}-2`, then `pulumi up` and index again; the old collection is kept"
    )
