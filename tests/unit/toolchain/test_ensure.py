"""The three ways to a CLI: their order, what each refuses, and what is left behind."""

from __future__ import annotations

import json
import shutil
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from infra.errors import ToolMissingError
from scripts.toolchain.ensure import CODE_ROOT
from scripts.toolchain.pins import OFFICIAL_SITE, PINNED_VERSION, How, archive_name

Release = Callable[..., dict[str, bytes]]


def installed_files(project: Path) -> set[str]:
    """Everything under `.tools` except the lock, relative to it."""
    tools = project / ".tools" / "pulumi"
    return {
        path.relative_to(tools).as_posix()
        for path in tools.rglob("*")
        if path.is_file() and path.name != ".lock"
    }


class TestPulumiOnPath:
    """The first way."""

    def test_a_new_enough_one_is_used(self, world: Any) -> None:
        """A `pulumi` with its language host beside it is taken as it is, and nothing is fetched."""
        path = world.put_on_path("pulumi", "pulumi-language-python")
        found = world.ensure(path=path)
        assert (found.how, found.version) == (How.PATH, PINNED_VERSION)
        assert found.pulumi == Path(path, "pulumi")
        assert world.fetched == []

    def test_its_version_is_asked_once(self, world: Any) -> None:
        """The second call starts no process."""
        path = world.put_on_path("pulumi", "pulumi-language-python")
        world.ensure(path=path)
        world.commands.clear()
        assert world.ensure(path=path).how is How.PATH
        assert world.commands == []

    def test_a_replaced_file_is_asked_again(self, world: Any) -> None:
        """Another file at the same place is another CLI."""
        path = world.put_on_path("pulumi", "pulumi-language-python")
        world.ensure(path=path)
        Path(path, "pulumi").write_text("another one")
        world.version_says = "v3.260.1\n"
        assert world.ensure(path=path).version == "3.260.1"

    @pytest.mark.parametrize(
        ("says", "code", "reason"),
        [
            ("v3.249.9\n", 0, "is version 3.249.9; needed is 3.250.0 or newer, below 4.0.0"),
            ("v4.0.0\n", 0, "is version 4.0.0; needed is 3.250.0 or newer, below 4.0.0"),
            ("", 127, "is broken: `pulumi version` ended with exit code 127"),
            ("hello\n", 0, "is broken"),
        ],
    )
    def test_a_wrong_one_is_left_aside_aloud(
        self, world: Any, official_release: Release, says: str, code: int, reason: str
    ) -> None:
        """A too old, too new or broken `pulumi` is named and the next way is taken."""
        path = world.put_on_path("pulumi", "pulumi-language-python")
        answers = iter([(says, code), ("v3.250.0\n", 0)])
        real_run = world.run

        def run(argv: list[str], **kwargs: Any) -> Any:
            world.version_says, world.version_code = next(answers)
            return real_run(argv, **kwargs)

        world.run = run
        world.site = official_release()
        assert world.ensure(path=path).how is How.OFFICIAL
        assert any(reason in line and "it is not used" in line for line in world.lines)

    def test_one_without_its_language_host_is_left_aside(
        self, world: Any, official_release: Release
    ) -> None:
        """A bare `pulumi` cannot run Python programs."""
        path = world.put_on_path("pulumi")
        world.site = official_release()
        assert world.ensure(path=path).how is How.OFFICIAL
        assert any("has no pulumi-language-python" in line for line in world.lines)

    def test_our_own_folder_is_not_the_users_choice(self, world: Any) -> None:
        """After `retrieval env` our own CLI is on PATH; it is still known as built."""
        world.go = True
        built = world.ensure()
        assert world.ensure(path=str(built.folder)) == built


