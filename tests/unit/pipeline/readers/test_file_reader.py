"""The reader in a process of its own: it survives what kills, hangs or fills that process."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from infra.pipeline.readers import (
    FORMATS,
    FileReader,
    ReadLimits,
    ReadOptions,
    UnreadableDocumentError,
)
from infra.pipeline.readers import file_reader as module
from infra.pipeline.readers.frames import (
    document_from_json,
    document_to_json,
    options_from_json,
    options_to_json,
)
from infra.pipeline.readers.read import read_format

pytestmark = pytest.mark.runs("python")

PAGE = b"<h1>Title</h1><p>Text"
OWN_START = module._START
FAILING = (
    "import sys; sys.path.insert(0, sys.argv[1]); import infra.pipeline.readers.child as child; "
    "child.read_format = lambda *a: {action}; child.main()"
)


def check_refused(reader: FileReader, data: bytes, reason: str, name: str = "a.html") -> None:
    with pytest.raises(UnreadableDocumentError) as caught:
        reader.read(name, data)
    assert str(caught.value) == reason


def check_recovers(reader: FileReader, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same reader reads the next file."""
    monkeypatch.setattr(module, "_START", OWN_START)
    assert reader.read("a.html", PAGE)[0].text == "# Title\n\nText"


def test_it_reads_as_in_one_process(samples: Path) -> None:
    """Every sample gives the same documents on both ways, and the process stays the same one."""
    with FileReader() as reader:
        for sample in sorted((samples / "good").iterdir()):
            if sample.name != "laws-ru.jsonl":
                data = sample.read_bytes()
                assert reader.read(sample.name, data) == read_format(sample.name, data)
        process = reader._process
    assert process is not None
    assert process.returncode == 0


def test_simple_formats_start_no_process() -> None:
    """Text, Markdown and JSONL are read at once."""
    with FileReader() as reader:
        reader.read("a.md", b"# A")
        reader.read("a.jsonl", b'{"text": "a"}')
        assert reader._process is None


def test_a_crash_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """A library that takes its process with it spoils one file, not the run."""
    monkeypatch.setattr(module, "_START", FAILING.format(action="__import__('os').abort()"))
    with FileReader() as reader:
        check_refused(reader, PAGE, "crashed the library that reads it")
        check_recovers(reader, monkeypatch)


def test_what_a_library_prints_does_no_harm(monkeypatch: pytest.MonkeyPatch) -> None:
    """Frames have a channel of their own."""
    action = "print('noise', flush=True) or []"
    monkeypatch.setattr(module, "_START", FAILING.format(action=action))
    with FileReader() as reader:
        assert reader.read("a.html", PAGE) == []


def test_a_process_that_cannot_start_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """The request is larger than a pipe holds, so writing it fails first."""
    monkeypatch.setattr(module, "_START", "raise SystemExit(3)")
    with FileReader() as reader:
        check_refused(reader, PAGE + b" " * 4_000_000, "crashed the library that reads it")
        check_recovers(reader, monkeypatch)


@pytest.mark.real_time  # a process that hangs can only be noticed by waiting for it
def test_a_hang_ends_at_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    """A library that never comes back is stopped."""
    action = "__import__('time').sleep(60)"
    monkeypatch.setattr(module, "_START", FAILING.format(action=action))
    options = ReadOptions(limits=ReadLimits(max_seconds=2.0))
    began = time.monotonic()
    with FileReader(options) as reader:
        check_refused(reader, PAGE, "takes longer than 2 s to read")
        assert time.monotonic() - began < 10
        check_recovers(reader, monkeypatch)


def test_a_defect_of_ours_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """An error that nobody foresaw names its kind, and the run goes on in the same process."""
    monkeypatch.setattr(module, "_START", FAILING.format(action="{}['x']"))
    with FileReader() as reader:
        check_refused(reader, PAGE, "made its reader fail (KeyError); please report it")
        check_refused(reader, PAGE, "made its reader fail (KeyError); please report it")


def test_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """What grows without end meets the limit of its process."""
    monkeypatch.setattr(module, "_START", FAILING.format(action="bytearray(1 << 31)"))
    options = ReadOptions(limits=ReadLimits(max_memory_bytes=1 << 30))
    with FileReader(options) as reader:
        check_refused(reader, PAGE, "needs more than 1024 MiB to read")


def test_files_are_refused_before_they_are_sent() -> None:
    """Size and kind are judged first."""
    options = ReadOptions(limits=ReadLimits(max_bytes=1024 * 1024))
    with FileReader(options) as reader:
        check_refused(reader, b"", "is empty")
        check_refused(reader, b"a" * 1_600_000, "has 1.5 MiB, more than 1 MiB")
        check_refused(reader, b"x", f"is not one of {', '.join(sorted(FORMATS))}", "a.doc")
        assert reader._process is None


def test_frames_keep_everything(samples: Path) -> None:
    """Documents and options come back from JSON as they went in."""
    data = (samples / "good" / "friction-en.vtt").read_bytes()
    document = read_format("friction-en.vtt", data)[0]
    assert document_from_json(document_to_json(document)) == document
    options = ReadOptions(limits=ReadLimits(max_seconds=1.5))
    assert options_from_json(options_to_json(options)) == options
