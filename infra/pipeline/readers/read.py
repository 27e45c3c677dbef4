"""Reads one file of any format, in this process and without a limit of time.

Whoever reads files of strangers uses `FileReader`, which runs this where it can be stopped.
"""

from __future__ import annotations

from pathlib import PurePosixPath

from infra.pipeline.readers.docx import read_docx
from infra.pipeline.readers.formats import Format, format_of
from infra.pipeline.readers.html import read_html
from infra.pipeline.readers.pdf import read_pdf
from infra.pipeline.readers.records import ReadDocument, ReadOptions, UnreadableDocumentError
from infra.pipeline.readers.simple import SIMPLE_FORMATS, check_size, checked, read_simple
from infra.pipeline.readers.subtitles import read_subtitles


def read_format(name: str, data: bytes, options: ReadOptions | None = None) -> list[ReadDocument]:
    """The documents in a file: many in a JSONL file, else one.

    `name` tells the format by its suffix, and the title where the file has none.

    Raises:
        UnreadableDocumentError: the file cannot be read, with the one reason.
    """
    options = options or ReadOptions()
    check_size(data, options.limits)
    found = format_of(name, data)
    if found in SIMPLE_FORMATS:
        return read_simple(name, data, found, options)
    try:
        document = _read(found, name, data, options)
    except RecursionError as error:
        raise UnreadableDocumentError("nests its elements too deep") from error
    return checked([document], options.limits)


def _read(found: Format, name: str, data: bytes, options: ReadOptions) -> ReadDocument:
    stem = PurePosixPath(name).stem
    limits = options.limits
    if found is Format.PDF:
        return read_pdf(data, stem, limits=limits)
    if found is Format.DOCX:
        return read_docx(data, stem, limits=limits)
    if found is Format.HTML:
        return read_html(data, stem, limits=limits)
    kind = "vtt" if found is Format.VTT else "srt"
    return read_subtitles(data, name, stem, kind=kind, limits=limits)