class TestOfficialRelease:
    """The second way."""

    def test_it_is_downloaded_and_checked(self, world: Any, official_release: Release) -> None:
        """The archive's plain files arrive, executable; archive and checksums do not stay."""
        world.site = official_release()
        found = world.ensure()
        assert found.how is How.OFFICIAL
        assert found.pulumi.read_bytes() == b"official"
        assert found.pulumi.stat().st_mode & 0o777 == 0o755
        assert installed_files(world.project) == {
            f"{PINNED_VERSION}/{name}"
            for name in ("pulumi", "pulumi-language-python", "toolchain.json")
        }

    def test_a_wrong_checksum_is_never_installed(
        self, world: Any, official_release: Release
    ) -> None:
        """An archive that differs from the release's sum is refused, loudly; the build follows."""
        world.site = official_release()
        world.site[f"{OFFICIAL_SITE}/{archive_name('linux-x64')}"] += b"tampered"
        world.go = True
        assert world.ensure().how is How.BUILT
        assert any("SHA-256" in line and "not installed" in line for line in world.lines)

    def test_a_release_without_our_archive_is_no_release(
        self, world: Any, official_release: Release
    ) -> None:
        """Without a checksum line nothing is downloaded."""
        world.site = {
            url: b"0 *other.tar.gz" if url.endswith("checksums.txt") else data
            for url, data in official_release().items()
        }
        world.go = True
        assert world.ensure().how is How.BUILT
        assert len(world.fetched) == 1

    def test_an_archive_cannot_write_outside(self, world: Any, official_release: Release) -> None:
        """Only files directly in the archive's one folder are taken."""
        world.site = official_release(
            files={"pulumi/pulumi": b"ok", "../evil": b"x", "pulumi/sub/evil": b"x", "/evil": b"x"}
        )
        world.ensure()
        assert not list(world.folder.rglob("evil"))

    def test_a_cli_that_does_not_start_is_not_installed(
        self, world: Any, official_release: Release
    ) -> None:
        """The new CLI must answer as the pinned version before it is put in place."""
        world.site = official_release()
        world.version_says, world.version_code = "", 1
        with pytest.raises(ToolMissingError, match="does not answer as version"):
            world.ensure()
        assert installed_files(world.project) == set()


class TestBuildFromModules:
    """The third way."""

    def test_it_follows_a_refused_download(self, world: Any) -> None:
        """With no site and a Go, the CLI is built, and launchers and exec script lie beside it."""
        world.go = True
        found = world.ensure()
        assert found.how is How.BUILT
        assert installed_files(world.project) == {
            f"{PINNED_VERSION}/{name}"
            for name in (
                "pulumi",
                "pulumi-language-python",
                "pulumi-language-python-exec",
                "pulumi-resource-pulumi-python",
                "toolchain.json",
            )
        }
        assert world.commands[0][0] == "/go/bin/go"
        assert (
            "-X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=v3.250.0"
            in (world.commands[0][world.commands[0].index("-ldflags") + 1])
        )

    def test_the_launchers_name_this_project(self, world: Any) -> None:
        """They start the project's own interpreter on the code that wrote them."""
        world.go = True
        text = (world.ensure().folder / "pulumi-language-python").read_text()
        assert f"'{world.project}/.venv/bin/python'" in text
        assert str(CODE_ROOT) in text

    def test_a_moved_project_gets_new_launchers(self, world: Any) -> None:
        """The next call after a move repairs the paths without a build."""
        world.go = True
        world.ensure()
        moved = world.folder / "moved"
        shutil.move(world.project, moved)
        world.go = False
        text = (world.ensure(project=moved).folder / "pulumi-language-python").read_text()
        assert f"{moved}/.venv/bin/python" in text
        assert "a project" not in text

    def test_an_interrupted_build_leaves_nothing(self, world: Any) -> None:
        """After Ctrl-C nothing half-made is there, and the next call builds."""

        def interrupt() -> None:
            raise KeyboardInterrupt

        world.go, world.during_build = True, interrupt
        with pytest.raises(KeyboardInterrupt):
            world.ensure()
        assert installed_files(world.project) == set()
        world.during_build = lambda: None
        assert world.ensure().how is How.BUILT

    def test_what_a_killed_build_left_is_removed(self, world: Any) -> None:
        """A folder that nobody finishes any more goes with the next installation."""
        leftover = world.project / ".tools" / "pulumi" / ".unfinished-old"
        leftover.mkdir(parents=True)
        (leftover / "pulumi").write_text("half")
        world.go = True
        world.ensure()
        assert not leftover.exists()


