"""One run of `retrieval index`: read, embed, store; then prune, or put the new collection up."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from rich.console import Console

from infra.clock import SystemClock
from infra.errors import CheckFailedError, InputFileError, UsageError
from infra.pipeline.documents import unusable
from infra.pipeline.files import Problem
from infra.pipeline.index import Indexer, IndexReport, Listeners
from infra.pipeline.parcel import Parcel
from infra.pipeline.prune import Prune, carry_out, check_prunable, plan_prune
from infra.pipeline.reading import Reading
from infra.pipeline.records import Document
from scripts import show
from scripts.deployment import Deployment
from scripts.index_input import Found
from scripts.index_report import (
    files_in_words,
    progress_shown,
    tell_problem,
    tell_what_is_used,
)

if TYPE_CHECKING:
    from infra.pipeline.assemble import Pipeline


@dataclass(frozen=True, kw_only=True, slots=True)
class Order:
    """What is to be done with the input. `consent` asks before much is removed or left behind."""

    dry_run: bool = False
    strict: bool = False
    prune: bool = False
    rebuild: bool = False
    consent: Callable[[str], bool] = lambda _what: False


@dataclass(frozen=True, kw_only=True, slots=True)
class Done:
    """What a run did. `collection` is the one written to; `served` tells a rebuild's end."""

    deployment: Deployment
    collection: str
    report: IndexReport
    path_problems: tuple[Problem, ...]
    files: int
    prune: Prune | None = None
    served: str | None = None

    @property
    def problems(self) -> tuple[Problem, ...]:
        return (*self.path_problems, *self.report.problems)

    def as_json(self) -> dict[str, object]:
        """The report and everything beside it."""
        return {
            **asdict(self.report),
            "collection": self.collection,
            "served": self.served,
            "problems": [problem._asdict() for problem in self.problems],
            "pruned": None
            if self.prune is None
            else {"documents": self.prune.documents, "passages": self.prune.passages},
        }

    def raise_problems(self) -> None:
        """End with an error where something could not be read.

        Raises:
            InputFileError: the count; each was told when it was met.
        """
        if not self.problems:
            return
        rest = "nothing was written" if not self.report.documents else "the rest is indexed"
        raise InputFileError(
            f"{len(self.problems)} of {self.files + len(self.path_problems)} paths and files could "
            f"not be read, {rest}",
            why="each was told above with its reason",
            remedy="correct or leave out what is named, then run the same command again; --strict "
            "refuses to start where anything cannot be read",
        )


def index_input(found: Found, order: Order, connect: Callable[[], Deployment]) -> Done:
    """Index what was found; the stack is looked up once there is something to index.

    Raises:
        InputFileError: nothing can be read, or with `strict` something cannot.
        UsageError: pruning is wanted where nobody can say what is gone, or was not agreed to.
    """
    # Not at the top: the store client takes about a second to import, for every other command too.
    from infra.pipeline.assemble import patient_pipeline  # noqa: PLC0415

    talk = show.talk()
    problems = found.selection.problems
    if order.prune:
        check_prunable(found.selection)
    if not found.sources:
        raise unusable(problems)
    with Reading(found.given.options) as reading:
        if order.strict and (all_problems := [*problems, *reading.problems(found.sources)]):
            raise unusable(all_problems)
        for problem in problems:
            tell_problem(talk, problem)
        deployment = connect()
        services = (deployment.endpoints, deployment.secrets, deployment.settings)
        with patient_pipeline(*services, SystemClock()) as pipeline:
            tell_what_is_used(talk, deployment, pipeline, files_in_words(found))
            run = _Run(found=found, order=order, pipeline=pipeline, talk=talk)
            return run.done(deployment, [reading.parcel(source) for source in found.sources])


