"""Sends recorded requests to a server and compares the answers with the recorded ones.

The recordings come from Qdrant 1.19.0. A case is one line of `recorded/<server>.jsonl`; cases of
one server share state and are sent in order to an empty store. Bodies are compared without `time`
and the fields that differ from moment to moment, numbers within 32-bit tolerance, equal scores as
sets, serde texts up to the place they name.
"""

from __future__ import annotations

import gzip
import http.client
import json
import math
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import jwt
from jwt.warnings import InsecureKeyLengthWarning

FOLDER = Path(__file__).parent
RECORDED = FOLDER / "recorded"
SERVERS = ("default", "auth", "alt", "extra", "refused", "crash")
ADMIN_KEYS = {"auth": "admin-key-1234567890", "alt": "k1"}

TOLERANCE = 1e-5
"""Relative: twenty times the spacing of 32-bit floats in a sum of a thousand products."""

MOMENT_FIELDS = frozenset({
    "time", "usage", "segments_count", "peer_id", "disk_usage_percent", "resident_memory_percent",
})  # fmt: skip
"""Fields that depend on the machine or the moment. `usage` needs hardware reporting, which only
one of the recorded servers had on; `segments_count` follows the number of cores."""

SPECIAL_BODIES = {
    "http.gzip_request": gzip.compress(b'{"points": [{"id": 50, "vector": {}}]}'),
    "http.bom": b'\xef\xbb\xbf{"points": [{"id": 50, "vector": {}}]}',
    "http.bad_utf8": b'{"points": [{"id": 50, "vector": {}, "payload": {"a": "\xff"}}]}',
    "snap.upload.garbage": b"--XXBOUND--\r\n",
}
"""Bodies that the recordings only describe, rebuilt."""


@dataclass(frozen=True)
class Case:
    """One recorded request with its answer."""

    server: str
    record: dict[str, Any]

    @property
    def id(self) -> str:
        return self.record["id"]

    @property
    def setup(self) -> bool:
        """A change of state in between; only its status was recorded."""
        return self.record.get("setup", False)

    @property
    def is_request(self) -> bool:
        """False for the one entry that lists the members of a downloaded file."""
        return not self.record["request"]["method"].startswith("-")


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: Any


def load_cases(server: str) -> list[Case]:
    lines = (RECORDED / f"{server}.jsonl").read_text(encoding="utf-8").splitlines()
    return [Case(server, json.loads(line)) for line in lines]


def load_list(name: str) -> dict[str, Any]:
    return json.loads((FOLDER / name).read_text(encoding="utf-8"))


def send(port: int, case: Case) -> Answer:
    request = case.record["request"]
    path = request["path"]
    if "query" in request:
        path += "?" + urlencode(request["query"])
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        body = _body(case)
        connection.request(request["method"], path, body=body, headers=_headers(case))
        response = connection.getresponse()
        content = response.read()
        headers = {name.lower(): value for name, value in response.getheaders()}
    finally:
        connection.close()
    if headers.get("content-encoding") == "gzip":
        content = gzip.decompress(content)
    text = content.decode("utf-8", "replace")
    parsed = json.loads(text) if headers.get("content-type") == "application/json" else text
    return Answer(response.status, headers, parsed)


def problems(case: Case, answer: Answer, ignored: frozenset[str] = frozenset()) -> list[str]:
    """What differs from the recording, one line each; `ignored` fields are left out."""
    expected = case.record["response"]
    found: list[str] = []
    if answer.status != expected["status"]:
        found.append(f"status {answer.status}, recorded {expected['status']}: {answer.body}")
        return found
    if case.setup:
        return found
    for name, value in expected.get("headers", {}).items():
        if answer.headers.get(name) != value:
            found.append(f"header {name}: {answer.headers.get(name)!r}, recorded {value!r}")
    skipped = MOMENT_FIELDS | ignored
    body = _viewed(case, answer.body) if case.record.get("view") else answer.body
    return found + _differences(body, expected["body"], skipped, "body")


def expanded(value: Any) -> Any:
    """The value with `{"$vec1024": k}` written out: v[j] = round(sin((k+1)*0.731*(j+1)), 6)."""
    if isinstance(value, dict):
        if "$vec1024" in value:
            step = (value["$vec1024"] + 1) * 0.731
            return [round(math.sin(step * (j + 1)), 6) for j in range(1024)]
        return {key: expanded(item) for key, item in value.items()}
    if isinstance(value, list):
        return [expanded(item) for item in value]
    return value


def _headers(case: Case) -> dict[str, str]:
    headers = dict(case.record["request"].get("headers", {}))
    if "claims" in case.record:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", InsecureKeyLengthWarning)  # the recorded key is short
            token = jwt.encode(case.record["claims"], ADMIN_KEYS[case.server], algorithm="HS256")
        headers["Authorization"] = f"Bearer {token}"
    return {"Accept-Encoding": "identity", **headers}


def _body(case: Case) -> bytes | None:
    request = case.record["request"]
    if case.id in SPECIAL_BODIES:
        return SPECIAL_BODIES[case.id]
    if "raw_body" in request:
        raw: str = request["raw_body"]
        if raw.startswith("<") and raw.endswith(" bytes>"):
            return b" " * int(raw[1:].split(maxsplit=1)[0])
        return raw.encode()
    if "body" in request:
        return json.dumps(expanded(request["body"]), ensure_ascii=False).encode()
    return None


