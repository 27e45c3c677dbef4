"""The head's numbers from each kind of file, and nothing else from any of them."""

from __future__ import annotations

import json
import os
import pickle
import zipfile
from collections import OrderedDict
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from infra.errors import ExitCode, InputFileError, SettingsError
from infra.pipeline.sparse.head import SparseHead, load_head
from infra.pipeline.sparse.pickle_walk import walk
from infra.pipeline.sparse.unusable import UnusableError
from tests.unit.pipeline.sparse.saved import Tensor, head_parts, pickled, raw, storage, write

# Exact in every number format.
WEIGHT = [0.5, -1.25, 2.0, 0.0, 3.5]
BIAS = -0.75


def loaded(path: Path) -> SparseHead:
    return load_head(str(path), len(WEIGHT))


def safetensors(path: Path, kind: str, code: str) -> Path:
    weight, bias = raw(WEIGHT, kind), raw([BIAS], kind)
    header = json.dumps(
        {
            "__metadata__": {"format": "pt"},
            "weight": {"dtype": code, "shape": [1, 5], "data_offsets": [0, len(weight)]},
            "bias": {
                "dtype": code,
                "shape": [1],
                "data_offsets": [len(weight), len(weight) + len(bias)],
            },
        }
    ).encode()
    path.write_bytes(len(header).to_bytes(8, "little") + header + weight + bias)
    return path