def index_documents(
    deployment: Deployment, documents: Sequence[Document | Parcel], *, dry_run: bool = False
) -> IndexReport:
    """Index documents that are at hand, telling on stderr how far it is."""
    from infra.pipeline.assemble import patient_pipeline  # noqa: PLC0415

    services = (deployment.endpoints, deployment.secrets, deployment.settings)
    talk = show.talk()
    with patient_pipeline(*services, SystemClock()) as pipeline:
        tell_what_is_used(talk, deployment, pipeline, str(len(documents)))
        with progress_shown(talk) as progress:
            listeners = Listeners(progress=progress)
            return pipeline.indexer().index(documents, dry_run=dry_run, listeners=listeners)


@dataclass(kw_only=True, slots=True)
class _Run:
    found: Found
    order: Order
    pipeline: Pipeline
    talk: Console

    def done(self, deployment: Deployment, parcels: Sequence[Parcel]) -> Done:
        indexed: dict[str, int] = {}
        is_beside = self.order.rebuild and self._is_needed()
        indexer = self.pipeline.indexer(self.pipeline.build_store if is_beside else None)
        report = self._index(indexer, parcels, indexed)
        prune = self._prune(report, indexed) if self.order.prune and report.documents else None
        served = None
        if is_beside and report.documents and not self.order.dry_run:
            served = self._cut_over(indexed)
        return Done(
            deployment=deployment,
            collection=self.pipeline.spec.name,
            report=report,
            path_problems=tuple(self.found.selection.problems),
            files=self.found.files,
            prune=prune,
            served=served,
        )

    def _index(
        self, indexer: Indexer, parcels: Sequence[Parcel], indexed: dict[str, int]
    ) -> IndexReport:
        with progress_shown(self.talk) as progress:
            listeners = Listeners(
                progress=progress,
                problem=lambda problem: tell_problem(self.talk, problem),
                document=indexed.__setitem__,
            )
            return indexer.index(parcels, dry_run=self.order.dry_run, listeners=listeners)

    def _is_needed(self) -> bool:
        """Whether another collection than that of these settings is served."""
        current = self.pipeline.cutover.served().current
        if current in {None, self.pipeline.spec.name}:
            self.talk.print("rebuild     not needed: no collection of other settings is served")
            return False
        return True

    def _prune(self, report: IndexReport, indexed: dict[str, int]) -> Prune | None:
        unread = {problem.path for problem in report.problems}
        kept = [source for source in self.found.sources if source.label in unread]
        if not self.pipeline.build_store.check():
            return None  # a dry run before the first one: nothing can be gone
        holdings = self.pipeline.holdings
        prune = plan_prune(
            holdings,
            self.found.selection.scopes,
            is_there=lambda doc_id: (
                doc_id in indexed or any(source.owns(doc_id) for source in kept)
            ),
        )
        if self.order.dry_run or not prune.gone:
            return prune
        if prune.needs_consent and not self.order.consent(
            f"remove {prune.documents} documents, {prune.share:.0%} of the collection?"
        ):
            raise UsageError(
                f"--prune would remove {prune.documents} documents with {prune.passages} of "
                f"{prune.all_passages} passages",
                why="that much is rarely meant; nothing was removed, the rest is indexed",
                remedy="look at the folders that you gave; if it is meant, add --yes",
            )
        carry_out(holdings, prune)
        return prune

    def _cut_over(self, indexed: dict[str, int]) -> str:
        """Serve the new collection; the name of the one that is now the previous one."""
        cutover = self.pipeline.cutover
        verified = cutover.verify(indexed)
        if verified.missing and not self.order.consent(
            f"leave {len(verified.missing)} documents of the old collection behind, "
            f"{verified.missing[0]} first?"
        ):
            raise CheckFailedError(
                f"{len(verified.missing)} documents of the served collection are not in "
                f"{self.pipeline.spec.name} yet, so it is not served",
                why=f"the first is {verified.missing[0]}; what was built is kept",
                remedy="run --rebuild for the other folders too, or with --yes if those documents "
                "are to be left behind",
            )
        if not cutover.wait_until_optimised():
            self.talk.print("note: the store is still building the vector index; searches are slow")
        served = cutover.cut_over()
        self.talk.print(
            f"serving     {served.current} with {verified.passages} passages; "
            f"`retrieval index --rollback` goes back to {served.previous}"
        )
        return str(served.current)
