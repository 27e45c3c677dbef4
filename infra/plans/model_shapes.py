"""What the planners know of each model: size and shape of the network, from its config.json."""

from __future__ import annotations

from dataclasses import dataclass

from infra.errors import PlanError


@dataclass(frozen=True, kw_only=True, slots=True)
class ModelShape:
    """An encoder: parameters in all and in its layers, layers, width, heads, longest input."""

    parameters: int
    layer_parameters: int
    layers: int
    width: int
    heads: int
    max_tokens: int


_XLM_ROBERTA_LARGE_8K = ModelShape(
    parameters=566_700_000,
    layer_parameters=302_300_000,
    layers=24,
    width=1024,
    heads=16,
    max_tokens=8192,
)
"""24 layers of 12.6 M, 250 002 word and 8 194 position embeddings of 1024."""

_RERANKER = ModelShape(
    parameters=567_750_000,  # and a head of two layers, 2 MiB in float16
    layer_parameters=302_300_000,
    layers=24,
    width=1024,
    heads=16,
    max_tokens=8192,
)

SHAPES: dict[str, ModelShape] = {
    "BAAI/bge-m3": _XLM_ROBERTA_LARGE_8K,
    "BAAI/bge-reranker-v2-m3": _RERANKER,
    "Snowflake/snowflake-arctic-embed-l-v2.0": _XLM_ROBERTA_LARGE_8K,
}


def model_shape(model_id: str, *, setting: str) -> ModelShape:
    """The shape of a model.

    Args:
        model_id: its name on the hub.
        setting: which setting named it, for the message.

    Raises:
        PlanError: the planners do not know the model, so can vouch for neither memory nor time.
    """
    shape = SHAPES.get(model_id)
    if shape is None:
        raise PlanError(
            f"retrieval:{setting} = {model_id}",
            why="its memory and speed on a T4 are not known to the planner (known: "
            f"{', '.join(sorted(SHAPES))})",
            remedy="use a known model, or add the model's shape to infra/plans/model_shapes.py",
        )
    return shape
