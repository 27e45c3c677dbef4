"""The Pulumi dynamic provider of the embedded target: one resource per service process.

Thin on purpose: it hands a `ServiceSpec` to the supervisor and decides nothing else. A process that
was killed or hangs reads as gone, so `pulumi refresh` shows it and the next `up` starts it again.
"""

from __future__ import annotations

import logging
from typing import Any

from pulumi import Input, Output, ResourceOptions
from pulumi.dynamic import (
    CheckResult,
    ConfigureRequest,
    CreateResult,
    DiffResult,
    ReadResult,
    Resource,
    ResourceProvider,
    UpdateResult,
)

from infra.local import supervisor
from infra.local.spec import ServiceSpec
from infra.local.supervisor import RunningProcess, ServiceState


class LocalServiceProvider(ResourceProvider):
    """Creates, updates, reads and deletes service processes on this machine."""

    # The serialised provider is a reference to this class and holds no value of any kind.
    serialize_as_secret_always = False

    def configure(self, req: ConfigureRequest) -> None:  # noqa: ARG002 (the base class names it)
        """Keep grpc from printing a traceback beside the one clear error of a failed operation."""
        logging.getLogger("grpc._server").setLevel(logging.CRITICAL)

    def check(self, _olds: dict[str, Any], news: dict[str, Any]) -> CheckResult:
        """Bring the inputs into the one form that is stored and compared."""
        return CheckResult(ServiceSpec.model_validate(news).properties(), [])

    def diff(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> DiffResult:
        """Any difference restarts the process in place; nothing ever replaces it."""
        return DiffResult(changes=_properties(_olds) != _properties(_news))

    def create(self, props: dict[str, Any]) -> CreateResult:
        """Start the process and wait until it is ready."""
        spec = ServiceSpec.model_validate(props)
        return CreateResult(f"{spec.folder}/{spec.name}", _outputs(spec, supervisor.start(spec)))

    def read(self, id_: str, props: dict[str, Any]) -> ReadResult:
        """The process as it is now; an empty id where it is dead or does not answer."""
        spec = ServiceSpec.model_validate(props)
        running = supervisor.running_process(spec)
        if running is None or supervisor.state(spec) is not ServiceState.RUNNING:
            return ReadResult("", {})
        return ReadResult(id_, _outputs(spec, running))

    def update(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> UpdateResult:
        """Replace the process of the old spec by one of the new; a failure brings the old back."""
        new = ServiceSpec.model_validate(_news)
        running = supervisor.restart(ServiceSpec.model_validate(_olds), new)
        return UpdateResult(_outputs(new, running))

    def delete(self, _id: str, _props: dict[str, Any]) -> None:
        """Stop the process; its data folder stays."""
        supervisor.stop(ServiceSpec.model_validate(_props))


class LocalService(Resource, module="retrieval", name="LocalService"):
    """One local service process as a Pulumi resource."""

    pid: Output[str]
    url: Output[str]
    """Known once the process is ready, so a failed `up` leaves the old one in the outputs."""

    def __init__(
        self, name: str, properties: dict[str, Input[Any]], opts: ResourceOptions | None = None
    ) -> None:
        super().__init__(
            LocalServiceProvider(), name, {**properties, "pid": None, "url": None}, opts
        )


def _outputs(spec: ServiceSpec, running: RunningProcess) -> dict[str, Any]:
    return {**spec.properties(), "pid": str(running.pid), "url": spec.url}


def _properties(raw: dict[str, Any]) -> dict[str, Any]:
    return ServiceSpec.model_validate(raw).properties()