class TestFormats:
    """The same numbers, whatever they are kept in."""

    @pytest.mark.parametrize("kind", ["<f4", "<f2", "bf16"])
    def test_torch(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
        """A file as `torch.save` writes it, in each precision."""
        parts = head_parts(WEIGHT, BIAS, monkeypatch, kind=kind)
        head = loaded(write(tmp_path / "sparse_linear.pt", parts))
        assert (head.weight.tolist(), head.bias) == (WEIGHT, BIAS)

    @pytest.mark.parametrize(("kind", "code"), [("<f4", "F32"), ("<f2", "F16"), ("bf16", "BF16")])
    def test_safetensors(self, tmp_path: Path, kind: str, code: str) -> None:
        """The same in safetensors."""
        head = loaded(safetensors(tmp_path / "head.safetensors", kind, code))
        assert (head.weight.tolist(), head.bias) == (WEIGHT, BIAS)

    def test_json(self, tmp_path: Path) -> None:
        """The same in JSON."""
        path = tmp_path / "head.json"
        path.write_text(json.dumps({"weight": WEIGHT, "bias": BIAS}))
        assert (loaded(path).weight.tolist(), loaded(path).bias) == (WEIGHT, BIAS)

    def test_the_digest_is_of_the_numbers(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Another file of the same head has the same digest, another bias another."""
        half = loaded(write(tmp_path / "a.pt", head_parts(WEIGHT, BIAS, monkeypatch)))
        other = loaded(safetensors(tmp_path / "b.safetensors", "<f4", "F32"))
        assert half.digest == other.digest
        assert half.digest != SparseHead(weight=half.weight, bias=0.5).digest

    def test_a_saved_module_brings_a_note_of_versions(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """`state_dict()` of a module has an attribute, which is passed over."""
        parts = head_parts(WEIGHT, BIAS, monkeypatch)
        kept = storage("HalfStorage")
        tensors = OrderedDict(weight=Tensor(kept, "0", (1, 5)), bias=Tensor(kept, "1", (1,)))
        tensors.__dict__["_metadata"] = OrderedDict({"": {"version": 1}})
        parts["data.pkl"] = pickled(tensors, monkeypatch)
        assert loaded(write(tmp_path / "a.pt", parts)).bias == BIAS


@pytest.fixture(scope="session")
def good_pickle() -> bytes:
    """The pickle of a head."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        return head_parts(WEIGHT, BIAS, monkeypatch)["data.pkl"]


class Payload:
    """What an attack looks like: a call that unpickling would make."""

    def __reduce__(self) -> tuple[object, ...]:
        return (os.mkdir, (str(Payload.target),))

    target = Path("unset")


class TestNothingRuns:
    """A pickle is walked, never loaded."""

    @pytest.mark.parametrize("protocol", [0, 2, 4])
    def test_a_call_of_another_function(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, protocol: int
    ) -> None:
        """Refused by its name, and not made; loading it for real would have made a folder."""
        Payload.target = tmp_path / "made"
        parts = head_parts(WEIGHT, BIAS, monkeypatch)
        parts["data.pkl"] = pickle.dumps(Payload(), protocol=protocol)
        with pytest.raises(InputFileError) as caught:
            loaded(write(tmp_path / "a.pt", parts))
        assert "its pickle" in caught.value.why
        assert not Payload.target.exists()
        pickle.loads(parts["data.pkl"])  # noqa: S301 (shows that the payload is a real one)
        assert Payload.target.exists()

    @pytest.mark.parametrize(
        "value",
        [
            [1, 2],
            {"weight": 1.5},
            OrderedDict(weight="text"),
            OrderedDict(weight=OrderedDict()),
            OrderedDict({1: Tensor(storage("HalfStorage"), "0", (1,))}),
            "text",
        ],
    )
    def test_other_values(self, monkeypatch: pytest.MonkeyPatch, value: object) -> None:
        """Lists, numbers, text, dictionaries of other things than tensors."""
        with pytest.raises(UnusableError):
            walk(pickled(value, monkeypatch))

    @given(st.binary(max_size=300))
    @example(b"S'\\p'\n.")
    def test_any_bytes(self, pickled_bytes: bytes) -> None:
        """Whatever the bytes are, they are refused in words."""
        with pytest.raises(UnusableError):
            walk(pickled_bytes)

    @given(at=st.integers(0, 400), to=st.integers(0, 255))
    def test_any_damage(self, good_pickle: bytes, at: int, to: int) -> None:
        """One byte changed: tensors all the same, or refused in words; never another error."""
        damaged = bytearray(good_pickle)
        damaged[at % len(damaged)] = to
        try:
            tensors = walk(bytes(damaged))
        except UnusableError:
            return
        assert all(isinstance(name, str) for name in tensors)


def changed(change: str, parts: dict[str, bytes], monkeypatch: pytest.MonkeyPatch) -> None:
    half = storage("HalfStorage")
    match change:
        case "no pickle":
            del parts["data.pkl"]
        case "no numbers":
            del parts["data/0"]
        case "too few numbers":
            parts["data/0"] = parts["data/0"][:-2]
        case "big-endian":
            parts["byteorder"] = b"big"
        case "code":
            parts["code/model.py"] = b"pass"
        case "two folders":
            parts["../other/data/0"] = b""
        case "too large":
            parts["data/2"] = b"0" * 1_000_001
        case "another shape":
            parts["data.pkl"] = pickled(
                OrderedDict(weight=Tensor(half, "0", (1, 4)), bias=Tensor(half, "1", (1,))),
                monkeypatch,
            )
        case "another name":
            parts["data.pkl"] = pickled(OrderedDict(linear=Tensor(half, "0", (1, 5))), monkeypatch)
        case "not finite":
            parts["data/1"] = raw([float("nan")], "<f2")
        case _:
            parts["data/0"] = b"\0" * 10


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ("no pickle", "no data.pkl"),
        ("no numbers", "storage '0' is missing"),
        ("too few numbers", "8 bytes are not 5 numbers of float16"),
        ("big-endian", "not little-endian"),
        ("code", "'sparse_linear/code/model.py'"),
        ("two folders", "which a saved tensor does not have"),
        ("too large", "more than 1000000 bytes"),
        ("another shape", "10 bytes are not 4 numbers"),
        ("another name", "holds linear"),
        ("not finite", "not finite"),
        ("all zero", "all of its weights are 0"),
    ],
)
def test_a_file_that_is_no_head(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, change: str, why: str
) -> None:
    """Each lack is named, with the file and what to do."""
    parts = head_parts(WEIGHT, BIAS, monkeypatch)
    changed(change, parts, monkeypatch)
    path = write(tmp_path / "a.pt", parts, compression=zipfile.ZIP_DEFLATED)
    with pytest.raises(InputFileError, match=r"a\.pt") as caught:
        loaded(path)
    assert why in caught.value.why
    assert caught.value.exit_code is ExitCode.BAD_INPUT


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("a.pt", b"not a zip", "not a zip archive"),
        ("a.npz", b"", "ends in '.npz'"),
        ("a.json", b"{", "not JSON"),
        ("a.json", b"[1]", "not an object"),
        ("a.json", b'{"weight": [[1, 2], [3]], "bias": 0}', "not JSON of numbers"),
        ("a.json", b'{"weight": [1], "bias": 0}', "weight has 1 numbers"),
        ("a.safetensors", b"\xff" * 20, "longer than the file"),
        ("a.safetensors", (2).to_bytes(8, "little") + b"[]", "not that of a safetensors file"),
        (
            "a.safetensors",
            (61).to_bytes(8, "little")
            + b'{"weight":{"dtype":"I64","shape":[1],"data_offsets":[0,8]}}  '
            + b"\0" * 8,
            "are I64",
        ),
        (
            "a.safetensors",
            (60).to_bytes(8, "little")
            + b'{"weight":{"dtype":"F32","shape":[9],"data_offsets":[0,36]}}',
            "outside of the file",
        ),
        ("a.json", b" " * 1_000_001, "1000001 bytes"),
    ],
)
def test_a_file_of_another_kind(tmp_path: Path, name: str, content: bytes, why: str) -> None:
    """Each is refused with the reason."""
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(InputFileError) as caught:
        loaded(path)
    assert why in caught.value.why


def test_no_file(tmp_path: Path) -> None:
    """A path that is not there, and none given."""
    with pytest.raises(InputFileError, match="No such file"):
        loaded(tmp_path / "gone.pt")
    with pytest.raises(SettingsError, match=r"embed\.sparse_head"):
        load_head("", 5)


def test_a_head_of_another_model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its length must be that of the model's vectors."""
    path = write(tmp_path / "a.pt", head_parts(WEIGHT, BIAS, monkeypatch))
    with pytest.raises(InputFileError) as caught:
        load_head(str(path), 1024)
    assert "1024" in caught.value.why
    assert np.isfinite(loaded(path).bias)
