"""`retrieval index --rollback` and `--drop-previous`: which collection is served, which is kept."""

from __future__ import annotations

from dataclasses import dataclass

from infra.clock import SystemClock
from infra.errors import NotIndexedError
from scripts import show
from scripts.deployment import Deployment


@dataclass(frozen=True, kw_only=True, slots=True)
class Change:
    """What is served after a change, and what it deleted; with `dry_run` what would be."""

    dry_run: bool
    served: str | None
    previous: str | None
    dropped: tuple[str, ...] = ()


def roll_back(deployment: Deployment, *, dry_run: bool) -> Change:
    """Serve the previous collection again, telling first what that means.

    Raises:
        NotIndexedError: there is no previous one.
    """
    from infra.pipeline.assemble import patient_pipeline  # noqa: PLC0415 (slow to import)

    talk = show.talk()
    services = (deployment.endpoints, deployment.secrets, deployment.settings)
    with patient_pipeline(*services, SystemClock()) as pipeline:
        cutover = pipeline.cutover
        served = cutover.previous_or_refuse()
        back = cutover.side(str(served.previous))
        talk.print(f"back to     {back.collection} with {back.passages} passages")
        talk.print(f"instead of  {served.current}, which is kept: --rollback again goes forward")
        for difference in back.differs:
            talk.print(f"it differs  {difference}")
        if back.differs:
            talk.print(
                "note: put these settings back before you index into it; a search needs that "
                "only where the model differs"
            )
        if dry_run:
            return Change(dry_run=True, served=served.previous, previous=served.current)
        now = cutover.roll_back()
        return Change(dry_run=False, served=now.current, previous=now.previous)


def drop_previous(deployment: Deployment, *, dry_run: bool) -> Change:
    """Delete the collection kept for rollback and those of rebuilds that were given up.

    Raises:
        NotIndexedError: there is none.
    """
    from infra.pipeline.assemble import patient_pipeline  # noqa: PLC0415 (slow to import)

    services = (deployment.endpoints, deployment.secrets, deployment.settings)
    with patient_pipeline(*services, SystemClock()) as pipeline:
        cutover = pipeline.cutover
        names = cutover.leftovers()
        if not names:
            raise NotIndexedError(
                "there is no collection to delete",
                why="none is kept for --rollback, and no rebuild was given up",
                remedy="nothing needs to be done",
            )
        if not dry_run:
            cutover.drop(names)
        served = cutover.served()
        return Change(dry_run=dry_run, served=served.current, previous=None, dropped=tuple(names))
