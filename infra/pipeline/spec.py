"""Which collection belongs to a stack's settings and the model that its server runs."""

from __future__ import annotations

from infra.pipeline.collection import CollectionSpec
from infra.pipeline.identity import check_served
from infra.pipeline.index_key import index_parts, key_of
from infra.pipeline.served import ServedModel
from infra.settings import StackSettings


def collection_spec(
    settings: StackSettings, served: ServedModel, *, sparse_head: str = ""
) -> CollectionSpec:
    """The collection; `sparse_head` is as for `index_parts`.

    Raises:
        SettingsError: the server runs another model than the settings name.
    """
    check_served(settings.embed, served)
    parts = index_parts(settings, served, sparse_head=sparse_head)
    return CollectionSpec(
        alias=settings.store.collection,
        index_key=key_of(parts),
        dimensions=settings.embed.dimensions,
        has_m3=settings.store.sparse == "m3",
        made_by=parts,
    )
