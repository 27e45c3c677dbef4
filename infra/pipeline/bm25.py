"""The lexical legs: text as Qdrant's own BM25 is asked to read it. Pure.

The same options go with passages and with queries. Language names are constants, since the server
takes an unknown or capitalised one without a word and then neither stems nor drops stop words
(recorded from Qdrant 1.19).
"""

from __future__ import annotations

from qdrant_client import models

from infra.pipeline.legs import Leg
from infra.settings import Bm25Settings

MODEL = "qdrant/bm25"

_LANGUAGES: dict[Leg, models.Language] = {
    Leg.BM25_RU: models.Language.RUSSIAN,
    Leg.BM25_EN: models.Language.ENGLISH,
}

# Both languages in both legs: else `how does ...` finds Russian passages with an English quote, and
# the leg of the other language fills the candidates with noise.
_STOP_WORDS = models.StopwordsSet(languages=list(_LANGUAGES.values()))


def bm25_document(leg: Leg, text: str, settings: Bm25Settings) -> models.Document:
    """`text`, already normalised, for the sparse vector of `leg`.

    The `word` tokenizer keeps numbers: `multilingual` drops tokens without a letter.
    """
    options = models.Bm25Config(
        k=settings.k,
        b=settings.b,
        avg_len=settings.avg_len_words,
        tokenizer=models.TokenizerType.WORD,
        language=_LANGUAGES[leg].value,
        lowercase=True,
        stopwords=_STOP_WORDS,
    )
    return models.Document(
        text=text, model=MODEL, options=options.model_dump(mode="json", exclude_none=True)
    )
