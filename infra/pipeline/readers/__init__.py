"""Turns files of many formats into Markdown text with a map to their pages, times and headings.

`FileReader` is the way in. It knows bytes and names, not the file system, passages, models or the
store.
"""

from __future__ import annotations

from infra.pipeline.readers.file_reader import FileReader
from infra.pipeline.readers.formats import FORMATS, Format
from infra.pipeline.readers.records import (
    JsonlFields,
    Place,
    ReadDocument,
    ReadLimits,
    ReadOptions,
    UnreadableDocumentError,
)

__all__ = [
    "FORMATS",
    "FileReader",
    "Format",
    "JsonlFields",
    "Place",
    "ReadDocument",
    "ReadLimits",
    "ReadOptions",
    "UnreadableDocumentError",
]
