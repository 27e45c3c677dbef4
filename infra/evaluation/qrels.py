"""Joins topics with relevance judgements that stand in a file of their own (TREC, BEIR). Pure."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from infra.evaluation.judged import JudgedQuery, JudgedSet
from infra.evaluation.problems import Problems
from infra.pipeline.language import language_of

Qrels = dict[str, dict[str, int]]


def add_judgement(
    qrels: Qrels, problems: Problems, place: tuple[Path, int], row: tuple[str, str, str]
) -> None:
    """Note one line (query id, document, grade). A negative grade of TREC counts as 0."""
    query_id, doc_id, grade = row
    try:
        value = max(0, int(grade))
    except ValueError:
        problems.add(*place, f"the grade {grade!r} is not a whole number")
        return
    grades = qrels.setdefault(query_id, {})
    if grades.get(doc_id, value) != value:
        problems.add(*place, f"{doc_id} has two grades for query {query_id}")
    grades[doc_id] = value


def joined(topics: Mapping[str, str], qrels: Qrels) -> JudgedSet:
    """The topics that some document answers, in the order of the topics.

    The language of a query is told by its letters, since these formats do not name it.
    """
    queries = [
        JudgedQuery(
            query_id=query_id,
            text=text,
            language=language_of(text),
            kind="",
            grades=qrels[query_id],
        )
        for query_id, text in topics.items()
        if any(grade > 0 for grade in qrels.get(query_id, {}).values())
    ]
    return JudgedSet(queries=tuple(queries), without_answer=len(topics) - len(queries))
