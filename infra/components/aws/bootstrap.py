"""What an account needs before its first stack, as a component."""

from __future__ import annotations

from pulumi import ComponentResource, Output, ResourceOptions
from pulumi_aws import iam, kms

from infra.components.aws.bootstrap_bucket import make_bucket
from infra.plans.bootstrap import BootstrapPlan, CiPlan, CiRole


class Bootstrap(ComponentResource):
    """Walks a `BootstrapPlan`. What holds data is protected; all of it is kept on a destroy.

    `role_arns` are by the name of the role: `preview`, `deploy`.
    """

    bucket_names: dict[str, Output[str]]
    role_arns: dict[str, Output[str]]
    boundary_arn: Output[str]
    key_alias: str

    def __init__(self, name: str, plan: BootstrapPlan, opts: ResourceOptions | None = None) -> None:
        super().__init__("retrieval:aws:Bootstrap", name, None, opts)
        key = kms.Key(
            f"{name}-state-key",
            description=plan.key.description,
            deletion_window_in_days=plan.key.deletion_window_days,
            enable_key_rotation=True,
            policy=plan.key.policy.json(),
            tags=plan.key.tags,
            opts=ResourceOptions(parent=self, protect=True, retain_on_delete=True),
        )
        kms.Alias(
            f"{name}-state-alias",
            name=plan.key.alias,
            target_key_id=key.key_id,
            opts=ResourceOptions(parent=self, retain_on_delete=True),
        )
        self.key_alias = plan.key.alias
        self.bucket_names = {
            each.role: make_bucket(self, name, each, key.arn if each.own_key else None)
            for each in plan.buckets
        }
        self.boundary_arn = iam.Policy(
            f"{name}-boundary",
            name=plan.boundary_name,
            path=plan.boundary_path,
            description="The most that a role of a stack may do",
            policy=plan.boundary.json(),
            tags=plan.tags,
            # Roles of stacks carry it, and IAM deletes no policy that is in use.
            opts=ResourceOptions(parent=self, retain_on_delete=True),
        ).arn
        for role in plan.linked_roles:
            iam.ServiceLinkedRole(
                f"{name}-{role.role}",
                aws_service_name=role.service,
                tags=role.tags,
                # Whatever else in the account uses the service needs it too.
                opts=ResourceOptions(parent=self, retain_on_delete=True),
            )
        self.role_arns = self._ci(name, plan.ci) if plan.ci is not None else {}
        self.register_outputs({"boundary_arn": self.boundary_arn})

    def _ci(self, name: str, plan: CiPlan) -> dict[str, Output[str]]:
        if plan.issuer_url is not None:
            iam.OpenIdConnectProvider(
                f"{name}-github",
                url=plan.issuer_url,
                client_id_lists=[plan.audience],
                tags=plan.tags,
                opts=ResourceOptions(parent=self),
            )
        return {each.role: self._role(name, each) for each in plan.roles}

    def _role(self, name: str, plan: CiRole) -> Output[str]:
        role = iam.Role(
            f"{name}-{plan.role}-role",
            name=plan.name,
            path=plan.path,
            description=plan.description,
            max_session_duration=plan.session_seconds,
            assume_role_policy=plan.trust.json(),
            tags=plan.tags,
            opts=ResourceOptions(parent=self),
        )
        for about, document in plan.policies.items():
            policy = iam.Policy(
                f"{name}-{plan.role}-{about}",
                name=f"{plan.name}-{about}",
                path=plan.path,
                policy=document.json(),
                tags=plan.tags,
                opts=ResourceOptions(parent=self),
            )
            iam.RolePolicyAttachment(
                f"{name}-{plan.role}-{about}-attached",
                role=role.name,
                policy_arn=policy.arn,
                opts=ResourceOptions(parent=self),
            )
        return role.arn
