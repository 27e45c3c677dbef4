"""What an account needs before its first stack: buckets, a key, roles for CI, linked roles."""

from __future__ import annotations

from infra.plans.bootstrap.plan import (
    BootstrapPlan,
    BucketPlan,
    CiPlan,
    CiRole,
    KeyPlan,
    LinkedRole,
    plan_bootstrap,
)

__all__ = [
    "BootstrapPlan",
    "BucketPlan",
    "CiPlan",
    "CiRole",
    "KeyPlan",
    "LinkedRole",
    "plan_bootstrap",
]
