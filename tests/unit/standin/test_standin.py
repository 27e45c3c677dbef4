"""The stand-in provider over gRPC, without the engine: what it answers to each call."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.protobuf.empty_pb2 import Empty
from google.protobuf.struct_pb2 import Struct
from pulumi.runtime import rpc
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc

from infra.standin.catalog import KINDS
from infra.standin.checks import check
from infra.standin.cloud import Cloud, CloudError
from infra.standin.properties import UNKNOWN, plain_struct
from infra.standin.server import Serving, serve

VPC, TEMPLATE, ROLE = (
    "aws:ec2/vpc:Vpc",
    "aws:ec2/launchTemplate:LaunchTemplate",
    "aws:iam/role:Role",
)


def struct(members: dict[str, Any]) -> Struct:
    """A property bag."""
    made = Struct()
    made.update(members)
    return made


def urn(token: str, name: str = "a") -> str:
    """A resource's identity."""
    return f"urn:pulumi:s::p::{token}::{name}"


@pytest.fixture
def serving() -> Iterator[Serving]:
    """A running stand-in."""
    with serve() as made:
        yield made


@pytest.fixture
def calls(serving: Serving) -> Iterator[Any]:
    """The calls that the engine would make, on a configured provider."""
    with grpc.insecure_channel(f"127.0.0.1:{serving.port}") as channel:
        stub = provider_pb2_grpc.ResourceProviderStub(channel)
        settings = {
            "region": "eu-west-1",
            "allowedAccountIds": '["123456789012"]',
            "defaultTags": '{"tags": {"Project": "p"}}',
        }
        stub.Configure(provider_pb2.ConfigureRequest(args=struct(settings)))
        yield stub


def checked(calls: Any, token: str, news: dict[str, Any], **more: Any) -> Any:
    """Answer of Check."""
    return calls.Check(
        provider_pb2.CheckRequest(urn=urn(token), type=token, name="a", news=struct(news), **more)
    )


def diff(calls: Any, token: str, old: dict[str, Any], new: dict[str, Any]) -> Any:
    """Answer of Diff."""
    return calls.Diff(
        provider_pb2.DiffRequest(
            urn=urn(token), type=token, old_inputs=struct(old), olds=struct(old), news=struct(new)
        )
    )


def create(calls: Any, token: str, inputs: dict[str, Any], *, preview: bool = False) -> Any:
    """Answer of Create."""
    return calls.Create(
        provider_pb2.CreateRequest(
            urn=urn(token), type=token, properties=struct(inputs), preview=preview
        )
    )


def test_it_says_what_it_is(calls: Any) -> None:
    """Its version names the SDK's and that it is not AWS."""
    info = calls.GetPluginInfo(Empty())
    assert info.version.endswith("+stand-in.not-aws")


def test_look_ups_are_refused(calls: Any) -> None:
    """There is no account to ask."""
    with pytest.raises(grpc.RpcError) as refused:
        calls.Invoke(provider_pb2.InvokeRequest(tok="aws:ec2/getAmi:getAmi"))
    assert "pass account facts in" in str(refused.value)


class TestCheck:
    """Names, tags, and what AWS would refuse."""

    def test_default_tags_are_under_own_ones(self, calls: Any) -> None:
        """A resource's own tag wins."""
        answer = checked(calls, VPC, {"cidrBlock": "10.0.0.0/16", "tags": {"Name": "n"}})
        assert plain_struct(answer.inputs)["tags"] == {"Project": "p", "Name": "n"}

    def test_a_name_is_made_once(self, calls: Any) -> None:
        """From the seed at first, and the same one afterwards."""
        first = plain_struct(checked(calls, ROLE, {}, randomSeed=b"1").inputs)
        again = checked(calls, ROLE, {}, randomSeed=b"2", olds=struct(first))
        assert first["name"].startswith("a-")
        assert plain_struct(again.inputs)["name"] == first["name"]

    def test_failures_name_the_property(self, calls: Any) -> None:
        """A network with host bits is refused where it stands."""
        (failure,) = checked(calls, VPC, {"cidrBlock": "10.0.0.1/16"}).failures
        assert (failure.property, "host bits" in failure.reason) == ("cidrBlock", True)


