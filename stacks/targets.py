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
    common = {"target": settings.target.value, "design_point": _design_point(settings)}
    if settings.target is Target.LOCAL:
        return {**common, **_local(settings, stack)}
    if settings.target is Target.AWS:
        # The SDK of AWS takes a second to load, which no other target needs.
        from stacks.aws import build_aws  # noqa: PLC0415

        return {**common, **build_aws(settings, stack)}
    raise SettingsError(
        f"{NAMESPACE}:target = {settings.target.value}",
        why="this version builds `local` and `aws`; see CHANGELOG.md for what is planned",
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
        "endpoints": {name: target.urls[name] for name in ("gateway", "qdrant", "embed", "rerank")},
        "secret_names": plan.secret_names,
        "cost_usd_month": None,
    }


def _design_point(settings: StackSettings) -> dict[str, Any]:
    return {
        "passage_tokens": settings.passages.max_tokens,
        "candidates_retrieved": settings.search.candidates_retrieved,
        "candidates_reranked": settings.search.candidates_reranked,
        "top_k": settings.search.top_k,
        **settings.design_point.model_dump(),
    }
