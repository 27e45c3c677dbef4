"""Options that the commands on judged queries share, and how they become a judged set."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from infra.evaluation.bootstrap import DEFAULT_RESAMPLES, DEFAULT_SEED
from infra.evaluation.judged import JudgedFormat, JudgedSet
from infra.evaluation.read import read_judged
from infra.evaluation.served import AnsweringModel, stand_ins

SAMPLE = Path(__file__).resolve().parents[1] / "infra" / "local" / "lessons" / "queries.jsonl"
"""The judged queries of the sample lessons."""

QueriesOption = Annotated[
    Path | None,
    typer.Option(
        "--queries", help="Judged queries; default: those of the sample lessons.", dir_okay=False
    ),
]
FormatOption = Annotated[JudgedFormat, typer.Option("--format", help="How they are written down.")]
QrelsOption = Annotated[
    Path | None,
    typer.Option("--qrels", help="Judgements, for --format trec and beir.", dir_okay=False),
]
SeedOption = Annotated[int, typer.Option("--seed", min=0, help="Seed of everything drawn.")]
ResamplesOption = Annotated[
    int, typer.Option("--resamples", min=100, max=100_000, help="Resamples of the bootstrap.")
]

SEED = DEFAULT_SEED
RESAMPLES = DEFAULT_RESAMPLES


def judged_set(queries: Path | None, written_as: JudgedFormat, qrels: Path | None) -> JudgedSet:
    """The judged set that the options name; see `read_judged` for errors."""
    return read_judged(queries or SAMPLE, written_as=written_as, qrels=qrels)


def given_set(
    queries: Path | None, written_as: JudgedFormat, qrels: Path | None
) -> dict[str, object]:
    """The options as they go into a report. The sample is named, not its place on this machine."""
    return {
        "queries": "sample lessons" if queries is None else str(queries),
        "format": written_as.value,
        "qrels": None if qrels is None else str(qrels),
    }


def plain_models(models: Sequence[AnsweringModel]) -> list[dict[str, object]]:
    """The model servers as they go into a report."""
    return [asdict(model) for model in models]


def print_models(console: Console, models: Sequence[AnsweringModel]) -> None:
    """Who answered, and plainly if it was no real model."""
    for model in models:
        label = f" ({model.label})" if model.label else ""
        console.print(Text(f"{model.role:<11} {model.model_id}{label}"), soft_wrap=True)
    fakes = stand_ins(list(models))
    if fakes:
        roles = " and ".join(model.role for model in fakes)
        noun = "models are stand-ins" if len(fakes) > 1 else "model is a stand-in"
        console.print(
            Text(
                f"The {roles} {noun} without weights: these numbers show that the pipeline works "
                "and say nothing about the quality of bge-m3 and its reranker.",
                style="bold yellow",
            )
        )
