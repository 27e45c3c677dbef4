"""Scores of queries to means with intervals, by language, by kind, cross-lingual apart. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from infra.evaluation.bootstrap import Bootstrap, Interval
from infra.evaluation.judged import CROSS_LINGUAL, JudgedQuery
from infra.evaluation.measure import Measured
from infra.evaluation.metrics import Metric
from infra.pipeline.records import Language


@dataclass(frozen=True, kw_only=True, slots=True)
class Group:
    """Queries that are averaged together."""

    name: str
    query_ids: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class SystemSummary:
    """One system on one group."""

    system: str
    metrics: Mapping[Metric, Interval]


@dataclass(frozen=True, kw_only=True, slots=True)
class GroupSummary:
    """Every system on one group."""

    group: str
    queries: int
    systems: tuple[SystemSummary, ...]


def language_groups(queries: Sequence[JudgedQuery]) -> list[Group]:
    """Each language, both together, then the cross-lingual queries by direction.

    A cross-lingual query is in its own group and in no other.
    """
    own = [query for query in queries if query.kind != CROSS_LINGUAL]
    groups = [
        _group(_name(language), [query for query in own if query.language is language])
        for language in (*Language, None)
    ]
    groups.append(_group("all languages", own))
    for language in Language:
        crossing = [q for q in queries if q.kind == CROSS_LINGUAL and q.language is language]
        groups.append(_group(f"{CROSS_LINGUAL}, {language.value} queries", crossing))
    return [group for group in groups if group.query_ids]


def kind_groups(queries: Sequence[JudgedQuery]) -> list[Group]:
    """Each kind in each language; empty for a set without kinds."""
    kinds = sorted({query.kind for query in queries if query.kind})
    groups = [
        _group(
            f"{kind}, {_name(language)}",
            [query for query in queries if query.kind == kind and query.language is language],
        )
        for kind in kinds
        for language in Language
    ]
    return [group for group in groups if group.query_ids]


def summarise(
    groups: Sequence[Group], measured: Mapping[str, Measured], bootstrap: Bootstrap
) -> list[GroupSummary]:
    """Means with intervals of every system on every group."""
    return [
        GroupSummary(
            group=group.name,
            queries=len(group.query_ids),
            systems=tuple(
                SystemSummary(
                    system=name,
                    metrics={
                        metric: bootstrap.interval(
                            [system.scores[query_id][metric] for query_id in group.query_ids]
                        )
                        for metric in Metric
                    },
                )
                for name, system in measured.items()
            ),
        )
        for group in groups
    ]


def _group(name: str, queries: Sequence[JudgedQuery]) -> Group:
    return Group(name=name, query_ids=tuple(query.query_id for query in queries))


def _name(language: Language | None) -> str:
    return "neither language" if language is None else language.value
