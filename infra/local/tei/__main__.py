"""Runs one server: `python -m infra.local.tei --role embed --port 18080`.

Exit codes are TEI's: 0 after SIGTERM or SIGINT, 1 when it cannot start, 2 for a wrong flag.
"""

from __future__ import annotations

import os
import signal
import sys
from types import FrameType

from infra.local.serving import serve
from infra.local.tei.errors import StartError
from infra.local.tei.model.loading import load_model
from infra.local.tei.server.assembly import build_app
from infra.local.tei.server.flags import read_flags


def main() -> int:
    """Serve until a signal comes; calls in flight are finished first."""
    settings = read_flags(sys.argv[1:], os.environ)
    # The HTTP server hands a signal on after it has drained; ending that way is no failure.
    signal.signal(signal.SIGTERM, _end)
    signal.signal(signal.SIGINT, _end)
    try:
        app = build_app(settings, load_model(settings.role, settings.dimensions))
    except StartError as error:
        sys.stderr.write(f"Error: {error}\n")
        return 1
    if settings.pooling is not None and settings.role == "rerank":
        sys.stderr.write("`--pooling` is set but the model is a reranker: ignored\n")
    try:
        serve(app, host=settings.hostname, port=settings.port)
    except SystemExit as ended:
        # The HTTP server has its own code for a busy port; the reason is already on stderr.
        return 1 if ended.code else 0
    return 0


def _end(signal_number: int, frame: FrameType | None) -> None:
    del signal_number, frame
    sys.exit(0)


if __name__ == "__main__":
    sys.exit(main())
