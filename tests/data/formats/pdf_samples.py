"""Sample PDFs: headers and page numbers, hyphens, a table, code, two columns, a scan, a password.

The fonts are DejaVu, which has Cyrillic letters and may be embedded; only the letters that are used
go into a file.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from io import BytesIO
from pathlib import Path

from reportlab.lib.pagesizes import A5
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.lib.utils import ImageReader
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

TEXT, CODE = "DejaVuSans", "DejaVuSansMono"
_WIDTH, _HEIGHT = A5
_LEFT, _TOP = 50.0, _HEIGHT - 70
_SIZE, _LEADING = 10.0, 13.0
_INDENT = 18.0
_COLUMN_SIZE = 7.0

_RU_1 = """>Звук — это волна, которая бежит по воздуху. Он не может идти в пу-
стоте: там нечему колебаться. Поэтому звонок под стеклянным кол-
паком затихает, когда из-под него откачивают воздух. Что-
то похожее бывает в горах.
>Скорость звука в воздухе около 343 м/с. В воде он бежит вчетве-
ро быстрее, а в стали ещё быстрее, и по рельсам приближение по-
езда слышно раньше, чем по воздуху."""
_RU_2 = """Отражённый звук называют эхом. Если до преграды больше 17 мет-
ров, ухо различает его отдельно. Эхом пользуются летучие мы-
ши и корабли. Этот абзац не кончается на этой странице, а про-"""
_RU_3 = """должается на следующей, как бывает в книгах.
>Новый абзац начинается с отступа. Эхолот измеряет время, за ко-
торое сигнал доходит до дна и возвращается."""
_ROWS_RU = (("Среда", "Скорость, м/с"), ("воздух", "343"), ("вода", "1480"), ("сталь", "5100"))

_EN_1 = """Light needs no medium. It crosses empty space from the Sun in eight min-
utes, at a well-known speed of three hundred thousand kilo-
metres a second. Nothing is faster."""
_EN_LEFT = """When light passes from air into water, it
slows down and bends towards the normal,
the line that stands upright on the sur-
face. On its way back it bends away."""
_EN_RIGHT = """The denser the second medium, the more
the light bends. A straw in a glass of wa-
ter looks broken for this reason, and a
pool looks shallower than it really is."""
_ITEMS = ("• reflection: the ray turns back", "• refraction: the ray bends", "• absorption")


def register_fonts(folder: Path) -> None:
    """Make the two fonts known; `folder` holds DejaVuSans.ttf and DejaVuSansMono.ttf."""
    for name in (TEXT, CODE):
        pdfmetrics.registerFont(TTFont(name, folder / f"{name}.ttf"))


def pdf_samples() -> dict[str, bytes]:
    """File name to content."""
    return {
        "sound-ru.pdf": _pdf(_russian, language="ru-RU"),
        "light-en.pdf": _pdf(_english, language="en"),
    }


def encrypted_pdf() -> bytes:
    """A PDF that asks for a password."""
    lock = StandardEncryption("secret", ownerPassword="owner", strength=128)

    def draw(canvas: Canvas) -> None:
        canvas.setFont(TEXT, _SIZE)
        canvas.drawString(_LEFT, _TOP, "Nobody can read this.")

    return _pdf(draw, lock)


def scanned_pdf(picture: bytes) -> bytes:
    """Two pages that are pictures, with a page number typed over one of them."""

    def draw(canvas: Canvas) -> None:
        for number in (1, 2):
            canvas.drawImage(ImageReader(BytesIO(picture)), 0, 0, _WIDTH, _HEIGHT)
            canvas.setFont(TEXT, _SIZE)
            canvas.drawString(_WIDTH / 2, 30, str(number) if number == 2 else "")
            canvas.showPage()

    return _pdf(draw)


def nameless_letters_pdf() -> bytes:
    """A PDF whose font draws letters without telling which they are."""
    # The same length, so that the file's table of offsets stays right.
    return _pdf(_russian).replace(b"/ToUnicode", b"/NoUnicode")


def _pdf(
    draw: Callable[[Canvas], None],
    lock: StandardEncryption | None = None,
    language: str | None = None,
) -> bytes:
    packed = BytesIO()
    canvas = Canvas(packed, pagesize=A5, invariant=True, encrypt=lock, lang=language)
    draw(canvas)
    canvas.save()
    return packed.getvalue()


def _furniture(canvas: Canvas, number: int, header: str, footer: str) -> None:
    canvas.setFont(TEXT, 8)
    canvas.drawString(_LEFT, _HEIGHT - 35, header)
    canvas.drawCentredString(_WIDTH / 2, 30, footer.format(number))


def _lines(canvas: Canvas, text: str, y: float, *, x: float = _LEFT, font: str = TEXT) -> float:
    """Draws one line under the other; `>` begins a line with an indent. Gives the next place."""
    canvas.setFont(font, _SIZE)
    for line in text.split("\n"):
        indent = _INDENT if line.startswith(">") else 0
        canvas.drawString(x + indent, y, line.removeprefix(">"))
        y -= _LEADING
    return y


def _heading(canvas: Canvas, text: str, y: float, size: float) -> float:
    canvas.setFont(TEXT, size)
    canvas.drawString(_LEFT, y, text)
    return y - 1.8 * size


def _table(canvas: Canvas, rows: Sequence[Sequence[str]], y: float) -> float:
    canvas.setFont(TEXT, _SIZE)
    for row in rows:
        for column, text in enumerate(row):
            canvas.drawString(_LEFT + 130 * column, y, text)
        y -= _LEADING * 1.3
    return y


def _russian(canvas: Canvas) -> None:
    canvas.setTitle("Microsoft Word - Звук.doc")
    _furniture(canvas, 1, "Физика. 9 класс", "— {} —")
    y = _heading(canvas, "Звук", _TOP, 18)
    y = _heading(canvas, "Откуда берётся звук", y, 13)
    y = _lines(canvas, _RU_1, y)
    _table(canvas, _ROWS_RU, y - _LEADING)
    canvas.showPage()
    _furniture(canvas, 2, "Физика. 9 класс", "— {} —")
    y = _heading(canvas, "Эхо", _TOP, 13)
    _lines(canvas, _RU_2, y)
    canvas.showPage()
    _furniture(canvas, 3, "Физика. 9 класс", "— {} —")
    y = _lines(canvas, _RU_3, _TOP)
    canvas.setFont(TEXT, _SIZE)
    canvas.drawString(_LEFT, y - _LEADING, "Глубина: h = vt/2, площадь круга πr")
    canvas.setFont(TEXT, 6)
    canvas.drawString(
        _LEFT + canvas.stringWidth("Глубина: h = vt/2, площадь круга πr", TEXT, _SIZE),
        y - _LEADING + 4,
        "2",
    )
    canvas.showPage()


def _english(canvas: Canvas) -> None:
    canvas.setTitle("Light for beginners")
    _furniture(canvas, 1, "Light for beginners", "Page {} of 3")
    y = _heading(canvas, "What light is", _TOP, 16)
    y = _lines(canvas, _EN_1, y)
    for item in _ITEMS:
        y = _lines(canvas, item, y - 3)
    canvas.showPage()
    # Drawn line by line across both columns, as some programs do.
    _furniture(canvas, 2, "Light for beginners", "Page {} of 3")
    y = _heading(canvas, "Refraction", _TOP, 16)
    canvas.setFont(TEXT, _COLUMN_SIZE)
    for left, right in zip(_EN_LEFT.split("\n"), _EN_RIGHT.split("\n"), strict=True):
        canvas.drawString(_LEFT, y, left)
        canvas.drawString(_LEFT + 180, y, right)
        y -= _LEADING
    canvas.bookmarkPage("code")
    canvas.addOutlineEntry("A small program", "code")
    y = _lines(canvas, "A small program", y - 40)
    _lines(canvas, "for angle in (10, 20):\n    print(angle / 1.33)", y - 10, font=CODE)
    canvas.showPage()
    _furniture(canvas, 3, "Light for beginners", "Page {} of 3")
    _lines(canvas, "The end of the lesson.", _TOP)
    canvas.showPage()
