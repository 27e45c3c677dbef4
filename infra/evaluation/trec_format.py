"""Judged queries as TREC has them: topics in one file, judgements (qrels) in another."""

from __future__ import annotations

import re
from pathlib import Path

from infra.evaluation.judged import JudgedSet
from infra.evaluation.problems import Problems, numbered_lines, text_of
from infra.evaluation.qrels import Qrels, add_judgement, joined

_QRELS_RULE = "each line of the judgements is: query, iteration, document, grade"
_TOPICS_RULE = (
    "topics are `<top>` blocks with `<num>` and `<title>`, or lines of an id, a tab and the query"
)

_TOPIC = re.compile(r"<top>(.*?)</top>", re.DOTALL | re.IGNORECASE)
_NUMBER = re.compile(r"<num>\s*(?:number:)?\s*(\S+?)\s*(?:<|$)", re.IGNORECASE | re.MULTILINE)
_TITLE = re.compile(r"<title>\s*(?:topic:)?\s*(.*?)\s*(?:<|\Z)", re.DOTALL | re.IGNORECASE)


def read_trec(topics: Path, qrels: Path) -> JudgedSet:
    """The topics, by their titles, with their judgements.

    Raises:
        InputFileError: a file or a part of it cannot be used; all problems of a file are listed.
    """
    is_blocks = _TOPIC.search(text_of(topics)) is not None
    found = _blocks(topics) if is_blocks else _lines(topics)
    return joined(found, _qrels(qrels))


def _blocks(path: Path) -> dict[str, str]:
    problems = Problems()
    found: dict[str, str] = {}
    text = text_of(path)
    for block in _TOPIC.finditer(text):
        line = text.count("\n", 0, block.start()) + 1
        number, title = _NUMBER.search(block[1]), _TITLE.search(block[1])
        if number is None or title is None or not title[1]:
            problems.add(path, line, "the topic has no <num> or no <title>")
        elif number[1] in found:
            problems.add(path, line, f"topic {number[1]} is there twice")
        else:
            found[number[1]] = " ".join(title[1].split())
    problems.raise_any(rule=_TOPICS_RULE)
    return found


def _lines(path: Path) -> dict[str, str]:
    problems = Problems()
    found: dict[str, str] = {}
    for number, line in numbered_lines(path):
        query_id, _tab, query = (part.strip() for part in line.partition("\t"))
        if not query_id or not query:
            problems.add(path, number, "not an id, a tab and a query")
        elif query_id in found:
            problems.add(path, number, f"query {query_id} is there twice")
        else:
            found[query_id] = query
    problems.raise_any(rule=_TOPICS_RULE)
    return found


def _qrels(path: Path) -> Qrels:
    problems = Problems()
    qrels: Qrels = {}
    for number, line in numbered_lines(path):
        parts = line.split()
        if len(parts) != 4:
            problems.add(path, number, f"{len(parts)} columns, not 4")
            continue
        query_id, _iteration, doc_id, grade = parts
        add_judgement(qrels, problems, (path, number), (query_id, doc_id, grade))
    problems.raise_any(rule=_QRELS_RULE)
    return qrels
