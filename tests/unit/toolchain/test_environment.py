"""The environment for `pulumi`: what is ours, what the user's, and how a shell takes it."""

from __future__ import annotations

import subprocess
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from infra.errors import StackError
from scripts.toolchain.environment import export_lines, local_state_url, pulumi_environment
from scripts.toolchain.pins import How, Toolchain

NAMES = st.from_regex(r"[A-Z_][A-Z0-9_]{0,8}", fullmatch=True).map(lambda name: f"RT_{name}")
VALUES = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=30)


def a_toolchain(folder: Path, how: How = How.BUILT) -> Toolchain:
    """A toolchain in a folder, with a `pulumi` that is executable."""
    folder.mkdir(parents=True, exist_ok=True)
    pulumi = folder / "pulumi"
    pulumi.touch(mode=0o755)
    return Toolchain(pulumi=pulumi, version="3.250.0", how=how, folder=folder)


def environment(root: Path, base: dict[str, str] | None = None) -> dict[str, str]:
    """The environment of a project with a built CLI."""
    return pulumi_environment(root, a_toolchain(root / ".tools"), {"PATH": "/bin", **(base or {})})


class TestDefaults:
    """A newcomer's environment, with nothing exported."""

    def test_the_cli_comes_first_on_path(self, tmp_path: Path) -> None:
        """Our folder leads, the user's entries follow, and a second call adds nothing."""
        first = environment(tmp_path)["PATH"]
        assert first == f"{tmp_path}/.tools:/bin"
        assert environment(tmp_path, {"PATH": first})["PATH"] == first

    def test_a_path_that_finds_it_already_stays(self, tmp_path: Path) -> None:
        """The user's own `pulumi` must not pull its folder before the others."""
        found = a_toolchain(tmp_path / "usr bin", How.PATH)
        path = f"/elsewhere:{found.folder}"
        assert pulumi_environment(tmp_path, found, {"PATH": path})["PATH"] == path

    @pytest.mark.parametrize("name", ["plain", "with space", "урок", "50% #1?", "a'b\"c"])
    def test_state_is_a_url_of_any_folder(self, tmp_path: Path, name: str) -> None:
        """Whatever the folder is called, the URL leads back to it, and the folder is there."""
        root = tmp_path / name
        root.mkdir()
        url = urlsplit(local_state_url(root))
        assert (url.scheme, url.query, url.fragment) == ("file", "", "")
        assert Path(unquote(url.path)) == root / ".retrieval" / "state"
        assert (root / ".retrieval" / "state").stat().st_mode & 0o777 == 0o700

    def test_a_passphrase_is_made_once(self, tmp_path: Path) -> None:
        """It is random, long, readable by the user only, and stays the same."""
        path = Path(environment(tmp_path)["PULUMI_CONFIG_PASSPHRASE_FILE"])
        phrase = path.read_text()
        assert path.stat().st_mode & 0o777 == 0o600
        assert len(phrase.strip()) >= 40
        assert Path(environment(tmp_path)["PULUMI_CONFIG_PASSPHRASE_FILE"]).read_text() == phrase
        assert [entry.name for entry in path.parent.iterdir() if "passphrase" in entry.name] == [
            "passphrase"
        ]

    def test_two_projects_have_two_passphrases(self, tmp_path: Path) -> None:
        """No two clones share one."""
        phrases = {
            Path(environment(tmp_path / name)["PULUMI_CONFIG_PASSPHRASE_FILE"]).read_text()
            for name in "ab"
        }
        assert len(phrases) == 2

    def test_a_lost_passphrase_is_not_replaced(self, tmp_path: Path) -> None:
        """With stacks in the state, a new passphrase would open none of them."""
        environment(tmp_path)
        stacks = tmp_path / ".retrieval" / "state" / ".pulumi" / "stacks" / "retrieval"
        stacks.mkdir(parents=True)
        (stacks / "local.json").write_text("{}")
        (tmp_path / ".retrieval" / "passphrase").unlink()
        with pytest.raises(StackError, match=r"restore .*passphrase"):
            environment(tmp_path)
        assert "PULUMI_CONFIG_PASSPHRASE_FILE" not in environment(
            tmp_path, {"PULUMI_CONFIG_PASSPHRASE": "kept elsewhere"}
        )
        # The local stacks do not matter to a state that lies elsewhere.
        assert environment(tmp_path, {"PULUMI_BACKEND_URL": "s3://bucket"})

    def test_only_a_built_cli_refuses_plugin_downloads(self, tmp_path: Path) -> None:
        """An official CLI may fetch the plugins that other targets need."""
        name = "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION"
        assert environment(tmp_path)[name] == "true"
        official = a_toolchain(tmp_path / "o", How.OFFICIAL)
        assert name not in pulumi_environment(tmp_path, official, {"PATH": ""})

    def test_a_folder_that_cannot_be_made_is_told(self, tmp_path: Path) -> None:
        """Something else is in its place, or the project cannot be written."""
        (tmp_path / ".retrieval").write_text("in the way")
        with pytest.raises(StackError, match="cannot be made"):
            environment(tmp_path)


