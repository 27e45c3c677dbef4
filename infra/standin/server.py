"""Serves the stand-in on a loopback port, for as long as a `with` block runs."""

from __future__ import annotations

from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass

import grpc
from pulumi.runtime.proto import provider_pb2_grpc

from infra.standin.cloud import Cloud
from infra.standin.provider import StandIn

_WORKERS = 4
# Far above any property bag of ours, as in the engine itself.
_MESSAGE_BYTES_MAX = 400 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Serving:
    """A running stand-in."""

    port: int
    cloud: Cloud

    @property
    def environment(self) -> dict[str, str]:
        """What tells the engine to use it in the place of the real plugin."""
        return {"PULUMI_DEBUG_PROVIDERS": f"aws:{self.port}"}


@contextmanager
def serve(cloud: Cloud | None = None) -> Generator[Serving]:
    """Serve until the block ends; the port is any free one."""
    account = cloud or Cloud()
    server = grpc.server(
        ThreadPoolExecutor(max_workers=_WORKERS, thread_name_prefix="stand-in"),
        options=[("grpc.max_receive_message_length", _MESSAGE_BYTES_MAX)],
    )
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(StandIn(account), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    try:
        yield Serving(port=port, cloud=account)
    finally:
        server.stop(grace=None).wait()