def _viewed(case: Case, body: Any) -> Any:
    """The answer cut to what the recording kept of it."""
    kept = case.record["response"]["body"]
    if isinstance(kept, str):
        return kept  # only described; status and headers are compared
    if isinstance(kept, list):
        return _metric_names(body)
    for mark, view in _VIEWS.items():
        if mark in kept:
            return view(body, kept)
    return _shape(body)


def _ids_view(body: Any, _kept: dict[str, Any]) -> Any:
    result = body["result"]
    return {
        "ids_in_order": [point["id"] for point in result["points"]],
        "next_page_offset": result["next_page_offset"],
        "envelope": sorted(set(body) - {"time"}),
    }


def _info_view(body: Any, kept: dict[str, Any]) -> Any:
    return {name: body["result"][name] for name in kept}


def _params_view(body: Any, kept: dict[str, Any]) -> Any:
    return {name: body["result"]["config"]["params"][name] for name in kept}


_VIEWS: dict[str, Callable[[Any, dict[str, Any]], Any]] = {
    "ids_in_order": _ids_view,
    "n": lambda body, _kept: {"n": len(body["result"]["points"])},
    "points_count": _info_view,
    "shard_number": _params_view,
}
"""How bodies were summarised, by a field that only that summary has."""


def _metric_names(text: str) -> list[str]:
    lines = [line.split() for line in text.splitlines() if line.startswith("# TYPE")]
    return sorted(f"{name} {kind}" for _, _, name, kind in lines)


def _shape(value: Any, depth: int = 0) -> Any:
    """The types in place of the values; maps in the sixth level are not looked into."""
    if isinstance(value, dict):
        if depth > 5:
            return "{...}"
        return {key: _shape(item, depth + 1) for key, item in value.items()}
    return None if value is None else type(value).__name__


def _differences(got: Any, want: Any, skipped: frozenset[str], path: str) -> list[str]:
    if isinstance(want, dict):
        return _map_differences(got, want, skipped, path)
    if isinstance(want, list):
        return _list_differences(got, want, skipped, path)
    if isinstance(want, str):
        same = isinstance(got, str) and got.split(" at line")[0] == want.split(" at line")[0]
    elif isinstance(want, bool) or want is None:
        same = got is want
    else:
        number = isinstance(got, int | float) and not isinstance(got, bool)
        same = number and _close(got, want)
    return [] if same else [f"{path}: {got!r}, recorded {want!r}"]


def _close(got: float, want: float) -> bool:
    if isinstance(got, int) and isinstance(want, int):
        return got == want
    return math.isclose(got, want, rel_tol=TOLERANCE, abs_tol=1e-6)


def _map_differences(
    got: Any, want: dict[str, Any], skipped: frozenset[str], path: str
) -> list[str]:
    if not isinstance(got, dict):
        return [f"{path}: {got!r}, recorded a map"]
    names, wanted = set(got) - skipped, set(want) - skipped
    found = [f"{path}: missing {sorted(wanted - names)}"] if wanted - names else []
    if names - wanted:
        found.append(f"{path}: unexpected {sorted(names - wanted)}")
    for name in sorted(names & wanted):
        found += _differences(got[name], want[name], skipped, f"{path}.{name}")
    return found


def _list_differences(got: Any, want: list[Any], skipped: frozenset[str], path: str) -> list[str]:
    if not isinstance(got, list):
        return [f"{path}: {got!r}, recorded a list"]
    if want and isinstance(want[-1], str) and want[-1].startswith("..."):
        length = int(want[-1].removeprefix("...").split()[0])
        if len(got) != length:
            return [f"{path}: {len(got)} items, recorded {length}"]
        got, want = got[: len(want) - 1], want[:-1]
    if len(got) != len(want):
        return [f"{path}: {len(got)} items, recorded {len(want)}: {got!r}"]
    if want and all(isinstance(item, dict) and "score" in item for item in want):
        return _scored_differences(got, want, skipped, path)
    pairs = enumerate(zip(got, want, strict=True))
    return [text for at, (a, b) in pairs for text in _differences(a, b, skipped, f"{path}[{at}]")]


def _scored_differences(
    got: list[Any], want: list[Any], skipped: frozenset[str], path: str
) -> list[str]:
    """Scores must agree in order; points of one score are a set, cut off anywhere at the end."""
    found: list[str] = []
    for at, (mine, theirs) in enumerate(zip(got, want, strict=True)):
        found += _differences(mine.get("score"), theirs["score"], skipped, f"{path}[{at}].score")
    if found:
        return found
    by_id = {json.dumps(item["id"]): item for item in got}
    last = want[-1]["score"]
    for theirs in want:
        mine = by_id.get(json.dumps(theirs["id"]))
        if mine is None:
            if theirs["score"] != last:
                found.append(f"{path}: no point {theirs['id']}")
            continue
        found += _differences(mine, theirs, skipped, f"{path}<{theirs['id']}>")
    return found
