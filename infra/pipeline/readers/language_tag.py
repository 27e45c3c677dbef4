"""Reads the language that a file claims for itself. A hint only: passages are judged by letters."""

from __future__ import annotations

from pathlib import PurePosixPath

from infra.pipeline.records import Language

_NAMES = {
    "ru": Language.RUSSIAN,
    "rus": Language.RUSSIAN,
    "russian": Language.RUSSIAN,
    "en": Language.ENGLISH,
    "eng": Language.ENGLISH,
    "english": Language.ENGLISH,
}


def language_of_tag(tag: str | None) -> Language | None:
    """The language of a tag like `ru`, `ru-RU` or `en_GB`; None for any other."""
    primary = (tag or "").strip().casefold().replace("_", "-").split("-")[0]
    return _NAMES.get(primary)


def language_of_name(name: str) -> Language | None:
    """The language in a file name like `lecture.ru.srt`."""
    suffixes = PurePosixPath(name).suffixes
    return language_of_tag(suffixes[-2][1:]) if len(suffixes) > 1 else None
