"""Writes the sample files beside it: `python tests/data/formats/make_samples.py [--check]`.

`--check` writes nothing and names the files that differ. PDFs need the folder of the DejaVu fonts
(Debian: fonts-dejavu-core); without it they are left as they are.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from damaged_samples import damaged_docx, damaged_pdf, damaged_text
from docx_samples import docx_samples
from pdf_samples import pdf_samples, register_fonts
from text_samples import text_samples

HERE = Path(__file__).resolve().parent
FONTS = Path("/usr/share/fonts/truetype/dejavu")


def main(arguments: list[str]) -> int:
    """Write or compare; 1 when a file differs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="compare, write nothing")
    parser.add_argument("--fonts", type=Path, default=FONTS, help="folder of the DejaVu fonts")
    given = parser.parse_args(arguments)
    made = {
        **_in_folder("good", {**text_samples(), **docx_samples()}),
        **_in_folder("damaged", {**damaged_text(), **damaged_docx()}),
    }
    # What compresses depends on the version of zlib, so it can be made, but not compared.
    alike = {path: data for path, data in made.items() if path.name != "bomb.docx"}
    if given.check:
        differ = [path for path, data in alike.items() if not _holds(path, data)]
        sys.stdout.writelines(f"{path.relative_to(HERE)} differs\n" for path in differ)
        return int(bool(differ))
    if given.fonts.is_dir():
        register_fonts(given.fonts)
        made |= _in_folder("good", pdf_samples()) | _in_folder("damaged", damaged_pdf())
    for path, data in made.items():
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(data)
    return 0


def _in_folder(folder: str, files: dict[str, bytes]) -> dict[Path, bytes]:
    return {HERE / folder / name: data for name, data in files.items()}


def _holds(path: Path, data: bytes) -> bool:
    return path.is_file() and path.read_bytes() == data


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
