"""For each rule a stack that passes and deliberately bad ones, as data."""

from __future__ import annotations

from infra.policy.rules import types
from tests.unit.policy.case import Case, of
from tests.unit.policy.cases_identity import IDENTITY, PLAINTEXT
from tests.unit.policy.cases_machines import DISKS, MACHINES, MAPPING
from tests.unit.policy.cases_network import NETWORK
from tests.unit.policy.cases_storage import KEEPING, STORAGE
from tests.unit.policy.given import Given

_GPU = (
    Given(
        type=types.TEMPLATE,
        name="template",
        props={
            "instanceType": "g4dn.xlarge",
            "blockDeviceMappings": [MAPPING],
            "networkInterfaces": [{"associatePublicIpAddress": "true"}],
        },
    ),
    Given(
        type=types.GROUP,
        name="group",
        props={"minSize": 1, "maxSize": 2, "desiredCapacity": 1},
        uses={"launchTemplate": ["template"]},
    ),
)

MONEY = [
    Case("monthly-ceiling", "under it", _GPU, config={"ceiling_usd_month": 500}),
    Case(
        "monthly-ceiling",
        "above it",
        _GPU,
        "cost $394.03 a month, $94.03 above the ceiling of $300.00",
        config={"ceiling_usd_month": 300},
    ),
    Case("everything-priced", "all of it", _GPU, config={"ceiling_usd_month": 500}),
    Case(
        "everything-priced",
        "a type that nobody priced",
        of("aws:rds/instance:Instance"),
        "1 of 1 that cost money have no price (it: nobody priced aws:rds/instance:Instance)",
        config={"ceiling_usd_month": 500},
    ),
]

CASES = [*NETWORK, *MACHINES, *DISKS, *IDENTITY, *PLAINTEXT, *STORAGE, *KEEPING, *MONEY]
