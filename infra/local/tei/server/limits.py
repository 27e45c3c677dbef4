"""From flags and model to what one server allows, or why it cannot start. Knows no HTTP."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from infra.local.tei.errors import StartError, invalid
from infra.local.tei.model.interface import LoadedModel
from infra.local.tei.server.flags import ServerSettings

# TEI's factor: a text may have this many characters for each token that the model takes.
CHARACTERS_PER_TOKEN = 250


@dataclass(frozen=True, slots=True)
class Limits:
    """What one input may be. Lengths in tokens and characters."""

    max_input_tokens: int
    max_input_characters: int
    auto_truncate: bool
    max_client_batch_size: int


@dataclass(frozen=True, slots=True)
class Prompts:
    """Texts put before an input, by name."""

    known: Mapping[str, str] | None
    default: str | None

    def chosen(self, name: str | None) -> str | None:
        """The prompt for a call.

        Raises:
            InvalidInputError: `name` is not known.
        """
        if name is None:
            return self.default
        if self.known is None or name not in self.known:
            raise invalid(_unknown_prompt(name, self.known))
        return self.known[name]


def resolve_limits(settings: ServerSettings, model: LoadedModel) -> Limits:
    """The limits of a server.

    Raises:
        StartError: the flags do not fit each other or the model.
    """
    if settings.pooling == "splade" and model.embedding is not None:
        raise StartError("Splade pooling is not supported: model is not a ForMaskedLM model")
    longest, budget = model.max_input_tokens, settings.max_batch_tokens
    if longest > budget and not settings.auto_truncate:
        raise StartError(
            f"The maximum input length is `{longest}` which exceeds `--max-batch-tokens={budget}`. "
            f"Either increase `--max-batch-tokens` to at least `{longest}`, or set "
            "`--auto-truncate true` so that regardless the maximum input length, those are "
            f"truncated to `{budget}` tokens."
        )
    max_input_tokens = min(longest, budget)
    return Limits(
        max_input_tokens=max_input_tokens,
        max_input_characters=max_input_tokens * CHARACTERS_PER_TOKEN,
        auto_truncate=settings.auto_truncate,
        max_client_batch_size=settings.max_client_batch_size,
    )


def resolve_prompts(settings: ServerSettings, model: LoadedModel) -> Prompts:
    """The prompts of a server.

    Raises:
        StartError: the default prompt's name is not known.
    """
    default = settings.default_prompt
    name = settings.default_prompt_name
    if name is not None:
        if model.prompts is None or name not in model.prompts:
            raise StartError(_unknown_prompt(name, model.prompts))
        default = model.prompts[name]
    return Prompts(known=model.prompts, default=default)


def _unknown_prompt(name: str, known: Mapping[str, str] | None) -> str:
    start = f"`default-prompt-name` is set to `{name}` but "
    if known is None:
        return start + "no prompts were found in the Sentence Transformers configuration"
    listed = json.dumps(list(known), ensure_ascii=False)
    return (
        f"{start}it was not found in the Sentence Transformers prompts. Available prompts: {listed}"
    )
