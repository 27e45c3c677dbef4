"""A fake machine for the toolchain: commands, downloads and PATH are tables, time is not real."""

from __future__ import annotations

import hashlib
import io
import tarfile
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from infra.clock import FakeClock
from scripts.toolchain.ensure import ensure_pulumi
from scripts.toolchain.machine import Finished, Machine, WayFailedError
from scripts.toolchain.pins import OFFICIAL_SITE, Toolchain, archive_name, checksums_name


def release(*, files: Mapping[str, bytes] | None = None) -> dict[str, bytes]:
    """What the official site would serve: an archive and the checksums of its release."""
    contents = files or {"pulumi/pulumi": b"official", "pulumi/pulumi-language-python": b"host"}
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        for name, data in contents.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    name, archive = archive_name("linux-x64"), buffer.getvalue()
    checksums = f"{'0' * 64}  other.tar.gz\n{hashlib.sha256(archive).hexdigest()}  {name}\n"
    return {
        f"{OFFICIAL_SITE}/{checksums_name()}": checksums.encode(),
        f"{OFFICIAL_SITE}/{name}": archive,
    }


@dataclass
class FakeWorld:
    """What is on this machine and what is reachable; notes what was asked."""

    folder: Path
    site: dict[str, bytes] = field(default_factory=dict[str, bytes])
    go: bool = False
    build_error: str | None = None
    version_says: str = "v3.250.0\n"
    version_code: int = 0
    during_build: Callable[[], None] = lambda: None
    commands: list[list[str]] = field(default_factory=list[list[str]])
    fetched: list[str] = field(default_factory=list[str])
    lines: list[str] = field(default_factory=list[str])
    clock: FakeClock = field(default_factory=FakeClock)

    @property
    def project(self) -> Path:
        """The project's folder."""
        return self.folder / "a project"

    def ensure(self, *, path: str = "", project: Path | None = None) -> Toolchain:
        """Call the function under test in this world."""
        return ensure_pulumi(
            project or self.project, env={"PATH": path}, machine=self.machine(), progress=self
        )

    def machine(self) -> Machine:
        """This world as the toolchain sees it."""
        return Machine(
            runner=self,
            downloader=self,
            which=self._which,
            clock=self.clock,
            system="Linux",
            machine="x86_64",
        )

    def put_on_path(self, *names: str) -> str:
        """Make executables in a folder; returns the PATH that finds them."""
        folder = self.folder / "user bin"
        folder.mkdir(exist_ok=True)
        for name in names:
            (folder / name).write_text("fake")
        return str(folder)

    # Runner
    def run(
        self,
        argv: Sequence[str],
        *,
        env: Mapping[str, str],
        timeout_s: float,
        cwd: Path | None = None,
        tick: Callable[[float], None] | None = None,
    ) -> Finished:
        self.commands.append(list(argv))
        if argv[1] == "version":
            return Finished(code=self.version_code, out=self.version_says, err="")
        if argv[1] == "build":
            if tick is not None:
                tick(1.0)
            self.during_build()
            if self.build_error is not None:
                return Finished(code=1, out="", err=self.build_error)
            Path(argv[argv.index("-o") + 1]).write_bytes(b"built")
            return Finished(code=0, out="", err="")
        sdk = self.folder / "sdk"
        (sdk / "python" / "cmd").mkdir(parents=True, exist_ok=True)
        (sdk / "python" / "cmd" / "pulumi-language-python-exec").write_text("# exec\n")
        return Finished(code=0, out=f"{sdk}\n", err="")

    # Downloader
    def fetch(self, url: str, to: Path, *, tick: Callable[[float], None] | None = None) -> None:
        self.fetched.append(url)
        if url not in self.site:
            raise WayFailedError(f"{url} cannot be reached (Name or service not known)")
        to.write_bytes(self.site[url])

    # Progress
    def say(self, text: str) -> None:
        self.lines.append(text)

    def working(self, title: str) -> AbstractContextManager[Callable[[float], None]]:
        return self._working(title)

    @contextmanager
    def _working(self, title: str) -> Generator[Callable[[float], None], None, None]:
        self.lines.append(title)
        yield lambda elapsed_s: None

    def _which(self, name: str, path: str) -> str | None:
        if name == "go":
            return "/go/bin/go" if self.go else None
        for entry in path.split(":"):
            if entry and Path(entry, name).is_file():
                return str(Path(entry, name))
        return None


@pytest.fixture
def world(tmp_path: Path) -> FakeWorld:
    """A machine with nothing on it: no pulumi, no site, no Go."""
    made = FakeWorld(folder=tmp_path)
    made.project.mkdir()
    return made


@pytest.fixture
def official_release() -> Callable[..., dict[str, bytes]]:
    """Makes what the official site serves."""
    return release
