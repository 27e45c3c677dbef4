"""Runs a plugin that is written in Python, such as a policy pack, and relays its output.

The first line that a plugin prints is its port and the engine waits for it, so output is passed
on as it comes, never collected.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator
from functools import partial
from queue import SimpleQueue
from threading import Thread
from typing import IO, cast

from google.protobuf.json_format import MessageToDict
from pulumi.runtime.proto import language_pb2

from scripts.toolchain.language_host.children import Children
from scripts.toolchain.language_host.interpreter import choose_interpreter
from scripts.toolchain.language_host.program import HostFacts

POLICY_PACK = "analyzer"
_CHUNK_BYTES = 65536
# After a plugin has ended, its output may still be held open by a process that it left behind.
_DRAIN_S = 2.0


def run_plugin(
    request: language_pb2.RunPluginRequest,
    *,
    facts: HostFacts,
    children: Children,
    when_cancelled: Callable[[Callable[[], None]], object],
) -> Iterator[language_pb2.RunPluginResponse]:
    """Start the plugin; yield its output, and its exit code at the end.

    `when_cancelled` takes what to do when the engine ends the call, which is how the engine stops
    a plugin of this kind.

    Raises:
        NoInterpreterError: the options name an environment that does not exist.
        OSError: the interpreter cannot be executed.
    """
    folder = request.info.program_directory
    is_policy_pack = request.kind == POLICY_PACK
    python = choose_interpreter(
        MessageToDict(request.info.options),
        root=request.info.root_directory,
        env=facts.env,
        own=facts.python,
    )
    arguments = (
        ["-m", "pulumi.policy", *request.args, folder]
        if is_policy_pack
        else [folder, *request.args]
    )
    process = children.start(
        [python, "-u", *arguments],
        # The engine sends the whole environment; an older one sends none.
        env=dict(pair.split("=", 1) for pair in request.env if "=" in pair) or facts.env,
        cwd=folder if is_policy_pack else request.pwd,
        piped=True,
    )
    when_cancelled(partial(children.stop, process))
    yield from _relay(process, children)


def _relay(
    process: subprocess.Popen[bytes], children: Children
) -> Iterator[language_pb2.RunPluginResponse]:
    answers: SimpleQueue[language_pb2.RunPluginResponse] = SimpleQueue()
    # Both are pipes: the process was started with `piped`.
    stdout, stderr = cast("tuple[IO[bytes], IO[bytes]]", (process.stdout, process.stderr))
    pumps = [
        _pump(stdout, lambda chunk: language_pb2.RunPluginResponse(stdout=chunk), answers),
        _pump(stderr, lambda chunk: language_pb2.RunPluginResponse(stderr=chunk), answers),
    ]

    def finish() -> None:
        code = children.wait(process)
        for pump in pumps:
            pump.join(_DRAIN_S)
        answers.put(language_pb2.RunPluginResponse(exitcode=code))

    Thread(target=finish, daemon=True).start()
    while True:
        answer = answers.get()
        yield answer
        if answer.WhichOneof("output") == "exitcode":
            return


def _pump(
    stream: IO[bytes],
    wrap: Callable[[bytes], language_pb2.RunPluginResponse],
    answers: SimpleQueue[language_pb2.RunPluginResponse],
) -> Thread:
    def pump() -> None:
        with stream:
            while chunk := os.read(stream.fileno(), _CHUNK_BYTES):
                answers.put(wrap(chunk))

    thread = Thread(target=pump, daemon=True)
    thread.start()
    return thread
