"""Random keys in SSM SecureStrings as a component; no value is in an output."""

from __future__ import annotations

import hashlib
import json

import jwt
from pulumi import ComponentResource, Output, ResourceOptions
from pulumi_aws import ssm

from infra.components.aws.handles import AccountHandles, SecretsHandles
from infra.components.aws.random_key import RandomKey
from infra.plans.secrets import KeyPlan, ParameterPlan, SecretsPlan, Source


class Secrets(ComponentResource):
    """Walks a `SecretsPlan`: a resource per key version, a parameter per secret."""

    handles: SecretsHandles

    def __init__(
        self,
        name: str,
        plan: SecretsPlan,
        *,
        account: AccountHandles,
        opts: ResourceOptions | None = None,
    ) -> None:
        super().__init__("retrieval:aws:Secrets", name, None, opts)
        self._plan = plan
        self._values = {key: self._draw(f"{name}-{key.child}") for key in plan.keys}
        parameters = {
            each.name: ssm.Parameter(
                f"{name}-{each.child}",
                name=each.path,
                description=each.description,
                type=ssm.ParameterType.SECURE_STRING,
                key_id=account.key_id,
                value=self._value(each),
                tags=each.tags,
                opts=ResourceOptions(parent=self),
            )
            for each in plan.parameters
        }
        self.handles = SecretsHandles(
            parameter_names=plan.names,
            parameter_arns={each: parameter.arn for each, parameter in parameters.items()},
            parameters=list(parameters.values()),
        )
        self.register_outputs({"parameter_names": plan.names})

    def _draw(self, name: str) -> Output[str]:
        # The value is a secret already; said again, a mistake there could not show it.
        return Output.secret(RandomKey(name, opts=ResourceOptions(parent=self)).value)

    def _value(self, parameter: ParameterPlan) -> Output[str]:
        if parameter.key is None:
            return clients_file(self._plan, self._values)
        value = self._values[parameter.key]
        if parameter.source is Source.TOKEN:
            claims = {"access": [dict(access) for access in self._plan.search_access]}
            return value.apply(lambda key: jwt.encode(claims, key, algorithm="HS256"))
        return value


def clients_file(plan: SecretsPlan, values: dict[KeyPlan, Output[str]]) -> Output[str]:
    """The gateway's file of clients (infra/gateway/keys.py): hashes of keys, never a key.

    Args:
        plan: whose clients they are.
        values: the value of each key.
    """
    return Output.all(*(values[client.key] for client in plan.clients)).apply(
        lambda keys: json.dumps(
            {
                "keys": [
                    {
                        "name": client.name,
                        "sha256": hashlib.sha256(key.encode()).hexdigest(),
                        "scopes": list(client.scopes),
                    }
                    for client, key in zip(plan.clients, keys, strict=True)
                ]
            }
        )
    )
