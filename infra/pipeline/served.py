"""What a model server says about itself, as far as the pipeline uses it. Plain record."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

STAND_IN_WORDS = "stand-in"
"""What the label of a server without a real model holds."""


class ServedModel(BaseModel):
    """What a server says about itself in `/info`, as far as the pipeline uses it.

    `model_sha` is the revision that the server was told, never looked up; null where it was told
    none. `model_dtype` is the precision that it computes in, such as `float16`. `docker_label` is
    where a server without a real model says so. `sparse_head` is the digest of the head with which
    the gateway before a server makes learned weights; a server itself knows of none.
    """

    model_config = ConfigDict(frozen=True, extra="ignore", protected_namespaces=())

    model_id: str
    model_sha: str | None
    model_dtype: str = ""
    model_type: dict[str, dict[str, object]]
    version: str
    max_client_batch_size: int
    max_concurrent_requests: int
    max_batch_tokens: int
    docker_label: str | None = None
    sparse_head: str | None = None

    @property
    def pooling(self) -> str | None:
        """How an embed server makes one vector of many; None for a reranker."""
        pooling = self.model_type.get("embedding", {}).get("pooling")
        return None if pooling is None else str(pooling)

    @property
    def is_stand_in(self) -> bool:
        """Whether no real model answers, by the server's own words."""
        return STAND_IN_WORDS in (self.docker_label or "").lower()

    @property
    def minor_version(self) -> str:
        """`1.9` of `1.9.3`."""
        return ".".join(self.version.split(".")[:2])

    @property
    def list_limit(self) -> int:
        """Most texts in one call: more are refused, or get 429 for ever."""
        return min(self.max_client_batch_size, self.max_concurrent_requests)
