"""The bootstrap program: an account's buckets, key, service-linked roles and roles for CI."""

from __future__ import annotations

import pulumi
from pulumi import InvokeOptions, ResourceOptions
from pulumi.runtime import is_dry_run
from pulumi_aws import Provider, ProviderDefaultTagsArgs, iam

from infra.components.aws.bootstrap import Bootstrap
from infra.errors import OperatorError, UnresolvedError
from infra.plans.bootstrap import plan_bootstrap
from infra.plans.bootstrap.plan import LINKED_ROLES, bootstrap_names
from infra.plans.naming import Names
from infra.settings.aws.account import PLACEHOLDER_ACCOUNT_ID
from infra.settings.bootstrap import BootstrapSettings
from infra.settings.load_bootstrap import NAMESPACE, load_bootstrap_from_program
from stacks.lookups import unless_absent


def main() -> None:
    """Run the program; an expected failure becomes one engine error without a traceback."""
    try:
        settings = load_bootstrap_from_program()
        _require_account(settings)
        names = bootstrap_names(settings)
        provider = Provider(
            "aws",
            region=settings.region,
            allowed_account_ids=[settings.account_id],
            default_tags=ProviderDefaultTagsArgs(tags=names.default_tags()),
        )
        plan = plan_bootstrap(
            settings, names, foreign_roles=_foreign_roles(settings, names, provider)
        )
    except OperatorError as error:
        raise pulumi.RunError(str(error)) from None
    made = Bootstrap("bootstrap", plan, ResourceOptions(providers=[provider]))
    backend = pulumi.Output.format("s3://{}?region={}", made.bucket_names["state"], settings.region)
    pulumi.export("state_backend", backend)
    pulumi.export("secrets_provider", f"awskms://{made.key_alias}?region={settings.region}")
    pulumi.export("artifact_bucket", made.bucket_names["artifacts"])
    pulumi.export("boundary_arn", made.boundary_arn)
    pulumi.export("ci_role_arns", made.role_arns)


def _require_account(settings: BootstrapSettings) -> None:
    if settings.account_id != PLACEHOLDER_ACCOUNT_ID:
        return
    if is_dry_run():
        pulumi.warn("the account id is the placeholder of twelve zeros: a preview without account")
        return
    raise UnresolvedError(
        f"{NAMESPACE}:account_id is the placeholder of twelve zeros",
        why="the provider would accept no credentials",
        remedy=f'`pulumi config set {NAMESPACE}:account_id "123456789012"` with your own',
    )


def _foreign_roles(settings: BootstrapSettings, names: Names, provider: Provider) -> frozenset[str]:
    """Service-linked roles that something else made; those of this program carry its tag."""
    if settings.account_id == PLACEHOLDER_ACCOUNT_ID:
        return frozenset()  # nobody to ask
    opts = InvokeOptions(provider=provider)
    found = {
        role: unless_absent(lambda role=role: iam.get_role(name=role, opts=opts))
        for role in LINKED_ROLES
    }
    return frozenset(
        role
        for role, made in found.items()
        if made is not None and made.tags.get("Stack") != names.stem
    )


main()
