"""What indexing is handed: documents, or something that gives them when it is read."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from infra.pipeline.records import Document


@dataclass(frozen=True, kw_only=True, slots=True)
class Parcel:
    """Some documents that have not been read yet, so that a corpus need not fit in memory.

    `read` may run in any thread and raises UnreadableDocumentError when there is nothing to be had;
    `size_bytes` is roughly how much there is, for progress and for bounding memory.
    """

    label: str
    size_bytes: int
    read: Callable[[], Sequence[Document]]


def parcels_of(documents: Iterable[Document | Parcel]) -> Iterator[Parcel]:
    """Documents that were read already as parcels, and parcels as they are."""
    for document in documents:
        yield document if isinstance(document, Parcel) else _read_already(document)


def _read_already(document: Document) -> Parcel:
    return Parcel(
        label=document.doc_id,
        size_bytes=len(document.text),
        read=lambda: (document,),
    )
