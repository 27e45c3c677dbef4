"""The serving profile, the endpoint's kind, and what keeps a stack from being applied."""

from __future__ import annotations

import re
from typing import Any

import pytest

from infra.errors import UnresolvedError
from infra.plans.endpoint import EndpointKind, endpoint_kind
from infra.plans.facts import AccountFacts, FactsOrigin, sample_facts
from infra.plans.serving import serving_profile
from infra.plans.unresolved import (
    PLACEHOLDER_AMI_ID,
    PLACEHOLDER_DIGEST,
    ami_id,
    image_reference,
    is_placeholder,
    require_resolved,
    unresolved,
)
from infra.settings.load import load_from_file
from tests.unit.plans.aws_stacks import EXAMPLES, ROOT, aws_settings

DIGEST = f"sha256:{'ab' * 32}"
AMI = "ami-0123456789abcdef0"
WHOLE: dict[str, Any] = {
    "aws": {"account_id": "123456789012"},
    "pins": {
        "gpu_ami": {"id": AMI, "driver": "595.91.07"},
        "vector_store_ami": {"id": AMI},
        "tei": {"digest": DIGEST, "image_id": DIGEST},
        "qdrant": {"digest": DIGEST, "image_id": DIGEST},
        "archives": {"agent_sha256": "ab" * 32, "gateway_sha256": "ab" * 32},
    },
}


def account_facts() -> AccountFacts:
    """Facts as of a real account."""
    return sample_facts().model_copy(update={"origin": FactsOrigin.ACCOUNT})


class TestProfile:
    """What a GPU node's model servers are."""

    def test_flags_are_those_of_the_settings(self) -> None:
        """One profile says model, commit, budgets and limits of both servers."""
        settings = aws_settings(rerank={"max_batch_tokens": 4096})
        profile = serving_profile(settings)
        text = " ".join(profile.rerank.arguments)
        assert f"--revision {settings.rerank.revision}" in text
        assert "--max-batch-tokens 4096" in text
        assert "--auto-truncate true" in text
        assert "--pooling" not in text
        assert "--pooling cls" in " ".join(profile.embed.arguments)
        assert profile.embed.port != profile.rerank.port

    def test_models_come_from_the_bucket_or_the_hub(self) -> None:
        """A folder needs no hub; with the hub the model is named."""
        assert "/models/embed" in serving_profile(aws_settings()).embed.arguments
        hub = serving_profile(aws_settings(serving={"source": "hub"}))
        assert "BAAI/bge-m3" in hub.embed.arguments

    def test_nothing_switches_flash_attention_on(self) -> None:
        """The image's own default is right on a T4, and no flag touches it."""
        profile = serving_profile(aws_settings())
        assert "flash" not in " ".join([*profile.embed.arguments, *profile.rerank.arguments])

    def test_an_image_is_by_digest(self) -> None:
        """Also a placeholder is a digest, of zeros, and says that it is one."""
        assert serving_profile(aws_settings()).image.endswith(f"turing-1.9.3@{PLACEHOLDER_DIGEST}")
        assert not serving_profile(aws_settings()).image_resolved
        profile = serving_profile(aws_settings(**WHOLE))
        assert profile.image.endswith(f"@{DIGEST}")
        assert profile.image_resolved


class TestEndpointKind:
    """Derived, or as set."""

    @pytest.mark.parametrize(
        ("raw", "kind"),
        [
            ({}, EndpointKind.DNS),
            ({"standby": {"mode": "hot"}}, EndpointKind.NLB),
            ({"gpu": {"nodes": 2}}, EndpointKind.NLB),
            ({"endpoint": {"mode": "nlb"}}, EndpointKind.NLB),
            ({"endpoint": {"mode": "dns"}}, EndpointKind.DNS),
        ],
    )
    def test_several_serving_nodes_need_the_balancer(
        self, raw: dict[str, Any], kind: EndpointKind
    ) -> None:
        """One serving node is found by name."""
        assert endpoint_kind(aws_settings(**raw)) is kind


class TestUnresolved:
    """What is missing before `up`."""

    @pytest.mark.parametrize("stack", EXAMPLES)
    def test_no_shipped_stack_can_be_applied_as_it_is(self, stack: str) -> None:
        """Account, pins and facts are missing, and the refusal lists them all with a remedy."""
        settings = load_from_file(ROOT, stack)
        with pytest.raises(UnresolvedError) as caught:
            require_resolved(settings, sample_facts())
        for setting in ("aws.account_id", "account facts", "pins.gpu_ami.id", "pins.tei.digest"):
            assert setting in caught.value.why

    def test_a_whole_stack_passes(self) -> None:
        """With everything looked up only the load runner is left to warn about."""
        settings = aws_settings(**WHOLE)
        require_resolved(settings, account_facts())
        left = unresolved(settings, account_facts())
        assert [item.setting for item in left] == ["retrieval:pins.archives.load_runner_sha256"]
        assert not left[0].blocks_up

    def test_a_shared_store_needs_no_ami_of_its_own(self) -> None:
        """What a stack does not have is not asked for."""
        settings = load_from_file(ROOT, "cheapest")
        names = [item.setting for item in unresolved(settings, sample_facts())]
        assert "retrieval:pins.vector_store_ami.id" not in names

    def test_an_ami_without_its_driver_is_not_enough(self) -> None:
        """The pair of driver and image could not be checked."""
        pins = {**WHOLE["pins"], "gpu_ami": {"id": AMI}}
        with pytest.raises(UnresolvedError, match=r"pins\.gpu_ami\.driver"):
            require_resolved(aws_settings(**{**WHOLE, "pins": pins}), account_facts())

    def test_placeholders_are_plain_to_see(self) -> None:
        """They have the right shape for a preview, and nothing but zeros in them."""
        settings = aws_settings()
        assert ami_id(settings.pins.gpu_ami) == PLACEHOLDER_AMI_ID
        assert re.fullmatch(r"ami-0{17}", PLACEHOLDER_AMI_ID)
        assert image_reference(settings.pins.qdrant).endswith(PLACEHOLDER_DIGEST)
        assert ami_id(aws_settings(**WHOLE).pins.gpu_ami) == AMI

    @pytest.mark.parametrize(
        ("identifier", "expected"),
        [
            ("vpc-00000000000000000", True),
            ("000000000000", True),
            ("vpc-0000000000000000a", False),
            ("", False),
        ],
    )
    def test_an_id_of_zeros_is_a_placeholder(self, identifier: str, expected: bool) -> None:
        """One digit that is not zero makes it an id."""
        assert is_placeholder(identifier) is expected