class TestCache:
    """What an earlier call installed."""

    def test_the_second_call_runs_and_fetches_nothing(self, world: Any) -> None:
        """A stamp in the folder replaces asking the CLI."""
        world.go = True
        first = world.ensure()
        world.commands.clear()
        world.fetched.clear()
        assert world.ensure() == first
        assert (world.commands, world.fetched) == ([], [])

    @pytest.mark.parametrize(
        "spoil",
        [
            lambda folder: (folder / "pulumi").write_bytes(b"cut"),
            lambda folder: (folder / "pulumi").unlink(),
            lambda folder: (folder / "toolchain.json").write_text("{"),
            lambda folder: (folder / "toolchain.json").write_text(
                json.dumps({"schema": 1, "how": "built", "platform": "darwin-arm64"})
            ),
        ],
        ids=["size", "gone", "stamp", "platform"],
    )
    def test_a_damaged_one_is_installed_again(
        self, world: Any, spoil: Callable[[Path], object]
    ) -> None:
        """A cut file, a lost stamp or another machine's build is not used."""
        world.go = True
        spoil(world.ensure().folder)
        world.commands.clear()
        assert world.ensure().pulumi.read_bytes() == b"built"
        assert any("build" in command for command in world.commands)

    def test_two_runs_build_once(self, world: Any) -> None:
        """The second run waits for the first, says so, and takes what it made."""
        world.go = True
        building, go_on = threading.Event(), threading.Event()

        def build() -> None:
            building.set()
            assert go_on.wait(10)

        world.during_build = build
        first = threading.Thread(target=world.ensure)
        first.start()
        assert building.wait(10)
        real_sleep = world.clock.sleep

        def sleep(seconds: float) -> None:
            real_sleep(seconds)
            go_on.set()
            first.join(10)

        world.clock.sleep = sleep
        assert world.ensure().how is How.BUILT
        assert [command[1] for command in world.commands].count("build") == 1
        assert sum("another run is installing" in line for line in world.lines) == 1


def test_when_nothing_works_all_three_ways_are_named(world: Any) -> None:
    """One error tells each way, why it failed, and what to install."""
    world.go = False
    with pytest.raises(ToolMissingError) as caught:
        world.ensure()
    text = str(caught.value)
    for part in (
        "there is no pulumi on PATH",
        "get.pulumi.com",
        "Name or service not known",
        "there is no go on PATH",
        "install Pulumi 3.250.0",
        "install Go",
        "GOPROXY",
    ):
        assert part in text
    assert installed_files(world.project) == set()


def test_a_failed_build_shows_gos_last_words(world: Any) -> None:
    """The reason of the third way is what `go` said at the end."""
    world.go = True
    world.build_error = "go: downloading\n\ngo: module lookup disabled by GOPROXY=off\n"
    with pytest.raises(ToolMissingError, match="module lookup disabled by GOPROXY=off"):
        world.ensure()


def test_a_project_that_cannot_be_written_is_told(world: Any) -> None:
    """The folder and the system's reason are named."""
    (world.project / ".tools").write_text("in the way")
    world.go = True
    with pytest.raises(ToolMissingError, match=r"\.tools.*(exists|directory)"):
        world.ensure()


def test_a_pulumi_on_path_needs_no_writable_project(world: Any) -> None:
    """Its version is then asked each time."""
    (world.project / ".tools").write_text("in the way")
    path = world.put_on_path("pulumi", "pulumi-language-python")
    assert world.ensure(path=path).how is How.PATH
