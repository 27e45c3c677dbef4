"""The official client as the pipeline's search uses it: with a filter on every leg, and lean."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from qdrant_client import QdrantClient, models


class FilteringClient:
    """The client, with a condition on what a query may find; everything else passes through.

    Queries go to the client's own HTTP layer: the layer above looks in every vector for texts to be
    embedded here, copying it three times (half of the client's time for a search).
    """

    def __init__(self, client: QdrantClient, condition: models.Filter | None) -> None:
        self._client = client
        self._condition = condition

    @classmethod
    def around(cls, client: QdrantClient, condition: models.Filter | None) -> QdrantClient:
        """Typed as the client, since it stands in for one."""
        return cast("QdrantClient", cls(client, condition))

    def query_batch_points(
        self, collection_name: str, requests: Sequence[models.QueryRequest]
    ) -> Any:
        """As the client's own, each request with the condition."""
        searches = [request.model_copy(update={"filter": self._condition}) for request in requests]
        answer = self._client.http.search_api.query_batch_points(
            collection_name, query_request_batch=models.QueryRequestBatch(searches=searches)
        )
        return list(answer.result or [])

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)
