"""`retrieval search`: answer a query from a stack's collection."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Annotated

import typer

from infra.clock import SystemClock
from infra.pipeline.answers import SearchResult
from infra.pipeline.records import Language
from scripts import show
from scripts.answers import plain_result, print_answers
from scripts.deployment import Deployment


@dataclass(frozen=True, kw_only=True, slots=True)
class Asked:
    """One search as it was typed; None where the settings decide."""

    query: str
    top_k: int | None = None
    with_rerank: bool = True
    deadline_ms: float | None = None
    with_context: bool = False
    langs: tuple[Language, ...] = ()
    docs: tuple[str, ...] = ()
    filters: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Found:
    """The answers, and the text of their sections by `Passage.section_id` where it was wanted."""

    result: SearchResult
    sections: dict[str, str] | None = field(default=None)


def register(app: typer.Typer, connect: Callable[[str | None], Deployment]) -> None:
    """Add the command."""

    @app.command("search")
    def search(  # noqa: PLR0913, PLR0917 (options of a command line)
        query: Annotated[str, typer.Argument(help="What to look for, in Russian or English.")],
        stack: show.StackOption = None,
        top_k: Annotated[
            int | None, typer.Option("--top-k", "-k", help="Passages returned; default: settings.")
        ] = None,
        lang: Annotated[
            list[Language] | None,
            typer.Option("--lang", help="Only passages of this language; may be repeated."),
        ] = None,
        doc: Annotated[
            list[str] | None,
            typer.Option(
                "--doc",
                metavar="ID",
                help="Only the document of this id, or those whose ids begin so; may be repeated.",
            ),
        ] = None,
        condition: Annotated[
            list[str] | None,
            typer.Option(
                "--filter",
                metavar="FIELD=VALUE",
                help="Only passages with this value in an indexed field; may be repeated, values "
                "of one field are alternatives.",
            ),
        ] = None,
        context: Annotated[  # noqa: FBT002 (a flag of the command line)
            bool, typer.Option("--context", help="Show the whole section around each answer.")
        ] = False,
        explain: Annotated[  # noqa: FBT002
            bool, typer.Option("--explain", help="Show how each answer got to its place.")
        ] = False,
        no_rerank: Annotated[  # noqa: FBT002
            bool, typer.Option("--no-rerank", help="Leave the fused order as it is.")
        ] = False,
        deadline_ms: Annotated[
            int | None,
            typer.Option(
                "--deadline-ms",
                min=1,
                help="Time for the query; what is not ready by then is left out. Default: "
                "settings.",
            ),
        ] = None,
        as_json: show.JsonOption = False,  # noqa: FBT002
    ) -> None:
        """Answer a query with passages, their sources and the time of each stage."""
        asked = Asked(
            query=query,
            top_k=top_k,
            with_rerank=not no_rerank,
            deadline_ms=deadline_ms,
            with_context=context,
            langs=tuple(lang or ()),
            docs=tuple(doc or ()),
            filters=tuple(condition or ()),
        )
        deployment = connect(stack)
        found = find(deployment, asked)
        if as_json:
            show.print_json(
                "search",
                stack=deployment.stack,
                given=_given(asked, deployment),
                result=plain_result(found.result, found.sections),
            )
        else:
            print_answers(
                show.data(), show.talk(), found.result, sections=found.sections, explain=explain
            )


def find(deployment: Deployment, asked: Asked) -> Found:
    """Search the deployment's collection; the set-up calls are not part of the stage times."""
    # Not at the top: the store client takes about a second to import, for every other command too.
    from infra.pipeline.assemble import brief_pipeline  # noqa: PLC0415
    from infra.pipeline.filters import (  # noqa: PLC0415
        SearchFilter,
        parse_field,
        search_condition,
    )
    from infra.pipeline.search_source import open_source  # noqa: PLC0415

    wanted = SearchFilter(
        langs=asked.langs,
        docs=asked.docs,
        fields=tuple(parse_field(text) for text in asked.filters),
    )
    services = (deployment.endpoints, deployment.secrets, deployment.settings)
    with brief_pipeline(*services, SystemClock()) as pipeline:
        source = open_source(pipeline)
        condition = search_condition(
            pipeline.qdrant, pipeline.store_calls, source.store.collection, wanted
        )
        result = source.searcher(condition).search(
            asked.query,
            top_k=asked.top_k,
            with_rerank=asked.with_rerank,
            deadline_ms=asked.deadline_ms,
        )
        passages = [answer.passage for answer in result.answers]
        return Found(
            result=result,
            sections=source.store.section_text(passages) if asked.with_context else None,
        )


def answer_query(
    deployment: Deployment, query: str, *, top_k: int | None = None, with_rerank: bool = True
) -> SearchResult:
    """The answers alone, to a query without further wishes."""
    return find(deployment, Asked(query=query, top_k=top_k, with_rerank=with_rerank)).result


def _given(asked: Asked, deployment: Deployment) -> dict[str, object]:
    settings = deployment.settings
    default_ms = settings.search.deadline_ms
    return {
        "query": asked.query,
        "top_k": asked.top_k,
        "rerank": asked.with_rerank,
        "deadline_ms": default_ms if asked.deadline_ms is None else asked.deadline_ms,
        "lang": list(asked.langs),
        "doc": list(asked.docs),
        "filter": list(asked.filters),
        "context": asked.with_context,
        "search": settings.search.model_dump(),
        "collection": settings.store.collection,
    }
