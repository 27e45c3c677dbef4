"""`--set`: the loader's rules, and only what one collection can show."""

from __future__ import annotations

import pytest

from infra.errors import SettingsError, UsageError
from infra.evaluation.overrides import with_overrides
from infra.settings import StackSettings, Target

SETTINGS = StackSettings(target=Target.LOCAL)


@pytest.mark.parametrize(
    ("assignment", "path", "value"),
    [
        ("search.rrf_k=20", ("search", "rrf_k"), 20),
        ("search.weight_dense=2", ("search", "weight_dense"), 2.0),
        ("retrieval:search.top_k = 7", ("search", "top_k"), 7),
        ("store.oversampling=1.5", ("store", "oversampling"), 1.5),
        ("store.rescore=false", ("store", "rescore"), False),
    ],
)
def test_a_value_is_put_in_place(assignment: str, path: tuple[str, str], value: object) -> None:
    """The named setting has the new value, everything else is as it was."""
    changed = with_overrides(SETTINGS, [assignment])
    group, name = path
    assert getattr(getattr(changed, group), name) == value
    back = getattr(changed, group).model_copy(
        update={name: getattr(getattr(SETTINGS, group), name)}
    )
    assert changed.model_copy(update={group: back}) == SETTINGS


def test_several_at_once_are_judged_together() -> None:
    """A value that is only right beside another one is accepted with it."""
    both = ["search.candidates_reranked=80", "search.candidates_retrieved=100"]
    assert with_overrides(SETTINGS, both).search.candidates_reranked == 80
    with pytest.raises(SettingsError):
        with_overrides(SETTINGS, both[:1])


def test_all_wrong_names_and_values_come_at_once() -> None:
    """As the loader does: nearest name for an unknown one, rule for a wrong value."""
    with pytest.raises(SettingsError) as caught:
        with_overrides(SETTINGS, ["search.rrf_kk=2", "search.top_k=none"])
    assert "did you mean retrieval:search.rrf_k?" in caught.value.why
    assert "retrieval:search.top_k" in caught.value.why


@pytest.mark.parametrize(
    ("assignments", "said"),
    [
        (["search.rrf_k"], "no assignment"),
        (["=3"], "no assignment"),
        (["search..rrf_k=3"], "no assignment"),
        (["target.rrf_k=3"], "target is a value"),
        (["search.rrf_k=60"], "changes nothing"),
        (["passages.max_tokens=128"], "cannot be compared on one collection"),
        (["store.bm25.k=2.0", "search.rrf_k=10"], "retrieval:store.bm25.k cannot"),
    ],
)
def test_what_cannot_be_compared_is_refused(assignments: list[str], said: str) -> None:
    """The message names the assignment, and why."""
    with pytest.raises(UsageError) as caught:
        with_overrides(SETTINGS, assignments)
    assert said in caught.value.what