class TestDiff:
    """What changes in place, and what makes a new resource."""

    def test_nothing(self, calls: Any) -> None:
        """Equal inputs are no change."""
        assert diff(
            calls, VPC, {"cidrBlock": "10.0.0.0/16"}, {"cidrBlock": "10.0.0.0/16"}
        ).changes == (provider_pb2.DiffResponse.DIFF_NONE)

    def test_in_place(self, calls: Any) -> None:
        """Another tag updates."""
        answer = diff(calls, VPC, {"tags": {"a": "1"}}, {"tags": {"a": "2", "b": "3"}})
        assert list(answer.replaces) == []
        assert set(answer.detailedDiff) == {"tags.a", "tags.b"}

    def test_replacement(self, calls: Any) -> None:
        """Another network is another VPC."""
        answer = diff(calls, VPC, {"cidrBlock": "10.0.0.0/16"}, {"cidrBlock": "10.1.0.0/16"})
        assert list(answer.replaces) == ["cidrBlock"]

    def test_unknown_may_be_another(self, calls: Any) -> None:
        """A forced property that is not known yet replaces."""
        answer = diff(calls, VPC, {"cidrBlock": "10.0.0.0/16"}, {"cidrBlock": UNKNOWN})
        assert list(answer.replaces) == ["cidrBlock"]

    def test_user_data(self, calls: Any) -> None:
        """It replaces an instance only where the program says so."""
        token = "aws:ec2/instance:Instance"
        kept = diff(calls, token, {"userData": "a"}, {"userData": "b"})
        flag = {"userDataReplaceOnChange": True}
        made = diff(calls, token, {"userData": "a", **flag}, {"userData": "b", **flag})
        assert (list(kept.replaces), list(made.replaces)) == ([], ["userData"])

    def test_one_fixed_name(self, calls: Any) -> None:
        """Two of one name cannot be there at once; of made-up names they can."""
        old, new = {"name": "a", "path": "/x/"}, {"name": "a", "path": "/y/"}
        assert diff(calls, ROLE, old, new).deleteBeforeReplace
        made_up = {"__defaults": ["name"]}
        assert not diff(calls, ROLE, {**old, **made_up}, {**new, **made_up}).deleteBeforeReplace


class TestLife:
    """From creation to deletion."""

    def test_create(self, calls: Any, serving: Serving) -> None:
        """Ids and ARNs look like AWS's, and are of the account and region of the provider."""
        made = create(calls, VPC, {"cidrBlock": "10.0.0.0/16", "tags": {"a": "1"}})
        outputs = plain_struct(made.properties)
        assert outputs["arn"] == f"arn:aws:ec2:eu-west-1:123456789012:vpc/{made.id}"
        assert outputs["tagsAll"] == {"a": "1"}
        assert serving.cloud.ids(VPC) == [made.id]

    def test_a_preview_makes_nothing(self, calls: Any, serving: Serving) -> None:
        """What AWS would make up stays unknown."""
        made = create(calls, VPC, {"cidrBlock": "10.0.0.0/16"}, preview=True)
        assert (made.id, plain_struct(made.properties)["arn"]) == ("", UNKNOWN)
        assert serving.cloud.ids(VPC) == []

    def test_secrets_come_back_as_they_went(self, calls: Any) -> None:
        """The wrapper of a secret is not touched."""
        secret = {rpc._special_sig_key: rpc._special_secret_sig, "value": "x"}
        made = create(calls, "aws:ssm/parameter:Parameter", {"name": "/a", "value": secret})
        assert made.properties.fields["value"] == struct({"value": secret}).fields["value"]

    def test_two_of_one_name(self, calls: Any) -> None:
        """The second is refused, as AWS does."""
        create(calls, ROLE, {"name": "r"})
        with pytest.raises(grpc.RpcError) as refused:
            create(calls, ROLE, {"name": "r"})
        assert "exists already" in str(refused.value)

    def test_versions_count_changes_of_substance(self, calls: Any) -> None:
        """A launch template's version moves with its data, not with its tags."""
        made = create(calls, TEMPLATE, {"name": "t", "imageId": "ami-1"})

        def update(old: dict[str, Any], new: dict[str, Any]) -> Any:
            answer = calls.Update(
                provider_pb2.UpdateRequest(
                    urn=urn(TEMPLATE),
                    type=TEMPLATE,
                    id=made.id,
                    olds=made.properties,
                    old_inputs=struct(old),
                    news=struct(new),
                )
            )
            return plain_struct(answer.properties)["latestVersion"]

        assert update({"imageId": "ami-1"}, {"imageId": "ami-2"}) == 2
        assert update({"imageId": "ami-1"}, {"imageId": "ami-1", "tags": {"a": "1"}}) == 1

    def test_what_is_gone_reads_as_gone(self, calls: Any, serving: Serving) -> None:
        """A refresh of a removed resource gets an empty id."""
        made = create(calls, VPC, {"cidrBlock": "10.0.0.0/16"})
        request = provider_pb2.ReadRequest(id=made.id, urn=urn(VPC), type=VPC)
        assert calls.Read(request).id == made.id
        serving.cloud.delete(VPC, made.id)
        assert calls.Read(request).id == ""


