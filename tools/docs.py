"""Writes the generated parts of the documentation, or checks with `--check` that they are current.

Generated: the settings table in README.md, and docs/commands.md from the commands themselves.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import typer.main

from infra.settings.table import MARKDOWN_BEGIN, MARKDOWN_END, markdown_table
from scripts.app import Surroundings, build_app

ROOT = Path(__file__).resolve().parents[1]


def main(arguments: list[str]) -> int:
    """Write or check; returns 1 when `--check` finds a stale file."""
    stale: list[str] = []
    for path, text in generated().items():
        if path.exists() and path.read_text(encoding="utf-8") == text:
            continue
        stale.append(str(path.relative_to(ROOT)))
        if "--check" not in arguments:
            path.write_text(text, encoding="utf-8")
    if stale and "--check" in arguments:
        sys.stderr.write(f"error: not current: {', '.join(stale)}\n\nhint: run `make docs`\n")
        return 1
    return 0


def generated() -> dict[Path, str]:
    """Every file with a generated part, and what it should hold."""
    readme = ROOT / "README.md"
    before, _, rest = readme.read_text(encoding="utf-8").partition(MARKDOWN_BEGIN)
    after = rest.partition(MARKDOWN_END)[2]
    return {
        readme: f"{before}{markdown_table()}{after}",
        ROOT / "docs" / "commands.md": commands_page(),
    }


def commands_page() -> str:
    """One section per command: usage, help, options."""
    app = build_app(Surroundings(project_root=ROOT, environment={}, default_stack="local"))
    commands: dict[str, Any] = getattr(typer.main.get_command(app), "commands")  # noqa: B009 (typer hides the type)
    lines = ["# Commands", "", "Written by `make docs` from the commands themselves.", ""]
    for name, command in sorted(commands.items()):
        arguments = [p for p in command.params if p.param_type_name == "argument"]
        options = [p for p in command.params if p.param_type_name == "option"]
        usage = " ".join(["retrieval", name, *(_argument(p) for p in arguments)])
        lines += [f"## `{usage}`", "", _paragraph(command.help), ""]
        if options:
            lines += ["| option | meaning |", "|---|---|"]
            lines += [
                f"| `{', '.join([*option.opts, *option.secondary_opts])}` | {option.help or ''} |"
                for option in options
            ]
            lines.append("")
    return "\n".join(lines)


def _argument(parameter: Any) -> str:
    name = (parameter.metavar or parameter.name or "").upper()
    many = "..." if parameter.nargs == -1 and not name.endswith("...") else ""
    return f"{name}{many}" if parameter.required else f"[{name}{many}]"


def _paragraph(text: str | None) -> str:
    return " ".join((text or "").split())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
