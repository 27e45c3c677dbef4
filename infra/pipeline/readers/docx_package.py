"""Opens the ZIP package of a DOCX and hands out the few parts that hold text, within bounds.

Nothing else of this project looks into a package: what comes out has no pictures, no macros, no
document type definitions, and is never larger than the limit, whatever its directory claims.
"""

from __future__ import annotations

import re
import zipfile
import zlib
from io import BytesIO

from infra.pipeline.readers.records import MIB, UnreadableDocumentError

_WANTED = re.compile(
    r"\[Content_Types\]\.xml|_rels/\.rels|docProps/core\.xml|word/(?:_rels/)?[^/]+"
)
_OTHER_KINDS = {
    "xl/": "an XLSX sheet",
    "ppt/": "a PPTX presentation",
    "META-INF/": "an ODF or EPUB file",
}
_XML = (".xml", ".rels")
# Large parts with nothing to read in them.
_UNWANTED = frozenset({"word/fontTable.xml", "word/settings.xml", "word/webSettings.xml"})
_READ_BYTES = 256 * 1024
_MOST_ENTRIES = 20_000
_ENCRYPTED_FLAG = 0x1


def read_package(data: bytes, *, max_unpacked_bytes: int) -> dict[str, bytes]:
    """The parts by name.

    Raises:
        UnreadableDocumentError: damaged, encrypted, no Word document, or too large once unpacked.
    """
    try:
        with zipfile.ZipFile(BytesIO(data)) as package:
            return _parts(package, max_unpacked_bytes)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError) as error:
        raise UnreadableDocumentError("is a damaged DOCX (its ZIP archive is broken)") from error
    except (NotImplementedError, RuntimeError, ValueError) as error:
        if isinstance(error, UnreadableDocumentError):
            raise
        reason = "is a DOCX packed in a way that Word never uses"
        raise UnreadableDocumentError(reason) from error


def write_package(parts: dict[str, bytes]) -> BytesIO:
    """A package of `parts`, not compressed."""
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as package:
        for name, content in parts.items():
            package.writestr(name, content)
    packed.seek(0)
    return packed


def _parts(package: zipfile.ZipFile, max_unpacked_bytes: int) -> dict[str, bytes]:
    entries = package.infolist()
    if len(entries) > _MOST_ENTRIES:
        raise UnreadableDocumentError(f"is a ZIP archive of {len(entries)} files, not a DOCX")
    names = {entry.filename for entry in entries}
    if not any(name.startswith("word/") for name in names):
        raise UnreadableDocumentError(_what_else(names))
    parts: dict[str, bytes] = {}
    left = max_unpacked_bytes
    for entry in entries:
        name = entry.filename
        if not _WANTED.fullmatch(name) or not name.endswith(_XML) or name in _UNWANTED:
            continue
        if entry.flag_bits & _ENCRYPTED_FLAG:
            raise UnreadableDocumentError("is encrypted; save it without a password")
        content = _bounded(package, entry, left)
        if content is None:
            reason = f"unpacks to more than {max_unpacked_bytes // MIB} MiB of XML"
            raise UnreadableDocumentError(reason)
        left -= len(content)
        # A document type can define entities that grow; no program writes one into a DOCX.
        if b"<!DOCTYPE" in content.replace(b"\0", b""):
            raise UnreadableDocumentError("declares a document type in its XML, as no DOCX does")
        parts[name] = content
    return parts


def _bounded(package: zipfile.ZipFile, entry: zipfile.ZipInfo, left: int) -> bytes | None:
    """The content, read in pieces; None when there is more of it than `left`."""
    pieces: list[bytes] = []
    with package.open(entry) as stream:
        while piece := stream.read(_READ_BYTES):
            left -= len(piece)
            if left < 0:
                return None
            pieces.append(piece)
    return b"".join(pieces)


def _what_else(names: set[str]) -> str:
    for start, kind in _OTHER_KINDS.items():
        if any(name.startswith(start) for name in names):
            return f"is named .docx but is {kind}"
    return "is a ZIP archive without a Word document in it"