class TestTheUsersChoice:
    """What is exported wins."""

    def test_an_exported_state_stays(self, tmp_path: Path) -> None:
        """An S3 state is one exported variable away, and no local state is made for it."""
        env = environment(tmp_path, {"PULUMI_BACKEND_URL": "s3://bucket/state"})
        assert env["PULUMI_BACKEND_URL"] == "s3://bucket/state"
        assert not (tmp_path / ".retrieval" / "state").exists()

    def test_a_configured_state_yields_to_an_exported_one(self, tmp_path: Path) -> None:
        """The argument replaces the default only."""
        found = a_toolchain(tmp_path / "t")
        for base, expected in (
            ({}, "s3://configured"),
            ({"PULUMI_BACKEND_URL": "s3://exported"}, "s3://exported"),
        ):
            env = pulumi_environment(tmp_path, found, base, backend_url="s3://configured")
            assert env["PULUMI_BACKEND_URL"] == expected

    @pytest.mark.parametrize(
        "choice",
        [
            {"PULUMI_CONFIG_PASSPHRASE": "mine"},
            {"PULUMI_CONFIG_PASSPHRASE": ""},
            {"PULUMI_CONFIG_PASSPHRASE_FILE": "/secrets/phrase"},
        ],
    )
    def test_an_exported_passphrase_stays(self, tmp_path: Path, choice: dict[str, str]) -> None:
        """No file is made beside the user's own secret store; an empty passphrase counts."""
        env = environment(tmp_path, choice)
        assert {name: env[name] for name in env if "PASSPHRASE" in name} == choice
        assert not (tmp_path / ".retrieval" / "passphrase").exists()

    def test_another_clones_exports_are_not_a_choice(self, tmp_path: Path) -> None:
        """A shell that was set up for one clone must not deploy another with its state."""
        one, two = tmp_path / "one", tmp_path / "two"
        exported = environment(one)
        env = pulumi_environment(two, a_toolchain(two / ".tools"), exported)
        assert not {name for name, value in env.items() if f"{one}/.retrieval" in value}


@pytest.mark.runs("sh")
@settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(wanted=st.dictionaries(NAMES, VALUES, max_size=5), given_=st.dictionaries(NAMES, VALUES))
def test_a_shell_takes_the_export_lines(wanted: dict[str, str], given_: dict[str, str]) -> None:
    """Evaluated by a POSIX shell, the lines turn one environment into the other exactly."""
    lines = export_lines(wanted, given_)
    done = subprocess.run(
        ["sh", "-c", 'eval "$1"; env -0', "sh", lines],
        env={**given_, "PATH": "/usr/bin:/bin"},
        capture_output=True,
        check=True,
    )
    pairs = (entry.split("=", 1) for entry in done.stdout.decode().split("\0") if entry)
    assert {name: value for name, value in pairs if name.startswith("RT_")} == wanted


def test_nothing_is_exported_twice() -> None:
    """What is set already is not printed again."""
    assert export_lines({"A": "1", "B": "2"}, {"A": "1", "B": "3"}) == "export B=2\n"
