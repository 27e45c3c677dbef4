"""The local services with the sample lessons indexed, shared by the tests of this folder.

They earn their time: only real servers show what the search is worth and what quantizing costs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from infra.clock import SystemClock
from infra.pipeline.assemble import Pipeline, patient_pipeline
from infra.pipeline.documents import read_documents
from infra.settings import StackSettings, Target
from loadtests.local_services import local_services
from scripts import compare, evaluate
from scripts.deployment import Deployment, Endpoints

Run = Callable[..., Result]


@pytest.fixture(scope="session")
def deployment() -> Iterator[Deployment]:
    """A stack of the local services, stopped at the end."""
    with local_services() as running:
        yield Deployment(
            stack="local",
            endpoints=Endpoints(
                gateway=None,
                qdrant=running.qdrant,
                embed=running.embed,
                rerank=running.rerank,
            ),
            settings=StackSettings(target=Target.LOCAL),
            secrets={},
        )


@pytest.fixture(scope="session")
def lessons(deployment: Deployment, project_root: Path) -> Deployment:
    """The stack with the sample lessons indexed, as `make up` does it."""
    root = project_root / "infra" / "local" / "lessons"
    documents = read_documents([str(root / "ru"), str(root / "en")], root=root)
    with _pipeline(deployment) as pipeline:
        pipeline.indexer().index(documents)
    return deployment


@pytest.fixture
def pipeline(deployment: Deployment) -> Iterator[Pipeline]:
    """The pipeline of the stack, closed at the end."""
    with _pipeline(deployment) as opened:
        yield opened


@pytest.fixture
def collections(pipeline: Pipeline) -> Callable[[], set[str]]:
    """The names of all collections in the store, asked anew at each call."""

    def names() -> set[str]:
        found = pipeline.store_calls.run(pipeline.qdrant.get_collections)
        return {collection.name for collection in found.collections}

    return names


@pytest.fixture
def run(deployment: Deployment) -> Run:
    """Run `retrieval` with these arguments on the stack, or on another one given as `on`."""

    def invoke(*arguments: str, on: Deployment = deployment) -> Result:
        app = typer.Typer()
        evaluate.register(app, lambda _stack: on)
        compare.register(app, lambda _stack: on)
        return CliRunner().invoke(app, list(arguments))

    return invoke


def _pipeline(deployment: Deployment) -> Pipeline:
    services = (deployment.endpoints, deployment.secrets, deployment.settings)
    return patient_pipeline(*services, SystemClock())
