"""The command line of one server: TEI's flag names, read once into a frozen record.

Two flags are ours: `--role` picks the model, `--dimensions` its vector size. Knows no model.
A wrong flag ends the process with exit code 2, as recorded from TEI 1.9.3.
"""

from __future__ import annotations

import argparse
import ipaddress
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NoReturn

Role = Literal["embed", "rerank"]
Pooling = Literal["cls", "mean", "splade", "last-token"]

# TEI flags about weights, hub, logs and tracing: accepted so that one argument list fits both
# servers, without effect because there is nothing behind them here.
_WITHOUT_EFFECT = (
    "--dense-path",
    "--hf-api-token",
    "--hf-token",
    "--huggingface-hub-cache",
    "--otlp-endpoint",
    "--otlp-service-name",
    "--prometheus-port",
    "--uds-path",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerSettings:
    """One server's flags, with TEI's defaults. Sizes are counted in texts, tokens and bytes.

    `hostname` is a loopback address: TEI's own default, every interface, is refused here.
    """

    role: Role = "embed"
    model_id: str = "retrieval-stack/hashed-words"
    revision: str | None = None
    served_model_name: str | None = None
    tokenization_workers: int = 1
    dtype: Literal["float16", "float32"] = "float16"
    pooling: Pooling | None = None
    dimensions: int = 1024
    max_concurrent_requests: int = 512
    max_batch_tokens: int = 16384
    max_batch_requests: int | None = None
    max_client_batch_size: int = 32
    auto_truncate: bool = True
    default_prompt: str | None = None
    default_prompt_name: str | None = None
    hostname: str = "127.0.0.1"
    port: int = 3000
    payload_limit: int = 2_000_000
    api_key: str | None = None
    cors_allow_origin: tuple[str, ...] | None = None
    root_is_similarity: bool = False


def read_flags(arguments: Sequence[str], environment: Mapping[str, str]) -> ServerSettings:
    """The settings of one server.

    Of TEI's environment variables only `API_KEY` and `TASK` count: the others have no prefix, and
    a stray `PORT` or `REVISION` of another program would change the server.
    """
    found = _parser().parse_args(arguments)
    values: dict[str, Any] = {
        "api_key": environment.get("API_KEY"),
        "root_is_similarity": environment.get("TASK") == "sentence-similarity",
    }
    values |= {name: value for name, value in vars(found).items() if name != "ignored"}
    if "cors_allow_origin" in values:
        values["cors_allow_origin"] = tuple(values["cors_allow_origin"])
    return ServerSettings(**values)


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        self.exit(2, f"error: {message}\n\nFor more information, try '--help'.\n")


def _parser() -> _Parser:
    parser = _Parser(
        prog="python -m infra.local.tei",
        description="A local server with TEI's HTTP interface and no model weights.",
        allow_abbrev=False,
        argument_default=argparse.SUPPRESS,
    )
    add = parser.add_argument
    add("--role", choices=("embed", "rerank"), required=True, help="which model to serve")
    add("--model-id", help="shown in /info; no weights are loaded")
    add("--revision", help="shown in /info as model_sha")
    add("--served-model-name", help="model name in the OpenAI routes; default: the model id")
    add("--tokenization-workers", type=_positive, help="tokenizer threads")
    add("--dtype", choices=("float16", "float32"), help="precision of raw values")
    add("--pooling", choices=("cls", "mean", "splade", "last-token"))
    add("--dimensions", type=_positive, help="vector size (not a TEI flag)")
    add("--max-concurrent-requests", type=_positive, help="texts in flight before 429")
    add("--max-batch-tokens", type=_positive, help="caps the length of one input")
    add("--max-batch-requests", type=_positive)
    add("--max-client-batch-size", type=_positive, help="texts in one HTTP call")
    add("--auto-truncate", nargs="?", const=True, type=_boolean, metavar="true|false")
    prompt = parser.add_mutually_exclusive_group()
    prompt.add_argument("--default-prompt")
    prompt.add_argument("--default-prompt-name")
    add("--hostname", type=_loopback, help="a loopback address")
    add("--port", "-p", type=int)
    add("--payload-limit", type=_positive, help="largest body in bytes")
    add("--api-key", help="better given by the environment variable API_KEY")
    add("--cors-allow-origin", action="append")
    for flag in _WITHOUT_EFFECT:
        add(flag, dest="ignored", help="accepted, without effect")
    for flag in ("--json-output", "--disable-spans"):
        add(flag, dest="ignored", action="store_true", help="accepted, without effect")
    return parser


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text} is not a positive number")
    return number


def _boolean(text: str) -> bool:
    if text not in ("true", "false"):
        raise argparse.ArgumentTypeError(f"invalid value '{text}' [possible values: true, false]")
    return text == "true"


def _loopback(text: str) -> str:
    if not ipaddress.ip_address(text).is_loopback:
        raise argparse.ArgumentTypeError(
            f"{text} is not a loopback address; the local servers listen on loopback only"
        )
    return text
