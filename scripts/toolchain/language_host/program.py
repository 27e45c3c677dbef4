"""Runs a Pulumi program: from the engine's request to a process and back to an answer."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from signal import Signals

from google.protobuf.json_format import MessageToDict
from pulumi.runtime.proto import language_pb2

from scripts.toolchain.language_host.children import Children
from scripts.toolchain.language_host.interpreter import NoInterpreterError, choose_interpreter

# Exit code by which the exec script says that it has told the user already.
ALREADY_REPORTED = 32


@dataclass(frozen=True, kw_only=True, slots=True)
class HostFacts:
    """What the host was started with."""

    engine_address: str
    exec_script: Path
    python: str
    """The interpreter of this host."""
    env: Mapping[str, str]


def run_program(
    request: language_pb2.RunRequest, *, facts: HostFacts, children: Children
) -> language_pb2.RunResponse:
    """Run the program to its end; an error text is for the user, `bail` means it was told."""
    try:
        python = choose_interpreter(
            MessageToDict(request.info.options),
            root=request.info.root_directory,
            env=facts.env,
            own=facts.python,
        )
        argv = [python, "-u", str(facts.exec_script), *_arguments(request, facts.engine_address)]
        env = {**facts.env, **_configuration(request)}
        process = children.start(argv, env=env, cwd=request.pwd, piped=False)
    except (NoInterpreterError, OSError) as error:
        return language_pb2.RunResponse(error=f"the program could not be started: {error}")
    return _answer(children.wait(process))


def _answer(code: int) -> language_pb2.RunResponse:
    if code == 0:
        return language_pb2.RunResponse()
    if code == ALREADY_REPORTED:
        return language_pb2.RunResponse(bail=True)
    if code < 0:
        return language_pb2.RunResponse(
            error=f"the program was ended by signal {Signals(-code).name}"
        )
    return language_pb2.RunResponse(error=f"program exited with non-zero exit code: {code}")


def _arguments(request: language_pb2.RunRequest, engine_address: str) -> list[str]:
    flags = {
        "monitor": request.monitor_address,
        "engine": engine_address,
        "project": request.project,
        "stack": request.stack,
        "organization": request.organization,
        "root_directory": request.info.root_directory,
        "pwd": request.pwd,
        "dry_run": "true" if request.dryRun else "",
        "parallel": str(request.parallel),
    }
    given = [part for flag, value in flags.items() if value for part in (f"--{flag}", value)]
    program = Path(request.info.program_directory, request.info.entry_point)
    return [*given, str(program), *request.args]


def _configuration(request: language_pb2.RunRequest) -> dict[str, str]:
    return {
        "PULUMI_CONFIG": json.dumps(dict(request.config)),
        "PULUMI_CONFIG_SECRET_KEYS": json.dumps(list(request.configSecretKeys)),
    }
