"""Settings of the AWS target: what is refused, in whose words, and which stack files ship."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Network
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from infra.errors import SettingsError
from infra.settings import StackSettings, Target
from infra.settings.aws.compatibility import TEI_RELEASES, driver_problem
from infra.settings.aws.instances import GPU_SILICON, GpuInstanceType
from infra.settings.aws.network import is_private
from infra.settings.aws.volumes import gp3_problems
from infra.settings.base import Settings
from infra.settings.load import known_stacks, load_from_file, parse_settings

ROOT = Path(__file__).resolve().parents[3]
AWS_GROUPS = (
    "aws",
    "network",
    "gpu",
    "serving",
    "standby",
    "endpoint",
    "vector_store",
    "backup",
    "watch",
    "usage",
    "commitment",
    "pins",
)
VPC = {"vpc_id": "vpc-0123456789abcdef0", "subnet_ids": ["subnet-0123456789abcdef0"]}


def settings_of(raw: dict[str, Any]) -> StackSettings:
    """Settings of an AWS stack."""
    return parse_settings({"target": "aws", **raw}, source="a test")


def problem_of(raw: dict[str, Any]) -> str:
    """The problems of a refused AWS stack, as the operator reads them."""
    with pytest.raises(SettingsError) as caught:
        settings_of(raw)
    return caught.value.why


class TestDefaults:
    """A stack that says only where it runs."""

    def test_every_group_has_defaults(self) -> None:
        """`target: aws` alone is a valid stack."""
        assert settings_of({}).target is Target.AWS

    def test_a_local_stack_is_not_held_to_the_rules_between_groups(self) -> None:
        """What concerns AWS only does not stop a local stack."""
        raw = {"target": "local", "standby": {"mode": "hot"}, "endpoint": {"mode": "dns"}}
        assert parse_settings(raw, source="a test").target is Target.LOCAL

    @pytest.mark.parametrize("word", ["off", False])
    def test_off_may_be_written_as_yaml_reads_it(self, word: object) -> None:
        """A bare `off` in YAML is a boolean, and still means the word."""
        assert settings_of({"standby": {"mode": word}}).standby.mode.value == "off"

    def test_descriptions_say_more_than_the_name(self) -> None:
        """Every setting explains itself in a sentence."""
        short = [name for name, text in _descriptions(StackSettings) if len(text) < 15]
        assert short == []


class TestRefused:
    """Bad values: the message names the setting, the rule and the way out."""

    @pytest.mark.parametrize(
        ("raw", "parts"),
        [
            ({"aws": {"account_id": 123456789012}}, ["aws.account_id", "put it into quotes"]),
            ({"aws": {"account_id": "12345"}}, ["aws.account_id"]),
            ({"aws": {"account_id": "١٢٣٤٥٦٧٨٩٠١٢"}}, ["aws.account_id"]),
            ({"aws": {"name": "aws-retrieval"}}, ["aws", "AWS keeps for itself"]),
            ({"aws": {"tags": {"Stack": "x"}}}, ["tag Stack is written by the program"]),
            ({"aws": {"tags": {"aws:x": "x"}}}, ["begins with `aws:`"]),
            ({"aws": {"tags": {"x": "y" * 257}}}, ["longer than 256"]),
            ({"network": {"cidr": "10.0.0.1/16"}}, ["did you mean 10.0.0.0/16?"]),
            ({"network": {"cidr": 10}}, ["10 is not an IPv4 network"]),
            ({"network": {"cidr": "ten"}}, ["'ten' is not an IPv4 network"]),
            ({"network": {"cidr": "8.0.0.0/16"}}, ["is not private"]),
            ({"network": {"cidr": "10.0.0.0/8"}}, ["take /16 to /24"]),
            ({"network": {"cidr": "10.0.0.0/28"}}, ["take /16 to /24"]),
            ({"network": {"cidr": "172.17.0.0/20"}}, ["Docker's own network"]),
            ({"network": {"client_cidrs": ["0.0.0.0/0"]}}, ["nothing is opened to the internet"]),
            (
                {"network": {"cidr": "10.64.0.0/20", "client_cidrs": ["10.64.0.0/16"]}},
                ["client_cidrs 10.64.0.0/16 overlaps cidr 10.64.0.0/20"],
            ),
            ({"network": {"mode": "adopt"}}, ["vpc_id or subnet_ids is empty"]),
            ({"network": VPC}, ["mode is create, but vpc_id or subnet_ids is set"]),
            (
                {"network": {"mode": "adopt", **VPC, "cidr": "10.0.0.0/16"}},
                ["cidr would have no effect with mode adopt"],
            ),
            ({"network": {"egress": "existing"}}, ["has no way out of its own"]),
            (
                {"network": {"egress": "interface_endpoints"}, "serving": {"source": "hub"}},
                ["set serving.source to bucket"],
            ),
            ({"network": {"zones": ["eu-west-1a"]}}, ["is no zone of aws.region us-east-1"]),
            (
                {"network": {"zones": ["us-east-1a"], "vector_store_zone": "us-east-1b"}},
                ["vector_store_zone us-east-1b is not among network.zones"],
            ),
            ({"gpu": {"root_volume_gib": 50}}, ["gpu.root_volume_gib", "75"]),
            ({"gpu": {"instance_type": "g5.xlarge"}}, ["gpu.instance_type"]),
            (
                {"vector_store": {"data_volume_gib": 10, "data_volume_iops": 6000}},
                ["data_volume_iops is 6000", "to 5000 or less", "data_volume_gib to 12 or more"],
            ),
            (
                {"vector_store": {"data_volume_mib_s": 1000}},
                ["data_volume_mib_s is 1000", "to 750 or less", "data_volume_iops to 4000"],
            ),
            ({"serving": {"flash_attention": True}}, ["vectors of NaN"]),
            (
                {"standby": {"mode": "hot"}, "endpoint": {"mode": "dns"}},
                ["set endpoint.mode to nlb or auto"],
            ),
            ({"gpu": {"nodes": 2}, "endpoint": {"mode": "dns"}}, ["which names one node"]),
            (
                {"vector_store": {"placement": "shared"}},
                ["standby.mode is cold", "set standby.mode to off"],
            ),
            (
                {
                    "vector_store": {"placement": "shared"},
                    "standby": {"mode": "off"},
                    "gpu": {"nodes": 2},
                },
                ["the volume can be with one node only"],
            ),
            (
                {
                    "vector_store": {"placement": "shared"},
                    "standby": {"mode": "off"},
                    "commitment": {"vector_store": "ec2_sp_1y"},
                },
                ["there is no such machine"],
            ),
            ({"standby": {"instance_types": ["g4dn.xlarge"] * 2}}, ["names a type twice"]),
            ({"standby": {"instance_types": []}}, ["standby.instance_types"]),
            ({"vector_store": {"memory_mib": 4096}}, ["a t3.medium leaves 3584"]),
            ({"serving": {"container_memory_mib": 8192}}, ["a g4dn.xlarge has 16384"]),
            ({"passages": {"max_tokens": 4096}, "embed": {"max_batch_tokens": 2048}}, ["2048"]),
            (
                {"passages": {"max_tokens": 512}, "rerank": {"max_batch_tokens": 512}},
                ["a pair has up to 576 tokens"],
            ),
            ({"embed": {"revision": "5617a9f"}}, ["embed.revision"]),
            ({"pins": {"tei": {"tag": "turing-latest"}}}, ["is no release of the Turing image"]),
            ({"pins": {"tei": {"tag": "turing-1.9"}}}, ["is no release of the Turing image"]),
            ({"pins": {"tei": {"tag": "cuda-1.9.3"}}}, ["is no release of the Turing image"]),
            ({"pins": {"tei": {"digest": "sha256:12"}}}, ["pins.tei.digest"]),
            ({"pins": {"qdrant": {"tag": "latest"}}}, ["floats or runs as root"]),
            ({"pins": {"qdrant": {"tag": "v1.19.0"}}}, ["floats or runs as root"]),
            ({"pins": {"gpu_ami": {"id": "latest"}}}, ["pins.gpu_ami.id"]),
            ({"pins": {"gpu_ami": {"driver": "610.10.1"}}}, ["serve from the CPU"]),
            (
                {"pins": {"gpu_ami": {"driver": "595.91.07"}, "tei": {"tag": "turing-1.9.0"}}},
                ["use 1.9.3", "CUDA 13"],
            ),
            ({"endpoint": {"zone_name": "internal"}}, ["endpoint.zone_name"]),
            ({"watch": {"target_usd_month": 600}}, ["above ceiling_usd_month 500"]),
            ({"watch": {"emails": ["not an address"]}}, ["watch.emails"]),
            ({"watch": {"log_retention_days": 31}}, ["watch.log_retention_days"]),
            ({"backup": {"hour_utc": 24}}, ["backup.hour_utc"]),
        ],
    )
    def test_a_bad_setting_is_one_clear_refusal(
        self, raw: dict[str, Any], parts: list[str]
    ) -> None:
        """Each part of the message that an operator needs is there."""
        why = problem_of(raw)
        assert [part for part in parts if part not in why] == []
        assert len(why.strip().splitlines()) == 1

    def test_problems_of_several_groups_come_together(self) -> None:
        """Rules between groups are all reported at once."""
        why = problem_of({"gpu": {"nodes": 2}, "vector_store": {"placement": "shared"}})
        assert "gpu.nodes is 2" in why
        assert "standby.mode is cold" in why


class TestDriverTable:
    """Which driver serves which TEI image."""

    @pytest.mark.parametrize("driver", ["535.1.1", "550.163.01", "580.105.08", "595.91.07"])
    @pytest.mark.parametrize("release", TEI_RELEASES)
    def test_known_pairs_pass(self, release: str, driver: str) -> None:
        """Drivers of the current AMIs, and the branches of forward compatibility."""
        assert driver_problem(release, driver) is None

    @given(branch=st.integers(600, 999))
    def test_drivers_of_6xx_never_pass(self, branch: int) -> None:
        """A banner that TEI cannot read means serving from the CPU in silence."""
        assert all(driver_problem(release, f"{branch}.1.1") for release in TEI_RELEASES)

    @pytest.mark.parametrize("driver", ["470.1.1", "545.23.08", "new"])
    def test_a_branch_nobody_vouches_for_is_refused(self, driver: str) -> None:
        """Neither too old nor misspelt drivers pass."""
        assert driver_problem("1.9.3", driver)


class TestProperties:
    """Random values."""

    @given(gib=st.integers(1, 16384), iops=st.integers(3000, 16000), mib_s=st.integers(125, 1000))
    def test_a_volume_is_refused_exactly_beyond_its_ratios(
        self, gib: int, iops: int, mib_s: int
    ) -> None:
        """gp3 gives 500 operations a GiB, at least 3000, and a quarter MiB/s for each."""
        possible = (iops <= 3000 or iops <= 500 * gib) and 4 * mib_s <= iops
        assert (gp3_problems("x", gib=gib, iops=iops, mib_s=mib_s) == []) is possible

    @given(address=st.integers(0, 2**32 - 1), prefix=st.integers(0, 32))
    def test_a_network_is_taken_whole_or_refused_with_words(
        self, address: int, prefix: int
    ) -> None:
        """Whatever network is written: settings that hold it, or a message."""
        network = IPv4Network((address, prefix), strict=False)
        try:
            settings = settings_of({"network": {"cidr": str(network)}})
        except SettingsError as refused:
            assert str(network) in refused.why  # noqa: PT017 (either outcome is right)
        else:
            assert settings.network.cidr == network
            assert is_private(network)
            assert 16 <= network.prefixlen <= 24

    @given(
        raw=st.fixed_dictionaries(
            {},
            optional={
                group: st.dictionaries(
                    st.sampled_from(sorted(_members)),
                    st.one_of(
                        st.integers(-1, 20000), st.booleans(), st.text(max_size=8), st.none()
                    ),
                    max_size=3,
                )
                for group, _members in (
                    (name, StackSettings.model_fields[name].annotation.model_fields)  # pyright: ignore[reportOptionalMemberAccess, reportAttributeAccessIssue] (each is a group)
                    for name in AWS_GROUPS
                )
            },
        )
    )
    def test_any_input_gives_settings_or_a_message(self, raw: dict[str, Any]) -> None:
        """No value whatever ends in a traceback."""
        try:
            settings_of(raw)
        except SettingsError as refused:
            assert refused.why  # noqa: PT017 (either outcome is right)

    def test_silicon_is_known_for_every_type(self) -> None:
        """Each type that may be chosen has its facts."""
        assert set(GPU_SILICON) == set(GpuInstanceType)


class TestStackFiles:
    """The stack files that ship."""

    @pytest.mark.parametrize("stack", known_stacks(ROOT))
    def test_a_shipped_stack_is_valid(self, stack: str) -> None:
        """Every stack file passes its own validation."""
        assert load_from_file(ROOT, stack).target in set(Target)

    def test_the_production_stack_explains_every_setting(self) -> None:
        """Pulumi.prod.yaml names each AWS setting (but dates), so that it can be read alone."""
        config = yaml.safe_load((ROOT / "Pulumi.prod.yaml").read_text(encoding="utf-8"))["config"]
        named = set(_paths({group: config[f"retrieval:{group}"] for group in AWS_GROUPS}))
        wanted = {
            name
            for name, _ in _descriptions(StackSettings)
            if name.split(".")[0] in AWS_GROUPS and not name.endswith(("read_on", "built_on"))
        } - {"pins.vector_store_ami.driver"}
        assert wanted - named == set()

    @pytest.mark.parametrize("stack", [name for name in known_stacks(ROOT) if name != "local"])
    def test_nothing_in_a_stack_file_is_made_up(self, stack: str) -> None:
        """No stack file names an account, and no pin is resolved without a date."""
        settings = load_from_file(ROOT, stack)
        assert settings.aws.account_id == "000000000000"
        pins = settings.pins
        for pin in (pins.gpu_ami, pins.vector_store_ami, pins.tei, pins.qdrant):
            assert not pin.resolved or pin.read_on is not None


def _descriptions(model: type[Settings], prefix: str = "") -> Iterator[tuple[str, str]]:
    for name, info in model.model_fields.items():
        if isinstance(info.annotation, type) and issubclass(info.annotation, Settings):
            yield from _descriptions(info.annotation, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", info.description or ""


def _paths(tree: dict[str, Any], prefix: str = "") -> Iterator[str]:
    for name, value in tree.items():
        yield f"{prefix}{name}"
        if isinstance(value, dict):
            yield from _paths(value, f"{prefix}{name}.")
