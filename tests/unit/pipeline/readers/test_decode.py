"""Encodings: what is certain is read, what would be a guess is refused."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from infra.pipeline.readers.code_pages import RUSSIAN_CODE_PAGES, code_page_of
from infra.pipeline.readers.decode import decode, refuse_garbled
from infra.pipeline.readers.records import UnreadableDocumentError

LESSONS = Path(__file__).resolve().parents[4] / "infra" / "local" / "lessons"


def russian_lessons() -> list[str]:
    return [path.read_text(encoding="utf-8") for path in sorted((LESSONS / "ru").glob("*.md"))]


def check_refused(data: bytes, reason: str, declared: str | None = None) -> None:
    with pytest.raises(UnreadableDocumentError, match=reason):
        decode(data, declared=declared)


class TestCodePages:
    """Old Russian code pages."""

    @pytest.mark.parametrize("name", RUSSIAN_CODE_PAGES)
    def test_a_whole_lesson_is_told_in_every_code_page(self, name: str) -> None:
        """Each lesson of the sample corpus reads as it was written."""
        for lesson in russian_lessons():
            data = lesson.encode(name, errors="ignore")
            found = code_page_of(data)
            assert found is not None
            assert found.text == data.decode(name)

    @pytest.mark.parametrize("name", RUSSIAN_CODE_PAGES)
    def test_a_piece_is_read_right_or_not_at_all(self, name: str) -> None:
        """Pieces of 20 to 200 letters of the corpus are never read in a wrong code page."""
        pieces = random.Random(name)  # noqa: S311 - picks pieces of text
        for lesson in russian_lessons():
            for length in (20, 40, 80, 200):
                start = pieces.randrange(max(1, len(lesson) - length))
                data = lesson[start : start + length].encode(name, errors="ignore")
                found = code_page_of(data)
                assert found is None or found.text == data.decode(name)

    def test_damaged_utf_8_is_never_taken_for_a_code_page(self) -> None:
        """Spoiled bytes in UTF-8 text do not make it text of another kind."""
        noise = random.Random(4)  # noqa: S311 - makes noise
        for lesson in russian_lessons():
            data = bytearray(lesson.encode())
            for _ in range(noise.randrange(1, 20)):
                data[noise.randrange(len(data))] = noise.randrange(256)
            assert code_page_of(bytes(data)) is None

    @pytest.mark.parametrize(
        ("text", "name"),
        [
            ("Où est le café où l'élève a étudié ? Ça dépend de la façon.", "cp1252"),
            ("Größe und Fläche: die Straße führt über die Brücke.", "cp1252"),
            ("Fotosynteza to proces, w którym rośliny wytwarzają cukier; żółć.", "cp1250"),
            ("Η φωτοσύνθεση είναι η διαδικασία με την οποία τα φυτά παράγουν.", "cp1253"),
            ("הפוטוסינתזה היא תהליך שבו צמחים מפיקים אנרגיה", "cp1255"),
            ("光合作用是植物利用光能制造糖的过程。", "gbk"),
        ],
    )
    def test_other_languages_are_not_taken_for_russian(self, text: str, name: str) -> None:
        """Their bytes make no Russian."""
        assert code_page_of(text.encode(name)) is None

    @settings(deadline=None)  # time is not what is tested
    @given(st.binary(max_size=300))
    def test_random_bytes_never_fail(self, data: bytes) -> None:
        """Anything gives a code page whose text has those bytes, or nothing."""
        found = code_page_of(data)
        assert found is None or found.text.encode(found.name) == data


class TestDecode:
    """From bytes to text."""

    @pytest.mark.parametrize(
        ("data", "text", "encoding"),
        [
            (b"\xef\xbb\xbfa\r\nb\rc", "a\nb\nc", "utf-8"),
            ("Ёж".encode("utf-16-le"), None, None),
            (b"\xff\xfe" + "Ёж".encode("utf-16-le"), "Ёж", "utf-16"),
            (b"\xfe\xff" + "Ёж".encode("utf-16-be"), "Ёж", "utf-16"),
            ("Don\u2019t \u2013 \u201cdo\u201d".encode("cp1252"), "Don’t – “do”", "cp1252"),
        ],
    )
    def test_encodings(self, data: bytes, text: str | None, encoding: str | None) -> None:
        """UTF-8 with or without its mark, UTF-16 with it, English with Windows' signs."""
        if text is None:
            check_refused(data, "is binary")
        else:
            decoded = decode(data)
            assert (decoded.text, decoded.encoding) == (text, encoding)

    def test_utf_8_wins_over_what_is_declared(self) -> None:
        """A page that was converted but kept its old declaration is read."""
        assert decode("Ёж".encode(), declared="windows-1251").text == "Ёж"

    def test_a_declaration_does_not_make_a_guess_certain(self) -> None:
        """Too little text to tell stays refused, since declarations lie."""
        check_refused("Да.".encode("cp1251"), "not clearly Russian", declared="windows-1251")

    @pytest.mark.parametrize(
        ("data", "reason"),
        [
            (b"\xff\xfe\x00\x00a\x00\x00\x00", "UTF-32"),
            (b"\xff\xfea", "UTF-16 text that is damaged"),
            (b"a\x07b", r"control character at 1"),
            ("a\u0085b\u009bc".encode(), r"control character at 3"),
            (b"\x00\xff\xfe\xfd", "zero byte at 0"),
        ],
    )
    def test_refused(self, data: bytes, reason: str) -> None:
        """Damage and binary content are named."""
        check_refused(data, reason)


class TestGarbled:
    """Text that was spoiled before it came here."""

    def test_good_lessons_pass(self) -> None:
        """Nothing in the corpus, in either language, looks spoiled."""
        for path in LESSONS.rglob("*.md"):
            refuse_garbled(path.read_text(encoding="utf-8"))

    def test_spoiled_lessons_do_not(self) -> None:
        """Every Russian lesson that was decoded wrongly is noticed."""
        for lesson in russian_lessons():
            for spoiled in (
                lesson.encode("cp1251", errors="ignore").decode("cp1252", errors="ignore"),
                lesson.encode().decode("cp1251", errors="ignore"),
            ):
                with pytest.raises(UnreadableDocumentError):
                    refuse_garbled(spoiled)
