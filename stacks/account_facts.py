"""Asks the account what plans must know, with the stack's own provider and plain look-ups.

The answers are there before anything but the provider is registered. What the account does not have
is left out or None; credentials that are missing or refused end the run.
"""

from __future__ import annotations

from datetime import date

from pulumi import InvokeOptions, ProviderResource
from pulumi_aws import ebs, iam, s3, servicequotas

from infra.plans.facts import (
    AUTO_SCALING_ROLE,
    LOAD_BALANCING_ROLE,
    SPOT_ROLE,
    AccountFacts,
    FactsOrigin,
    QuotaFacts,
)
from infra.plans.naming import Names
from infra.plans.rollout import ON_DEMAND_QUOTA, SPOT_QUOTA
from infra.settings import StackSettings
from stacks.lookups import unless_absent
from stacks.machine_facts import ask_amis, ask_zones
from stacks.vpc_facts import ask_vpc

_ROLES = (AUTO_SCALING_ROLE, SPOT_ROLE, LOAD_BALANCING_ROLE)


def ask_account(
    settings: StackSettings, names: Names, provider: ProviderResource, *, today: date
) -> AccountFacts:
    """The facts of the account that the provider's credentials are of.

    Raises:
        StackError: the account could not be asked.
    """
    opts = InvokeOptions(provider=provider)
    bucket = unless_absent(lambda: s3.get_bucket(bucket=names.artifact_bucket, opts=opts))
    roles = iam.get_roles(path_prefix="/aws-service-role/", opts=opts).names
    return AccountFacts(
        schema_version=1,
        origin=FactsOrigin.ACCOUNT,
        gathered_on=today,
        account_id=settings.aws.account_id,
        region=settings.aws.region,
        zones=ask_zones(opts),
        amis=ask_amis(settings, opts),
        quotas=QuotaFacts(
            on_demand_gpu_vcpus=_quota(ON_DEMAND_QUOTA, opts),
            spot_gpu_vcpus=_quota(SPOT_QUOTA, opts),
        ),
        vpcs=ask_vpc(settings, names, opts),
        service_linked_roles=frozenset(roles).intersection(_ROLES),
        ebs_encryption_by_default=ebs.get_encryption_by_default(opts=opts).enabled,
        ebs_default_key=ebs.get_default_kms_key(opts=opts).key_arn,
        artifact_bucket=bucket.bucket if bucket else None,
        sources=dict.fromkeys(AccountFacts.model_fields, f"asked on {today}"),
    )


def _quota(code: str, opts: InvokeOptions) -> int | None:
    quota = unless_absent(
        lambda: servicequotas.get_service_quota(service_code="ec2", quota_code=code, opts=opts)
    )
    return None if quota is None else int(quota.value)
