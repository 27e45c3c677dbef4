"""Judged queries as the sample lessons have them: one JSON object a line, judgements inside."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from infra.evaluation.judged import CROSS_LINGUAL, JudgedQuery, JudgedSet
from infra.evaluation.problems import Problems, numbered_lines
from infra.pipeline.records import Language

_RULE = 'each line is {"query": ..., "lang": "ru" or "en", "relevant": [paths], "kind": ...}'


class _Line(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    query: Annotated[str, Field(min_length=1)]
    lang: Language
    relevant: Annotated[list[str], Field(min_length=1)]
    kind: Annotated[str, Field(min_length=1)]


def read_lessons(path: Path) -> JudgedSet:
    """The queries of a file; a query's id is `q` and the number of its line.

    Raises:
        InputFileError: the file or a line of it cannot be used; all lines are listed.
    """
    problems = Problems()
    queries: list[JudgedQuery] = []
    for number, text in numbered_lines(path):
        try:
            line = _Line.model_validate(json.loads(text))
        except json.JSONDecodeError as error:
            problems.add(path, number, f"not JSON ({error.msg})")
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            where = ".".join(map(str, first["loc"])) or "the line"
            problems.add(path, number, f"{where}: {first['msg']}")
        else:
            queries.append(_judged(f"q{number}", line))
    problems.raise_any(rule=_RULE)
    return JudgedSet(queries=tuple(queries), without_answer=0)


def _judged(query_id: str, line: _Line) -> JudgedQuery:
    # Only lessons in the query's own language are judged for these kinds; the lesson of the same
    # name in the other language usually answers too, so it counts neither way.
    twins = {_twin(doc_id) for doc_id in line.relevant} if line.kind != CROSS_LINGUAL else set()
    return JudgedQuery(
        query_id=query_id,
        text=line.query,
        language=line.lang,
        kind=line.kind,
        grades=dict.fromkeys(line.relevant, 1),
        skipped=frozenset(twins - set(line.relevant)),
    )


def _twin(doc_id: str) -> str:
    """`en/x.md` for `ru/x.md`, and the reverse."""
    folder, slash, name = doc_id.partition("/")
    other = {"ru": "en", "en": "ru"}.get(folder, folder)
    return f"{other}{slash}{name}"
