"""The command line of one server."""

from __future__ import annotations

import pytest

from infra.local.tei.server.flags import ServerSettings, read_flags


def test_defaults_are_teis() -> None:
    """Recorded from TEI 1.9.3, except for the address and the model."""
    settings = read_flags(["--role", "embed"], {})
    assert settings == ServerSettings(role="embed")
    assert (settings.max_concurrent_requests, settings.max_client_batch_size) == (512, 32)
    assert (settings.max_batch_tokens, settings.payload_limit) == (16384, 2_000_000)
    assert settings.auto_truncate
    assert settings.hostname == "127.0.0.1"


def test_teis_flags_are_read() -> None:
    """The argument list of a container fits."""
    settings = read_flags(
        [
            *("--role", "rerank", "--model-id", "BAAI/bge-reranker-v2-m3", "--revision", "953d"),
            *("--dtype", "float32", "--max-batch-tokens", "8192", "--auto-truncate", "false"),
            *("--max-client-batch-size", "64", "--max-concurrent-requests", "128"),
            *("--payload-limit", "4000000", "--json-output", "--disable-spans"),
            *("--cors-allow-origin", "http://a", "--cors-allow-origin", "http://b", "-p", "8080"),
        ],
        {},
    )
    assert settings == ServerSettings(
        role="rerank",
        model_id="BAAI/bge-reranker-v2-m3",
        revision="953d",
        dtype="float32",
        max_batch_tokens=8192,
        auto_truncate=False,
        max_client_batch_size=64,
        max_concurrent_requests=128,
        payload_limit=4_000_000,
        cors_allow_origin=("http://a", "http://b"),
        port=8080,
    )


def test_auto_truncate_without_a_value_is_true() -> None:
    """As for TEI, where the value is optional."""
    assert read_flags(["--role", "embed", "--auto-truncate"], {}).auto_truncate


def test_of_the_environment_only_key_and_task_count() -> None:
    """TEI's variables have no prefix; a stray PORT must not move a server."""
    settings = read_flags(
        ["--role", "embed"],
        {"API_KEY": "k", "TASK": "sentence-similarity", "PORT": "1", "REVISION": "x"},
    )
    assert settings == ServerSettings(role="embed", api_key="k", root_is_similarity=True)
    assert read_flags(["--role", "embed", "--api-key", "f"], {"API_KEY": "k"}).api_key == "f"


@pytest.mark.parametrize(
    "flags",
    [
        [],
        ["--role", "classify"],
        ["--role", "embed", "--quantize", "x"],
        ["--role", "embed", "--port", "many"],
        ["--role", "embed", "--max-batch-tokens", "0"],
        ["--role", "embed", "--hostname", "0.0.0.0"],  # noqa: S104 - what is refused
        ["--role", "embed", "--hostname", "localhost"],
        ["--role", "embed", "--default-prompt", "a", "--default-prompt-name", "b"],
        ["--role", "embed", "--auto", "true"],
    ],
    ids=" ".join,
)
def test_a_wrong_flag_ends_with_2(flags: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """One line that says which, and no traceback."""
    with pytest.raises(SystemExit) as ended:
        read_flags(flags, {})
    assert ended.value.code == 2
    assert capsys.readouterr().err.startswith("error: ")
