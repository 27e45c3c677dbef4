"""Language by script."""

from __future__ import annotations

import pytest

from infra.pipeline.language import language_of
from infra.pipeline.records import Language


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Сила тока прямо пропорциональна напряжению", Language.RUSSIAN),
        ("Ёж", Language.RUSSIAN),
        ("The current is proportional to the voltage", Language.ENGLISH),
        ("Функция print выводит строку: print(value, sep=end)", Language.RUSSIAN),
        ("The Russian word for lesson is урок.", Language.ENGLISH),
        ("1827", None),
        ("$ = 2 : 4 →", None),
        ("", None),
    ],
)
def test_language_of(text: str, expected: Language | None) -> None:
    """Russian may quote Latin, English hardly ever Cyrillic, digits decide nothing."""
    assert language_of(text) is expected
