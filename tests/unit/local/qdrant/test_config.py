"""A collection's configuration: defaults, patches, storing."""

from __future__ import annotations

import json

import pytest

from infra.local.qdrant.config import (
    CollectionConfig,
    patched,
    read_create,
    read_patch,
    with_vector,
)
from infra.local.qdrant.errors import ApiError, FormatError, RuleError
from infra.local.qdrant.serde import Json

CREATE: Json = {
    "vectors": {"dense": {"size": 4, "distance": "Cosine", "hnsw_config": {"m": 8}}},
    "sparse_vectors": {"bm25": {"modifier": "idf"}},
    "quantization_config": {"binary": {"always_ram": True}},
    "unknown": 1,
}


def test_stored_configuration_comes_back_equal() -> None:
    """What goes to disk as JSON is the whole configuration."""
    config = read_create(CREATE)

    assert CollectionConfig.restored(json.loads(json.dumps(config.stored()))) == config


def test_patch_changes_only_what_it_names() -> None:
    """Nested records are merged, and "Disabled" takes quantization away."""
    config = read_create(CREATE)
    patch = read_patch(
        {
            "vectors": {"dense": {"hnsw_config": {"ef_construct": 64}}},
            "quantization_config": "Disabled",
            "optimizers_config": {"indexing_threshold": 5},
        }
    )

    changed = patched(config, patch)

    assert changed.vectors["dense"]["hnsw_config"] == {"m": 8, "ef_construct": 64}
    assert changed.quantization is None
    assert changed.optimizers == config.optimizers | {"indexing_threshold": 5}
    assert patched(config, read_patch({})) == config


def test_patch_of_an_unknown_vector_is_refused() -> None:
    """A patch names only vectors that are there."""
    patch = read_patch({"vectors": {"nope": {"on_disk": True}}})

    with pytest.raises(ApiError, match="Not existing vector name error: nope"):
        patched(read_create(CREATE), patch)


def test_adding_and_removing_a_vector_name_is_neutral() -> None:
    """A name that came and went leaves no trace, dense or sparse."""
    config = read_create(CREATE)
    for form, params in (("dense", {"size": 2, "distance": "Dot"}), ("sparse", {})):
        added = with_vector(config, "extra", (form, params))
        assert added != config
        assert with_vector(added, "extra", None) == config


@pytest.mark.parametrize("name", ["../escape", "a\0b", "ж" * 101])
def test_vector_name_must_be_fit_for_a_file(name: str) -> None:
    """The engine makes a folder per vector; a name that would leave it is refused."""
    with pytest.raises(RuleError, match="cannot be a file name"):
        read_create({"vectors": {name: {"size": 2, "distance": "Dot"}}})
    with pytest.raises(RuleError, match="cannot be a file name"):
        read_create({"sparse_vectors": {name: {}}})


def test_closed_sets_are_closed() -> None:
    """An unknown distance is a format error of the whole vectors field."""
    with pytest.raises(FormatError, match="untagged enum VectorsConfig"):
        read_create({"vectors": {"size": 2, "distance": "dot"}})
