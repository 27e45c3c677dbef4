"""The answers recorded from TEI 1.9.3 that the local servers claim to give, one case a line.

`recorded/servers.json` names the servers they came from, `unclaimed.json` the recorded cases that
are not claimed, each with the reason. Long inputs are written as `{"$repeat": unit, "times": n}`.
"""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

_FOLDER = Path(__file__).parent
# All cases recorded from the real server.
RECORDED = 425
# Those that are not one plain HTTP call and its answer, and so have tests of their own.
_NOT_PLAIN = ("startup.", "overload.", "metrics.")


@dataclass(frozen=True, slots=True)
class ServerUnderTest:
    """The recorded server: a tiny model with a name, and TEI's flags."""

    key: str
    model: str
    flags: tuple[str, ...]
    environment: dict[str, str]


@dataclass(frozen=True, slots=True)
class Case:
    """One recorded case. `recorded` is its line as it is."""

    name: str
    server: ServerUnderTest
    recorded: dict[str, Any]

    @property
    def request(self) -> dict[str, Any]:
        """Method, path, headers and body."""
        request: dict[str, Any] = self.recorded["request"]
        return request

    @property
    def response(self) -> dict[str, Any]:
        """Status, headers and body."""
        response: dict[str, Any] = self.recorded["response"]
        return response

    def body(self) -> bytes | None:
        """The bytes that were sent as the body, None when there was none."""
        request = self.request
        if "base64" in request:
            return base64.b64decode(request["base64"])
        if "text" in request:
            return str(_expanded(request["text"])).encode()
        if "json" in request:
            return json.dumps(_expanded(request["json"]), ensure_ascii=False).encode()
        return None

    def headers(self) -> dict[str, str]:
        """The request's headers; JSON bodies carry their content type unless shown otherwise."""
        headers: dict[str, str] = self.request.get("headers", {})
        if "json" in self.request and "content-type" not in headers:
            return {"content-type": "application/json"} | headers
        return headers


@cache
def claimed() -> dict[str, Case]:
    """Every claimed case by name, in the order of recording."""
    servers = {
        key: ServerUnderTest(key, one["model"], tuple(one["flags"]), one.get("env", {}))
        for key, one in json.loads(_read("recorded/servers.json")).items()
    }
    lines = (json.loads(line) for line in _read("recorded/cases.jsonl").splitlines())
    return {one["name"]: Case(one["name"], servers[one["server"]], one) for one in lines}


@cache
def unclaimed() -> dict[str, str]:
    """Reason by name."""
    reasons: dict[str, str] = json.loads(_read("unclaimed.json"))
    return reasons


def plain_cases() -> list[Case]:
    """The claimed cases that are one call and its answer."""
    return [case for case in claimed().values() if not case.name.startswith(_NOT_PLAIN)]


def cases_of(prefix: str) -> list[Case]:
    """The claimed cases whose name starts with `prefix`."""
    return [case for case in claimed().values() if case.name.startswith(prefix)]


def _read(name: str) -> str:
    return (_FOLDER / name).read_text(encoding="utf-8")


def _expanded(value: Any) -> Any:
    match value:
        case {"$repeat": unit, "times": times}:
            return unit * times
        case {"$list": item, "times": times}:
            return [item] * times
        case {"$join": parts}:
            return "".join(map(_expanded, parts))
        case dict():
            return {key: _expanded(one) for key, one in value.items()}
        case list():
            return [_expanded(one) for one in value]
        case _:
            return value
