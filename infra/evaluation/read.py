"""Reads a judged set in any of the formats."""

from __future__ import annotations

from pathlib import Path

from infra.errors import InputFileError, UsageError
from infra.evaluation.beir_format import read_beir
from infra.evaluation.judged import JudgedFormat, JudgedSet
from infra.evaluation.lessons_format import read_lessons
from infra.evaluation.trec_format import read_trec


def read_judged(queries: Path, *, written_as: JudgedFormat, qrels: Path | None) -> JudgedSet:
    """The judged set in these files.

    Raises:
        UsageError: judgements are missing, or given for a format that holds its own.
        InputFileError: a file cannot be used, or nothing in it is judged.
    """
    if written_as is JudgedFormat.LESSONS:
        if qrels is not None:
            raise UsageError(
                f"--qrels {qrels} is given",
                why="in the format `lessons` each query holds its own judgements",
                remedy="leave --qrels out, or say --format trec or --format beir",
            )
        judged = read_lessons(queries)
    elif qrels is None:
        raise UsageError(
            f"--format {written_as.value} has no judgements",
            why="they stand in a file of their own",
            remedy="add --qrels FILE",
        )
    else:
        read = read_trec if written_as is JudgedFormat.TREC else read_beir
        judged = read(queries, qrels)
    if not judged.queries:
        raise InputFileError(
            f"{queries.name} has no query that can be measured",
            why=f"{judged.without_answer} queries were read, and no document answers any of them",
            remedy="check that queries and judgements belong together: same ids, grades above 0",
        )
    return judged
