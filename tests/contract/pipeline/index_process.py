"""Indexes a folder in a process of its own, telling each step, so that a test can kill it anywhere.

python -m tests.contract.pipeline.index_process EMBED STORE COLLECTION FOLDER
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from infra.clock import SystemClock
from infra.pipeline.assemble import Pipeline, patient_pipeline
from infra.pipeline.documents import SUFFIXES, sources_of
from infra.pipeline.files import find_files
from infra.pipeline.index import Listeners
from infra.pipeline.prune import carry_out, plan_prune
from infra.pipeline.readers import ReadOptions
from infra.pipeline.reading import Reading
from infra.settings import StackSettings, Target
from scripts.deployment import Endpoints

SETTINGS = {
    "target": Target.LOCAL,
    # Short passages and lists, so that there are many steps to be killed in.
    "passages": {"max_tokens": 64, "overlap_tokens": 16},
    "embed": {"max_client_batch_size": 4},
}


def index_folder(pipeline: Pipeline, folder: Path) -> dict[str, int]:
    """Index a folder and remove what is gone from it; passages by document."""
    selection = find_files([str(folder)], root=None, suffixes=SUFFIXES, root_name="kept")
    indexed: dict[str, int] = {}
    options = ReadOptions()
    with Reading(options) as reading:
        parcels = [reading.parcel(source) for source in sources_of(selection)]
        pipeline.indexer().index(parcels, listeners=Listeners(document=indexed.__setitem__))
    prune = plan_prune(pipeline.holdings, selection.scopes, is_there=indexed.__contains__)
    carry_out(pipeline.holdings, prune)
    return indexed


def telling(step: str, call: Callable[..., Any]) -> Callable[..., Any]:
    """`call`, telling on stdout that it begins and that it has ended."""

    def told(*arguments: Any, **named: Any) -> Any:
        sys.stdout.write(f"{step}\n")
        sys.stdout.flush()
        result = call(*arguments, **named)
        sys.stdout.write(f"{step} done\n")
        sys.stdout.flush()
        return result

    return told


def main(arguments: Sequence[str]) -> None:
    embed, store, collection, folder = arguments
    endpoints = Endpoints(gateway=None, rerank=None, embed=embed, qdrant=store)
    secrets = {"tei_api_key": os.environ["TEI_KEY"], "qdrant_api_key": os.environ["STORE_KEY"]}
    settings = StackSettings.model_validate({**SETTINGS, "store": {"collection": collection}})
    with patient_pipeline(endpoints, secrets, settings, SystemClock()) as pipeline:
        for name in ("ensure", "upsert", "refresh", "delete"):
            setattr(pipeline.store, name, telling(name, getattr(pipeline.store, name)))
        index_folder(pipeline, Path(folder))
    sys.stdout.write("end\n")


if __name__ == "__main__":
    main(sys.argv[1:])