class TestCloud:
    """The imagined account."""

    def test_it_outlives_the_process(self, tmp_path: Path) -> None:
        """Two runs share a file; identities never come twice."""
        first = Cloud(tmp_path / "cloud.json")
        one = first.identity("u")
        first.create(VPC, "vpc-1", "u")
        second = Cloud(tmp_path / "cloud.json")
        assert second.has(VPC, "vpc-1")
        assert second.identity("u") != one

    def test_told_to_fail(self) -> None:
        """Once, for one type."""
        cloud = Cloud()
        cloud.fail_next(VPC)
        with pytest.raises(CloudError, match="told to fail"):
            cloud.create(VPC, "vpc-1", "u")
        cloud.create(VPC, "vpc-1", "u")


@pytest.mark.parametrize(
    ("token", "inputs", "wrong"),
    [
        ("aws:lb/loadBalancer:LoadBalancer", {"name": "x" * 33}, "name"),
        ("aws:s3/bucket:Bucket", {"bucket": "Capital"}, "bucket"),
        ("aws:ec2/subnet:Subnet", {"cidrBlock": "10.0.0.0/29"}, "cidrBlock"),
        ("aws:ebs/volume:Volume", {"type": "gp3", "size": 200.0, "iops": 90000.0}, "iops"),
        ("aws:ebs/volume:Volume", {"type": "gp3", "size": 20.0, "iops": 12000.0}, "iops"),
        (
            "aws:ebs/volume:Volume",
            {"type": "gp3", "size": 50.0, "iops": 3000.0, "throughput": 1000.0},
            "throughput",
        ),
        (TEMPLATE, {"userData": "not base64!"}, "userData"),
        (
            "aws:autoscaling/group:Group",
            {"minSize": 2.0, "maxSize": 1.0, "launchTemplate": {}},
            "minSize",
        ),
        ("aws:autoscaling/group:Group", {"minSize": 0.0, "maxSize": 1.0}, "launchTemplate"),
        ("aws:iam/rolePolicy:RolePolicy", {"policy": "{}"}, "policy"),
        ("aws:iam/role:Role", {"assumeRolePolicy": "no"}, "assumeRolePolicy"),
        ("aws:ssm/parameter:Parameter", {"name": "/a", "value": "x" * 4097}, "value"),
        ("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule", {}, "cidrIpv4"),
        (VPC, {"tags": {"aws:x": "1"}}, "tags.aws:x"),
    ],
)
def test_refused_inputs(token: str, inputs: dict[str, Any], wrong: str) -> None:
    """Each mistake is found at its property, and only there."""
    assert [failure.property for failure in check(token, inputs)] == [wrong]


@pytest.mark.parametrize("token", sorted(KINDS))
def test_unknown_inputs_pass(token: str) -> None:
    """Nothing is refused for not being known yet, and every type can be made from it."""
    names = ("name", "cidrBlock", "policy", "userData", "value", "bucket")
    found = check(token, dict.fromkeys(names, UNKNOWN))
    shape = {"launchTemplate", "cidrIpv4"}
    assert {failure.property for failure in found} <= shape
