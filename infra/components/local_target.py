"""The embedded target as one component: a child resource per planned service process."""

from __future__ import annotations

from pulumi import ComponentResource, Output, ResourceOptions

from infra.local.provider import LocalService
from infra.local.spec import ServiceSpec
from infra.plans.local import LocalPlan


class LocalTarget(ComponentResource):
    """Walks a `LocalPlan` and creates its processes; `urls` has one base URL per service."""

    urls: dict[str, Output[str]]

    def __init__(self, name: str, plan: LocalPlan, opts: ResourceOptions | None = None) -> None:
        super().__init__("retrieval:local:LocalTarget", name, None, opts)
        self.urls = {}
        created: dict[str, LocalService] = {}
        for service in plan.services:
            spec = ServiceSpec.model_validate(
                {
                    "name": service.name,
                    "folder": str(plan.folder),
                    "python": str(plan.python),
                    "arguments": service.arguments,
                    "port": service.port,
                    "health_path": service.health_path,
                    "start_deadline_s": service.start_deadline_s,
                    "stop_grace_s": service.stop_grace_s,
                    "code_version": service.code_version,
                    "environment": dict(service.environment),
                    "secret_environment": dict(service.secret_environment),
                    "client_keys": {
                        name: list(scopes) for name, scopes in service.client_keys.items()
                    },
                }
            )
            created[service.name] = LocalService(
                f"{name}-{service.name}",
                spec.properties(),
                opts=ResourceOptions(
                    parent=self, depends_on=[created[other] for other in service.after]
                ),
            )
            self.urls[service.name] = created[service.name].url
        self.register_outputs({"urls": self.urls})
