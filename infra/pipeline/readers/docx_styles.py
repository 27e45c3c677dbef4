"""Which paragraph styles of a Word document are headings, and at which level. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple
from xml.etree.ElementTree import Element

from infra.pipeline.readers.omml import W

_DEEPEST_LEVEL = 6
_CODE_STYLES = ("Source Code", "HTML Preformatted", "Preformatted Text", "Code")
_TITLE_STYLES = ("Title", "title")


class _Style(NamedTuple):
    name: str
    based_on: str | None
    level: int | None  # outline level from 0; None when not set here


def style_map(styles: Element | None) -> str:
    """The mapping in the notation of the DOCX library.

    A style is a heading when it, or a style that it is based on, has an outline level: that is how
    Word itself builds its navigation, whatever the style is called and in whichever language.
    """
    lines = [f"p[style-name='{name}'] => h1:fresh" for name in _TITLE_STYLES]
    lines += [f"p[style-name='{name}'] => pre:separator('\\n')" for name in _CODE_STYLES]
    by_id = dict(_paragraph_styles(styles)) if styles is not None else {}
    for style in by_id.values():
        level = _level(style, by_id)
        if level is not None and style.name not in _TITLE_STYLES and "\n" not in style.name:
            name = style.name.replace("\\", "\\\\").replace("'", "\\'")
            lines.append(f"p[style-name='{name}'] => h{min(level + 1, _DEEPEST_LEVEL)}:fresh")
    return "\n".join(lines)


def _paragraph_styles(styles: Element) -> Iterator[tuple[str, _Style]]:
    for style in styles.iterfind(W + "style"):
        if style.get(W + "type") != "paragraph":
            continue
        name, base = style.find(W + "name"), style.find(W + "basedOn")
        outline = style.find(f"{W}pPr/{W}outlineLvl")
        level = outline.get(W + "val", "") if outline is not None else ""
        yield (
            style.get(W + "styleId", ""),
            _Style(
                name=name.get(W + "val", "") if name is not None else "",
                based_on=base.get(W + "val") if base is not None else None,
                level=int(level) if level.isdecimal() and len(level) == 1 else None,
            ),
        )


def _level(style: _Style, by_id: dict[str, _Style]) -> int | None:
    """The outline level, inherited; 9 is Word's word for body text."""
    seen: set[str] = set()
    current: _Style | None = style
    while current is not None and current.level is None:
        above = current.based_on
        if above is None or above in seen:
            return None
        seen.add(above)
        current = by_id.get(above)
    level = current.level if current is not None else None
    return None if level == 9 else level
