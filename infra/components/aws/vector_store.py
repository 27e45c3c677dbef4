"""The vector store as a component: data volume, machine, fixed address and name, alarms."""

from __future__ import annotations

from pulumi import ComponentResource, ResourceOptions
from pulumi_aws import ebs

from infra.components.aws.handles import VectorStoreHandles
from infra.components.aws.store_alarms import make_alarm
from infra.components.aws.vector_store_machine import VectorStoreNeeds, make_machine
from infra.plans.vector_store import VectorStorePlan


class VectorStore(ComponentResource):
    """Walks a `VectorStorePlan`. The data volume is protected, and kept when the stack goes."""

    handles: VectorStoreHandles

    def __init__(
        self,
        name: str,
        plan: VectorStorePlan,
        needs: VectorStoreNeeds,
        opts: ResourceOptions | None = None,
    ) -> None:
        super().__init__("retrieval:aws:VectorStore", name, None, opts)
        volume = ebs.Volume(
            f"{name}-data",
            availability_zone=plan.volume.zone,
            type="gp3",
            size=plan.volume.gib,
            iops=plan.volume.iops,
            throughput=plan.volume.mib_s,
            encrypted=True,
            kms_key_id=needs.account.key_arn,
            tags=plan.volume.tags,
            opts=ResourceOptions(parent=self, protect=True, retain_on_delete=True),
        )
        instance = make_machine(self, name, plan.machine, needs, volume) if plan.machine else None
        instance_id = None if instance is None else instance.id
        for alarm in plan.alarms:
            make_alarm(self, name, alarm, needs.notices, instance_id)
        self.handles = VectorStoreHandles(
            url=plan.url,
            instance_id=instance_id,
            data_volume_id=volume.id,
            ready=[volume] if instance is None else [volume, instance],
        )
        self.register_outputs({"url": plan.url, "data_volume_id": volume.id})
