"""Adds a filter to every leg of a search that the pipeline sends through the official client."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from qdrant_client import QdrantClient, models


class FilteringClient:
    """The client, with a condition on what a query may find; everything else passes through."""

    def __init__(self, client: QdrantClient, condition: models.Filter) -> None:
        self._client = client
        self._condition = condition

    @classmethod
    def around(cls, client: QdrantClient, condition: models.Filter | None) -> QdrantClient:
        """`client` itself where there is no condition."""
        if condition is None:
            return client
        return cast("QdrantClient", cls(client, condition))

    def query_batch_points(
        self, collection_name: str, requests: Sequence[models.QueryRequest], **options: Any
    ) -> Any:
        """As the client's own, each request with the condition."""
        filtered = [request.model_copy(update={"filter": self._condition}) for request in requests]
        return self._client.query_batch_points(collection_name, filtered, **options)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)
