"""Policy documents of CI: who trusts whom, what a preview reads, what a deployment changes.

Pure text, golden-tested. The deploy role's permissions come from the table of needs; what cannot
come from it is in `fixed.py`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping

from infra.plans.bootstrap.account import MADE_OURS, OURS, Account
from infra.plans.bootstrap.fixed import (
    ISSUER,
    artifacts,
    launch,
    never,
    read_state,
    roles_of_stacks,
    tag_rules,
    write_state,
)
from infra.plans.bootstrap.look_ups import unnarrowed
from infra.plans.bootstrap.needs import ACCOUNT_LOOK_UPS, CREATES_WITHOUT_ARN, Area, Needs
from infra.plans.bootstrap.needs_data import DATA
from infra.plans.bootstrap.needs_machines import MACHINES
from infra.plans.bootstrap.needs_network import NETWORK
from infra.plans.bootstrap.needs_watch import IDENTITY, WATCH
from infra.plans.iam import Conditions, PolicyDocument, Statement, statements_of

ACTIONS: Mapping[str, Needs] = {**NETWORK, **MACHINES, **DATA, **IDENTITY, **WATCH}
"""Resource type to what the deploy role needs for it."""

AUDIENCE = "sts.amazonaws.com"


def github_trust(account: Account, subjects: tuple[str, ...]) -> PolicyDocument:
    """Jobs of GitHub whose token names exactly one of the subjects."""
    return PolicyDocument(
        statements=(
            Statement(
                sid="TheseJobsOfGitHub",
                actions=("sts:AssumeRoleWithWebIdentity",),
                resources=(),
                principals={"Federated": (account.iam("oidc-provider", ISSUER),)},
                conditions={"StringEquals": {f"{ISSUER}:aud": AUDIENCE, f"{ISSUER}:sub": subjects}},
            ),
        )
    )


def preview_documents(account: Account) -> dict[str, PolicyDocument]:
    """Read what a preview compares with; no data, no parameter's value, no change."""
    return {
        "read": statements_of(_descriptions(), _looks(account), read_state(account)),
    }


def deploy_documents(account: Account, *, require_boundary: bool) -> dict[str, PolicyDocument]:
    """What an `up` or a destroy of a stack does, one document per area, within IAM's sizes."""
    own = {
        Area.NETWORK: tag_rules(account, NETWORK, "Network"),
        Area.MACHINES: [*launch(account), *tag_rules(account, MACHINES, "Machine")],
        Area.DATA: [*artifacts(account), *write_state(account)],
        Area.IDENTITY: roles_of_stacks(account, require_boundary=require_boundary),
        Area.WATCH: iter(()),
    }
    documents = {
        area.value: statements_of(_changes(account, area), iter(own[area])) for area in Area
    }
    documents["read"] = statements_of(_descriptions(), _looks(account))
    documents["never"] = statements_of(never(account))
    return documents


def _changes(account: Account, area: Area) -> Iterator[Statement]:
    """Creations and changes of an area, one statement per service and condition.

    An action applies to its own kinds of resources only, so that the union of ARNs opens nothing.
    """
    groups: dict[tuple[str, str], tuple[set[str], set[str]]] = {}
    for needs in ACTIONS.values():
        if needs.area is not area:
            continue
        for how, actions in _kinds(needs):
            service = needs.arns[0].split(":")[2]
            allowed, arns = groups.setdefault((service, how), (set(), set()))
            allowed.update(actions)
            arns.update(account.arn(each) for each in needs.arns)
    conditions: dict[str, Conditions] = {
        "Make": MADE_OURS,
        "MakeTagged": MADE_OURS,
        "MakeUnnamed": {},
        "Change": OURS,
        "ByName": {},
    }
    for (service, how), (allowed, arns) in groups.items():
        sid, actions = f"{how}{service.capitalize()}", tuple(sorted(allowed))
        if how in {"MakeTagged", "MakeUnnamed"}:
            yield unnarrowed(sid, actions, conditions[how])
        else:
            yield Statement(
                sid=sid,
                actions=actions,
                resources=tuple(sorted(arns)),
                conditions=conditions[how],
            )


def _kinds(needs: Needs) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Actions by what narrows them: the request's tag, the resource's tag, a name, nothing."""
    unnamed = tuple(each for each in needs.creates if each in CREATES_WITHOUT_ARN)
    named = tuple(each for each in needs.creates if each not in CREATES_WITHOUT_ARN)
    for how, actions in (
        ("MakeTagged" if needs.tagged else "MakeUnnamed", unnamed),
        ("Make" if needs.tagged else "ByName", named),
        ("Change" if needs.tagged else "ByName", needs.changes),
    ):
        if actions:
            yield how, actions


def _descriptions() -> Iterator[Statement]:
    reads = {action for needs in ACTIONS.values() for action in needs.reads}
    yield unnarrowed("DescriptionsTakeNoResource", tuple(sorted({*reads, *ACCOUNT_LOOK_UPS})))


def _looks(account: Account) -> Iterator[Statement]:
    """Reads of named resources, one statement per service."""
    groups: dict[str, tuple[set[str], set[str]]] = defaultdict(lambda: (set(), set()))
    for needs in ACTIONS.values():
        if needs.looks:
            actions, arns = groups[needs.looks[0].split(":")[0]]
            actions.update(needs.looks)
            arns.update(account.arn(each) for each in needs.arns)
    for service, (actions, arns) in groups.items():
        yield Statement(
            sid=f"Look{service.capitalize()}",
            actions=tuple(sorted(actions)),
            resources=tuple(sorted(arns)),
        )
