"""Runs one server: `python -m infra.local.tei --role embed --port 18080`.

Exit codes are TEI's: 0 after SIGTERM or SIGINT, 1 when it cannot start, 2 for a wrong flag.
"""

from __future__ import annotations

import os
import sys

from infra.local.serving import serve
from infra.local.tei.errors import StartError
from infra.local.tei.model.loading import load_model
from infra.local.tei.server.assembly import build_app
from infra.local.tei.server.flags import read_flags


def main() -> int:
    """Serve until a signal comes; calls in flight are finished first."""
    settings = read_flags(sys.argv[1:], os.environ)
    try:
        app = build_app(settings, load_model(settings.role, settings.dimensions))
    except StartError as error:
        sys.stderr.write(f"Error: {error}\n")
        return 1
    if settings.pooling is not None and settings.role == "rerank":
        sys.stderr.write("`--pooling` is set but the model is a reranker: ignored\n")
    return serve(app, host=settings.hostname, port=settings.port)


if __name__ == "__main__":
    sys.exit(main())
