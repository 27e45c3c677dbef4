"""Starts the gateway: `python -m infra.gateway --host 127.0.0.1 --port 18090 --keys-file FILE`.

Configuration comes as JSON in GATEWAY_CONFIG, the keys of the services behind in TEI_API_KEY and
QDRANT_API_KEY; see docs/gateway.md.
"""

from __future__ import annotations

import argparse
import gc
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from infra.clock import SystemClock
from infra.errors import ExitCode, OperatorError
from infra.gateway.config import CONFIG_VARIABLE, UpstreamKeys, parse_config
from infra.gateway.gateway import build_gateway
from infra.gateway.keys import KeyRing
from infra.gateway.metrics import Metrics
from infra.gateway.observe import write_log
from infra.gateway.server import serve

# One loop serves everybody while threads of searches compute: hand the interpreter over sooner
# than after the usual 5 ms, which a reader would wait for.
_SWITCH_INTERVAL_S = 0.0005


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> None:  # type: ignore[override]
        sys.stderr.write(f"error: {message}\n\nhint: {self.format_usage()}")
        raise SystemExit(ExitCode.USAGE)


def main(arguments: Sequence[str], environment: Mapping[str, str]) -> int:
    """Run until a signal; the exit code."""
    parser = _Parser(prog="python -m infra.gateway", description=__doc__)
    parser.add_argument("--host", required=True, help="address to listen on")
    parser.add_argument("--port", required=True, type=int, help="port to listen on")
    parser.add_argument("--keys-file", required=True, type=Path, help="JSON of the API keys")
    options = parser.parse_args(arguments)
    metrics, clock = Metrics(), SystemClock()

    def keys_failed(problem: str) -> None:
        metrics.key_reload_failures.inc()
        write_log({"level": "error", "event": "keys_file_unusable", "problem": problem})

    try:
        config = parse_config(environment.get(CONFIG_VARIABLE))
        keys = KeyRing(options.keys_file, clock=clock, on_failure=keys_failed)
        gateway = build_gateway(
            config,
            keys=keys,
            upstream_keys=UpstreamKeys(
                tei=environment.get("TEI_API_KEY"), qdrant=environment.get("QDRANT_API_KEY")
            ),
            metrics=metrics,
            clock=clock,
        )
    except OperatorError as error:
        sys.stderr.write(f"error: {error.what}: {error.why}\n\nhint: {error.remedy}\n")
        return error.exit_code
    sys.setswitchinterval(_SWITCH_INTERVAL_S)
    # What was made so far stays: a full collection need not walk through it again and again.
    gc.collect()
    gc.freeze()
    return serve(gateway, host=options.host, port=options.port)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], os.environ))  # noqa: TID251 (a service reads its environment here)
