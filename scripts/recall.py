"""`retrieval evaluate --recall`: what quantization costs in recall, and saves in time."""

from __future__ import annotations

import json
import signal
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from types import FrameType

from rich.console import Console
from rich.table import Table
from rich.text import Text

from infra.clock import SystemClock
from infra.errors import UsageError
from infra.evaluation.bootstrap import Bootstrap
from infra.evaluation.judged import JudgedSet
from infra.evaluation.recall.measure import WANTED, Instruments
from infra.evaluation.recall.run import (
    DEFAULT_OVERSAMPLINGS,
    RecallPlan,
    RecallReport,
    run_recall,
)
from infra.pipeline.assemble import patient_pipeline
from scripts import show
from scripts.deployment import Deployment


@dataclass(frozen=True, kw_only=True, slots=True)
class RecallOrder:
    """What the command line asks for; `points` None means the stack's own collection if it is
    large enough."""

    points: int | None
    oversamplings: tuple[float, ...]
    run_id: str
    bootstrap: Bootstrap


def factors(text: str | None) -> tuple[float, ...]:
    """The oversampling factors of `1,2,3`; without a text the usual ones.

    Raises:
        UsageError: one is no number, or below 1.
    """
    if text is None:
        return DEFAULT_OVERSAMPLINGS
    try:
        found = tuple(float(part) for part in text.split(","))
    except ValueError:
        found = ()
    if not found or not all(1 <= factor < float("inf") for factor in found):
        raise UsageError(
            f"--oversampling {text} is no list of factors",
            why="each is a number of 1 or more, parted by commas",
            remedy="for example `--oversampling 1,2,3`",
        )
    return found


def recall_command(
    deployment: Deployment, judged: JudgedSet, order: RecallOrder, *, as_json: bool
) -> None:
    """Measure and print."""
    report = recall_of(deployment, judged, order)
    if as_json:
        given = {
            "points": order.points,
            "oversampling": list(order.oversamplings),
            "seed": order.bootstrap.seed,
            "resamples": order.bootstrap.resamples,
            "settings": deployment.settings.model_dump(mode="json"),
        }
        result = {"recall": asdict(report)}
        show.print_json("evaluate --recall", stack=deployment.stack, given=given, result=result)
    else:
        print_report(show.data(), report, order.bootstrap)


def recall_of(deployment: Deployment, judged: JudgedSet, order: RecallOrder) -> RecallReport:
    """Run the measurement; a temporary collection is gone afterwards, however it ends."""
    plan = RecallPlan(
        points=order.points,
        oversamplings=order.oversamplings,
        seed=order.bootstrap.seed,
        run_id=order.run_id,
    )
    services = (deployment.endpoints, deployment.secrets, deployment.settings)
    clock = SystemClock()
    with (
        _termination_as_interrupt(),
        patient_pipeline(*services, clock) as pipeline,
        show.progress_on(show.talk()) as progress,
    ):
        instruments = Instruments(clock=clock, bootstrap=order.bootstrap, progress=progress)
        return run_recall(
            pipeline, plan, lambda: [query.text for query in judged.queries], instruments
        )


def print_report(console: Console, report: RecallReport, bootstrap: Bootstrap) -> None:
    """The measurement as a table; the row in force is marked."""
    quantized = json.dumps(report.quantization, sort_keys=True)
    console.print(Text(f"{report.source}  {report.collection}"))
    console.print(
        Text(
            f"{report.points} vectors of {report.dimensions} numbers, "
            f"{report.indexed_share:.1%} indexed, {report.quantized_share:.1%} quantized"
        )
    )
    console.print(Text(f"quantization  {quantized}, rescore {str(report.rescore).lower()}"))
    console.print(
        Text(
            f"{report.table.queries} queries, one at a time; 95 % intervals, bootstrap of "
            f"{bootstrap.resamples}, seed {bootstrap.seed}"
        )
    )
    table = Table()
    table.add_column("limit", justify="right")
    table.add_column("oversampling", justify="right")
    table.add_column(f"recall@{WANTED}", justify="right", no_wrap=True)
    table.add_column("median ms", justify="right")
    table.add_column("")
    table.add_row("exact", "", "1 by definition", f"{report.table.exact_median_ms:.2f}", "")
    for row in report.table.rows:
        table.add_row(
            str(row.setting.limit),
            f"{row.setting.oversampling:g}",
            row.recall_at_10.text(digits=3),
            f"{row.median_ms:.2f}",
            "in force" if row.setting == report.in_force else "",
        )
    console.print(table)


@contextmanager
def _termination_as_interrupt() -> Generator[None]:
    """SIGTERM ends the body as Ctrl-C does, so that what it made is taken away."""

    def interrupt(_signal: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
