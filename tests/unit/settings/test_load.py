"""Raw configuration becomes settings, or one error that lists every problem."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.errors import SettingsError, StackError
from infra.settings import StackSettings, Target
from infra.settings.load import known_keys, load_from_file, parse_settings

NAMES = st.text(st.characters(categories=["L", "N", "Pd"]), min_size=1, max_size=12)


def problems_of(raw: dict[str, Any]) -> list[str]:
    """The problem lines of a refused configuration."""
    with pytest.raises(SettingsError) as caught:
        parse_settings(raw, source="a test")
    assert caught.value.remedy
    return [line.strip() for line in caught.value.why.strip().splitlines()]


class TestAccepted:
    """Good configuration."""

    def test_only_the_target_is_required(self) -> None:
        """Everything but the target has a default."""
        settings = parse_settings({"target": "local"}, source="a test")
        assert settings.target is Target.LOCAL
        assert settings.passages.max_tokens == 256
        assert settings.search.candidates_retrieved == 50
        assert settings.search.top_k == 5

    def test_a_group_member_is_overridden_alone(self) -> None:
        """Setting one member of a group keeps the defaults of the others."""
        settings = parse_settings({"target": "aws", "search": {"top_k": 3}}, source="a test")
        assert settings.search.top_k == 3
        assert settings.search.candidates_retrieved == 50

    def test_whole_numbers_do_for_fractions(self) -> None:
        """`pulumi config set` writes 2 for 2.0."""
        settings = parse_settings(
            {"target": "local", "store": {"oversampling": 2}}, source="a test"
        )
        assert settings.store.oversampling == 2.0


class TestRefused:
    """Bad configuration."""

    def test_all_problems_come_in_one_error(self) -> None:
        """An operator sees every problem at the first try."""
        found = problems_of(
            {
                "target": "lokal",
                "local": {"embed_port": 80, "qdrant_port": "x"},
                "passages": {"overlap_tokens": 200},
            }
        )
        assert [line.split()[0] for line in found] == [
            "retrieval:local.embed_port",
            "retrieval:local.qdrant_port",
            "retrieval:passages:",
            "retrieval:target",
        ]

    @pytest.mark.parametrize(
        ("raw", "expected"),
        [
            (
                {"target": "local", "pasages": {}},
                "retrieval:pasages is not a setting; did you mean retrieval:passages?",
            ),
            (
                {"target": "local", "passages": {"max_token": 100}},
                "retrieval:passages.max_token is not a setting; "
                "did you mean retrieval:passages.max_tokens?",
            ),
            (
                {"target": "local", "search": {"max_tokens": 100}},
                "retrieval:search.max_tokens is not a setting; "
                "did you mean retrieval:passages.max_tokens?",
            ),
            (
                {"target": "local", "design_point": {"colour": 1}},
                "retrieval:design_point.colour is not a setting; "
                "known here: arrival_rate_per_s, p90_ms",
            ),
            ({}, "retrieval:target is required and not set"),
            (
                {"target": "local", "search": {"top_k": True}},
                "retrieval:search.top_k = true: Input should be a valid integer",
            ),
            (
                {"target": "local", "local": {"embed_port": 20000, "rerank_port": 20000}},
                "retrieval:local: rerank_port and embed_port are both 20000: "
                "give each service its own port",
            ),
            (
                {
                    "target": "local",
                    "embed": {"max_client_batch_size": 64, "max_concurrent_requests": 32},
                },
                "retrieval:embed: max_concurrent_requests is 32, less than max_client_batch_size "
                "64: a full list would get 429 even on an idle server; set it to 64 or more",
            ),
        ],
    )
    def test_a_problem_names_key_value_and_rule(self, raw: dict[str, Any], expected: str) -> None:
        """Each message names the key, the given value, the rule and the way out."""
        assert problems_of(raw) == [expected]

    @given(st.dictionaries(NAMES, st.integers(), min_size=1, max_size=3))
    def test_unknown_keys_are_never_accepted(self, extra: dict[str, int]) -> None:
        """Whatever an unknown key is called, it is refused by name."""
        strangers = {key: value for key, value in extra.items() if key not in set(known_keys())}
        if strangers:
            found = "\n".join(problems_of({"target": "local", **strangers}))
            assert all(key in found for key in strangers)


class TestStackFile:
    """Settings read from `Pulumi.<stack>.yaml`."""

    def test_the_shipped_stacks_are_valid(self, project_root: Path) -> None:
        """Every stack file in the repository passes its own validation."""
        for stack in ("local", "prod"):
            assert isinstance(load_from_file(project_root, stack), StackSettings)

    def test_foreign_keys_are_left_alone(self, tmp_path: Path) -> None:
        """Keys of other namespaces belong to other programs."""
        text = "config:\n  aws:region: eu-central-1\n  retrieval:target: local\n"
        (tmp_path / "Pulumi.x.yaml").write_text(text)
        assert load_from_file(tmp_path, "x").target is Target.LOCAL

    def test_an_unknown_stack_names_the_known_ones(self, tmp_path: Path) -> None:
        """A misspelt stack shows which ones exist."""
        (tmp_path / "Pulumi.local.yaml").write_text("config: {}\n")
        with pytest.raises(StackError, match=r"known: local"):
            load_from_file(tmp_path, "lokal")

    @pytest.mark.parametrize("text", ["config: [", "- a\n", "config: 7\n", "text\n"])
    def test_a_broken_file_is_one_error(self, tmp_path: Path, text: str) -> None:
        """A file that is no stack file is refused without a traceback."""
        (tmp_path / "Pulumi.x.yaml").write_text(text)
        with pytest.raises(SettingsError, match=r"Pulumi\.x\.yaml"):
            load_from_file(tmp_path, "x")
