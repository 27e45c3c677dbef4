"""Which NVIDIA driver serves which TEI image on a T4, as far as it is known.

Read in TEI's entrypoint script and issues (#831, #870, #871, PR #896), sources to 2026-07-24.
Nothing newer than TEI 1.9.3 and driver branch 595 is in the table: such a pair is refused until
someone has looked.
"""

from __future__ import annotations

import re

TEI_RELEASES = ("1.9.1", "1.9.2", "1.9.3")
"""Releases that the table speaks for and whose answers the pipeline knows."""

_SERVED_BRANCHES = frozenset({535, 550, 560, 565, 570})
"""Branches below 575 that NVIDIA's base image takes on a T4, by forward compatibility."""

_FIRST_WITHOUT_COMPATIBILITY, _FIRST_UNREADABLE = 575, 600


def driver_problem(tei_release: str, driver: str) -> str | None:
    """Why this driver must not run this TEI release on a T4, with the way out; None if it may.

    Args:
        tei_release: such as 1.9.3.
        driver: such as 595.91.07; its first number is the branch.
    """
    branch_text = re.match(r"^\d{3}(?=\.)", driver)
    if branch_text is None:
        return f"driver {driver!r} is no driver version; write it as 595.91.07"
    branch = int(branch_text.group())
    if tei_release not in TEI_RELEASES:
        return (
            f"TEI {tei_release} is not in the compatibility table ({', '.join(TEI_RELEASES)}); use "
            f"{TEI_RELEASES[-1]}"
            + (
                ", since 1.9.0 loads the wrong CUDA libraries under a driver of CUDA 13"
                if tei_release == "1.9.0"
                else ""
            )
        )
    if branch >= _FIRST_UNREADABLE:
        return (
            f"driver {driver} with TEI {tei_release}: its banner is not understood, TEI would load "
            "the wrong CUDA library and serve from the CPU without saying so; use an AMI with "
            "driver branch 580 or 595"
        )
    if branch < _FIRST_WITHOUT_COMPATIBILITY and branch not in _SERVED_BRANCHES:
        return (
            f"driver {driver} is of no branch that the CUDA 12.9 image takes on a T4 "
            f"({', '.join(str(known) for known in sorted(_SERVED_BRANCHES))}, or 575 and newer); "
            "use an AMI with driver branch 580 or 595"
        )
    return None
