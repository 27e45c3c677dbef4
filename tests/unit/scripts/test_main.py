"""The entry point: every way to end has its exit code, and nothing ends in a traceback."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

from scripts import main as entry
from scripts.main import main


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project of its own with one valid stack file."""
    (tmp_path / "Pulumi.local.yaml").write_text("config:\n  retrieval:target: local\n")
    monkeypatch.setattr(entry, "PROJECT_ROOT", tmp_path)
    return tmp_path


def ends_with(
    capsys: pytest.CaptureFixture[str], arguments: list[str], **environment: str
) -> tuple[int, str, str]:
    """Exit code, stdout and stderr of one command."""
    code = main(arguments, {"PATH": "", **environment})
    captured = capsys.readouterr()
    assert "Traceback" not in captured.out + captured.err
    return code, captured.out, captured.err


class TestUsage:
    """Wrong command lines are 64, never 2."""

    @pytest.mark.parametrize(
        ("arguments", "named"),
        [
            (["serach", "x"], "serach"),
            (["search"], "query"),
            (["search", "x", "--top-q", "3"], "--top-q"),
            (["search", "x", "--top-k", "many"], "--top-k"),
            (["settings", "--format", "xml"], "xml"),
        ],
    )
    def test_a_wrong_command_line(
        self,
        capsys: pytest.CaptureFixture[str],
        project: Path,
        arguments: list[str],
        named: str,
    ) -> None:
        """The error names what was typed and where the right words are listed."""
        code, out, err = ends_with(capsys, arguments)
        assert code == 64
        assert out == ""
        assert named in err
        assert "hint: `retrieval --help`" in err

    def test_an_unknown_variable_is_refused(
        self, capsys: pytest.CaptureFixture[str], project: Path
    ) -> None:
        """A misspelt RETRIEVAL_ variable would silently do nothing, so it is an error."""
        code, _, err = ends_with(capsys, ["settings"], RETRIEVAL_STAK="x")
        assert code == 64
        assert "RETRIEVAL_STAK" in err
        assert "RETRIEVAL_STACK" in err

    def test_help_is_no_error(self, capsys: pytest.CaptureFixture[str], project: Path) -> None:
        """`--help` lists every command on stdout."""
        code, out, _ = ends_with(capsys, ["--help"])
        assert code == 0
        for name in ("quickstart", "up", "down", "destroy", "status", "env", "index", "search"):
            assert name in out


class TestSettings:
    """`retrieval settings`."""

    def test_json_is_one_object(self, capsys: pytest.CaptureFixture[str], project: Path) -> None:
        """A machine gets the effective values with a schema version."""
        code, out, _ = ends_with(capsys, ["settings", "--format", "json"])
        body = json.loads(out)
        assert code == 0
        assert body["schema_version"] == 1
        assert body["settings"]["retrieval:search.top_k"] == 5

    def test_a_chosen_value_shows_its_default(
        self, capsys: pytest.CaptureFixture[str], project: Path
    ) -> None:
        """People see at a glance what differs from the defaults."""
        config = {"config": {"retrieval:target": "local", "retrieval:search": {"top_k": 3}}}
        (project / "Pulumi.other.yaml").write_text(yaml.safe_dump(config))
        code, out, _ = ends_with(capsys, ["settings", "--stack", "other"])
        assert code == 0
        assert "retrieval:search.top_k = 3  (default 5)" in out

    def test_wrong_settings_are_65_and_all_listed(
        self, capsys: pytest.CaptureFixture[str], project: Path
    ) -> None:
        """Every problem comes at the first try."""
        config = {"config": {"retrieval:target": "moon", "retrieval:search": {"top_q": 3}}}
        (project / "Pulumi.local.yaml").write_text(yaml.safe_dump(config))
        code, out, err = ends_with(capsys, ["settings"])
        assert (code, out) == (65, "")
        assert "retrieval:target" in err
        assert "retrieval:search.top_q" in err

    def test_an_unknown_stack_is_69(
        self, capsys: pytest.CaptureFixture[str], project: Path
    ) -> None:
        """A stack without a file names those that have one."""
        code, _, err = ends_with(capsys, ["settings"], RETRIEVAL_STACK="staging")
        assert code == 69
        assert "known: local" in err


class TestBugs:
    """What nobody expected."""

    def test_a_bug_is_70_and_asks_for_a_report(
        self,
        capsys: pytest.CaptureFixture[str],
        project: Path,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        """An unexpected exception shows its kind and how to see more."""
        monkeypatch.setattr(entry, "build_app", lambda _surroundings: 1 / 0)
        code, _, err = ends_with(capsys, ["settings"])
        assert code == 70
        assert "ZeroDivisionError" in err
        assert "RETRIEVAL_DEBUG=1" in err

    def test_an_interrupt_is_130(
        self,
        capsys: pytest.CaptureFixture[str],
        project: Path,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        """Ctrl-C ends quietly and says that the command can be repeated."""

        def interrupt(_surroundings: object) -> object:
            raise KeyboardInterrupt

        monkeypatch.setattr(entry, "build_app", interrupt)
        code, _, err = ends_with(capsys, ["settings"])
        assert code == 130
        assert "can be run again" in err


class TestDestroy:
    """`retrieval destroy`."""

    def test_data_is_not_removed_for_a_wrong_answer(
        self,
        capsys: pytest.CaptureFixture[str],
        project: Path,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        """Removing data asks for the stack's name, and anything else stops before it starts."""
        monkeypatch.setattr("typer.prompt", lambda *_args, **_kwargs: "no")
        code, _, err = ends_with(capsys, ["destroy", "--with-data"])
        assert code == 64
        assert "nothing was stopped or removed" in err

    def test_down_refuses_a_stack_that_is_not_local(
        self, capsys: pytest.CaptureFixture[str], project: Path
    ) -> None:
        """Resources that cost money are only destroyed by typing `pulumi destroy`."""
        (project / "Pulumi.prod.yaml").write_text("config:\n  retrieval:target: aws\n")
        code, _, err = ends_with(capsys, ["down", "--stack", "prod"])
        assert code == 69
        assert "pulumi destroy --stack prod" in err
