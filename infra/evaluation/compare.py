"""Two settings on the same queries: how far each metric moves, with paired intervals, and what each
query answers differently."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from infra.evaluation.bootstrap import Bootstrap, Interval
from infra.evaluation.judged import JudgedQuery
from infra.evaluation.measure import Measured, Progress, Services, search
from infra.evaluation.metrics import Metric
from infra.evaluation.moves import Move, moves
from infra.evaluation.summary import Group
from infra.evaluation.systems import System, systems_of
from infra.settings import SearchSettings


@dataclass(frozen=True, kw_only=True, slots=True)
class Side:
    """One of the two settings, with the services that its store settings give."""

    services: Services
    search: SearchSettings

    @property
    def answering(self) -> System:
        """The system that a user of these settings meets: everything they switch on."""
        return systems_of(self.search)[-1]


@dataclass(frozen=True, kw_only=True, slots=True)
class Delta:
    """The change of one metric, after minus before, averaged over a group of queries."""

    group: str
    queries: int
    system: str
    metric: Metric
    before: float
    after: float
    change: Interval


@dataclass(frozen=True, kw_only=True, slots=True)
class QueryMoves:
    """What one query answers differently."""

    query: str
    moves: tuple[Move, ...]


def deltas(
    groups: Sequence[Group],
    before: Mapping[str, Measured],
    after: Mapping[str, Measured],
    bootstrap: Bootstrap,
) -> list[Delta]:
    """The change of every metric for every system that both sides have."""
    return [
        _delta(group, name, metric, (before[name], after[name]), bootstrap)
        for group in groups
        for name in before
        if name in after
        for metric in Metric
    ]


def compare_answers(
    before: Side,
    after: Side,
    texts: Sequence[str],
    *,
    progress: Progress = lambda _stage, _done, _all: None,
) -> list[QueryMoves]:
    """The queries whose returned passages differ, in the order given."""
    found: list[QueryMoves] = []
    for number, text in enumerate(texts, start=1):
        results = [search(side.services, side.answering, text) for side in (before, after)]
        moved = moves(*results, top_k=(before.search.top_k, after.search.top_k))
        if moved:
            found.append(QueryMoves(query=text, moves=tuple(moved)))
        progress("compare", number, len(texts))
    return found


def by_size(
    found: Sequence[QueryMoves],
    queries: Sequence[JudgedQuery],
    before: Measured,
    after: Measured,
) -> list[tuple[QueryMoves, float]]:
    """The queries with the change of their nDCG@10, the largest change first."""
    change = {
        query.text: after.scores[query.query_id][Metric.NDCG_10]
        - before.scores[query.query_id][Metric.NDCG_10]
        for query in queries
    }
    pairs = [(item, change[item.query]) for item in found]
    return sorted(pairs, key=lambda pair: -abs(pair[1]))


def _delta(
    group: Group, system: str, metric: Metric, pair: tuple[Measured, Measured], bootstrap: Bootstrap
) -> Delta:
    before, after = pair
    old = [before.scores[query_id][metric] for query_id in group.query_ids]
    new = [after.scores[query_id][metric] for query_id in group.query_ids]
    return Delta(
        group=group.name,
        queries=len(group.query_ids),
        system=system,
        metric=metric,
        before=sum(old) / len(old),
        after=sum(new) / len(new),
        change=bootstrap.interval([b - a for a, b in zip(old, new, strict=True)]),
    )
