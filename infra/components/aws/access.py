"""IAM roles and instance profiles as a component."""

from __future__ import annotations

from collections.abc import Mapping

from pulumi import ComponentResource, Input, Output, ResourceOptions
from pulumi_aws import iam

from infra.components.aws.handles import AccessHandles, AccountHandles, EndpointHandles
from infra.plans.access import AccessPlan, RolePlan
from infra.plans.iam import Deferred, PolicyDocument


class Access(ComponentResource):
    """Walks an `AccessPlan`. A node must not boot before everything in `handles.ready`."""

    handles: AccessHandles

    def __init__(
        self,
        name: str,
        plan: AccessPlan,
        *,
        account: AccountHandles,
        endpoint: EndpointHandles,
        opts: ResourceOptions | None = None,
    ) -> None:
        super().__init__("retrieval:aws:Access", name, None, opts)
        self._arns: dict[Deferred, Output[str]] = {Deferred.ZONE: endpoint.zone_arn}
        if account.key_arn is not None:
            self._arns[Deferred.KEY] = account.key_arn
        roles = {each.role: self._role(name, each) for each in plan.roles}
        policies = {each.role: self._policy(name, each, roles[each.role]) for each in plan.roles}
        profiles = {
            each.role: iam.InstanceProfile(
                f"{name}-{each.role}-profile",
                name=each.profile,
                role=roles[each.role].name,
                tags=each.tags,
                opts=ResourceOptions(parent=self),
            )
            for each in plan.roles
            if each.profile is not None
        }
        # With a shared vector store its duties are the GPU node's, and so is the profile.
        store = profiles[plan.vector_store.role if plan.vector_store else plan.gpu.role]
        self.handles = AccessHandles(
            gpu_profile_arn=profiles[plan.gpu.role].arn,
            vector_store_profile_name=store.name,
            snapshot_role_arn=roles[plan.snapshots.role].arn,
            ready=list(policies.values()),
        )
        self.register_outputs({"gpu_profile_arn": self.handles.gpu_profile_arn})

    def _role(self, name: str, plan: RolePlan) -> iam.Role:
        return iam.Role(
            f"{name}-{plan.role}-role",
            name=plan.name,
            description=plan.description,
            assume_role_policy=plan.trust.json(),
            tags=plan.tags,
            opts=ResourceOptions(parent=self),
        )

    def _policy(self, name: str, plan: RolePlan, role: iam.Role) -> iam.RolePolicy:
        return iam.RolePolicy(
            f"{name}-{plan.role}-policy",
            name=plan.name,
            role=role.name,
            policy=rendered(plan.policy, self._arns),
            opts=ResourceOptions(parent=self),
        )


def rendered(policy: PolicyDocument, arns: Mapping[Deferred, Output[str]]) -> Input[str]:
    """A policy's text, once the ARNs that it names are known.

    Args:
        policy: the document.
        arns: of everything deferred in it.
    """
    wanted = policy.deferred
    if not wanted:
        return policy.json()
    return Output.all(*(arns[name] for name in wanted)).apply(
        lambda known: policy.json(dict(zip(wanted, known, strict=True)))
    )
