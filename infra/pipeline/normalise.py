"""The one form of text that the models and the lexical legs see, at index and at query time alike.

Display keeps the original text. A change of the rules below needs a new `NORMALISATION_VERSION`:
it is part of the index key, since vectors made by two rules cannot be compared.
"""

from __future__ import annotations

import unicodedata

NORMALISATION_VERSION = 1

# Neither Qdrant's BM25 nor its `ascii_folding` treats these as one letter (checked on 1.19).
_YO = str.maketrans({"ё": "е", "Ё": "Е"})


def normalise(text: str) -> str:
    """Compose to NFC, fold `ё` to `е`, put one space for each run of white space, trim.

    Doing it twice changes nothing.
    """
    text = unicodedata.normalize("NFC", text)
    # A stray diaeresis after a folded letter composes to `ё` again, hence the loop.
    while "ё" in text or "Ё" in text:
        text = unicodedata.normalize("NFC", text.translate(_YO))
    return " ".join(text.split())
