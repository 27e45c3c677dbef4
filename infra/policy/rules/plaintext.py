"""What looks like a secret in text that anyone with read access can see.

A finding names the kind and the place, never the text.
"""

from __future__ import annotations

import base64
import binascii
import gzip
import re
import zlib
from collections.abc import Iterator

_KNOWN = {
    "an AWS access key": re.compile(r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b"),
    "a private key": re.compile(r"-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----"),
    "a Hugging Face token": re.compile(r"\bhf_[A-Za-z0-9]{30,}"),
    "a GitHub token": re.compile(r"\b(?:gh[opusr]_[A-Za-z0-9]{30,}|github_pat_\w{20,})"),
    "a signed token": re.compile(r"\beyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]{8,}"),
    "an API key": re.compile(r"\bsk-[A-Za-z0-9_-]{20,}"),
}

_ASSIGNED = re.compile(
    r"""(?ix)
    (?:password|passwd|secret|token|api[_-]?key|access[_-]?key)   # the end of a name
    ["']? \s* [:=] \s* ["']?
    ([A-Za-z0-9+/=_.!@#%^&*~-]{8,})                               # a literal, not $VAR or <text>
    """
)
_ENCODED = re.compile(r"[A-Za-z0-9+/]{24,}={0,2}")
_DEPTH = 3


def secrets_in(text: str, depth: int = 0) -> Iterator[str]:
    """Kinds of secrets in a text, and in what is encoded in it (base64, gzip), each once.

    Args:
        text: user data, a parameter's value, the value of a variable.
        depth: how many encodings around it were opened.
    """
    yield from dict.fromkeys(_found(text, depth))


def _found(text: str, depth: int) -> Iterator[str]:
    for kind, pattern in _KNOWN.items():
        if pattern.search(text):
            yield kind
    if any(_is_literal(match.group(1)) for match in _ASSIGNED.finditer(text)):
        yield "a value assigned to the name of a secret"
    if depth < _DEPTH:
        for match in _ENCODED.finditer(text):
            inner = _decoded(match.group())
            if inner is not None:
                yield from _found(inner, depth + 1)


def _is_literal(value: str) -> bool:
    """A path, a reference by ARN or a placeholder is none; a key has digits and letters."""
    if value.startswith(("/", "arn:", "%", "file:", "secret:")):
        return False
    return any(each.isdigit() for each in value) and any(each.isalpha() for each in value)


def _decoded(text: str) -> str | None:
    """The text inside base64, unpacked if it is gzip; None if it is neither."""
    try:
        raw = base64.b64decode(text, validate=True)
        if raw.startswith(b"\x1f\x8b"):
            raw = gzip.decompress(raw)
        inner = raw.decode()
    except (binascii.Error, ValueError, OSError, EOFError, zlib.error):
        return None
    return inner if inner.isprintable() or "\n" in inner else None
