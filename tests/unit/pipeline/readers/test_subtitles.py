"""Subtitles: nothing that is said gets lost, and each word keeps its time."""

from __future__ import annotations

from typing import Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from infra.pipeline.readers import ReadDocument, UnreadableDocumentError
from infra.pipeline.readers.read import read_format

Kind = Literal["srt", "vtt"]
# (pause before it in ms, its length in ms, its words)
CUE = st.tuples(
    st.integers(0, 5000),
    st.integers(1, 5000),
    st.lists(st.text("абвгдеёжzyxw.!?,", min_size=1, max_size=9), min_size=1, max_size=8),
)


def stamp(milliseconds: int, kind: Kind) -> str:
    seconds, rest = divmod(milliseconds, 1000)
    mark = "," if kind == "srt" else "."
    return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}{mark}{rest:03d}"


def read(kind: Kind, *cues: str) -> ReadDocument:
    head = "WEBVTT\n\n" if kind == "vtt" else ""
    body = "\n\n".join(f"{number}\n{cue}" for number, cue in enumerate(cues, start=1))
    return read_format(f"lecture.{kind}", (head + body + "\n").encode())[0]


@settings(deadline=None)  # time is not what is tested
@given(kind=st.sampled_from(["srt", "vtt"]), cues=st.lists(CUE, min_size=1, max_size=12))
def test_every_word_keeps_its_order_and_time(
    kind: Kind, cues: list[tuple[int, int, list[str]]]
) -> None:
    """All words stand in the text in order, and the first of each cue leads to its start."""
    clock = 0
    written: list[str] = []
    starts: list[tuple[str, str]] = []
    for number, (pause, length, words) in enumerate(cues):
        clock += pause
        # Numbered, so that no cue repeats the one before.
        line = " ".join([f"n{number}", *words])
        times = f"{stamp(clock, kind)} --> {stamp(clock + length, kind)}"
        written.append(f"{times}\n{line}")
        starts.append((line, stamp(clock, kind)[:8]))
        clock += length
    document = read(kind, *written)
    assert document.text.split() == [word for line, _ in starts for word in line.split()]
    offset = 0
    for line, start in starts:
        offset = document.text.index(line.split()[0], offset)
        # Cues that begin within one second have one place.
        assert document.place_of(offset) == start


@pytest.mark.parametrize("kind", ["srt", "vtt"])
def test_markup_goes_and_mathematics_stays(kind: Kind) -> None:
    """Tags, positions and entities are resolved; a comparison is no tag."""
    first = "00:00:01.000 --> 00:00:02.000".replace(".", "," if kind == "srt" else ".")
    cue = f"{first}\n{{\\an8}}<b>if</b> a < 5 and b > 3 &amp; <c.red>c</c>"
    assert read(kind, cue).text == "if a < 5 and b > 3 & c"


def test_paragraphs_end_at_pauses_and_speakers() -> None:
    """Two seconds of silence, or another voice, begin a paragraph."""
    document = read(
        "vtt",
        "00:00.000 --> 00:01.000\n<v Anna>one",
        "00:01.500 --> 00:02.000\n<v Anna>two",
        "00:04.000 --> 00:05.000\n<v Anna>three",
        "00:05.000 --> 00:06.000\n<v Boris>four",
    )
    assert document.text == "one two\n\nthree\n\nfour"


def test_a_monologue_without_stops_is_cut() -> None:
    """Machine captions become paragraphs of bounded length."""
    cues = [
        f"{stamp(i * 1000, 'srt')} --> {stamp(i * 1000 + 1000, 'srt')}\nword{i} " * 1
        for i in range(600)
    ]
    paragraphs = read("srt", *cues).text.split("\n\n")
    assert max(map(len, paragraphs)) < 1300
    assert len(paragraphs) < 10


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("a.srt", "1\n00:00:01,000 -> 00:00:02,000\nx\n", "does not begin with a cue"),
        ("a.srt", "1\n00:00:01,000 --> 0:0\nx\n", "line 2 has times"),
        ("a.vtt", "WEBVTT\n\n00:00:61.000 --> 00:01:02.000\nx\n", "line 3 has times"),
        ("a.vtt", "WEBVTT\n\nNOTE only this\n", "holds no text"),
        ("a.srt", "WEBVTT\n\n00:01.000 --> 00:02.000\nx", "is named .srt but is WebVTT subtitles"),
    ],
)
def test_refused(name: str, content: str, reason: str) -> None:
    """A cue that would be lost, or a file with none, is a problem."""
    with pytest.raises(UnreadableDocumentError, match=reason):
        read_format(name, content.encode())
