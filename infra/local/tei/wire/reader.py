"""Reads JSON bytes with serde_json's leniency, strictness, positions and error texts.

Why not `json.loads`: TEI ignores text after the body's object and bad UTF-8 in fields it does not
know, refuses lone surrogates and duplicate fields, and tells 400 (not JSON) from 422 (JSON of the
wrong shape). Knows JSON only; which fields a body has is told by `infra.local.tei.wire.shapes`.
Messages and columns were recorded from TEI 1.9.3.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

_SPACE = re.compile(rb"[ \t\n\r]*")
_PLAIN = re.compile(rb'[^"\\\x00-\x1f]*')
_NUMBER = re.compile(rb"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
_ESCAPES = {
    0x22: '"',
    0x5C: "\\",
    0x2F: "/",
    0x62: "\b",
    0x66: "\f",
    0x6E: "\n",
    0x72: "\r",
    0x74: "\t",
}
_LITERALS: tuple[tuple[bytes, bool | None], ...] = (
    (b"true", True),
    (b"false", False),
    (b"null", None),
)
# serde_json's own limit on nesting.
_MAX_DEPTH = 128


@dataclass
class JsonError(Exception):
    """The body is not JSON (`is_syntax`) or is JSON of the wrong shape.

    `index` counts the bytes read so far and is None until the enclosing value fills it in.
    """

    message: str
    is_syntax: bool = False
    index: int | None = None
    path: list[str] = field(default_factory=list[str])

    def text(self, data: bytes) -> str:
        """The message as TEI prints it, with the path of the field and the position."""
        index = self.index if self.index is not None else len(data)
        line = data.count(b"\n", 0, index) + 1
        column = index - (data.rfind(b"\n", 0, index) + 1)
        return f"{self.described()} at line {line} column {column}"

    def described(self) -> str:
        """The message with the path and without a position."""
        path = "".join(
            part if part.startswith("[") or number == 0 else f".{part}"
            for number, part in enumerate(reversed(self.path))
        )
        return f"{path}: {self.message}" if path else self.message


class Reader:
    """A cursor over one body. Every method leaves `index` behind what it has read."""

    def __init__(self, data: bytes, index: int = 0) -> None:
        self.data = data
        self.index = index
        self._depth = 0

    def peek(self) -> int:
        """The next byte that is not white space, -1 at the end."""
        match = _SPACE.match(self.data, self.index)
        self.index = match.end() if match else self.index
        return self.data[self.index] if self.index < len(self.data) else -1

    def syntax(self, message: str, *, peeked: bool = True) -> JsonError:
        """A syntax error here; `peeked` counts the byte that was looked at as read."""
        index = min(len(self.data), self.index + 1) if peeked else self.index
        return JsonError(message, is_syntax=True, index=index)

    def enter(self) -> None:
        """Step over an opening bracket."""
        self._depth += 1
        if self._depth >= _MAX_DEPTH:
            raise self.syntax("recursion limit exceeded")
        self.index += 1

    def leave(self) -> None:
        """Step over a closing bracket."""
        self._depth -= 1
        self.index += 1

    def has_item(self, *, first: bool) -> bool:
        """Whether another array element follows; steps over the comma before it."""
        byte = self.peek()
        if byte == 0x5D:
            return False
        if byte < 0:
            raise self.syntax("EOF while parsing a list")
        if first:
            return True
        if byte != 0x2C:
            raise self.syntax("expected `,` or `]`")
        self.index += 1
        after = self.peek()
        if after == 0x5D:
            raise self.syntax("trailing comma")
        if after < 0:
            raise self.syntax("EOF while parsing a value")
        return True

    def next_key(self, *, first: bool) -> str | None:
        """The next object key, None before the closing brace."""
        byte = self.peek()
        if byte == 0x7D:
            return None
        if byte < 0:
            raise self.syntax("EOF while parsing an object")
        if not first:
            if byte != 0x2C:
                raise self.syntax("expected `,` or `}`")
            self.index += 1
            byte = self.peek()
            if byte == 0x7D:
                raise self.syntax("trailing comma")
            if byte < 0:
                raise self.syntax("EOF while parsing a value")
        if byte != 0x22:
            raise self.syntax("key must be a string")
        return self.string()

    def colon(self) -> None:
        """Step over the colon after a key."""
        byte = self.peek()
        if byte != 0x3A:
            raise self.syntax("EOF while parsing an object" if byte < 0 else "expected `:`")
        self.index += 1

    def string(self) -> str:
        """The string whose opening quote is next."""
        parts: list[str] = []
        self.index += 1
        while True:
            parts.append(self._plain_run())
            byte = self.data[self.index]
            self.index += 1
            if byte == 0x22:
                return parts[0] if len(parts) == 1 else "".join(parts)
            self._refuse_control(byte)
            parts.append(self._escape())

    def number(self) -> int | float:
        """The number that is next; an integer only when it is written without `.` and exponent."""
        match = _NUMBER.match(self.data, self.index)
        if match is None:
            self.index += 1
            at_end = self.index >= len(self.data)
            raise self.syntax("EOF while parsing a value" if at_end else "invalid number")
        text = match.group()
        self.index = match.end()
        if text.lstrip(b"-").isdigit():
            after = self.data[self.index : self.index + 1]
            if after.isdigit():
                raise self.syntax("invalid number")
            return int(text)
        value = float(text)
        if value in (float("inf"), float("-inf")):
            raise self.syntax("number out of range", peeked=False)
        return value

    def literal(self) -> bool | None:
        """The `true`, `false` or `null` that is next."""
        for word, value in _LITERALS:
            if self.data[self.index] == word[0]:
                for byte in word:
                    if self.index >= len(self.data):
                        raise self.syntax("EOF while parsing a value")
                    if self.data[self.index] != byte:
                        raise self.syntax("expected ident")
                    self.index += 1
                return value
        raise self.syntax("expected value")

    def skip(self) -> None:
        """Step over any value without decoding its strings."""
        byte = self.peek()
        if byte == 0x22:
            self._skip_string()
        elif byte == 0x5B:
            self.enter()
            first = True
            while self.has_item(first=first):
                self.skip()
                first = False
            self.leave()
        elif byte == 0x7B:
            self.enter()
            first = True
            while self.next_key(first=first) is not None:
                self.colon()
                self.skip()
                first = False
            self.leave()
        elif byte == 0x2D or 0x30 <= byte <= 0x39:
            self.number()
        elif byte < 0:
            raise self.syntax("EOF while parsing a value")
        else:
            self.literal()

    def _plain_run(self) -> str:
        start = self.index
        self._pass_plain()
        try:
            return self.data[start : self.index].decode("utf-8")
        except UnicodeDecodeError:
            self.index -= 1
            self._skip_string()
            raise self.syntax("invalid unicode code point", peeked=False) from None

    def _pass_plain(self) -> None:
        match = _PLAIN.match(self.data, self.index)
        self.index = match.end() if match else self.index
        if self.index >= len(self.data):
            raise self.syntax("EOF while parsing a string")

    def _refuse_control(self, byte: int) -> None:
        if byte != 0x5C:
            raise self.syntax(
                "control character (\\u0000-\\u001F) found while parsing a string", peeked=False
            )

    def _escape(self) -> str:
        if self.index >= len(self.data):
            raise self.syntax("EOF while parsing a string")
        byte = self.data[self.index]
        self.index += 1
        if byte != 0x75:
            simple = _ESCAPES.get(byte)
            if simple is None:
                raise self.syntax("invalid escape", peeked=False)
            return simple
        unit = self._hex()
        if 0xDC00 <= unit <= 0xDFFF:
            raise self.syntax("lone leading surrogate in hex escape", peeked=False)
        if 0xD800 <= unit <= 0xDBFF:
            for expected in b"\\u":
                if self.index >= len(self.data):
                    raise self.syntax("EOF while parsing a string")
                self.index += 1
                if self.data[self.index - 1] != expected:
                    raise self.syntax("unexpected end of hex escape", peeked=False)
            low = self._hex()
            if not 0xDC00 <= low <= 0xDFFF:
                raise self.syntax("lone leading surrogate in hex escape", peeked=False)
            return chr(0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00))
        return chr(unit)

    def _hex(self) -> int:
        digits = self.data[self.index : self.index + 4]
        if len(digits) < 4:
            self.index = len(self.data)
            raise self.syntax("EOF while parsing a string")
        self.index += 4
        if not re.fullmatch(rb"[0-9a-fA-F]{4}", digits):
            raise self.syntax("invalid escape", peeked=False)
        return int(digits, 16)

    def _skip_string(self) -> None:
        self.index += 1
        while True:
            self._pass_plain()
            byte = self.data[self.index]
            self.index += 1
            if byte == 0x22:
                return
            self._refuse_control(byte)
            self._skip_escape()

    def _skip_escape(self) -> None:
        if self.index >= len(self.data):
            raise self.syntax("EOF while parsing a string")
        byte = self.data[self.index]
        self.index += 1
        if byte == 0x75:
            self._hex()
        elif byte not in _ESCAPES:
            raise self.syntax("invalid escape", peeked=False)
