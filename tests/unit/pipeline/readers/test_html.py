"""HTML: what is content, and how its parts read as Markdown."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from infra.pipeline.markdown import BlockKind, blocks_of
from infra.pipeline.readers import ReadDocument, UnreadableDocumentError
from infra.pipeline.readers.read import read_format


def read(markup: str) -> ReadDocument:
    return read_format("page.html", markup.encode())[0]


def check_text(markup: str, text: str) -> None:
    assert read(f"<body>{markup}</body>").text == text


class TestContent:
    """What is taken from a page."""

    @pytest.mark.parametrize(
        "markup",
        [
            "<nav>x</nav>",
            "<header>x</header>",
            "<footer>x</footer>",
            "<aside>x</aside>",
            "<script>x</script>",
            "<style>x</style>",
            "<div role=navigation>x</div>",
            "<div hidden>x</div>",
            '<div style="display: none">x</div>',
            "<span aria-hidden=true>x</span>",
            "<noscript>x</noscript>",
            "<svg><text>x</text></svg>",
            "<select><option>x</option></select>",
            "<!-- x -->",
            "<a href='#ref'>↩</a>",
        ],
    )
    def test_left_out(self, markup: str) -> None:
        """Navigation, decoration, code of the page and hidden elements are no content."""
        check_text(f"<p>before</p>{markup}<p>after</p>", "before\n\nafter")

    def test_main_is_all(self) -> None:
        """Where a page says what its main content is, nothing else is taken."""
        check_text("<p>menu</p><main><p>text</p></main><p>more</p>", "text")

    def test_a_header_inside_an_article_holds_its_title(self) -> None:
        """Only the header of the page is decoration."""
        check_text("<article><header><h1>T</h1></header>x</article>", "# T\n\nx")

    @pytest.mark.parametrize(
        ("markup", "title"),
        [
            ("<title>Waves | School</title><h1>Waves</h1>", "Waves"),
            ("<title>Lesson 5</title><h1>Waves</h1>", "Lesson 5"),
            ("<h2>Waves</h2>", "Waves"),
            ("<p>x", "page"),
        ],
    )
    def test_title(self, markup: str, title: str) -> None:
        """A site's name after the title is dropped; without a title, heading and name stand in."""
        assert read(markup + "<p>x").title == title

    def test_headings_are_places(self) -> None:
        """A passage is found by the heading above it."""
        document = read("<p>intro</p><h2>One</h2><p>a</p><h3>Two <i>b</i></h3><p>c")
        offsets = [document.text.index(word) for word in ("intro", "a\n", "c")]
        places = [document.place_of(offset) for offset in offsets]
        assert places == ["", 'heading "One"', 'heading "Two b"']


class TestBlocks:
    """How blocks read."""

    @pytest.mark.parametrize(
        ("markup", "text"),
        [
            ("<p>a\n  b<br>c</p>d", "a b\nc\n\nd"),
            ("<b>a</b><i>b</i> <a href=x>c</a>", "ab c"),
            ("<ul><li>a<li>b<ol><li>c</ol>d</ul>", "- a\n- b\n  1. c\n  d"),
            ("<ol start=9><li>a<li>b</ol>", "9. a\n10. b"),
            ("<ul><li>a<pre>x\n y</pre>b</ul>", "- a\n\n```\nx\n y\n```\n\n  b"),
            ("<dl><dt>a</dt><dd>b</dd><dt>c:</dt><dd>d</dd></dl>", "a: b\n\nc: d"),
            ("<pre>a ``` b\n```\nc</pre>", "````\na ``` b\n```\nc\n````"),
            ("<pre>a<br>b</pre>", "```\na\nb\n```"),
            ("use <code>a | b</code>, <kbd>`</kbd>", "use `a | b`, `` ` ``"),
            ("x<sup>2</sup>, 10<sup>-3</sup>, 1<sup>st</sup>", "x^2, 10^{-3}, 1st"),
            ("H<sub>2</sub>O<sup><a href=#n>[1]</a></sup>", "H2O[1]"),
            ("<img alt='A leaf'><img alt=''><img>", "A leaf"),
            ("<img class=tex alt='\\frac12'>", "$\\frac12$"),
            ("<blockquote><p>a</p></blockquote>", "a"),
            ("<details><summary>a</summary>b</details>", "a\n\nb"),
        ],
    )
    def test_block(self, markup: str, text: str) -> None:
        """Each kind of block becomes its Markdown."""
        check_text(markup, text)

    @pytest.mark.parametrize(
        ("rows", "text"),
        [
            ("<tr><th>a<th>b<tr><td>1<td>2", "| a | b |\n|---|---|\n| 1 | 2 |"),
            ("<tr><td colspan=2>a<tr><td>1<td>2", "| a |  |\n|---|---|\n| 1 | 2 |"),
            ("<tr><td rowspan=2>a<td>1<tr><td>2", "| a | 1 |\n|---|---|\n| a | 2 |"),
            ("<tr><td>a|b<td>c<br>d", "| a\\|b | c d |\n|---|---|"),
            ("<tr><td>only<tr><td>layout", "only\n\nlayout"),
            ("<tr><td><h2>a</h2><td>layout", "## a\n\nlayout"),
        ],
    )
    def test_table(self, rows: str, text: str) -> None:
        """Spanning cells are written out; a table that only lays out the page is no table."""
        check_text(f"<table>{rows}</table>", text)

    def test_a_table_that_claims_to_be_huge_is_not(self) -> None:
        """Cells that span thousands of columns and rows cost no more than a wide table."""
        markup = "<table>" + "<tr><td colspan=1000 rowspan=65534>x<td>y" * 50 + "</table>"
        assert len(read(markup).text) < 50 * 1000

    @settings(deadline=None)  # time is not what is tested
    @given(st.lists(st.text(max_size=30), max_size=5))
    def test_text_never_becomes_a_heading_or_a_fence(self, lines: list[str]) -> None:
        """What is a paragraph on the page stays one: signs in it build no other block."""
        escaped = "<br>".join(
            line.replace("&", "&amp;").replace("<", "&lt;")
            for line in [*lines, "# a", "---", "```"]
        )
        try:
            document = read(f"<p>x<br>{escaped}</p><h1>End</h1>")
        except UnreadableDocumentError:
            return
        blocks = blocks_of(document.text, is_markdown=True)
        headings = [block.heading for block in blocks if block.kind is BlockKind.HEADING]
        assert headings == ["End"]


