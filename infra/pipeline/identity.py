"""Whether the embed server runs the model that the settings name. Pure."""

from __future__ import annotations

import re

from infra.errors import SettingsError
from infra.pipeline.served import ServedModel
from infra.settings import EmbedSettings

_COMMIT = re.compile(r"[0-9a-f]{40}")
_HUB_ID = re.compile(r"[\w.-]+/[\w.-]+")


def check_served(settings: EmbedSettings, served: ServedModel) -> None:
    """Refuse a server that says plainly that it runs another model.

    A server may have loaded the model from a folder: a path says nothing of what is in it, unless
    it holds a commit, as the folders of the hub's cache do. A branch as its revision says as
    little. A stand-in has no model; the index key keeps its vectors apart.

    Raises:
        SettingsError: another model id, or another commit.
    """
    if served.is_stand_in:
        return
    is_hub_id = _HUB_ID.fullmatch(served.model_id) is not None
    if is_hub_id and served.model_id != settings.model_id and served.model_sha != settings.revision:
        raise _contradiction("model_id", served.model_id, settings.model_id)
    told = [served.model_sha or "", *([] if is_hub_id else served.model_id.split("/"))]
    commits = [part for part in told if _COMMIT.fullmatch(part)]
    if commits and settings.revision not in commits:
        raise _contradiction("revision", commits[0], settings.revision)


def _contradiction(name: str, served: str, wanted: str) -> SettingsError:
    return SettingsError(
        f"the embed server runs {name} {served}, the settings say {wanted}",
        why="vectors of two models cannot be compared, so nothing is searched or indexed",
        remedy=f"run `pulumi up` so that the server follows the settings, or put "
        f"`retrieval:embed.{name}` back to what is served; then index with --rebuild where the "
        "collection was made by the other model",
    )
