"""How near indexing comes to the most that an embed server can do.

The server is paced by sleeping, at about the pace that a T4 is calculated to have and with TEI's
own batching rules, and runs in a process of its own, so that this machine's cores are hardly what
is measured. The ceiling is that server without a pause and without padding: every batch full, every
token a text's own. Files are read, cut and counted meanwhile. Nothing here says how fast a real T4
is.

    python -m loadtests.bench_index [--json] [--documents 90]
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from infra.clock import SystemClock
from infra.errors import ExitCode, OperatorError
from infra.pipeline.assemble import patient_pipeline
from infra.pipeline.documents import SUFFIXES, sources_of
from infra.pipeline.files import find_files
from infra.pipeline.index import IndexReport
from infra.pipeline.readers import ReadOptions
from infra.pipeline.reading import Reading
from infra.settings import StackSettings, Target
from loadtests.paced.index_services import Paces, index_services

# About 24,000 padded tokens a second and 6 ms for a call, as calculated for a T4 in fp16; a write
# of 32 points as it takes a small store on a network.
PACES = Paces(base_ms=6, per_token_ms=0.042, write_ms=30)
BOUND = 0.9
"""Share of the ceiling that indexing must reach."""

DOCUMENTS = 90
SEED = 20260101
_BUDGET_TOKENS = 8192
_WORDS = (
    "сила ток поле волна заряд масса скорость время энергия луч force current field wave charge "
    "mass speed time energy light"
)


@dataclass(frozen=True, kw_only=True, slots=True)
class IndexBench:
    """One run. `ceiling_s` is the least time the paced server could take, `share` that over
    `seconds`."""

    schema_version: int
    seed: int
    paces: Paces
    documents: int
    passages: int
    tokens: int
    calls_in_flight: int
    seconds: float
    ceiling_s: float
    share: float
    bound: float

    @property
    def holds(self) -> bool:
        """Whether the bound is reached."""
        return self.share >= self.bound


def measure(*, documents: int = DOCUMENTS, paces: Paces = PACES) -> IndexBench:
    """Index so many made-up files of some 18 passages each.

    Raises:
        OperatorError: a service failed.
    """
    settings = StackSettings(target=Target.LOCAL)
    with (
        tempfile.TemporaryDirectory(prefix="bench-index-") as folder,
        index_services(paces) as addresses,
        patient_pipeline(addresses, {}, settings, SystemClock()) as pipeline,
        Reading(ReadOptions()) as reading,
    ):
        _write_documents(Path(folder), documents)
        selection = find_files([folder], root=None, suffixes=SUFFIXES)
        parcels = [reading.parcel(source) for source in sources_of(selection)]
        report = pipeline.indexer().index(parcels)
        stored = pipeline.holdings.points()
    if stored != report.passages:
        raise AssertionError(f"{stored} of {report.passages} passages came to the store")
    return _compared(report, paces, settings.index.embed_calls_in_flight)


def main(arguments: Sequence[str]) -> int:
    """Measure and write the result to stdout; the exit code."""
    parser = argparse.ArgumentParser(prog="python -m loadtests.bench_index", description=__doc__)
    parser.add_argument("--json", action="store_true", help="one JSON object")
    parser.add_argument("--documents", type=int, default=DOCUMENTS, help="files to index")
    options = parser.parse_args(arguments)
    try:
        found = measure(documents=options.documents)
    except OperatorError as error:
        sys.stderr.write(f"error: {error}\n")
        return error.exit_code
    sys.stdout.write(json.dumps(asdict(found)) + "\n" if options.json else _text(found))
    return int(ExitCode.OK if found.holds else ExitCode.ANSWER_IS_NO)


def _compared(report: IndexReport, paces: Paces, calls_in_flight: int) -> IndexBench:
    tokens = report.tokens_embedded
    batches = -(-tokens // _BUDGET_TOKENS)
    ceiling_s = (batches * paces.base_ms + tokens * paces.per_token_ms) / 1000
    return IndexBench(
        schema_version=1,
        seed=SEED,
        paces=paces,
        documents=report.documents,
        passages=report.passages,
        tokens=tokens,
        calls_in_flight=calls_in_flight,
        seconds=round(report.seconds, 3),
        ceiling_s=round(ceiling_s, 3),
        share=round(ceiling_s / report.seconds, 3),
        bound=BOUND,
    )


def _write_documents(folder: Path, count: int) -> None:
    chance = random.Random(SEED)  # noqa: S311 (lengths of made-up lessons)
    for number in range(count):
        sections = [_section(chance, title) for title in range(6)]
        text = f"# Урок {number}\n\n" + "\n\n".join(sections) + "\n"
        (folder / f"lesson-{number:04d}.md").write_text(text, encoding="utf-8")


def _section(chance: random.Random, title: int) -> str:
    paragraphs = [
        " ".join(_sentence(chance) for _ in range(chance.randint(3, 8)))
        for _ in range(chance.randint(3, 6))
    ]
    return f"## Часть {title}\n\n" + "\n\n".join(paragraphs)


def _sentence(chance: random.Random) -> str:
    words = chance.choices(_WORDS.split(), k=chance.randint(6, 20))
    return " ".join(words).capitalize() + "."


def _text(found: IndexBench) -> str:
    verdict = "at least" if found.holds else "NOT"
    return (
        f"index of {found.documents} files, {found.passages} passages, {found.tokens} tokens, "
        f"{found.calls_in_flight} calls in flight:\n"
        f"  {found.seconds:.2f} s, {found.tokens / found.seconds:.0f} tokens/s\n"
        f"  ceiling of the paced embed server: {found.ceiling_s:.2f} s\n"
        f"  share of the ceiling: {found.share:.3f}, {verdict} {found.bound}\n"
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
