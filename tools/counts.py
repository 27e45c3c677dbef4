"""Records how many tests each layer has, so that a run notices when some go missing."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def main() -> int:
    """Collect all tests and write tests/expected_counts.txt."""
    collected = subprocess.run(
        [sys.executable, "-m", "pytest", "--collect-only", "-q", "tests"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if collected.returncode != 0:
        sys.stderr.write(collected.stdout + collected.stderr)
        return collected.returncode
    layers = Counter(
        line.split("/")[1] for line in collected.stdout.splitlines() if line.startswith("tests/")
    )
    text = "".join(f"{layer} {layers[layer]}\n" for layer in sorted(layers))
    (ROOT / "tests" / "expected_counts.txt").write_text(text, encoding="utf-8")
    sys.stdout.write(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
