"""A host as cloud-init user data: files, units, one command that starts the boot unit.

User data is readable by everyone who may describe the instance, so no secret is ever in it.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator
from importlib import resources
from typing import Any

import yaml

from infra.errors import InternalError, PlanError
from infra.node.specs import HostSpec
from infra.node.systemd import (
    BOOT_SCRIPT,
    ETC,
    SECRETS_SCRIPT,
    USER,
    boot_unit,
    container_unit,
    environment_file,
    secrets_list,
    service_unit,
    unit_name,
)

USER_DATA_MAX = 16 * 1024
"""Bytes that EC2 takes, before base64."""

SCHEMA_VERSION = 1
"""Of node.json, which the node agent reads."""


def render_gpu_host(spec: HostSpec) -> str:
    """User data of a GPU node.

    Raises:
        InternalError: the host has no GPU, or nobody to tell that it serves.
        PlanError: the text is longer than EC2 takes.
    """
    if not spec.has_gpu or spec.signal is None:
        raise InternalError(
            f"the host {spec.role} is no GPU node of a group",
            why="it has no GPU or no launch signal, without which its group gives it up",
            remedy="build it with `gpu_host`",
        )
    return _render(spec)


def render_vector_store(spec: HostSpec) -> str:
    """User data of a dedicated vector store.

    Raises:
        InternalError: it has no data volume.
        PlanError: the text is longer than EC2 takes.
    """
    if spec.data_volume is None:
        raise InternalError(
            f"the host {spec.role} has no data volume",
            why="Qdrant's data would be on the root volume and end with the host",
            remedy="build it with `vector_store_host`",
        )
    return _render(spec)


def _render(spec: HostSpec) -> str:
    document: dict[str, Any] = {
        **({"packages": list(spec.packages)} if spec.packages else {}),
        "users": ["default", {"name": USER, "system": True, "shell": "/usr/sbin/nologin"}],
        "write_files": [
            {"path": path, "permissions": mode, "content": content}
            for path, mode, content in _files(spec)
        ],
        "runcmd": [
            ["systemctl", "daemon-reload"],
            ["systemctl", "enable", "--now", "--no-block", unit_name("boot")],
        ],
    }
    text = "#cloud-config\n" + yaml.dump(document, Dumper=_Dumper, sort_keys=False, width=1000)
    size = len(text.encode())
    if size > USER_DATA_MAX:
        raise PlanError(
            f"the user data of a {spec.role} node has {size} bytes",
            why=f"EC2 takes {USER_DATA_MAX}; most of it are the gateway's settings",
            remedy="shorten long settings of the gateway, such as "
            "retrieval:gateway.embed_aliases and retrieval:gateway.rerank_aliases",
        )
    return text


def _files(spec: HostSpec) -> Iterator[tuple[str, str, str]]:
    """Path, permissions and content of everything that is written."""
    yield f"{ETC}/boot.env", "0644", _boot_env(spec)
    yield f"{ETC}/artifacts", "0644", _artifacts(spec)
    yield f"{ETC}/node.json", "0644", _node_json(spec)
    yield BOOT_SCRIPT, "0755", _script("boot.sh")
    yield SECRETS_SCRIPT, "0755", _script("secrets.sh")
    if spec.has_gpu:
        # A driver that is upgraded under a loaded module takes the GPU away until a reboot.
        off = 'APT::Periodic::Update-Package-Lists "0";\nAPT::Periodic::Unattended-Upgrade "0";\n'
        yield "/etc/apt/apt.conf.d/99-retrieval", "0644", off
    for unit in (*spec.containers, *spec.units):
        if unit.secrets:
            yield f"{ETC}/secrets/{unit.name}", "0644", secrets_list(unit)
    for service in spec.units:
        if service.environment:
            yield f"{ETC}/{service.name}.env", "0644", environment_file(service)
    folder = "/etc/systemd/system"
    yield f"{folder}/{unit_name('boot')}", "0644", boot_unit(spec)
    for container in spec.containers:
        yield f"{folder}/{unit_name(container.name)}", "0644", container_unit(container)
    for service in spec.units:
        yield f"{folder}/{unit_name(service.name)}", "0644", service_unit(service)


def _boot_env(spec: HostSpec) -> str:
    volume, signal = spec.data_volume, spec.signal
    facts = {
        "REGION": spec.region,
        "BUCKET": spec.bucket,
        "GPU": "yes" if spec.has_gpu else "no",
        "DATA_VOLUME": spec.ids.get("data_volume", "") if volume else "",
        "DATA_TAG": volume.tag if volume else "",
        "DATA_MOUNT": volume.mount if volume else "",
        "DATA_OWNER": str(volume.owner) if volume else "",
        "ATTACH": "yes" if volume and volume.attach else "no",
        "GROUP": signal.group if signal else "",
        "HOOK": signal.hook if signal else "",
        "READY_URL": spec.ready_url,
        "UNITS": " ".join(unit_name(each.name) for each in (*spec.containers, *spec.units)),
    }
    return "".join(f"{name}={shlex.quote(value)}\n" for name, value in facts.items())


def _artifacts(spec: HostSpec) -> str:
    """What the boot script fetches, one thing a line, in the order in which it is needed."""
    return "".join(
        (
            *(f"image {each.reference} {each.key or '-'}\n" for each in spec.images),
            *(f"model {each.prefix} {each.folder}\n" for each in spec.models),
            *(f"archive {each.sha256} {each.key} {each.folder}\n" for each in spec.archives),
        )
    )


def _node_json(spec: HostSpec) -> str:
    """What the node agent is told: who it is, what to look after, ids of what is around it."""
    told = {
        "schema_version": SCHEMA_VERSION,
        "role": spec.role,
        "region": spec.region,
        "facts": dict(spec.facts),
        "ids": dict(spec.ids),
        "health": {
            unit_name(each.name): {
                "url": each.health.url,
                "timeout_s": each.health.timeout_s,
                "failures": each.health.failures,
            }
            for each in (*spec.containers, *spec.units)
            if each.health is not None
        },
    }
    return json.dumps(told, indent=1, sort_keys=True) + "\n"


def _script(name: str) -> str:
    return resources.files("infra.node").joinpath("data", name).read_text("utf-8")


class _Dumper(yaml.SafeDumper):
    """Writes texts of several lines as they are, so that a golden can be read."""


def _text(dumper: yaml.SafeDumper, value: str) -> yaml.ScalarNode:
    style = "|" if "\n" in value else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=style)


_Dumper.add_representer(str, _text)
