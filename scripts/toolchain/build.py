"""The third way: build the CLI from Go modules, pinned and verified by tools/pulumi-cli/go.sum.

The upstream language host cannot be built this way, so launchers for our own go beside it.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from scripts.toolchain.launchers import EXEC_SCRIPT, EXECUTABLE_MODE
from scripts.toolchain.machine import Finished, Machine, WayFailedError
from scripts.toolchain.pins import PINNED_VERSION
from scripts.toolchain.progress import Progress

GO_MODULE = Path("tools", "pulumi-cli")
_MAIN_PACKAGE = "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi"
_SDK_MODULE = "github.com/pulumi/pulumi/sdk/v3"
# Without it the CLI calls itself a development build, and version checks fail.
_VERSION_VARIABLE = f"{_SDK_MODULE}/go/common/version.Version"
# As upstream's release build has them: no C library for user names, no trace pages in grpc.
_BUILD_TAGS = "osusergo,grpcnotrace"
_BUILD_TIMEOUT_S = 3600.0
_LIST_TIMEOUT_S = 120.0
_SHOWN_ERROR_LINES = 4


@dataclass(frozen=True, kw_only=True, slots=True)
class _Go:
    program: str
    module: Path
    env: Mapping[str, str]


def build_from_modules(
    folder: Path,
    *,
    go_module: Path,
    env: Mapping[str, str],
    machine: Machine,
    progress: Progress,
) -> None:
    """Build `pulumi` into an empty folder and put the SDK's exec script beside it.

    `go_module` is the folder of the go.mod that pins the CLI.

    Raises:
        WayFailedError: no Go, or the build failed (its last lines are in the text).
    """
    program = machine.which("go", env.get("PATH", ""))
    if program is None:
        raise WayFailedError("there is no go on PATH")
    go = _Go(program=program, module=go_module, env=_go_environment(env))
    title = (
        f"building Pulumi {PINNED_VERSION} from Go modules: once, about 3 minutes on 2 cores, "
        "1.5 GB of module cache"
    )
    with progress.working(title) as beat:
        built = machine.runner.run(
            [program, *_build_arguments(folder / "pulumi")],
            cwd=go.module,
            env=go.env,
            timeout_s=_BUILD_TIMEOUT_S,
            tick=beat,
        )
    if built.code != 0:
        raise WayFailedError(f"`go build` failed: {_last_lines(built)}")
    script = _sdk_folder(go, machine) / "python" / "cmd" / EXEC_SCRIPT
    try:
        # The module cache is read-only and not executable.
        shutil.copyfile(script, folder / EXEC_SCRIPT)
    except OSError as error:
        raise WayFailedError(f"{script} cannot be read: {error.strerror}") from error
    (folder / EXEC_SCRIPT).chmod(EXECUTABLE_MODE)


def _build_arguments(output: Path) -> list[str]:
    linker = f"-s -w -X {_VERSION_VARIABLE}=v{PINNED_VERSION}"
    return [
        "build",
        "-trimpath",
        "-buildvcs=false",
        "-tags",
        _BUILD_TAGS,
        "-ldflags",
        linker,
        "-o",
        str(output),
        _MAIN_PACKAGE,
    ]


def _go_environment(env: Mapping[str, str]) -> dict[str, str]:
    # A workspace file in a parent folder must not replace the pinned modules, and no C compiler is
    # needed unless the user asks for one. GOFLAGS, GOPROXY and the caches stay as they are.
    return {"CGO_ENABLED": "0", **env, "GOWORK": "off"}


def _sdk_folder(go: _Go, machine: Machine) -> Path:
    listed = machine.runner.run(
        [go.program, "list", "-m", "-f", "{{.Dir}}", _SDK_MODULE],
        cwd=go.module,
        env=go.env,
        timeout_s=_LIST_TIMEOUT_S,
    )
    if listed.code != 0 or not listed.out.strip():
        raise WayFailedError(f"`go list -m {_SDK_MODULE}` failed: {_last_lines(listed)}")
    return Path(listed.out.strip())


def _last_lines(finished: Finished) -> str:
    lines = [line.strip() for line in finished.err.splitlines() if line.strip()]
    return " / ".join(lines[-_SHOWN_ERROR_LINES:]) or f"exit code {finished.code}"
