"""Answers of a search as text for a person and as data for a program."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping

from rich.console import Console
from rich.text import Text

from infra.pipeline.answers import Answer, Degraded, SearchResult
from infra.pipeline.language import language_of
from infra.pipeline.legs import Leg
from infra.pipeline.snippet import snippet

_SNIPPET_CHARS = 280
_INDENT = "   "

_NOTES = {
    Degraded.DENSE_EMPTY: "the dense leg found nothing: is anything indexed?",
    Degraded.BM25_RU_EMPTY: "no passage shares a word with the query (bm25_ru)",
    Degraded.BM25_EN_EMPTY: "no passage shares a word with the query (bm25_en)",
    Degraded.M3_EMPTY: "no passage shares a token with the query (m3)",
    Degraded.DENSE_UNAVAILABLE: "answered without the dense leg",
    Degraded.BM25_RU_UNAVAILABLE: "answered without the leg bm25_ru",
    Degraded.BM25_EN_UNAVAILABLE: "answered without the leg bm25_en",
    Degraded.M3_UNAVAILABLE: "answered without the leg m3",
    Degraded.RERANK_OFF: "not reranked: the order is that of fusing",
    Degraded.RERANK_UNAVAILABLE: "not reranked: the order is that of fusing",
}
_LEG_OF_NOTE = {Degraded.BM25_RU_EMPTY: Leg.BM25_RU, Degraded.BM25_EN_EMPTY: Leg.BM25_EN}


def print_answers(
    console: Console,
    talk: Console,
    result: SearchResult,
    *,
    sections: Mapping[str, str] | None = None,
    explain: bool = False,
) -> None:
    """Answers and times to `console`, notes about what is missing to `talk`.

    With `sections`, the text of the section around an answer takes the place of the snippet.
    """
    for answer in result.answers:
        console.print(_headline(answer), soft_wrap=True)
        console.print(Text(_INDENT + answer.passage.source, style="dim"), soft_wrap=True)
        if explain:
            console.print(Text(_INDENT + _explained(answer), style="dim"), soft_wrap=True)
        for line in _body(answer, result.query, sections, width=console.width):
            console.print(Text(line), soft_wrap=True)
        console.print()
    found = ", ".join(f"{leg} {count}" for leg, count in result.found.items())
    times = "  ".join(f"{stage} {value:.1f} ms" for stage, value in result.stage_ms.items())
    console.print(Text(f"found {found}", style="dim"))
    console.print(Text(times, style="dim"))
    for note in _worth_telling(result):
        problem = result.problems.get(note)
        talk.print(f"note: {_NOTES[note]}{f' ({problem})' if problem else ''}", style="yellow")
    if not result.answers:
        talk.print("no passage found")


def plain_result(
    result: SearchResult, sections: Mapping[str, str] | None = None
) -> dict[str, object]:
    """The result as JSON takes it; each answer with its section's text where `sections` has it."""
    return {
        "answers": [_plain_answer(answer, sections) for answer in result.answers],
        "found": dict(result.found),
        "degraded": list(result.degraded),
        "problems": dict(result.problems),
        "stage_ms": {stage: round(value, 3) for stage, value in result.stage_ms.items()},
    }


def _plain_answer(answer: Answer, sections: Mapping[str, str] | None) -> dict[str, object]:
    passage = answer.passage
    plain: dict[str, object] = {
        "rank": answer.rank,
        "score": answer.score,
        "fused_score": answer.fused_score,
        "leg_ranks": dict(answer.leg_ranks),
        "leg_scores": dict(answer.leg_scores),
        "leg_parts": dict(answer.leg_parts),
        "doc_id": passage.doc_id,
        "title": passage.title,
        "section": list(passage.section),
        "lang": passage.lang,
        "source": passage.source,
        "text": passage.text,
    }
    if sections is not None:
        plain["section_text"] = sections.get(passage.section_id)
    return plain


def _headline(answer: Answer) -> Text:
    not_reranked = f"fused {answer.fused_score:.4f}"
    score = not_reranked if answer.score is None else f"{answer.score:.4f}"
    line = Text(f"{answer.rank}. ", style="bold")
    line.append(score, style="cyan")
    line.append("  ")
    line.append(" › ".join((answer.passage.title, *answer.passage.section)), style="bold")
    return line


def _explained(answer: Answer) -> str:
    """How the answer got to its place: each leg, the fused score, the reranker."""
    legs = [
        f"{leg} rank {rank}, score {answer.leg_scores[leg]:.4f}, adds {answer.leg_parts[leg]:.5f}"
        for leg, rank in sorted(answer.leg_ranks.items(), key=lambda item: item[1])
    ]
    rerank = "not reranked" if answer.score is None else f"rerank {answer.score:.4f}"
    return "; ".join([*legs, f"fused {answer.fused_score:.5f}", rerank])


def _body(
    answer: Answer, query: str, sections: Mapping[str, str] | None, *, width: int
) -> list[str]:
    around = None if sections is None else sections.get(answer.passage.section_id)
    if around is not None:
        return [f"{_INDENT}{line}".rstrip() for line in around.splitlines()]
    shown = snippet(answer.passage.text, query, max_chars=_SNIPPET_CHARS)
    lines = textwrap.wrap(shown, width=max(40, min(width, 100) - len(_INDENT)))
    return [_INDENT + line for line in lines]


def _worth_telling(result: SearchResult) -> list[Degraded]:
    """An empty leg of the other language is the normal case; the counts show it all the same."""
    language = language_of(result.query)
    return [
        note
        for note in result.degraded
        if note not in _LEG_OF_NOTE or language in {None, _LEG_OF_NOTE[note].language}
    ]
