"""Reading documents: what is found, and one error that names every problem."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from pathlib import Path

import pytest

from infra.errors import ExitCode, InputFileError
from infra.pipeline.documents import read_documents
from infra.pipeline.readers import ReadLimits, ReadOptions


def write(folder: Path, files: dict[str, str | bytes]) -> None:
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)


def check_refused(paths: Sequence[str], *reasons: str, root: Path | None = None) -> None:
    with pytest.raises(InputFileError) as caught:
        read_documents(paths, root=root)
    assert caught.value.exit_code is ExitCode.BAD_INPUT
    assert caught.value.remedy
    for reason in reasons:
        assert reason in caught.value.why


class TestFound:
    """What is read, under which id."""

    def test_a_folder_is_walked_and_its_files_sorted_by_id(self, tmp_path: Path) -> None:
        """Ids are relative to the folder given; other kinds and hidden entries are left out."""
        write(
            tmp_path,
            {
                "ru/б.md": "# Б",
                "en/a.txt": "a",
                "top.markdown": "t",
                "pic.png": b"\0",
                ".git/x.md": "x",
                "ru/.hidden.md": "x",
            },
        )
        found = read_documents([str(tmp_path)])
        assert [document.doc_id for document in found] == ["en/a.txt", "ru/б.md", "top.markdown"]

    def test_a_file_belongs_to_its_folder(self, tmp_path: Path) -> None:
        """A file given by itself has its name as its id."""
        write(tmp_path, {"ru/a.md": "x"})
        assert read_documents([str(tmp_path / "ru" / "a.md")])[0].doc_id == "a.md"

    def test_a_root_makes_ids_the_same_from_everywhere(self, tmp_path: Path) -> None:
        """With a root, the folder or the file on the command line does not matter."""
        write(tmp_path, {"ru/a.md": "x"})
        by_folder = read_documents([str(tmp_path / "ru")], root=tmp_path)
        by_file = read_documents([str(tmp_path / "ru" / "a.md")], root=tmp_path)
        assert by_folder == by_file
        assert by_file[0].doc_id == "ru/a.md"

    @pytest.mark.parametrize("pattern", ["*/*.md", "**", "*", "r[u]/*", "**/*.md"])
    def test_a_pattern_counts_from_its_fixed_part(self, tmp_path: Path, pattern: str) -> None:
        """Files behind a pattern keep their folders in the id, whatever the wildcards."""
        write(tmp_path, {"ru/a.md": "x", "ru/pic.png": b"\0"})
        found = read_documents([str(tmp_path / pattern)])
        assert [document.doc_id for document in found] == ["ru/a.md"]

    def test_a_file_named_twice_is_read_once(self, tmp_path: Path) -> None:
        """The first path decides the id."""
        write(tmp_path, {"ru/a.md": "x"})
        found = read_documents([str(tmp_path), str(tmp_path / "ru")])
        assert [document.doc_id for document in found] == ["ru/a.md"]

    def test_ids_do_not_depend_on_how_the_file_system_spells_letters(self, tmp_path: Path) -> None:
        """A decomposed file name gives a composed id."""
        write(tmp_path, {unicodedata.normalize("NFD", "йод.md"): "x"})
        assert read_documents([str(tmp_path)])[0].doc_id == "йод.md"

    @pytest.mark.parametrize(
        ("name", "content", "title"),
        [
            ("a.md", "intro\n\n## Волны\n", "Волны"),
            ("waves.md", "no heading", "waves"),
            ("waves.txt", "# Not Markdown", "waves"),
        ],
    )
    def test_title(self, tmp_path: Path, name: str, content: str, title: str) -> None:
        """The title is the first heading of a Markdown file, else the file's name."""
        write(tmp_path, {name: content})
        assert read_documents([str(tmp_path)])[0].title == title

    def test_byte_order_mark_and_line_ends_are_folded(self, tmp_path: Path) -> None:
        """Windows files read like others."""
        write(tmp_path, {"a.md": b"\xef\xbb\xbf# A\r\nb\rc"})
        document = read_documents([str(tmp_path)])[0]
        assert (document.title, document.text) == ("A", "# A\nb\nc")


class TestRefused:
    """What cannot be used stops the whole run."""

    @pytest.mark.parametrize(
        ("name", "content", "reason"),
        [
            ("junk.md", bytes(range(256)), "is binary, not text (zero byte at 0)"),
            ("junk.txt", b"ab\x00\x01", "is binary, not text (control character at 2)"),
            ("greek.md", "γειά σου".encode("cp1253"), "is not UTF-8 (byte 0)"),
            ("blank.md", " \n\t\n", "holds no text"),
            ("zero.md", "", "is empty"),
        ],
    )
    def test_content(self, tmp_path: Path, name: str, content: str | bytes, reason: str) -> None:
        """Binary junk, other encodings and blank files are named with their reason."""
        write(tmp_path, {name: content})
        check_refused([str(tmp_path)], f"{name}: {reason}")

    def test_every_problem_is_listed_at_once(self, tmp_path: Path) -> None:
        """One run tells everything that is wrong."""
        write(tmp_path, {"good.md": "x", "junk.md": b"\xff", "blank.md": "", "a.png": b"PNG"})
        (tmp_path / "empty").mkdir()
        (tmp_path / "gone.md").symlink_to(tmp_path / "nowhere")
        paths = [
            tmp_path,
            tmp_path / "empty",
            tmp_path / "a.png",
            tmp_path / "no",
            tmp_path / "*.x",
        ]
        check_refused(
            [str(path) for path in paths],
            "junk.md: is not UTF-8",
            "blank.md: is empty",
            "gone.md: cannot be read (No such file or directory)",
            "empty: holds no .docx, .htm, .html, .jsonl,",
            "a.png: is not one of .docx, .htm,",
            "no: does not exist",
            "*.x: matches no .docx, .htm,",
        )

    def test_two_files_with_one_id(self, tmp_path: Path) -> None:
        """Documents that would overwrite each other are refused with the way out."""
        write(tmp_path, {"one/a.md": "1", "two/a.md": "2"})
        check_refused([str(tmp_path / "one"), str(tmp_path / "two")], "give --root")

    def test_a_path_outside_the_root(self, tmp_path: Path) -> None:
        """An id cannot lead out of the root."""
        write(tmp_path, {"a.md": "1", "in/b.md": "2"})
        check_refused([str(tmp_path)], "a.md: lies outside the root", root=tmp_path / "in")

    def test_a_file_past_the_size_limit(self, tmp_path: Path) -> None:
        """A file that is far too large is named, not read."""
        write(tmp_path, {"big.md": "1234"})
        limits = ReadOptions(limits=ReadLimits(max_bytes=3))
        with pytest.raises(InputFileError, match="more than") as caught:
            read_documents([str(tmp_path)], options=limits)
        assert "big.md: has 0.0 MiB" in caught.value.why
