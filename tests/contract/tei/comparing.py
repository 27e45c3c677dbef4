"""Compares an answer with the recorded one: exactly, except for numbers that a model makes.

Exact: status, headers and their order, error bodies, structure, key order, indexes, characters.
By shape only: vectors, scores, times and token counts, which belong to the recorded tiny model.
"""

from __future__ import annotations

import json
import math
import re
from typing import Any

from tests.contract.tei.recorded_cases import Case
from tests.contract.tei.serving import Reply

_ALWAYS = {
    "vary": "origin, access-control-request-method, access-control-request-headers",
    "access-control-allow-origin": "*",
}
# Not part of the recorded lists of headers: on every answer, or the sender's own business.
_COMMON = {*_ALWAYS, "date", "content-length"}
# Whole milliseconds of one run, and counts of the recorded tokenizer.
_VARYING = re.compile(r"x-(compute|total|tokenization|queue|inference)-time|x-compute-tokens")
_TOKENS_GIVEN = re.compile(r"(must have less than \d+ tokens\. Given: )\d+")
_NUMBER = re.compile(r"-?\d+(\.\d+)?(e[-+]?\d+)?")
# Longer recorded strings are base64.
_LONG_TEXT = 100
# What /info says about the program itself; everything else in it comes from the flags.
_OWN_INFO = {"sha", "docker_label"}


def check_reply(case: Case, reply: Reply) -> None:
    """Every part of the answer that the recording fixes."""
    expected = case.response
    assert reply.status == expected["status"], reply.body[:300]
    if "headers" in expected:
        check_headers(expected["headers"], reply)
    if "json" in expected:
        check_json(case, expected["json"], reply)
    elif "text" in expected and expected["status"] != 200:
        check_error_text(expected["text"], reply.body.decode())
    elif expected.get("body_bytes") == 0:
        assert reply.body == b""
    if "x_compute_tokens" in expected:
        assert reply.header("x-compute-tokens") == expected["x_compute_tokens"]


def check_headers(expected: dict[str, str | None], reply: Reply) -> None:
    """Names and order of the headers, and every value that is not a measurement."""
    given = dict(reply.headers)
    for name, value in (_ALWAYS | {k: v for k, v in expected.items() if k in _ALWAYS}).items():
        assert given.get(name) == value
    assert given["content-length"] == str(len(reply.body)) or not reply.body
    listed = {name: value for name, value in expected.items() if name not in _COMMON}
    assert [name for name, _ in reply.headers if name not in _COMMON] == list(listed)
    for name, value in listed.items():
        if _VARYING.fullmatch(name):
            assert given[name].isdigit()
        else:
            assert given[name] == value
    if "x-total-time" in given:
        assert given["x-total-time"] == given["x-compute-time"]


def check_error_text(expected: str, given: str) -> None:
    """The whole text; the recording shortens very long paths with an ellipsis."""
    shown, ellipsis, rest = expected.partition("…")
    if ellipsis:
        assert given.startswith(shown)
        assert given.endswith(rest)
    else:
        assert _TOKENS_GIVEN.sub(r"\1N", given) == _TOKENS_GIVEN.sub(r"\1N", expected)


def check_json(case: Case, expected: Any, reply: Reply) -> None:
    """Structure and key order of a successful body, compact as TEI writes it."""
    text = reply.body.decode()
    given = json.loads(text)
    compact = json.dumps(given, ensure_ascii=False, separators=(",", ":"))
    assert _NUMBER.sub("#", text) == _NUMBER.sub("#", compact)
    path = case.request["path"]
    if path == "/info":
        _check_info(expected, given)
    elif path == "/tokenize":
        _check_tokens(expected, given)
    elif path == "/decode":
        assert [type(one) for one in given] == [type(one) for one in expected]
    else:
        check_shape(expected, given)


def check_shape(expected: Any, given: Any) -> None:
    """Same structure; numbers are finite where the recording has numbers."""
    if isinstance(expected, dict):
        _check_object(expected, given)
    elif _is_list_of("score", expected):
        _check_scores(expected, given)
    elif isinstance(expected, list):
        _check_list(expected, given)
    elif isinstance(expected, float):
        assert isinstance(given, float)
        assert math.isfinite(given)
    elif isinstance(expected, str) and len(expected) > _LONG_TEXT:
        assert len(given) == len(expected), "base64 of the same number of floats"
    else:
        assert given == expected


def _check_object(expected: dict[str, Any], given: Any) -> None:
    """An object of the answer, or the recording's short form of a long array."""
    match expected:
        case {"$numbers": count}:
            assert len(given) == count
            assert all(isinstance(one, float) and math.isfinite(one) for one in given)
        case {"$nulls": count}:
            assert given == [None] * count
        case {"$list": _, "first": [first, *_]}:
            assert given
            for one in given:
                check_shape(first, one)
        case {"prompt_tokens": _}:
            assert list(given) == list(expected)
            assert given["prompt_tokens"] == given["total_tokens"] > 0
        case _:
            assert list(given) == list(expected)
            for key, one in expected.items():
                check_shape(one, given[key])


def _check_list(expected: list[Any], given: list[Any]) -> None:
    assert len(given) == len(expected)
    if _are_token_rows(expected):
        # One row per token: their number belongs to the recorded tokenizer.
        for rows in given:
            for row in rows:
                check_shape(expected[0][0], row)
    else:
        for one, other in zip(expected, given, strict=True):
            check_shape(one, other)


def _are_token_rows(expected: list[Any]) -> bool:
    return bool(expected) and isinstance(expected[0], list) and _is_list_of("$numbers", expected[0])


def _is_list_of(key: str, value: Any) -> bool:
    return (
        isinstance(value, list) and bool(value) and isinstance(value[0], dict) and key in value[0]
    )


def _check_scores(expected: list[Any], given: list[Any]) -> None:
    """The same texts or labels, best first; equal scores with the higher index first."""
    assert [list(one) for one in given] == [list(one) for one in expected]
    for name in ("index", "label"):
        assert {one.get(name) for one in given} == {one.get(name) for one in expected}
    texts = {one["index"]: one.get("text") for one in expected if "index" in one}
    assert texts == {one["index"]: one.get("text") for one in given if "index" in one}
    order = [(one["score"], one.get("index", 0)) for one in given]
    assert order == sorted(order, reverse=True)


def _check_info(expected: dict[str, Any], given: dict[str, Any]) -> None:
    assert list(given) == list(expected)
    for name, value in expected.items():
        if name not in _OWN_INFO:
            assert given[name] == value, name


def _check_tokens(expected: list[Any], given: list[Any]) -> None:
    """The frame of special tokens, the keys, and places that grow."""
    assert len(given) == len(expected)
    for one, other in zip(expected, given, strict=True):
        first, last = (one["first"][0], one["last"]) if isinstance(one, dict) else (one[0], one[-1])
        for recorded, token in ((first, other[0]), (last, other[-1])):
            assert list(token) == list(recorded)
            if recorded["special"]:
                assert token == recorded
        places = [token["start"] for token in other if not token["special"]]
        assert places == sorted(places)
