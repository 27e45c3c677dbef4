"""Where things lie in the artifact bucket, for those who fill it and those who read it."""

from __future__ import annotations

CHECKSUMS = "SHA256SUMS"
"""In each model's folder: a line for every other file, as sha256sum writes it."""


def archive_key(program: str, sha256: str) -> str:
    """Key of one of our own programs: `archives/<program>-<sha256>.tar.gz`."""
    return f"archives/{program}-{sha256}.tar.gz"


def image_key(image_id: str) -> str:
    """Key of a saved image: `images/<hex of its id>.tar`."""
    return f"images/{image_id.removeprefix('sha256:')}.tar"


def model_prefix(model_id: str, revision: str) -> str:
    """Folder of a model at a commit: `models/BAAI/bge-m3/<commit>`."""
    return f"models/{model_id}/{revision}"
