"""Samples of the formats that are text: two languages, old code pages, every construct once."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

_TEXT_RU = """Волны

Волна переносит энергию, но не вещество. Поплавок на воде качается вверх и вниз, а к берегу
вместе с волной не движется.

Скорость волны равна произведению длины волны на частоту: v = λ · f. Для звука в воздухе при
частоте 440 Гц и скорости 343 м/с длина волны около 0,78 м.
"""

_TEXT_EN = """Waves

A wave carries energy, not matter. A float on water bobs up and down but does not travel to the
shore with the wave.

Its speed is the product of wavelength and frequency: v = \u03bb \u00b7 f.
"""

# What Windows-1251 and KOI8-R have no sign for is left out.
_OLD_RU = """Урок 12. Почему звучит струна

Струна колеблется и толкает воздух. Сгущения и разрежения расходятся во все стороны, доходят до
уха, и мы слышим звук. Чем быстрее колеблется струна, тем выше звук; чем шире её размах, тем он
громче. Частоту измеряют в герцах: один герц - это одно колебание в секунду.

Задание. Натяните резинку между двумя гвоздями и щипните её. Потом натяните сильнее и щипните
ещё раз. Объясните, почему изменился звук.
"""

_OLD_EN = (
    "Lesson 12. Why a string sounds\n\n"
    "A string swings and pushes the air. That\u2019s how sound starts \u2013 as places where the "
    "air is \u201cthicker\u201d and thinner. The faster it swings, the higher the note.\n"
)

_MARKDOWN_RU = """# Отражение света

Угол падения равен углу отражения: $\\alpha = \\beta$.

## Зеркала

| Зеркало | Изображение |
|---|---|
| плоское | мнимое, прямое |
| вогнутое | зависит от расстояния |

