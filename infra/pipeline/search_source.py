"""What a search reads from, also while the embed server is away.

Which collection belongs to the settings depends on the model that the embed server runs. When it
does not say, whatever the alias stands for can still be searched by words: the lexical vectors are
the store's own. The dense legs stay off for that search even if the server comes back meanwhile,
since its model was not compared with the collection's.
"""

from __future__ import annotations

from dataclasses import dataclass

from qdrant_client import models

from infra.errors import NotIndexedError, ServiceUnavailableError
from infra.pipeline.assemble import Pipeline
from infra.pipeline.collection import CollectionSpec, served_collections
from infra.pipeline.lost import LostEmbedder
from infra.pipeline.search import Searcher
from infra.pipeline.store import PassageStore


@dataclass(frozen=True, kw_only=True, slots=True)
class SearchSource:
    """The passages that can be searched; `lost` says why only by words."""

    pipeline: Pipeline
    store: PassageStore
    lost: ServiceUnavailableError | None = None

    def searcher(self, condition: models.Filter | None = None) -> Searcher:
        """Searches them; `condition` is what every point that is found must fulfil."""
        if self.lost is None:
            return self.pipeline.searcher(condition)
        embedder = LostEmbedder(self.lost)
        return Searcher(
            embedder=embedder,
            reranker=self.pipeline.reranker,
            store=self.store if condition is None else self.store.within(condition),
            settings=self.pipeline.settings.search,
            clock=self.pipeline.clock,
            sparse=embedder,
            limit=self.pipeline.limit,
        )


def open_source(pipeline: Pipeline) -> SearchSource:
    """Find what there is to search.

    Raises:
        NotIndexedError: nothing is.
        IncompatibleCollectionError: it was made by another model.
        ServiceUnavailableError: the store does not answer.
    """
    try:
        _ = pipeline.embedder.served
    except ServiceUnavailableError as error:
        return SearchSource(pipeline=pipeline, store=_lexical_store(pipeline), lost=error)
    pipeline.store.require()
    return SearchSource(pipeline=pipeline, store=pipeline.store)


def _lexical_store(pipeline: Pipeline) -> PassageStore:
    settings = pipeline.settings
    alias = settings.store.collection
    current = served_collections(pipeline.qdrant, pipeline.store_calls, alias).current
    if current is None:
        raise NotIndexedError(
            f"there is no collection `{alias}` in the store",
            why="nothing has been indexed on this stack yet, and the embed server does not answer",
            remedy="run `retrieval status`, then `retrieval index PATH`",
        )
    spec = CollectionSpec(
        alias=alias, index_key="", dimensions=settings.embed.dimensions, reads=current
    )
    return PassageStore(pipeline.qdrant, pipeline.store_calls, spec=spec, settings=settings.store)
