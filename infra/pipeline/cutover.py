"""A new collection beside the served one: built, checked, put in its place, and back again.

Both aliases move in one call, so that no moment is without a served collection, and whoever still
searches the old one finds it: it stays as the previous one until the next cutover or until it is
dropped.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from qdrant_client import QdrantClient, models

from infra.clock import Clock
from infra.errors import CheckFailedError, NotIndexedError
from infra.pipeline.collection import (
    PREVIOUS_SUFFIX,
    CollectionSpec,
    Served,
    made_by,
    make_collection,
    served_collections,
)
from infra.pipeline.holdings import Holdings
from infra.pipeline.index_key import differences
from infra.pipeline.store import PassageStore
from infra.pipeline.store_calls import StoreCalls

# A few million vectors are indexed by then on the smallest host; searches are right before it too.
_OPTIMISED_WITHIN_S = 600
_POLL_S = 0.5


class BuildStore(PassageStore):
    """The collection of these settings while it is built: no alias stands for it yet."""

    def ensure(self) -> None:
        make_collection(self._client, self._calls, self._spec)

    def check(self) -> bool:
        return self._calls.run(lambda: self._client.collection_exists(self._spec.name))


@dataclass(frozen=True, kw_only=True, slots=True)
class Side:
    """One collection as it is told: `differs` says what sets its settings apart from today's."""

    collection: str
    passages: int
    differs: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Verified:
    """A built collection that holds what was indexed. `missing` documents are in the served
    collection and not in the new one."""

    passages: int
    documents: int
    missing: tuple[str, ...]


class Cutover:
    """Collections of one alias and which of them is served."""

    def __init__(
        self, client: QdrantClient, calls: StoreCalls, *, spec: CollectionSpec, clock: Clock
    ) -> None:
        self._client = client
        self._calls = calls
        self._spec = spec
        self._clock = clock

    def served(self) -> Served:
        """What the aliases stand for now."""
        return served_collections(self._client, self._calls, self._spec.alias)

    def side(self, collection: str) -> Side:
        """What a collection is, for whoever decides over it."""
        info = self._calls.run(lambda: self._client.get_collection(collection))
        told = made_by(info)
        return Side(
            collection=collection,
            passages=self._holdings(collection).points(),
            differs=tuple(differences(told, self._spec.made_by)) if told else (),
        )

    def verify(self, indexed: Mapping[str, int]) -> Verified:
        """Compare the built collection with the passages `indexed` by document id.

        Raises:
            CheckFailedError: it holds another number of passages of some document.
        """
        held = self._holdings(self._spec.name).documents()
        wrong = [doc_id for doc_id, count in indexed.items() if held[doc_id] != count]
        if wrong:
            first = wrong[0]
            raise CheckFailedError(
                f"{self._spec.name} does not hold what was indexed, so it is not served",
                why=f"{len(wrong)} documents differ; of {first} it has {held[first]} passages, "
                f"{indexed[first]} were indexed",
                remedy="run the same command again: only what is missing is embedded; let no "
                "other program write to the collection meanwhile",
            )
        current = self.served().current
        old = self._holdings(current).documents() if current else {}
        return Verified(
            passages=held.total(),
            documents=len(held),
            missing=tuple(doc_id for doc_id in sorted(old) if doc_id not in held),
        )

    def wait_until_optimised(self) -> bool:
        """Whether the store finished the built collection's vector index within ten minutes.

        Before that, searches are right and slower.
        """
        ends_s = self._clock.monotonic_s() + _OPTIMISED_WITHIN_S
        while self._clock.monotonic_s() < ends_s:
            info = self._calls.run(lambda: self._client.get_collection(self._spec.name))
            if info.status is models.CollectionStatus.GREEN:
                return True
            self._clock.sleep(_POLL_S)
        return False

    def cut_over(self) -> Served:
        """Serve the collection of these settings; what was served becomes the previous one.

        What was the previous one before is dropped. Repeating it changes nothing.
        """
        before = self.served()
        if before.current == self._spec.name:
            return before
        self._point(current=self._spec.name, previous=before.current)
        older = before.previous
        if older is not None and older != self._spec.name and self._is_ours(older):
            self._calls.run(lambda: self._client.delete_collection(older))
        return self.served()

    def roll_back(self) -> Served:
        """Serve the previous collection again; the one served so far becomes the previous one.

        Raises:
            NotIndexedError: there is no previous one.
        """
        before = self.previous_or_refuse()
        self._point(current=str(before.previous), previous=before.current)
        return self.served()

    def previous_or_refuse(self) -> Served:
        """What is served and what was before.

        Raises:
            NotIndexedError: there is no previous one.
        """
        served = self.served()
        if served.previous is None:
            raise NotIndexedError(
                f"there is no previous collection of `{self._spec.alias}`",
                why="one is kept by `retrieval index --rebuild`, until --drop-previous removes it",
                remedy="to get back to other settings, put them back and run "
                "`retrieval index --rebuild PATH...`",
            )
        return served

    def leftovers(self) -> list[str]:
        """The previous collection, and those of rebuilds that were given up."""
        served = self.served()
        names = [found.name for found in self._calls.run(self._client.get_collections).collections]
        own = [name for name in sorted(names) if self._is_ours(name) and name != served.current]
        if served.previous is not None and served.previous not in own:
            own.append(served.previous)
        return own

    def drop(self, collections: list[str]) -> None:
        """Delete collections, and with them the aliases that stand for them."""
        for name in collections:
            self._calls.run(lambda name=name: self._client.delete_collection(name))

    def _holdings(self, collection: str) -> Holdings:
        return Holdings(self._client, self._calls, collection)

    def _is_ours(self, collection: str) -> bool:
        pattern = rf"{re.escape(self._spec.alias)}-[0-9a-f]{{12}}"
        return re.fullmatch(pattern, collection) is not None

    def _point(self, *, current: str, previous: str | None) -> None:
        """Set both aliases in one call, which the store carries out as one."""
        targets = {self._spec.alias: current, self._spec.alias + PREVIOUS_SUFFIX: previous}
        operations: list[models.AliasOperations] = [
            models.CreateAliasOperation(
                create_alias=models.CreateAlias(collection_name=target, alias_name=alias)
            )
            for alias, target in targets.items()
            if target is not None
        ]
        self._calls.run(lambda: self._client.update_collection_aliases(operations))
