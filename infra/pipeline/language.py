"""Which of the two languages a text is in, by counting letters. Knows no model and no dictionary.

A detector library would bring a model for dozens of languages to decide between two scripts.
"""

from __future__ import annotations

from infra.pipeline.records import Language

# Russian lessons quote Latin formulas, code and names all the time; English lessons hardly ever
# quote Cyrillic. So one Cyrillic letter in three already means Russian.
RUSSIAN_SHARE = 1 / 3


def language_of(text: str) -> Language | None:
    """The language of `text`; None when it holds neither Cyrillic nor Latin letters."""
    cyrillic = latin = 0
    for character in text.casefold():
        if "а" <= character <= "я" or character == "ё":
            cyrillic += 1
        elif "a" <= character <= "z":
            latin += 1
    if not cyrillic and not latin:
        return None
    is_russian = cyrillic >= RUSSIAN_SHARE * (cyrillic + latin)
    return Language.RUSSIAN if is_russian else Language.ENGLISH
