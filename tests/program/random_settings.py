"""Random settings of an AWS stack: valid ones, ones with a known mistake, and plain nonsense."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from infra.settings import StackSettings
from infra.settings.load import known_keys
from tests.program.example_stacks import PINS, merged

Groups = dict[str, Any]

_WORD = st.from_regex(r"[a-z][a-z0-9-]{0,10}[a-z0-9]", fullmatch=True)
_CLIENT_GROUPS = st.lists(
    st.from_regex(r"sg-[0-9a-f]{17}", fullmatch=True), unique=True, max_size=4
)


def _group(**members: st.SearchStrategy[Any]) -> st.SearchStrategy[Groups]:
    """A group in which any member may be left to its default."""
    return st.fixed_dictionaries({}, optional=members)


_AWS = _group(
    name=_WORD.filter(
        lambda name: not name.startswith(("amzn", "aws", "internal", "ssm", "sthree"))
    ),
    owner=st.sampled_from(["", "platform", "search team"]),
    tags=st.dictionaries(_WORD.map(lambda word: f"x-{word}"), _WORD, max_size=5),
    customer_key=st.booleans(),
)
_NETWORK = _group(
    cidr=st.sampled_from(["10.64.0.0/20", "10.0.0.0/16", "192.168.0.0/20", "172.20.0.0/18"]),
    zones=st.sampled_from([[], ["us-east-1a", "us-east-1b"], ["us-east-1d"]]),
    client_security_group_ids=_CLIENT_GROUPS,
    client_cidrs=st.sampled_from([[], ["10.99.0.0/16"], ["10.99.0.0/16", "10.100.1.0/24"]]),
    flow_logs=st.booleans(),
)
_GPU = _group(
    instance_type=st.sampled_from(["g4dn.xlarge", "g4dn.2xlarge", "g4dn.4xlarge"]),
    root_volume_gib=st.integers(75, 1000),
    boot_deadline_s=st.integers(900, 1500),
)
_STORE = _group(
    instance_type=st.sampled_from(["t3.medium", "t3.large", "t3.xlarge"]),
    data_volume_gib=st.integers(20, 4000),
    root_volume_gib=st.integers(20, 200),
)
_WATCH = _group(
    emails=st.sampled_from([[], ["ops@example.org"], ["a@example.org", "b@example.org"]]),
    log_retention_days=st.sampled_from([7, 30, 90]),
)
_BACKUP = _group(ebs_snapshots_kept=st.integers(0, 14))

# Nodes, standby, endpoint and placement depend on each other; these pairs fit.
_SHAPES = st.sampled_from(
    [
        {},
        {"standby": {"mode": "off"}},
        {"standby": {"mode": "off"}, "vector_store": {"placement": "shared"}},
        {"standby": {"mode": "hot"}},
        {"standby": {"mode": "cold"}, "endpoint": {"mode": "nlb"}},
        {"gpu": {"nodes": 3}},
        {"standby": {"mode": "off"}, "network": {"egress": "interface_endpoints"},
         "endpoint": {"mode": "nlb"}},
    ]
)  # fmt: skip


def _whole(parts: tuple[Groups, ...]) -> Groups:
    *groups, shape, pinned = parts
    names = ("aws", "network", "gpu", "vector_store", "watch", "backup")
    made: Groups = {"target": "aws", **dict(zip(names, groups, strict=True))}
    if pinned:
        made["pins"] = dict(PINS)
    # The ceiling is another test's: here a plan may cost what it costs.
    return merged(merged(made, shape), {"watch": {"ceiling_usd_month": 90000}})


valid_groups: st.SearchStrategy[Groups] = st.tuples(
    _AWS, _NETWORK, _GPU, _STORE, _WATCH, _BACKUP, _SHAPES, st.booleans()
).map(_whole)
"""Settings that every rule should accept."""

MISTAKES: dict[str, Groups] = {
    "account id as a number": {"aws": {"account_id": 123456789012}},
    "account id too short": {"aws": {"account_id": "12345"}},
    "reserved tag": {"aws": {"tags": {"Stack": "mine"}}},
    "name with capitals": {"aws": {"name": "Retrieval"}},
    "no region": {"aws": {"region": "east"}},
    "network with host bits": {"network": {"cidr": "10.64.0.1/20"}},
    "network too small": {"network": {"cidr": "10.64.0.0/28"}},
    "network of clients overlaps": {
        "network": {"cidr": "10.64.0.0/20", "client_cidrs": ["10.64.0.0/16"]}
    },
    "the internet as a client": {"network": {"client_cidrs": ["0.0.0.0/0"]}},
    "unknown zone": {"network": {"zones": ["us-east-1z"]}},
    "zone without the type": {"network": {"zones": ["us-east-1e"]}},
    "adopt without ids": {"network": {"mode": "adopt", "vpc_id": "", "subnet_ids": []}},
    "no GPU": {"gpu": {"instance_type": "m5.xlarge"}},
    "no nodes": {"gpu": {"nodes": 0}},
    "root volume below the image": {"gpu": {"root_volume_gib": 20}},
    "gp3 operations": {"vector_store": {"data_volume_iops": 200000}},
    "gp3 operations for the size": {
        "vector_store": {"data_volume_gib": 20, "data_volume_iops": 16000}
    },
    "gp3 throughput": {"vector_store": {"data_volume_mib_s": 5000}},
    "shared store with a standby": {
        "vector_store": {"placement": "shared"},
        "standby": {"mode": "cold"},
    },
    "hot standby behind dns": {"standby": {"mode": "hot"}, "endpoint": {"mode": "dns"}},
    "nodes behind dns": {"gpu": {"nodes": 2}, "endpoint": {"mode": "dns"}},
    "unknown standby": {"standby": {"mode": "warm"}},
    "floating tag of TEI": {"pins": {"tei": {"tag": "turing-latest"}}},
    "floating tag of Qdrant": {"pins": {"qdrant": {"tag": "latest"}}},
    "driver that TEI does not know": {"pins": {"gpu_ami": {"driver": "610.12.01"}}},
    "short digest": {"pins": {"tei": {"digest": "sha256:abc"}}},
    "short commit": {"embed": {"revision": "5617a9f"}},
    "graphics memory": {
        "serving": {"dtype": "float32"},
        "embed": {"max_batch_tokens": 16384},
        "rerank": {"max_batch_tokens": 16384},
    },
    "flash attention on a T4": {"serving": {"flash_attention": True}},
    "no mail address": {"watch": {"emails": ["ops"]}},
    "ceiling below the plan": {
        "gpu": {"instance_type": "g4dn.xlarge"},  # a type without a price holds no ceiling
        "watch": {"ceiling_usd_month": 50, "target_usd_month": 40},
    },
    "misspelt member": {"gpu": {"node": 1}},
    "misspelt group": {"gpus": {}},
}
"""One mistake each, by what it is."""

_NONSENSE = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False),
    st.text(max_size=20),
    st.lists(st.integers(), max_size=2),
    st.dictionaries(st.text(max_size=5), st.integers(), max_size=2),
)
_KEYS = sorted(key for key in known_keys(StackSettings) if key != "target")


@st.composite
def _with_nonsense(draw: st.DrawFn) -> Groups:
    groups = draw(valid_groups)
    for key in draw(st.lists(st.sampled_from(_KEYS), min_size=1, max_size=3)):
        patch: Any = draw(_NONSENSE)
        for step in reversed(key.split(".")):
            patch = {step: patch}
        groups = merged(groups, patch)
    return groups


nonsense_groups: st.SearchStrategy[Groups] = _with_nonsense()
"""Valid settings with random values at one to three keys."""

mistaken_groups: st.SearchStrategy[tuple[str, Groups]] = st.tuples(
    st.sampled_from(sorted(MISTAKES)), valid_groups
).map(lambda pair: (pair[0], merged(pair[1], MISTAKES[pair[0]])))
"""Valid settings with one mistake of the table."""
