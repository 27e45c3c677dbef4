"""Puts one server together: settings and a model in, an ASGI application out."""

from __future__ import annotations

from collections.abc import Callable

from infra.clock import Clock, SystemClock
from infra.local.tei.model.interface import LoadedModel
from infra.local.tei.server.app import TeiApp
from infra.local.tei.server.batching import Batcher, OneByOne
from infra.local.tei.server.engine import Engine
from infra.local.tei.server.flags import ServerSettings
from infra.local.tei.server.metrics import Metrics
from infra.local.tei.server.routes import routing_table


def build_app(
    settings: ServerSettings,
    model: LoadedModel,
    *,
    make_batcher: Callable[[Metrics, Clock], Batcher] = OneByOne,
    clock: Clock | None = None,
) -> TeiApp:
    """The application of one server. `make_batcher` is where pacing comes in.

    Raises:
        StartError: flags and model do not fit.
    """
    engine = Engine(settings, model, make_batcher=make_batcher, clock=clock or SystemClock())
    return TeiApp(settings, engine, routing_table(settings, model, engine))
