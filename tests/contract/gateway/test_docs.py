"""The examples of docs/client.md, run as they stand against a running gateway."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.contract.gateway.processes import ALL_KEY, RunningGateway

pytestmark = [pytest.mark.contract, pytest.mark.runs("python"), pytest.mark.real_time]

_PAGE = Path(__file__).resolve().parents[3] / "docs" / "client.md"
EXAMPLES = re.findall(
    r"^```python\n(.*?)^```", _PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL
)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda text: text.split("\n")[0])
def test_an_example_runs(
    gateway: RunningGateway, example: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Address and key are put in, nothing else is changed; every line ends as the page shows."""
    code = example.replace("http://127.0.0.1:18090", gateway.address).replace('"KEY"', "KEY")
    code = code.replace("Bearer KEY", f"Bearer {ALL_KEY}")
    exec(compile(code, str(_PAGE), "exec"), {"KEY": ALL_KEY})  # noqa: S102 (our own page)
    assert "Traceback" not in capsys.readouterr().err


def test_every_client_has_an_example() -> None:
    """Ours, requests, OpenAI, LangChain."""
    assert len(EXAMPLES) == 4
