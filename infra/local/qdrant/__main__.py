"""Runs the local Qdrant: `python -m infra.local.qdrant --storage DIR --port N`.

Keys come from the environment, under the names of the real server. Any failure to start is one
message and exit code 1.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import NoReturn

from infra.errors import OperatorError, UsageError
from infra.local.qdrant.access import Keys
from infra.local.qdrant.app import QdrantApp
from infra.local.qdrant.service import DEFAULT_BODY_MB, Options
from infra.local.serving import serve

_PREFIX = "QDRANT__SERVICE__"


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise UsageError(message, why="the command line is wrong", remedy=self.format_usage())


def read_options(storage: Path, environment: Mapping[str, str]) -> Options:
    """The service's options; environment variables are those of the real server."""

    def value(name: str, default: str = "") -> str:
        return environment.get(_PREFIX + name, default)

    return Options(
        storage=storage,
        keys=Keys(
            admin=value("API_KEY"),
            alt_admin=value("ALT_API_KEY"),
            read_only=value("READ_ONLY_API_KEY"),
            jwt_rbac=_flag("JWT_RBAC", value("JWT_RBAC", "false")),
        ),
        max_body_bytes=_megabytes(value("MAX_REQUEST_SIZE_MB", str(DEFAULT_BODY_MB))),
        cors=_flag("ENABLE_CORS", value("ENABLE_CORS", "true")),
    )


def main() -> int:
    parser = _Parser(prog="python -m infra.local.qdrant")
    parser.add_argument("--storage", type=Path, required=True, help="data folder")
    parser.add_argument("--host", default="127.0.0.1", help="loopback address to listen on")
    parser.add_argument("--port", type=int, required=True)
    try:
        arguments = parser.parse_args()
        options = read_options(arguments.storage, os.environ)
        return serve(QdrantApp(options), host=arguments.host, port=arguments.port)
    except OperatorError as error:
        sys.stderr.write(f"error: {error}\n")
        return 1


def _flag(name: str, value: str) -> bool:
    if value.lower() not in {"true", "false"}:
        raise UsageError(
            f"{_PREFIX}{name}={value}",
            why="it is neither true nor false",
            remedy=f"set {_PREFIX}{name} to true or false",
        )
    return value.lower() == "true"


def _megabytes(value: str) -> int:
    if not value.isascii() or not value.isdigit() or int(value) == 0:
        raise UsageError(
            f"{_PREFIX}MAX_REQUEST_SIZE_MB={value}",
            why="it is not a positive number of megabytes",
            remedy=f"leave it out for {DEFAULT_BODY_MB}",
        )
    return int(value) << 20


if __name__ == "__main__":
    sys.exit(main())
