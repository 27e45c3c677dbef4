"""The memory planner: against sums worked out by hand, and never above the card."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from infra.errors import PlanError
from infra.plans.model_shapes import SHAPES
from infra.plans.vram import plan_vram, server_memory, vram_of
from infra.settings.aws.serving import Dtype
from tests.unit.plans.aws_stacks import aws_settings

SHAPE = SHAPES["BAAI/bge-m3"]


def peak(max_batch_tokens: int, longest: int = 8192) -> float:
    """Peak of one server in MiB."""
    return server_memory(
        "embed",
        SHAPE,
        max_batch_tokens=max_batch_tokens,
        longest=longest,
        dtype=Dtype.FLOAT16,
    ).peak_mib


class TestKnownSums:
    """bge-m3 in float16, each sum worked out by hand from the tensors' sizes."""

    @pytest.mark.parametrize(
        ("budget", "mib"), [(16384, 13989), (8192, 5637), (4096, 2485), (2048, 1677)]
    )
    def test_the_worst_batch_of_a_budget(self, budget: int, mib: int) -> None:
        """Two texts of 8192 tokens at the server's default, one at half of it."""
        assert round(peak(budget)) == mib

    @pytest.mark.parametrize(
        ("longest", "budget", "gib"),
        [
            (256, 16384, 2.0),
            (512, 16384, 2.4),
            (1024, 16384, 3.2),
            (2048, 16384, 4.7),
            (4096, 16384, 7.7),
            (256, 8192, 1.7),
            (1024, 8192, 2.3),
            (4096, 8192, 4.5),
        ],
    )
    def test_short_texts_need_less(self, longest: int, budget: int, gib: float) -> None:
        """A cap on the length of each text caps the attention."""
        assert round(peak(budget, longest) / 1024, 1) == gib


class TestVerdict:
    """What fits one T4."""

    def test_the_defaults_fit(self) -> None:
        """8192 tokens on both servers hold in the worst case."""
        assert plan_vram(aws_settings()).fits

    def test_the_servers_default_budget_is_refused_with_the_arithmetic(self) -> None:
        """16384 tokens do not fit beside the other server; the message says why and what would."""
        with pytest.raises(PlanError) as caught:
            plan_vram(aws_settings(embed={"max_batch_tokens": 16384}))
        assert "attention 12288 (2 x 8192 tokens) = 13989 MiB" in caught.value.why
        assert "together 19628 of 15053 MiB usable" in caught.value.why
        assert "max_batch_tokens to 11264 or less" in caught.value.remedy

    def test_float32_is_refused_by_name(self) -> None:
        """Twice the bytes do not fit, and the remedy is the number format."""
        with pytest.raises(PlanError) as caught:
            plan_vram(aws_settings(serving={"dtype": "float32"}))
        assert "float16" in caught.value.remedy

    def test_an_unknown_model_is_refused(self) -> None:
        """The planner vouches only for what it knows."""
        with pytest.raises(PlanError, match=r"retrieval:embed\.model_id = some/model"):
            plan_vram(aws_settings(embed={"model_id": "some/model"}))


class TestProperties:
    """Random budgets."""

    @given(embed=st.integers(512, 16384), rerank=st.integers(512, 16384))
    def test_what_is_accepted_is_never_above_the_card(self, embed: int, rerank: int) -> None:
        """Accepted or refused, the sum decides, and the remedy of a refusal is accepted."""
        settings = aws_settings(
            embed={"max_batch_tokens": embed}, rerank={"max_batch_tokens": rerank}
        )
        try:
            plan = plan_vram(settings)
        except PlanError as refused:
            assert vram_of(settings).peak_mib > vram_of(settings).usable_mib
            budget = int(refused.remedy.partition(" to ")[2].split()[0])
            again = {"max_batch_tokens": budget}
            assert plan_vram(aws_settings(embed=again, rerank=again)).fits
        else:
            assert plan.peak_mib <= plan.usable_mib

    @given(budget=st.integers(64, 16000), longest=st.integers(1, 8192))
    def test_memory_grows_with_budget_and_length(self, budget: int, longest: int) -> None:
        """More tokens never need less."""
        assume(longest < 8192)
        assert peak(budget, longest) <= peak(budget + 64, longest)
        assert peak(budget, longest) <= peak(budget, longest + 1)

    @given(budget=st.integers(64, 2048), texts=st.integers(1, 64), tokens=st.integers(1, 2048))
    def test_no_batch_within_the_budget_is_worse(
        self, budget: int, texts: int, tokens: int
    ) -> None:
        """The worst batch is really the worst."""
        assume(texts * tokens <= budget)
        tensors = 2 if texts == 1 else 3
        scores_mib = tensors * texts * 16 * tokens * tokens * 2 / 2**20
        found = server_memory(
            "embed", SHAPE, max_batch_tokens=budget, longest=8192, dtype=Dtype.FLOAT16
        )
        assert scores_mib <= found.scores_mib + 1e-9
