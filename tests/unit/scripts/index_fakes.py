"""A pipeline that does nothing but keep what `retrieval index` asked of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from types import SimpleNamespace

import typer
from typer.testing import CliRunner, Result

from infra.pipeline.collection import Served
from infra.pipeline.cutover import Side, Verified
from infra.pipeline.files import Problem
from infra.pipeline.index import IndexReport, Listeners
from infra.pipeline.parcel import Parcel
from infra.pipeline.readers import UnreadableDocumentError
from infra.settings import StackSettings, Target
from scripts import index
from scripts.deployment import Deployment, Endpoints

REPORT = IndexReport(
    dry_run=False,
    documents=2,
    passages=1234,
    new=3,
    moved=1,
    unchanged=1230,
    removed=4,
    tokens=98765,
    tokens_embedded=321,
    seconds=1.5,
)


SERVED = Served(current="lessons-0123456789ab", previous=None)


class FakePipeline:
    """Takes the place of the assembled pipeline; keeps what it was asked to index."""

    spec = SimpleNamespace(name="lessons-0123456789ab")
    embedder = SimpleNamespace(served=SimpleNamespace(model_id="fake-model"))
    build_store = SimpleNamespace(check=lambda: True)

    def __init__(self) -> None:
        self.indexed: list[list[str]] = []
        self.dry_runs: list[bool] = []
        self.stores: list[object] = []
        self.held: Counter[str] = Counter()
        self.removed: list[str] = []
        self.cutover = FakeCutover()
        self.report = REPORT

    def __enter__(self) -> FakePipeline:
        return self

    def __exit__(self, *_error: object) -> None:
        """Nothing is open."""

    def indexer(self, store: object = None) -> FakePipeline:
        self.stores.append(store)
        return self

    @property
    def holdings(self) -> FakePipeline:
        return self

    def documents(self, *, root: str) -> Counter[str]:
        return self.held

    def points(self) -> int:
        return 100

    def remove(self, doc_ids: list[str], *, root: str) -> None:
        self.removed.extend(doc_ids)

    def index(self, parcels: list[Parcel], *, dry_run: bool, listeners: Listeners) -> IndexReport:
        problems: list[Problem] = []
        doc_ids: list[str] = []
        for parcel in parcels:
            try:
                doc_ids.extend(document.doc_id for document in parcel.read())
            except UnreadableDocumentError as error:
                problems.append(Problem(parcel.label, str(error)))
                listeners.problem(problems[-1])
        for doc_id in doc_ids:
            listeners.document(doc_id, 1)
        self.indexed.append(doc_ids)
        self.dry_runs.append(dry_run)
        return replace(
            self.report, dry_run=dry_run, documents=len(doc_ids), problems=tuple(problems)
        )


class FakeCutover:
    """One served collection; tells what was done to it."""

    def __init__(self) -> None:
        self.now = SERVED
        self.missing: tuple[str, ...] = ()
        self.done: list[str] = []

    def served(self) -> Served:
        return self.now

    def verify(self, indexed: dict[str, int]) -> Verified:
        self.done.append(f"verify {len(indexed)}")
        return Verified(passages=9, documents=2, missing=self.missing)

    def wait_until_optimised(self) -> bool:
        return True

    def cut_over(self) -> Served:
        self.done.append("cut over")
        return Served(current="lessons-0123456789ab", previous="lessons-old")

    def previous_or_refuse(self) -> Served:
        return Served(current="lessons-0123456789ab", previous="lessons-old")

    def side(self, collection: str) -> Side:
        differs = ("passages.max_tokens was 256, is now 64",)
        return Side(collection=collection, passages=7, differs=differs)

    def roll_back(self) -> Served:
        self.done.append("roll back")
        return Served(current="lessons-old", previous="lessons-0123456789ab")

    def leftovers(self) -> list[str]:
        return ["lessons-old"]

    def drop(self, names: list[str]) -> None:
        self.done.append(f"drop {names}")


def deployment(stack: str | None) -> Deployment:
    return Deployment(
        stack=stack or "local",
        endpoints=Endpoints(gateway=None, qdrant="http://q", embed="http://e", rerank="http://r"),
        settings=StackSettings(target=Target.LOCAL),
        secrets={"qdrant_api_key": "very-secret"},
    )


def run(
    *arguments: str,
    connect: Callable[[str | None], Deployment] = deployment,
    stdin: bytes | None = None,
) -> Result:
    app = typer.Typer()
    index.register(app, connect)
    return CliRunner().invoke(app, list(arguments), input=stdin)
