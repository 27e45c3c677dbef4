"""The GPU nodes: a template and a group for the primary, and both again for a spot standby."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pulumi import ComponentResource, Output, Resource, ResourceOptions
from pulumi_aws import autoscaling

from infra.components.aws.canary import CanaryHandles
from infra.components.aws.group import node_group
from infra.components.aws.handles import (
    AccessHandles,
    AccountHandles,
    EndpointHandles,
    GpuHandles,
    NetworkHandles,
    SecretsHandles,
    VectorStoreHandles,
)
from infra.components.aws.launch_template import launch_template
from infra.node.cloud_init import render_gpu_host
from infra.node.specs import HostSpec
from infra.plans.gpu import GroupPlan


@dataclass(frozen=True, kw_only=True, slots=True)
class GpuSurroundings:
    """Handles of everything that the nodes stand on; all of it comes before their groups."""

    account: AccountHandles
    network: NetworkHandles
    secrets: SecretsHandles
    endpoint: EndpointHandles
    access: AccessHandles
    vector_store: VectorStoreHandles
    canary: CanaryHandles

    @property
    def before(self) -> Sequence[Resource]:
        """What a host reads while it boots, and the alarms that its rollout looks at."""
        return (
            *self.access.ready,
            *self.secrets.parameters,
            *self.vector_store.ready,
            *self.canary.ready,
        )


class GpuService(ComponentResource):
    """Walks one or two `GroupPlan`s; each comes with the host that its nodes become."""

    handles: GpuHandles

    def __init__(
        self,
        name: str,
        primary: tuple[GroupPlan, HostSpec],
        standby: tuple[GroupPlan, HostSpec] | None,
        *,
        around: GpuSurroundings,
        opts: ResourceOptions | None = None,
    ) -> None:
        super().__init__("retrieval:aws:GpuService", name, None, opts)
        self._name, self._around = name, around
        first = self._group(*primary)
        second = self._group(*standby) if standby else None
        self.handles = GpuHandles(
            primary_group_name=first.name,
            standby_group_name=second.name if second else None,
            groups=[group for group in (first, second) if group is not None],
            alarm_arns=around.canary.alarm_arns,
        )
        self.register_outputs(
            {
                "primary_group": first.name,
                "standby_group": second.name if second else None,
            }
        )

    def _group(self, plan: GroupPlan, host: HostSpec) -> autoscaling.Group:
        around, role = self._around, plan.role.value
        template = launch_template(
            f"{self._name}-{role}-template",
            plan.template,
            self._user_data(host),
            account=around.account,
            network=around.network,
            access=around.access,
            parent=self,
        )
        return node_group(
            f"{self._name}-{role}-group",
            plan,
            template,
            subnet_ids=[around.network.subnet_ids[zone] for zone in plan.zones],
            target_group_arns=around.endpoint.target_group_arns,
            after=around.before,
            parent=self,
        )

    def _user_data(self, host: HostSpec) -> Output[str]:
        around = self._around
        ids = {
            "zone": around.endpoint.zone_id,
            **({"data_volume": around.vector_store.data_volume_id} if host.data_volume else {}),
            **(
                {"health_check": around.canary.health_check_ids[host.role]}
                if host.role in around.canary.health_check_ids
                else {}
            ),
        }
        return Output.all(**ids).apply(lambda known: render_gpu_host(host.with_ids(known)))
