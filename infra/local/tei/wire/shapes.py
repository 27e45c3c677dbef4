"""Which JSON a field accepts, with serde's words for what it does not accept.

A parser takes a `Reader` and returns a value; parsers compose. Knows no route: the bodies of the
routes are put together in `infra.local.tei.wire.bodies`. Rules and texts recorded from TEI 1.9.3.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from infra.local.tei.wire.reader import JsonError, Reader

Parser = Callable[[Reader], Any]

_REQUIRED = object()


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a body.

    `default` is used when the field is missing. `in_array` tells whether it may also be missing
    from a body given as an array, which serde allows for fields with a declared default only.
    """

    name: str
    parse: Parser
    default: Any = _REQUIRED
    in_array: bool = True


def boolean(reader: Reader) -> bool:
    """`true` or `false`; null is refused."""
    value = any_value(reader, expected="a boolean", accepts=(bool,))
    return bool(value)


def text(reader: Reader) -> str:
    """A string."""
    return str(any_value(reader, expected="a string", accepts=(str,)))


def size(reader: Reader) -> int:
    """An integer that is not negative; `16.0` is refused."""
    value = any_value(reader, expected="usize", accepts=(int,))
    if not 0 <= value < 2**64:
        described = f"integer `{value}`" if value < 0 else f"floating point `{float(value)}`"
        kind = "value" if value < 0 else "type"
        raise JsonError(f"invalid {kind}: {described}, expected usize", index=reader.index)
    return int(value)


def optional(parse: Parser) -> Parser:
    """The value, or None for null."""

    def parser(reader: Reader) -> Any:
        if reader.peek() == ord("n"):
            return reader.literal()
        return parse(reader)

    return parser


def variant(*names: str) -> Parser:
    """One of `names`; anything that is not a string is a syntax error, null too."""

    def parser(reader: Reader) -> str:
        byte = reader.peek()
        if byte != ord('"'):
            raise reader.syntax("EOF while parsing a value" if byte < 0 else "expected value")
        value = reader.string()
        if value not in names:
            quoted = [f"`{name}`" for name in names]
            listed = " or ".join(quoted) if len(quoted) == 2 else f"one of {', '.join(quoted)}"
            raise JsonError(f"unknown variant `{value}`, expected {listed}", index=reader.index)
        return value

    return parser


def sequence(parse: Parser) -> Parser:
    """An array whose elements all parse."""

    def parser(reader: Reader) -> list[Any]:
        if reader.peek() != ord("["):
            any_value(reader, expected="a sequence", accepts=())
        reader.enter()
        items: list[Any] = []
        while reader.has_item(first=not items):
            items.append(_at(f"[{len(items)}]", parse, reader))
        reader.leave()
        return items

    return parser


def untagged(name: str, *accept: Callable[[Any], bool]) -> Parser:
    """Any JSON value for which one of `accept` holds; `name` is the type in the error text."""

    def parser(reader: Reader) -> Any:
        value = any_content(reader)
        if any(accepts(value) for accepts in accept):
            return value
        raise JsonError(f"data did not match any variant of untagged enum {name}")

    return parser


def struct(name: str, *fields: Field) -> Callable[[Reader], dict[str, Any]]:
    """An object with these fields, or an array of their values in this order."""

    def parser(reader: Reader) -> dict[str, Any]:
        byte = reader.peek()
        if byte not in (ord("{"), ord("[")):
            any_value(reader, expected=f"struct {name}", accepts=())
        reader.enter()
        try:
            if byte == ord("{"):
                return _from_object(reader, fields)
            return _from_array(reader, name, fields)
        except JsonError as error:
            if error.index is None:
                _pass_closing(reader, "}" if byte == ord("{") else "]")
                error.index = reader.index
            raise

    return parser


def any_value(reader: Reader, *, expected: str, accepts: tuple[type, ...]) -> Any:
    """A scalar of exactly one of the types `accepts`, else serde's invalid type error."""
    byte = reader.peek()
    if byte in (ord("{"), ord("[")):
        found = "map" if byte == ord("{") else "sequence"
        raise JsonError(f"invalid type: {found}, expected {expected}", index=reader.index)
    value = any_content(reader)
    if type(value) in accepts:
        return value
    raise JsonError(f"invalid type: {_described(value)}, expected {expected}", index=reader.index)


def any_content(reader: Reader) -> Any:
    """Any JSON value at all, strings decoded. Objects come as dicts, the last duplicate wins."""
    byte = reader.peek()
    if byte == ord('"'):
        return reader.string()
    if byte == ord("["):
        return sequence(any_content)(reader)
    if byte == ord("{"):
        return _content_object(reader)
    if byte == ord("-") or ord("0") <= byte <= ord("9"):
        return reader.number()
    if byte < 0:
        raise reader.syntax("EOF while parsing a value")
    return reader.literal()


def _content_object(reader: Reader) -> dict[str, Any]:
    reader.enter()
    found: dict[str, Any] = {}
    first = True
    while (key := reader.next_key(first=first)) is not None:
        reader.colon()
        found[key] = _at(key, any_content, reader)
        first = False
    reader.leave()
    return found


def _from_object(reader: Reader, fields: tuple[Field, ...]) -> dict[str, Any]:
    known = {field.name: field for field in fields}
    found: dict[str, Any] = {}
    first = True
    while (key := reader.next_key(first=first)) is not None:
        if key in found:
            raise JsonError(f"duplicate field `{key}`")
        reader.colon()
        if key in known:
            found[key] = _at(key, known[key].parse, reader)
        else:
            reader.skip()
        first = False
    for field in fields:
        if field.name not in found:
            if field.default is _REQUIRED:
                raise JsonError(f"missing field `{field.name}`")
            found[field.name] = field.default
    reader.leave()
    return found


def _from_array(reader: Reader, name: str, fields: tuple[Field, ...]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for number, field in enumerate(fields):
        if reader.has_item(first=number == 0):
            found[field.name] = _at(f"[{number}]", field.parse, reader)
        elif field.default is _REQUIRED or not field.in_array:
            raise JsonError(
                f"invalid length {number}, expected struct {name} with {len(fields)} elements"
            )
        else:
            found[field.name] = field.default
    if reader.peek() != ord("]"):
        raise reader.syntax("trailing characters")
    reader.leave()
    return found


def _pass_closing(reader: Reader, bracket: str) -> None:
    """serde reads the closing bracket before it notes where an error without a position was."""
    if reader.peek() == ord(bracket):
        reader.index += 1


def _at(step: str, parse: Parser, reader: Reader) -> Any:
    try:
        return parse(reader)
    except JsonError as error:
        error.path.append(step)
        raise


def _described(value: Any) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return f"boolean `{str(value).lower()}`"
        case int():
            return f"integer `{value}`"
        case float():
            return f"floating point `{value!r}`"
        case _:
            return f"string {_quoted(str(value))}"


def _quoted(value: str) -> str:
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
