"""The text inside a block of a page: links, code, raised and lowered signs, formulas, pictures.

Also says which elements are no content at all.
"""

from __future__ import annotations

import re

from selectolax.lexbor import LexborNode

from infra.pipeline.readers import tex
from infra.pipeline.readers.mathml import formula_of, is_display

_NO_CONTENT = """
aside audio button canvas datalist dialog embed footer head iframe input link meta nav noscript
object option select style svg template textarea title video
"""
_DROPPED = frozenset(_NO_CONTENT.split())
_DROPPED_ROLES = frozenset({"navigation", "banner", "contentinfo", "complementary", "search"})
# Inside these, a header belongs to the content: it holds the title.
_CONTENT = frozenset({"article", "main", "section"})
_RENDERED_MATH = re.compile(r"\b(?:MathJax\w*|MJX\w*|katex-html|mwe-math-fallback-image\S*)")
_MATH_IMAGE = re.compile(r"\b(?:tex|latex|math|equation|formula)\b", re.IGNORECASE)
_HIDDEN_STYLE = re.compile(r"display\s*:\s*none", re.IGNORECASE)
_ORDINAL = re.compile(r"(?:st|nd|rd|th|го|й|я|е|ый|ая|ое)$")
_BACK_LINK = re.compile(r"[↑↩⤴^\ufe0e\s]*$")
_INLINE_CODE = frozenset({"code", "kbd", "samp", "tt"})

_BLOCK_NAMES = """
address article blockquote body center dd details div dl dt fieldset figcaption figure form h1 h2 h3
h4 h5 h6 header hgroup hr li main ol p pre section summary table tbody td tfoot th thead tr ul
"""
BLOCKS = frozenset(_BLOCK_NAMES.split())
HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})


def is_dropped(node: LexborNode) -> bool:
    """Whether an element holds navigation, decoration or code of the page and no content."""
    tag, attributes = node.tag, node.attributes
    if tag == "script":
        return not _is_tex_script(node)
    if tag in _DROPPED or attributes.get("role") in _DROPPED_ROLES:
        return True
    if tag == "header":
        return not _within_content(node)
    if _RENDERED_MATH.search(attributes.get("class") or ""):
        return node.css_first("math") is None or _tex_follows(node)
    hidden = (
        "hidden" in attributes
        or attributes.get("aria-hidden") == "true"
        or _HIDDEN_STYLE.search(attributes.get("style") or "") is not None
    )
    # Wikipedia hides the MathML beside its picture: that is the better one of the two.
    return hidden and tag != "math" and node.css_first("math") is None


def inline_text(node: LexborNode) -> str:
    """All text of an element as one run; blocks inside it are parted by a space."""
    return "".join(piece_of(child) for child in node.iter(include_text=True, skip_empty=False))


def piece_of(node: LexborNode) -> str:
    """What a text node or an element adds to the line that it stands in."""
    if node.is_text_node:
        return re.sub(r"\s+", " ", node.text_content or "")
    leaf = leaf_of(node)
    if leaf is not None:
        return leaf
    inner = inline_text(node)
    return f" {inner} " if node.tag in BLOCKS else inner


def leaf_of(node: LexborNode) -> str | None:  # noqa: PLR0911 - one case for each element
    """The text of an element that is never looked into further; None for any other."""
    if not node.is_element_node or is_dropped(node):
        return ""
    match node.tag:
        case "br":
            return "\n"
        case "wbr":
            return ""
        case "img":
            return _picture(node)
        case "math":
            formula = formula_of(node)
            return tex.display(formula) if is_display(node) else tex.inline(formula)
        case "script":
            display = "mode=display" in (node.attributes.get("type") or "")
            return tex.display(node.text()) if display else tex.inline(node.text())
        case "sup":
            return _raised(node)
        case "a" if _BACK_LINK.match(node.text()) and node.css_first("img,math") is None:
            return ""
        case tag if tag in _INLINE_CODE:
            return _code(node.text())
        case _:
            return None


def display_formula(node: LexborNode) -> bool:
    """Whether an element is a formula that stands by itself."""
    if node.tag == "math":
        return is_display(node)
    return node.tag == "script" and "mode=display" in (node.attributes.get("type") or "")


def _is_tex_script(node: LexborNode) -> bool:
    return (node.attributes.get("type") or "").startswith("math/tex")


def _tex_follows(node: LexborNode) -> bool:
    """MathJax 2 leaves the source of what it rendered in a script after it."""
    following = node.next
    while following is not None and not following.is_element_node:
        following = following.next
    return following is not None and following.tag == "script" and _is_tex_script(following)


def _within_content(node: LexborNode) -> bool:
    above = node.parent
    while above is not None:
        if above.tag in _CONTENT:
            return True
        above = above.parent
    return False


def _picture(node: LexborNode) -> str:
    alt = (node.attributes.get("alt") or "").strip()
    is_math = _MATH_IMAGE.search(node.attributes.get("class") or "") or alt.startswith(("$", "\\"))
    return tex.inline(alt) if alt and is_math else f" {alt} " if alt else ""


def _raised(node: LexborNode) -> str:
    """`x<sup>2</sup>` is `x^2`; a footnote mark or an ordinal is only set higher."""
    inner = " ".join(inline_text(node).split())
    if not inner or node.css_first("a") is not None or _ORDINAL.match(inner):
        return inner
    return f"^{inner}" if len(inner) == 1 else f"^{{{inner}}}"


def _code(text: str) -> str:
    bare = " ".join(text.split())
    if not bare:
        return ""
    return f"`` {bare} ``" if "`" in bare else f"`{bare}`"
