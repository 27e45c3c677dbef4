"""What a gp3 volume can be: one rule for every volume of the program."""

from __future__ import annotations

GP3_BASE_IOPS, GP3_MAX_IOPS = 3000, 16000
GP3_BASE_MIB_S, GP3_MAX_MIB_S = 125, 1000
GP3_IOPS_PER_GIB = 500
GP3_MIB_S_PER_IOPS = 0.25
"""The limits that every region has; some regions allow more by now."""


def gp3_problems(prefix: str, *, gib: int, iops: int, mib_s: int) -> list[str]:
    """What EC2 would refuse about a volume, each with the nearest value that it takes.

    Args:
        prefix: first part of the three settings' names, up to `_gib`, `_iops` and `_mib_s`.
        gib: size.
        iops: operations a second.
        mib_s: throughput.
    """
    problems: list[str] = []
    most_iops = max(GP3_BASE_IOPS, gib * GP3_IOPS_PER_GIB)
    if iops > most_iops:
        problems.append(
            f"{prefix}_iops is {iops}, more than the {GP3_IOPS_PER_GIB} a GiB that gp3 allows; set "
            f"it to {most_iops} or less, or {prefix}_gib to {-(-iops // GP3_IOPS_PER_GIB)} or more"
        )
    most_mib_s = int(iops * GP3_MIB_S_PER_IOPS)
    if mib_s > most_mib_s:
        problems.append(
            f"{prefix}_mib_s is {mib_s}, more than the {GP3_MIB_S_PER_IOPS} an operation that gp3 "
            f"allows; set it to {most_mib_s} or less, or {prefix}_iops to "
            f"{int(mib_s / GP3_MIB_S_PER_IOPS)} or more"
        )
    return problems
