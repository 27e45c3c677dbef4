"""`retrieval search`: answer a query from a stack's collection."""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from infra.clock import SystemClock
from infra.pipeline.answers import Answer, Degraded, SearchResult
from infra.pipeline.language import language_of
from infra.pipeline.legs import Leg
from infra.pipeline.snippet import snippet
from scripts import show
from scripts.deployment import Deployment

_SNIPPET_CHARS = 280
_INDENT = "   "

_NOTES = {
    Degraded.DENSE_EMPTY: "the dense leg found nothing: is anything indexed?",
    Degraded.BM25_RU_EMPTY: "no passage shares a word with the query (bm25_ru)",
    Degraded.BM25_EN_EMPTY: "no passage shares a word with the query (bm25_en)",
    Degraded.RERANK_OFF: "not reranked: the order is that of fusing",
    Degraded.RERANK_UNAVAILABLE: "the rerank server did not answer: the order is that of fusing",
}
_LEG_OF_NOTE = {Degraded.BM25_RU_EMPTY: Leg.BM25_RU, Degraded.BM25_EN_EMPTY: Leg.BM25_EN}


def register(app: typer.Typer, connect: Callable[[str | None], Deployment]) -> None:
    """Add the command."""

    @app.command("search")
    def search(
        query: Annotated[str, typer.Argument(help="What to look for, in Russian or English.")],
        stack: show.StackOption = None,
        top_k: Annotated[
            int | None, typer.Option("--top-k", "-k", help="Passages returned; default: settings.")
        ] = None,
        no_rerank: Annotated[  # noqa: FBT002 (a flag of the command line)
            bool, typer.Option("--no-rerank", help="Leave the fused order as it is.")
        ] = False,
        as_json: show.JsonOption = False,  # noqa: FBT002
    ) -> None:
        """Answer a query with passages, their sources and the time of each stage."""
        deployment = connect(stack)
        result = answer_query(deployment, query, top_k=top_k, with_rerank=not no_rerank)
        if as_json:
            given = {
                "query": query,
                "top_k": top_k,
                "rerank": not no_rerank,
                "search": deployment.settings.search.model_dump(),
                "collection": deployment.settings.store.collection,
            }
            show.print_json("search", stack=deployment.stack, given=given, result=_plain(result))
        else:
            print_answers(show.data(), show.talk(), result)


def answer_query(
    deployment: Deployment, query: str, *, top_k: int | None = None, with_rerank: bool = True
) -> SearchResult:
    """Search the deployment's collection; the set-up calls are not part of the stage times."""
    # Not at the top: the store client takes about a second to import, for every other command too.
    from infra.pipeline.assemble import brief_pipeline  # noqa: PLC0415

    services = (deployment.endpoints, deployment.secrets, deployment.settings)
    with brief_pipeline(*services, SystemClock()) as pipeline:
        pipeline.store.require()
        return pipeline.searcher().search(query, top_k=top_k, with_rerank=with_rerank)


def print_answers(console: Console, talk: Console, result: SearchResult) -> None:
    """Answers and times to `console`, notes about what is missing to `talk`."""
    for answer in result.answers:
        console.print(_headline(answer), soft_wrap=True)
        console.print(Text(_INDENT + answer.passage.source, style="dim"), soft_wrap=True)
        text = snippet(answer.passage.text, result.query, max_chars=_SNIPPET_CHARS)
        for line in textwrap.wrap(text, width=max(40, min(console.width, 100) - len(_INDENT))):
            console.print(Text(_INDENT + line), soft_wrap=True)
        console.print()
    found = ", ".join(f"{leg} {count}" for leg, count in result.found.items())
    times = "  ".join(f"{stage} {value:.1f} ms" for stage, value in result.stage_ms.items())
    console.print(Text(f"found {found}", style="dim"))
    console.print(Text(times, style="dim"))
    for note in _worth_telling(result):
        talk.print(f"note: {_NOTES[note]}", style="yellow")
    if not result.answers:
        talk.print("no passage found")


def _headline(answer: Answer) -> Text:
    not_reranked = f"fused {answer.fused_score:.4f}"
    score = not_reranked if answer.score is None else f"{answer.score:.4f}"
    line = Text(f"{answer.rank}. ", style="bold")
    line.append(score, style="cyan")
    line.append("  ")
    line.append(" › ".join((answer.passage.title, *answer.passage.section)), style="bold")
    return line


def _worth_telling(result: SearchResult) -> list[Degraded]:
    """An empty leg of the other language is the normal case; the counts show it all the same."""
    language = language_of(result.query)
    return [
        note
        for note in result.degraded
        if note not in _LEG_OF_NOTE or language in {None, _LEG_OF_NOTE[note].language}
    ]


def _plain(result: SearchResult) -> dict[str, object]:
    return {
        "answers": [
            {
                "rank": answer.rank,
                "score": answer.score,
                "fused_score": answer.fused_score,
                "leg_ranks": dict(answer.leg_ranks),
                "doc_id": answer.passage.doc_id,
                "title": answer.passage.title,
                "section": list(answer.passage.section),
                "lang": answer.passage.lang,
                "source": answer.passage.source,
                "text": answer.passage.text,
            }
            for answer in result.answers
        ],
        "found": dict(result.found),
        "degraded": list(result.degraded),
        "stage_ms": {stage: round(value, 3) for stage, value in result.stage_ms.items()},
    }
