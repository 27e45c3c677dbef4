"""The passages around an answer, from the same section of its document."""

from __future__ import annotations

from collections.abc import Sequence

from qdrant_client import QdrantClient, models

from infra.pipeline.answers import Answer
from infra.pipeline.points import DOC_ID_FIELD, passage_of
from infra.pipeline.records import Passage
from infra.pipeline.store_calls import StoreCalls

POSITION_FIELD = "position"


def neighbours_of(
    answers: Sequence[Answer],
    client: QdrantClient,
    calls: StoreCalls,
    *,
    collection: str,
    reach: int,
) -> tuple[tuple[Passage, ...], ...]:
    """For each answer, up to `reach` passages before and after it, the answer itself included.

    One call for all of them; none with `reach` 0.
    """
    if reach == 0 or not answers:
        return ()
    wanted: list[models.Condition] = [_around(answer.passage, reach) for answer in answers]
    records, _ = calls.run(
        lambda: client.scroll(
            collection,
            scroll_filter=models.Filter(should=wanted),
            limit=len(answers) * (2 * reach + 1),
            with_payload=True,
        )
    )
    passages = sorted(
        (passage_of(record.payload or {}) for record in records),
        key=lambda passage: passage.position,
    )
    return tuple(
        tuple(passage for passage in passages if _is_near(passage, answer.passage, reach))
        for answer in answers
    )


def _around(passage: Passage, reach: int) -> models.Filter:
    positions = models.Range(gte=passage.position - reach, lte=passage.position + reach)
    return models.Filter(
        must=[
            models.FieldCondition(key=DOC_ID_FIELD, match=models.MatchValue(value=passage.doc_id)),
            models.FieldCondition(key=POSITION_FIELD, range=positions),
        ]
    )


def _is_near(passage: Passage, answer: Passage, reach: int) -> bool:
    return (
        passage.doc_id == answer.doc_id
        and passage.section == answer.section
        and abs(passage.position - answer.position) <= reach
    )
