"""docs/policy.md lists the rules that there are."""

from __future__ import annotations

from pathlib import Path

from infra.policy.rules import RULES


def test_the_page_has_a_row_for_each_rule_in_order(project_root: Path) -> None:
    """Name, what holds, and the scanners' ids, as the code has them."""
    page = (project_root / "docs" / "policy.md").read_text(encoding="utf-8")
    rows = [line for line in page.splitlines() if line.startswith("| `")]
    assert rows == [
        f"| `{rule.name}` | {rule.description} | {', '.join(rule.scanners) or 'our own'} |"
        for rule in RULES
    ]


def test_only_the_count_of_unpriced_things_is_advisory() -> None:
    """Everything else stops a preview."""
    assert [rule.name for rule in RULES if rule.advisory] == ["everything-priced"]
