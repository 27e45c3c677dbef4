"""Reads subtitles (SRT, WebVTT): cues joined to paragraphs, each cue's start kept as its place."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass
from io import StringIO
from typing import Literal

import webvtt
from webvtt.errors import MalformedCaptionError, MalformedFileError

from infra.pipeline.readers.builder import MarkdownBuilder
from infra.pipeline.readers.decode import decode
from infra.pipeline.readers.language_tag import language_of_name, language_of_tag
from infra.pipeline.readers.records import ReadDocument, ReadLimits, UnreadableDocumentError

# A pause this long in speech parts two thoughts more often than not.
PAUSE_S = 2.0
# Past this a paragraph ends with the next sentence, past the second with the next cue: captions
# that a machine made have neither pauses nor full stops.
LONG_PARAGRAPH = 600
LONGEST_PARAGRAPH = 1200

# Captions that roll show the last line again with the next; a gap this small is the same moment.
_ROLLING_GAP_S = 0.2

_TIME = r"(?:\d{1,10}:)?[0-5]?\d:[0-5]?\d[.,]\d{1,3}"
_TIMING = re.compile(rf"\s*{_TIME}\s*-->\s*{_TIME}(?:\s|$)")
_MEANT_AS_TIMING = re.compile(r"\s*[\d:.,]*\s*-->|.*-->\s*[\d:.,]+\s*$")
_TAG = re.compile(r"</?[a-zA-Z][^<>]*>|<[\d:.]+>|\{\\[^{}]*\}")
_VOICE = re.compile(r"<v(?:\.[^\s>]*)?\s+([^>]+)>")
# `- Yes` and `>> Yes` announce a change of speaker.
_DASH = re.compile(r"^(?:[-–—]\s+|>{2,3}\s*)")
_SOUND = re.compile(r"^\[[^\W\d]+(?:\s[^\W\d]+)*\]$")
_SENTENCE_END = re.compile(r"[.!?…][\"'»”’)\]]*$")
_VTT_LANGUAGE = re.compile(r"^(?:.*;)?\s*language:\s*([\w-]+)", re.IGNORECASE | re.MULTILINE)


def read_subtitles(
    data: bytes, name: str, stem: str, *, kind: Literal["srt", "vtt"], limits: ReadLimits
) -> ReadDocument:
    """One document of plain paragraphs.

    A paragraph ends at a pause, at a change of speaker, or when it gets long. Markup, names of
    speakers and descriptions of sounds in square brackets are left out.

    Raises:
        UnreadableDocumentError: it is no subtitle file, or a line of times is damaged.
    """
    decoded = decode(data)
    text = decoded.text.strip("\n")
    _check_timings(decoded.text)
    try:
        captions = webvtt.from_buffer(StringIO(text), format=kind).captions
    except MalformedFileError as error:
        known = "does not begin with WEBVTT" if kind == "vtt" else "does not begin with a cue"
        raise UnreadableDocumentError(known) from error
    except MalformedCaptionError as error:
        raise UnreadableDocumentError("holds a cue that cannot be read") from error
    cues = [_cue(caption) for caption in captions]
    builder = MarkdownBuilder(max_characters=limits.max_characters)
    for paragraph in _paragraphs(_unrolled(cues)):
        builder.start_block()
        for index, cue in enumerate(paragraph):
            if index:
                builder.add(" ")
            builder.place(_clock(cue.start_s))
            builder.add(" ".join(cue.lines))
    header = text.split("\n\n", 1)[0] if kind == "vtt" else ""
    told = _VTT_LANGUAGE.search(header.removeprefix("WEBVTT"))
    return ReadDocument(
        title=stem.rpartition(".")[0] if language_of_name(name) else stem,
        text=builder.text,
        is_markdown=False,
        places=builder.places,
        language_hint=language_of_tag(told[1]) if told else language_of_name(name),
        encoding=decoded.encoding,
    )


@dataclass(frozen=True, slots=True)
class _Cue:
    start_s: float
    end_s: float
    lines: tuple[str, ...]
    voice: str
    new_speaker: bool


def _check_timings(text: str) -> None:
    """The library drops a cue whose times it cannot read; that would lose text unseen."""
    for number, line in enumerate(text.split("\n"), start=1):
        if "-->" in line and _MEANT_AS_TIMING.match(line) and not _TIMING.match(line):
            raise UnreadableDocumentError(f"line {number} has times that cannot be read")


def _cue(caption: webvtt.Caption) -> _Cue:
    raw = caption.raw_text
    voice = _VOICE.search(raw)
    lines: list[str] = []
    new_speaker = False
    for line in raw.split("\n"):
        bare = " ".join(html.unescape(_TAG.sub("", line)).split())
        spoken = _DASH.sub("", bare)
        new_speaker = new_speaker or (spoken != bare and not lines)
        if spoken and not _SOUND.match(spoken):
            lines.append(spoken)
    return _Cue(
        start_s=_seconds(caption.start),
        end_s=_seconds(caption.end),
        lines=tuple(lines),
        voice=voice[1].strip() if voice else "",
        new_speaker=new_speaker,
    )


def _unrolled(cues: list[_Cue]) -> Iterator[_Cue]:
    """Cues with text, without the lines that the cue before showed already."""
    shown: tuple[str, ...] = ()
    shown_until = 0.0
    for cue in cues:
        lines = cue.lines
        if cue.start_s - shown_until <= _ROLLING_GAP_S:
            for size in range(min(len(shown), len(lines)), 0, -1):
                if shown[-size:] == lines[:size]:
                    lines = lines[size:]
                    break
        if cue.lines:
            shown, shown_until = cue.lines, cue.end_s
        if lines:
            yield _Cue(cue.start_s, cue.end_s, lines, cue.voice, cue.new_speaker)


def _paragraphs(cues: Iterator[_Cue]) -> Iterator[list[_Cue]]:
    run: list[_Cue] = []
    length = 0
    for cue in cues:
        if run and _parts(run[-1], cue, length):
            yield run
            run, length = [], 0
        run.append(cue)
        length += sum(map(len, cue.lines)) + 1
    if run:
        yield run


def _parts(before: _Cue, cue: _Cue, length: int) -> bool:
    """Whether a paragraph of `length` characters ends between the two."""
    if cue.new_speaker or cue.voice != before.voice:
        return True
    if cue.start_s - before.end_s >= PAUSE_S:
        return True
    ends = _SENTENCE_END.search(before.lines[-1]) is not None
    return length >= LONGEST_PARAGRAPH or (ends and length >= LONG_PARAGRAPH)


def _seconds(stamp: str) -> float:
    hours, minutes, seconds = stamp.replace(",", ".").split(":")
    return int(hours) * 3600 + int(minutes) * 60 + float(seconds)


def _clock(seconds: float) -> str:
    whole = int(seconds)
    return f"{whole // 3600:02d}:{whole // 60 % 60:02d}:{whole % 60:02d}"
