"""One function per target: gather facts, plan, create the component, return the outputs.

Every target returns the same names: `target`, `endpoints`, `secret_names`, `design_point`,
`cost_usd_month`; a value is None where the thing is private or not built yet.
"""

from __future__ import annotations

import sys
from pathlib import Path, PurePosixPath
from typing import Any

from infra.components.local_target import LocalTarget
from infra.errors import SettingsError
from infra.local.spec import fingerprint
from infra.plans.local import LocalFacts, local_folder, plan_local
from infra.settings import StackSettings, Target
from infra.settings.load import NAMESPACE

PROJECT_ROOT = Path(__file__).resolve().parents[1]


def build_target(settings: StackSettings, *, stack: str) -> dict[str, Any]:
    """Create the resources of the configured target and return the stack's outputs.

    Raises:
        SettingsError: the target is known but not built yet.
    """
    if settings.target is Target.LOCAL:
        return _local(settings, stack)
    raise SettingsError(
        f"{NAMESPACE}:target = {settings.target.value}",
        why="this version builds the local target only; see CHANGELOG.md for what is planned",
        remedy=f"use the stack `local`, or `pulumi config set {NAMESPACE}:target local`",
    )


def _local(settings: StackSettings, stack: str) -> dict[str, Any]:
    infra = PROJECT_ROOT / "infra"
    plan = plan_local(
        settings,
        LocalFacts(
            folder=local_folder(settings, project_root=PurePosixPath(PROJECT_ROOT), stack=stack),
            # Not resolved: through the link in .venv the interpreter finds this project's packages.
            python=PurePosixPath(sys.executable),
            code_versions={
                "gateway": fingerprint(infra / "gateway", infra / "pipeline"),
                "qdrant": fingerprint(infra / "local" / "qdrant"),
                "tei": fingerprint(infra / "local" / "tei"),
            },
        ),
    )
    target = LocalTarget("local", plan)
    return {
        "target": settings.target.value,
        "endpoints": {name: target.urls[name] for name in ("gateway", "qdrant", "embed", "rerank")},
        "secret_names": plan.secret_names,
        "design_point": {
            "passage_tokens": settings.passages.max_tokens,
            "candidates_retrieved": settings.search.candidates_retrieved,
            "candidates_reranked": settings.search.candidates_reranked,
            "top_k": settings.search.top_k,
            **settings.design_point.model_dump(),
        },
        "cost_usd_month": None,
    }
