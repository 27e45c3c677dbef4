"""The short query path after a deployment: named checks that any deployment must hold.

Works the same on the local stand-ins and on real TEI and Qdrant; numbers compare with tolerances.
"""

from infra.pipeline.smoke.check import CheckResult
from infra.pipeline.smoke.run import run_smoke

__all__ = ["CheckResult", "run_smoke"]
