"""Finds and removes the documents that disappeared from folders that were indexed."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from infra.errors import UsageError
from infra.pipeline.files import Scope, Selection

if TYPE_CHECKING:
    # The store client takes about a second to import, for every command of the command line.
    from infra.pipeline.holdings import Holdings

MOST_WITHOUT_CONSENT = 0.1
"""Share of a collection's passages that is removed without asking: more is rarely meant."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Prune:
    """What would be removed: document ids by root, and their passages of `all_passages`."""

    gone: dict[str, tuple[str, ...]]
    passages: int
    all_passages: int

    @property
    def documents(self) -> int:
        return sum(map(len, self.gone.values()))

    @property
    def share(self) -> float:
        """Of the collection's passages, between 0 and 1."""
        return self.passages / self.all_passages if self.all_passages else 0.0

    @property
    def needs_consent(self) -> bool:
        return self.share > MOST_WITHOUT_CONSENT


def check_prunable(selection: Selection) -> None:
    """Refuse where nobody can say what disappeared.

    Raises:
        UsageError: a path is no folder, or could not be looked into.
    """
    remedy = "give the folders themselves with --prune, each readable and with documents in it"
    if selection.loose:
        raise UsageError(
            f"--prune with {selection.loose[0]}",
            why="only a folder says by what is not in it which documents are gone",
            remedy=remedy,
        )
    if selection.problems:
        path, reason = selection.problems[0]
        raise UsageError(
            f"--prune, but {path} {reason}",
            why="what cannot be looked into would be taken for gone and removed",
            remedy=remedy,
        )


def plan_prune(
    holdings: Holdings, scopes: Iterable[Scope], *, is_there: Callable[[str], bool]
) -> Prune:
    """The stored documents of `scopes` that `is_there` does not know; other roots are not seen."""
    by_root: dict[str, set[str]] = {}
    for root, prefix in scopes:
        by_root.setdefault(root, set()).add(prefix)
    gone: dict[str, tuple[str, ...]] = {}
    passages = 0
    for root, prefixes in by_root.items():
        held = holdings.documents(root=root)
        missing = [
            doc_id
            for doc_id in sorted(held)
            if doc_id.startswith(tuple(prefixes)) and not is_there(doc_id)
        ]
        if missing:
            gone[root] = tuple(missing)
            passages += sum(held[doc_id] for doc_id in missing)
    return Prune(gone=gone, passages=passages, all_passages=holdings.points())


def carry_out(holdings: Holdings, prune: Prune) -> None:
    """Remove what was planned; repeating it does no harm."""
    for root, doc_ids in prune.gone.items():
        holdings.remove(doc_ids, root=root)
