"""Reads the pickle of a saved dictionary of tensors as data. Nothing in it is ever called.

A pickle is a program for a stack machine: it can name any function and have it called. Here the
standard library's disassembler lists its instructions, and a walk over them keeps what they mean as
plain records. Known are the instructions and the names that PyTorch writes for a dictionary of
plain tensors; a pickle with any other is refused, whatever it would do.
"""

from __future__ import annotations

import pickletools
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from infra.pipeline.sparse.tensors import Kind
from infra.pipeline.sparse.unusable import UnusableError

# A dictionary of two tensors takes some 400 bytes.
_MOST_BYTES = 64_000

_DICT = "collections OrderedDict"
_TENSOR = "torch._utils _rebuild_tensor_v2"
_STORAGES: dict[str, Kind] = {
    "torch FloatStorage": "float32",
    "torch HalfStorage": "float16",
    "torch BFloat16Storage": "bfloat16",
}


@dataclass(frozen=True, slots=True)
class Storage:
    """Where the numbers of a tensor are, and how many of which kind."""

    kind: Kind
    key: str
    count: int


@dataclass(frozen=True, slots=True)
class Tensor:
    """Which numbers of a storage a tensor is made of."""

    storage: Storage
    offset: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class _Name:
    """Something that the pickle names and would import."""

    path: str


_MARK = _Name("mark")


def walk(pickled: bytes) -> dict[str, Tensor]:
    """The tensors of a pickled dictionary, by name.

    Raises:
        UnusableError: it is no pickle, or has anything that such a dictionary does not need.
    """
    if len(pickled) > _MOST_BYTES:
        raise UnusableError("its pickle is longer than two tensors need")
    machine = _Machine()
    try:
        with warnings.catch_warnings():
            # The disassembler warns of odd escapes in text, of which only the refusal is of use.
            warnings.simplefilter("ignore", DeprecationWarning)
            _take(pickled, machine)
        found = machine.pop()
    except (ValueError, IndexError, KeyError, TypeError, UnicodeError) as error:
        raise UnusableError("its pickle is damaged, or not that of saved tensors") from error
    if machine.stack or not isinstance(found, dict):
        raise UnusableError("its pickle is not one dictionary")
    if not all(isinstance(n, str) and isinstance(t, Tensor) for n, t in found.items()):
        raise UnusableError("its dictionary holds other things than tensors")
    return found


def _take(pickled: bytes, machine: _Machine) -> None:
    """Walk every instruction."""
    for instruction, argument, _ in pickletools.genops(pickled):
        step = _STEPS.get(instruction.name)
        if step is None:
            raise UnusableError(f"its pickle has {instruction.name}, which tensors do not need")
        step(machine, argument)


class _Machine:
    """The stack and the memory of a pickle, with records in place of objects."""

    def __init__(self) -> None:
        self.stack: list[Any] = []
        self.memory: dict[int, Any] = {}

    def pop(self) -> Any:
        return self.stack.pop()

    def push(self, value: Any) -> None:
        self.stack.append(value)

    def keep(self, place: int) -> None:
        self.memory[place] = self.stack[-1]

    def recall(self, place: int) -> None:
        self.push(self.memory[place])

    def since_mark(self) -> list[Any]:
        """What was pushed since the last mark, which goes too."""
        at = len(self.stack) - 1
        while self.stack[at] is not _MARK:
            at -= 1
            if at < 0:
                raise IndexError
        values = self.stack[at + 1 :]
        del self.stack[at:]
        return values

    def name(self, path: str) -> None:
        if path not in (_DICT, _TENSOR, *_STORAGES):
            raise UnusableError(f"its pickle names `{path.replace(' ', '.')}`, which is no tensor")
        self.push(_Name(path))

    def tuple_of(self, count: int) -> None:
        values = tuple(self.stack[len(self.stack) - count :])
        if len(values) != count:
            raise IndexError
        del self.stack[len(self.stack) - count :]
        self.push(values)

    def storage(self) -> None:
        """A reference to numbers outside of the pickle."""
        match self.pop():
            case ("storage", _Name(path), str(key), str(), int(count)) if path in _STORAGES:
                self.push(Storage(_STORAGES[path], key, count))
            case _:
                raise UnusableError("its pickle refers to something that is no storage")

    def call(self) -> None:
        """What would be a call: only two are known, and neither is made."""
        arguments, called = self.pop(), self.pop()
        match called, arguments:
            case _Name(path), () if path == _DICT:
                self.push({})
            case _Name(path), (
                Storage() as storage,
                int(offset),
                shape,
                strides,
                bool(),
                dict(),
            ) if path == _TENSOR and _are_sizes(shape) and _are_sizes(strides):
                self.push(Tensor(storage, offset, shape, strides))
            case _:
                raise UnusableError("its pickle calls something else than tensors need")

    def put(self, pairs: list[Any]) -> None:
        """Set entries of the dictionary on top."""
        target = self.stack[-1]
        if not isinstance(target, dict) or len(pairs) % 2:
            raise UnusableError("its pickle fills something that is no dictionary")
        target.update(zip(pairs[::2], pairs[1::2], strict=True))

    def state(self) -> None:
        """Attributes of a dictionary: PyTorch's note of versions, which is dropped."""
        attributes, target = self.pop(), self.stack[-1]
        if not isinstance(target, dict) or set(attributes) != {"_metadata"}:
            raise UnusableError("its pickle gives something attributes")


def _are_sizes(value: object) -> bool:
    return isinstance(value, tuple) and all(type(each) is int and each >= 0 for each in value)


Step = Callable[[_Machine, Any], None]


_STEPS: dict[str, Step] = {
    "BINGET": _Machine.recall,
    "BININT": _Machine.push,
    "BININT1": _Machine.push,
    "BININT2": _Machine.push,
    "BINPERSID": lambda machine, _: machine.storage(),
    "BINPUT": _Machine.keep,
    "BINUNICODE": _Machine.push,
    "BUILD": lambda machine, _: machine.state(),
    "EMPTY_DICT": lambda machine, _: machine.push({}),
    "EMPTY_TUPLE": lambda machine, _: machine.push(()),
    "GLOBAL": _Machine.name,
    "LONG_BINGET": _Machine.recall,
    "LONG_BINPUT": _Machine.keep,
    "MARK": lambda machine, _: machine.push(_MARK),
    "NEWFALSE": lambda machine, _: machine.push(value=False),
    "NEWTRUE": lambda machine, _: machine.push(value=True),
    "PROTO": lambda _machine, _argument: None,
    "REDUCE": lambda machine, _: machine.call(),
    "SETITEM": lambda machine, _: machine.put([machine.pop(), machine.pop()][::-1]),
    "SETITEMS": lambda machine, _: machine.put(machine.since_mark()),
    "STOP": lambda _machine, _argument: None,
    "TUPLE": lambda machine, _: machine.push(tuple(machine.since_mark())),
    "TUPLE1": lambda machine, _: machine.tuple_of(1),
    "TUPLE2": lambda machine, _: machine.tuple_of(2),
    "TUPLE3": lambda machine, _: machine.tuple_of(3),
}
