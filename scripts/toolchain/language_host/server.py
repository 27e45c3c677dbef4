"""The gRPC side: the few calls of `LanguageRuntime` that `up`, `preview` and policies need.

Every other call (scaffolding, packaging, code generation) is answered by grpc with UNIMPLEMENTED.
"""

from __future__ import annotations

import platform
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from importlib.metadata import version
from typing import Any

import grpc
from google.protobuf import empty_pb2
from google.protobuf.message import Message
from pulumi.runtime.proto import language_pb2, plugin_pb2

from scripts.toolchain.language_host.children import Children
from scripts.toolchain.language_host.interpreter import NoInterpreterError
from scripts.toolchain.language_host.plugin import run_plugin
from scripts.toolchain.language_host.program import HostFacts, run_program

SERVICE = "pulumirpc.LanguageRuntime"
# A running program, and each running plugin, holds one worker until it ends.
_WORKERS = 32
# The engine's own limit of one message.
_MAX_MESSAGE_BYTES = 400 * 1024 * 1024


class LanguageHost:
    """One running host: a gRPC server on a free loopback port, and the processes it started."""

    def __init__(self, facts: HostFacts) -> None:
        self._facts = facts
        self._children = Children()
        self._server = grpc.server(
            ThreadPoolExecutor(max_workers=_WORKERS),
            options=[
                ("grpc.max_receive_message_length", _MAX_MESSAGE_BYTES),
                ("grpc.max_send_message_length", _MAX_MESSAGE_BYTES),
            ],
        )
        self._server.add_generic_rpc_handlers([self._handlers()])
        self.port: int = self._server.add_insecure_port("127.0.0.1:0")

    def start(self) -> None:
        """Begin to answer calls."""
        self._server.start()

    def stop(self) -> None:
        """End what was started, then stop answering."""
        self._children.stop_all()
        self._server.stop(grace=None).wait()

    def _handlers(self) -> Any:
        unary = grpc.unary_unary_rpc_method_handler
        stream = grpc.unary_stream_rpc_method_handler
        request = language_pb2
        calls = {
            "Handshake": (unary, _handshake, request.LanguageHandshakeRequest),
            "GetPluginInfo": (unary, _plugin_info, empty_pb2.Empty),
            "GetRequiredPackages": (unary, _no_packages, request.GetRequiredPackagesRequest),
            "About": (unary, self._about, request.AboutRequest),
            "Cancel": (unary, self._cancel, empty_pb2.Empty),
            "Run": (unary, self._run, request.RunRequest),
            "RunPlugin": (stream, self._run_plugin, request.RunPluginRequest),
        }
        return grpc.method_handlers_generic_handler(
            SERVICE,
            {
                name: kind(
                    call,
                    request_deserializer=message.FromString,
                    response_serializer=_serialize,
                )
                for name, (kind, call, message) in calls.items()
            },
        )

    def _about(self, request: language_pb2.AboutRequest, context: Any) -> Message:
        del request, context
        return language_pb2.AboutResponse(
            executable=self._facts.python, version=platform.python_version()
        )

    def _cancel(self, request: empty_pb2.Empty, context: Any) -> Message:
        del request, context
        self._children.stop_all()
        return empty_pb2.Empty()

    def _run(self, request: language_pb2.RunRequest, context: Any) -> Message:
        del context
        return run_program(request, facts=self._facts, children=self._children)

    def _run_plugin(
        self, request: language_pb2.RunPluginRequest, context: Any
    ) -> Iterator[language_pb2.RunPluginResponse]:
        try:
            yield from run_plugin(
                request,
                facts=self._facts,
                children=self._children,
                when_cancelled=partial(_call_back, context),
            )
        except (NoInterpreterError, OSError) as error:
            context.abort(grpc.StatusCode.FAILED_PRECONDITION, str(error))


def _call_back(context: Any, action: Callable[[], None]) -> None:
    if not context.add_callback(action):
        action()


def _handshake(request: language_pb2.LanguageHandshakeRequest, context: Any) -> Message:
    del request, context
    return language_pb2.LanguageHandshakeResponse()


def _plugin_info(request: empty_pb2.Empty, context: Any) -> Message:
    del request, context
    return plugin_pb2.PluginInfo(version=version("pulumi"))


def _no_packages(request: language_pb2.GetRequiredPackagesRequest, context: Any) -> Message:
    # Packages are resolved when a resource of theirs registers: a package that is merely installed
    # must not make the engine look for its plugin.
    del request, context
    return language_pb2.GetRequiredPackagesResponse()


def _serialize(message: Message) -> bytes:
    return message.SerializeToString()
