"""Judged queries as BEIR has them: `queries.jsonl`, and judgements as a table with a header."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from infra.evaluation.judged import JudgedSet
from infra.evaluation.problems import Problems, numbered_lines
from infra.evaluation.qrels import Qrels, add_judgement, joined

_QUERIES_RULE = 'each line of the queries is {"_id": ..., "text": ...}'
_QRELS_RULE = "the judgements have the columns query-id, corpus-id, score, parted by tabs"
_HEADER = ("query-id", "corpus-id", "score")


class _Line(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")  # `metadata` says nothing to us

    query_id: Annotated[str, Field(alias="_id", min_length=1)]
    text: Annotated[str, Field(min_length=1)]


def read_beir(queries: Path, qrels: Path) -> JudgedSet:
    """The queries with their judgements; those of another split, without any, are left out.

    Raises:
        InputFileError: a file or a line of it cannot be used; all lines of a file are listed.
    """
    return joined(_queries(queries), _qrels(qrels))


def _queries(path: Path) -> dict[str, str]:
    problems = Problems()
    found: dict[str, str] = {}
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
            if line.query_id in found:
                problems.add(path, number, f"query {line.query_id} is there twice")
            found[line.query_id] = line.text
    problems.raise_any(rule=_QUERIES_RULE)
    return found


def _qrels(path: Path) -> Qrels:
    problems = Problems()
    qrels: Qrels = {}
    for number, line in numbered_lines(path):
        parts = tuple(part.strip() for part in line.split("\t"))
        if number == 1:
            if parts != _HEADER:
                problems.add(path, number, f"the header is {', '.join(parts)}")
        elif len(parts) != len(_HEADER):
            problems.add(path, number, f"{len(parts)} columns, not {len(_HEADER)}")
        else:
            query_id, doc_id, grade = parts
            add_judgement(qrels, problems, (path, number), (query_id, doc_id, grade))
    problems.raise_any(rule=_QRELS_RULE)
    return qrels
