"""Recorded servers, started when the first case needs one and stopped at the end."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import ExitStack

import pytest

from tests.contract.tei.doubles import double
from tests.contract.tei.recorded_cases import ServerUnderTest
from tests.contract.tei.serving import Client, running


@pytest.fixture(scope="package")
def client_of() -> Generator[Callable[[ServerUnderTest], Client]]:
    """A kept-alive connection to the server with these flags."""
    clients: dict[str, Client] = {}
    with ExitStack() as stack:

        def connect(server: ServerUnderTest) -> Client:
            if server.key not in clients:
                port = stack.enter_context(running(server, double(server.model)))
                clients[server.key] = Client(port)
                stack.callback(clients[server.key].close)
            return clients[server.key]

        yield connect
