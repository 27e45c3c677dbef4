"""Checks of the store and of the whole search, on a collection of their own."""

from __future__ import annotations

from qdrant_client import models

from infra.pipeline.assemble import Pipeline
from infra.pipeline.smoke.check import Check, Measured
from infra.pipeline.smoke.lessons import WANTED, Wanted


def store_check(pipeline: Pipeline) -> Check:
    """The store answers and says which version it is."""

    def answers() -> Measured:
        version = pipeline.store_calls.run(pipeline.qdrant.info)
        return Measured(bool(version.version), f"{version.version}, {version.title}")

    return Check(name="store: answers", expected="a version", measure=answers)


def search_checks(pipeline: Pipeline, passages: int) -> list[Check]:
    """Checks on the collection that the smoke documents were indexed into."""
    checks = [_health_check(pipeline, passages), _repeat_check(pipeline)]
    for wanted in WANTED:
        checks.append(_leg_check(pipeline, wanted))
        checks.append(_search_check(pipeline, wanted))
    return checks


def _health_check(pipeline: Pipeline, passages: int) -> Check:
    def healthy() -> Measured:
        client, name = pipeline.qdrant, pipeline.store.collection
        info = pipeline.store_calls.run(lambda: client.get_collection(name))
        count = pipeline.store_calls.run(lambda: client.count(name)).count
        passed = info.status is not models.CollectionStatus.RED and count == passages
        return Measured(passed, f"{info.status.value}, {count} points")

    return Check(name="store: healthy", expected=f"not red, {passages} points", measure=healthy)


def _repeat_check(pipeline: Pipeline) -> Check:
    def repeats() -> Measured:
        orders = {
            tuple(answer.passage.doc_id for answer in pipeline.searcher().search("river").answers)
            for _ in range(3)
        }
        longest = max(len(order) for order in orders)
        same = len(orders) == 1 and longest > 0
        value = f"the same {longest} answers" if same else f"{len(orders)} different orders"
        return Measured(same, value)

    return Check(name="search: same query thrice", expected="the same answers", measure=repeats)


def _leg_check(pipeline: Pipeline, wanted: Wanted) -> Check:
    def first() -> Measured:
        found = pipeline.store.search_text(wanted.query, leg=wanted.leg, limit=1)
        passages = pipeline.store.passages([point.point_id for point in found]) if found else {}
        return _is_first([passage.doc_id for passage in passages.values()], wanted)

    return Check(
        name=f"{wanted.leg.value}: {wanted.name}",
        expected=f"{wanted.query} finds {wanted.doc_id}",
        measure=first,
    )


def _search_check(pipeline: Pipeline, wanted: Wanted) -> Check:
    def first() -> Measured:
        answers = pipeline.searcher().search(wanted.query).answers
        return _is_first([answer.passage.doc_id for answer in answers], wanted)

    return Check(
        name=f"search: {wanted.name}",
        expected=f"{wanted.query} finds {wanted.doc_id} first",
        measure=first,
    )


def _is_first(doc_ids: list[str], wanted: Wanted) -> Measured:
    first = doc_ids[0] if doc_ids else "nothing"
    return Measured(first == wanted.doc_id, first)