$$\\frac{1}{f} = \\frac{1}{d} + \\frac{1}{f'}$$
"""

_MARKDOWN_EN = """# Reflection of light

The angle of incidence equals the angle of reflection.

## Mirrors

```python
focal_length = radius / 2
```
"""

_HTML_RU = """<!DOCTYPE html>
<html lang="ru"><head><meta charset="utf-8"><title>Фотосинтез — Школа онлайн</title>
<style>p { color: green }</style><script>var hidden = "не текст";</script></head>
<body><header><h1>Школа онлайн</h1></header>
<nav><a href="/">Главная</a> <a href="/b">Биология</a></nav>
<main><article><header><h1>Фотосинтез</h1></header>
<p>Растения <a href="/co2">поглощают углекислый газ</a> и воду,
   а выделяют кислород<sup><a href="#n1">[1]</a></sup>.
<h2 id="eq">Уравнение</h2>
<p>6CO<sub>2</sub> + 6H<sub>2</sub>O &rarr;
C<sub>6</sub>H<sub>12</sub>O<sub>6</sub> + 6O<sub>2</sub>
<p>Энергия фотона:
<math><mi>E</mi><mo>=</mo><mfrac><mrow><mi>h</mi><mi>c</mi></mrow><mi>λ</mi></mfrac></math>, где
<script type="math/tex">h = 6{,}63 \\cdot 10^{-34}</script> Дж·с.
<h2>Условия</h2>
<ul><li>свет<ul><li>красный</li><li>синий</li></ul></li><li>тепло: от 10 до 35 °C</li></ul>
<ol start="3"><li>третье</li><li>четвёртое</li></ol>
<table><caption>Пигменты</caption>
<thead><tr><th>Пигмент</th><th>Цвет</th></tr></thead>
<tbody><tr><td rowspan="2">хлорофилл</td><td>a: сине-зелёный</td></tr>
<tr><td>b: жёлто-зелёный</td></tr>
<tr><td>каротин | ксантофилл</td><td>оранжевый</td></tr></tbody></table>
<dl><dt>Хлоропласт</dt><dd>часть клетки, где идёт фотосинтез</dd></dl>
<figure><img src="leaf.png" alt="Схема листа: устьица и клетки с хлоропластами">
<figcaption>Лист в разрезе</figcaption></figure>
<pre>свет -> сахар
  вода -> кислород</pre>
<p id="n1"># Это не заголовок, а примечание.</p>
</article><aside>Читайте также: Дыхание</aside></main>
<footer>© Школа онлайн</footer></body></html>
"""

_HTML_EN = """<html lang="en-GB"><head><title>Kinetic energy</title></head><body>
<div class="top" role="navigation">Home / Physics</div>
<h1>Kinetic energy</h1>
<p>A moving body has energy <span class="katex"><span class="katex-mathml"><math><semantics><mrow>
<msub><mi>E</mi><mi>k</mi></msub></mrow><annotation encoding="application/x-tex">E_k = \\tfrac12 m
v^2</annotation></semantics></math></span><span class="katex-html"
aria-hidden="true">Ek=12mv2</span></span>.<br>
Doubling the speed makes it four times as large (2<sup>2</sup> = 4).</p>
<math display="block" alttext="E = mc^2"><mi>E</mi></math>
<h2>Example</h2>
<p>A ball of 0.5&nbsp;kg at 4&nbsp;m/s: use <code>0.5 * m * v**2</code>.</p>
<form><p>Inside a form there may be content.</p><input value="none"><button>Send</button></form>
<p hidden>hidden</p><p style="display:none">also hidden</p><noscript>Switch on scripts</noscript>
<template><p>template</p></template>
</body></html>
"""

_HTML_OLD_RU = """<html><head>
<meta http-equiv="Content-Type" content="text/html; charset=windows-1251">
<title>Закон Архимеда</title></head><body bgcolor=white>
<center><h1>Закон Архимеда</h1></center>
<table><tr><td><a href=index.htm>К оглавлению</a></td></tr></table>
<font size=4><p>На тело, погружённое в жидкость, действует выталкивающая сила. Она равна весу
жидкости, которую тело вытеснило, и направлена вверх.
<p>Поэтому корабль из стали плавает, а стальной гвоздь тонет.</font></body></html>
"""

_JSONL_RU = [
    {"slug": "ohm", "name": "Закон Ома", "body": "Сила тока прямо пропорциональна напряжению."},
    {"slug": "joule", "name": "Закон Джоуля — Ленца", "body": "Q = I²Rt.\r\nТепло растёт с током."},
]
_JSONL_EN = [
    {"id": 7, "title": "Ohm's law", "text": "Current is proportional to voltage.", "lang": "en"},
    {"text": "A record without an id or a title."},
]

_SRT_RU = """1
00:00:01,000 --> 00:00:03,500
<i>Здравствуйте!</i> Сегодня мы поговорим

2
00:00:03,600 --> 00:00:06,000
о силе трения.

3
00:00:09,250 --> 00:00:12,000
{\\an8}Сила трения покоя не даёт
шкафу сдвинуться с места.

4
00:00:12,100 --> 00:00:13,000
[музыка]

5
01:02:03,000 --> 01:02:05,000
- Почему лёд скользкий?
"""

_VTT_EN = """WEBVTT - lecture 3
Language: en

STYLE
::cue { color: yellow }

NOTE recorded in spring

intro
00:01.000 --> 00:04.000 align:start position:0%
<v Dr Lee>Friction &amp; <c.yellow>heat</c> go together.</v>

00:04.100 --> 00:06.000
<v Dr Lee>Rub your hands</v>

00:06.000 --> 00:08.000
<v Dr Lee>Rub your hands
and they get <00:07.000>warm.</v>

00:08.200 --> 00:10.000
<v Student>Why?</v>

01:00:00.000 --> 01:00:02.000
<v Dr Lee>Work turns into heat.</v>
"""

_VTT_RU = """WEBVTT

00:00:05.000 --> 00:00:08.000
Ёмкость конденсатора измеряют в фарадах.
"""

_SRT_EN = """1
00:00:00,500 --> 00:00:02,000
>> A capacitor stores charge.

2
00:00:02,100 --> 00:00:04,000
>> How much?
"""


def text_samples() -> dict[str, bytes]:
    """File name to content."""
    return {
        "waves-ru.txt": _TEXT_RU.encode(),
        "waves-en.txt": _TEXT_EN.encode("utf-16"),
        "string-ru-cp1251.txt": _OLD_RU.encode("cp1251"),
        "string-ru-koi8.txt": _OLD_RU.encode("koi8-r"),
        "string-en-cp1252.txt": _OLD_EN.encode("cp1252"),
        "light-ru.md": b"\xef\xbb\xbf" + _MARKDOWN_RU.replace("\n", "\r\n").encode(),
        "light-en.markdown": _MARKDOWN_EN.encode(),
        "photosynthesis-ru.html": _HTML_RU.encode(),
        "energy-en.htm": _HTML_EN.encode(),
        "archimedes-ru-cp1251.html": _HTML_OLD_RU.encode("cp1251"),
        "laws-ru.jsonl": _lines(_JSONL_RU),
        "laws-en.ndjson": _lines(_JSONL_EN),
        "friction.ru.srt": _SRT_RU.encode(),
        "friction-en.vtt": _VTT_EN.encode(),
        "capacitor.ru.vtt": _VTT_RU.encode(),
        "capacitor.en.srt": _SRT_EN.encode(),
    }


def _lines(records: Sequence[Mapping[str, object]]) -> bytes:
    return "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records).encode()