class TestFormulas:
    """Formulas as linear LaTeX."""

    @pytest.mark.parametrize(
        ("markup", "text"),
        [
            ("<math><mfrac><mn>1</mn><mn>2</mn></mfrac></math>", r"$\frac{1}{2}$"),
            ("<math><msqrt><mi>x</mi><mo>+</mo><mn>1</mn></msqrt></math>", r"$\sqrt{x + 1}$"),
            ("<math><mroot><mi>x</mi><mn>3</mn></mroot></math>", r"$\sqrt[3]{x}$"),
            ("<math><msubsup><mi>x</mi><mi>i</mi><mn>12</mn></msubsup></math>", "$x_i^{12}$"),
            (
                "<math><munderover><mo>∑</mo><mrow><mi>i</mi><mo>=</mo><mn>1</mn></mrow><mi>n</mi>"
                "</munderover><mi>i</mi></math>",
                r"$\sum_{i = 1}^ni$",
            ),
            ("<math><mover><mi>a</mi><mo>→</mo></mover></math>", r"$\vec{a}$"),
            ("<math><mi>sin</mi><mi>x</mi></math>", r"$\sin x$"),
            (
                "<math><mtable><mtr><mtd><mn>1</mn></mtd><mtd><mn>2</mn></mtd></mtr></mtable></math>",
                r"$\begin{matrix} 1 & 2 \end{matrix}$",
            ),
            ('<math alttext="{\\displaystyle E=mc^{2}}"><mi>E</mi></math>', "$E=mc^{2}$"),
            ("<script type='math/tex; mode=display'>a^2</script>", "$$a^2$$"),
            (
                "<span class=MathJax><span>a2</span></span><script type=math/tex>a^2</script>",
                "$a^2$",
            ),
            (
                "<mjx-container class=MathJax><mjx-math aria-hidden=true>a</mjx-math>"
                "<mjx-assistive-mml><math><mi>a</mi></math></mjx-assistive-mml></mjx-container>",
                "$a$",
            ),
            (
                '<span style="display: none"><math alttext="x"><mi>x</mi></math></span>'
                '<img class="mwe-math-fallback-image-inline" alt="x">',
                "$x$",
            ),
            (r"\(a_1\) and $$b$$", r"\(a_1\) and $$b$$"),
        ],
    )
    def test_formula(self, markup: str, text: str) -> None:
        """The page's own LaTeX wins, MathML is written out, and no formula comes twice."""
        check_text(markup, text)


def test_many_open_elements_are_refused_before_they_cost_minutes() -> None:
    """A page of a million open elements is refused without being parsed."""
    with pytest.raises(UnreadableDocumentError, match="elements open"):
        read("<div>" * 1_000_000)
