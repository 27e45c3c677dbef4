"""Whether both model servers fit into one GPU, at the worst batch that anyone may send.

Calculated for TEI without flash attention: an encoder has no cache, but its attention scores grow
with batch x length x length. Nothing here was measured on a T4. Source of the formulas: TEI 1.9.3,
backends/candle/src/models/bert.rs (which tensors live at once) and the allocator's behaviour.
"""

from __future__ import annotations

from dataclasses import dataclass

from infra.errors import PlanError
from infra.plans.model_shapes import ModelShape, model_shape
from infra.settings import EmbedSettings, RerankSettings, StackSettings
from infra.settings.aws.instances import GPU_SILICON
from infra.settings.aws.serving import Dtype

CONTEXT_MIB = 300
"""CUDA context, modules and workspace of one process. Assumed."""

DRIVER_SHARE = 0.02
"""Part of the card that is not for programs: about 14.7 of 15 GiB are usable. Assumed."""

ACTIVATION_VECTORS = 10
"""Vectors of the model's width alive per padded token: residual, qkv, its copies, context."""

_EQUAL_TENSORS, _MASKED_TENSORS = 2, 3
"""Score-sized tensors alive at the peak: one text, or texts of different length (with a mask)."""

_MIB = 1024 * 1024


@dataclass(frozen=True, kw_only=True, slots=True)
class ServerMemory:
    """Peak of one model server in MiB, and the batch that causes it."""

    role: str
    weights_mib: float
    context_mib: float
    activations_mib: float
    scores_mib: float
    worst_texts: int
    worst_tokens: int

    @property
    def peak_mib(self) -> float:
        """All of it at once."""
        return self.weights_mib + self.context_mib + self.activations_mib + self.scores_mib

    @property
    def arithmetic(self) -> str:
        """The sum as text."""
        return (
            f"{self.role}: weights {self.weights_mib:.0f} + context {self.context_mib:.0f} + "
            f"activations {self.activations_mib:.0f} + attention {self.scores_mib:.0f} "
            f"({self.worst_texts} x {self.worst_tokens} tokens) = {self.peak_mib:.0f} MiB"
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class VramPlan:
    """Both servers on one card; all in MiB."""

    embed: ServerMemory
    rerank: ServerMemory
    usable_mib: float

    @property
    def peak_mib(self) -> float:
        """Both worst batches at the same moment."""
        return self.embed.peak_mib + self.rerank.peak_mib

    @property
    def fits(self) -> bool:
        """Whether that is on the card."""
        return self.peak_mib <= self.usable_mib

    @property
    def arithmetic(self) -> str:
        """The whole sum as text."""
        return (
            f"{self.embed.arithmetic}; {self.rerank.arithmetic}; together {self.peak_mib:.0f} of "
            f"{self.usable_mib:.0f} MiB usable"
        )


def plan_vram(settings: StackSettings) -> VramPlan:
    """The memory plan of a GPU node.

    Raises:
        PlanError: it does not fit; the message shows the arithmetic and the largest budget that
            would.
    """
    plan = vram_of(settings)
    if plan.fits:
        return plan
    remedy = "set retrieval:serving.dtype to float16"
    if settings.serving.dtype is Dtype.FLOAT16:
        budget = _largest_common_budget(settings, plan.usable_mib)
        remedy = (
            f"set retrieval:embed.max_batch_tokens and retrieval:rerank.max_batch_tokens to "
            f"{budget} or less; a T4 is busy from about 1000 tokens, so this costs no throughput"
        )
    raise PlanError(
        f"embed.max_batch_tokens {settings.embed.max_batch_tokens} and rerank.max_batch_tokens "
        f"{settings.rerank.max_batch_tokens} do not fit a "
        f"{GPU_SILICON[settings.gpu.instance_type].gpu}",
        why=plan.arithmetic,
        remedy=remedy,
    )


def vram_of(settings: StackSettings) -> VramPlan:
    """The same without judgement.

    Raises:
        PlanError: a model is not known to the planner.
    """
    silicon = GPU_SILICON[settings.gpu.instance_type]
    return VramPlan(
        embed=_server("embed", settings.embed, settings.serving.dtype),
        rerank=_server("rerank", settings.rerank, settings.serving.dtype),
        usable_mib=silicon.gpu_memory_mib * (1 - DRIVER_SHARE),
    )


def server_memory(
    role: str, shape: ModelShape, *, max_batch_tokens: int, longest: int, dtype: Dtype
) -> ServerMemory:
    """Peak memory of one server.

    Args:
        role: embed or rerank, for the text.
        shape: of its model.
        max_batch_tokens: padded tokens of one batch, at the most.
        longest: tokens of one text, at the most.
        dtype: of weights and activations.
    """
    size = 2 if dtype is Dtype.FLOAT16 else 4
    scores, texts, tokens = _worst_batch(shape, size, max_batch_tokens, longest)
    return ServerMemory(
        role=role,
        weights_mib=shape.parameters * size / _MIB,
        context_mib=CONTEXT_MIB,
        activations_mib=max_batch_tokens * ACTIVATION_VECTORS * shape.width * size / _MIB,
        scores_mib=scores / _MIB,
        worst_texts=texts,
        worst_tokens=tokens,
    )


def _worst_batch(
    shape: ModelShape, size: int, max_batch_tokens: int, longest: int
) -> tuple[int, int, int]:
    """Bytes of scores, number of texts and their length, of the batch that needs most."""
    worst = (0, 0, 0)
    for texts in range(1, max_batch_tokens + 1):
        tokens = min(longest, max_batch_tokens // texts)
        # No larger number of texts can need more than the whole budget at this length.
        if _MASKED_TENSORS * shape.heads * max_batch_tokens * tokens * size <= worst[0]:
            break
        worst = max(worst, _scores(shape, size, texts, tokens))
    return worst


def _scores(shape: ModelShape, size: int, texts: int, tokens: int) -> tuple[int, int, int]:
    """Bytes of attention scores for a batch, and the batch."""
    tensors = _EQUAL_TENSORS if texts == 1 else _MASKED_TENSORS
    return tensors * texts * shape.heads * tokens * tokens * size, texts, tokens


def _server(role: str, server: EmbedSettings | RerankSettings, dtype: Dtype) -> ServerMemory:
    shape = model_shape(server.model_id, setting=f"{role}.model_id")
    return server_memory(
        role,
        shape,
        max_batch_tokens=server.max_batch_tokens,
        longest=shape.max_tokens,
        dtype=dtype,
    )


def _largest_common_budget(settings: StackSettings, usable_mib: float) -> int:
    """The largest budget, in steps of 512 tokens, with which both servers fit."""
    for budget in range(16384, 511, -512):
        both = 0.0
        for role, server in (("embed", settings.embed), ("rerank", settings.rerank)):
            shape = model_shape(server.model_id, setting=f"{role}.model_id")
            both += server_memory(
                role,
                shape,
                max_batch_tokens=budget,
                longest=shape.max_tokens,
                dtype=settings.serving.dtype,
            ).peak_mib
        if both <= usable_mib:
            return budget
    return 512
