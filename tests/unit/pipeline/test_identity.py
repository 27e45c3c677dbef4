"""Whether the server runs the model of the settings: contradictions only, never paths."""

from __future__ import annotations

import pytest

from infra.errors import ExitCode, SettingsError
from infra.pipeline.identity import check_served
from infra.pipeline.served import ServedModel
from infra.settings import EmbedSettings
from tests.unit.pipeline.fakes import INFO

SETTINGS = EmbedSettings()
OTHER_COMMIT = "1" * 40


def served(model_id: str, revision: str | None = None, label: str | None = None) -> ServedModel:
    told = {"model_id": model_id, "model_sha": revision, "docker_label": label}
    return ServedModel.model_validate({**INFO, **told})


@pytest.mark.parametrize(
    "model",
    [
        served("BAAI/bge-m3"),
        served("BAAI/bge-m3", SETTINGS.revision),
        served("BAAI/bge-m3", "main"),
        served("/models/bge-m3"),
        served("/models/bge-m3", SETTINGS.revision),
        served(f"/cache/models--BAAI--bge-m3/snapshots/{SETTINGS.revision}"),
        served("mirror/bge-m3", SETTINGS.revision),
        served("any/thing", label="retrieval-stack local stand-in"),
    ],
)
def test_what_does_not_contradict(model: ServedModel) -> None:
    """A folder, a branch or a mirror says nothing against the settings; a stand-in is one."""
    check_served(SETTINGS, model)


@pytest.mark.parametrize(
    ("model", "setting"),
    [
        (served("intfloat/multilingual-e5-large"), "model_id"),
        (served("deepvk/USER-bge-m3", OTHER_COMMIT), "model_id"),
        (served("BAAI/bge-m3", OTHER_COMMIT), "revision"),
        (served("/models/bge-m3", OTHER_COMMIT), "revision"),
        (served(f"/cache/snapshots/{OTHER_COMMIT}"), "revision"),
    ],
)
def test_another_model_is_refused(model: ServedModel, setting: str) -> None:
    """The setting that contradicts is named with both values."""
    with pytest.raises(SettingsError, match=str(getattr(SETTINGS, setting))) as caught:
        check_served(SETTINGS, model)
    assert caught.value.exit_code is ExitCode.BAD_INPUT
    assert f"retrieval:embed.{setting}" in caught.value.remedy
