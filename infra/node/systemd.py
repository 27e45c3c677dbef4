"""Containers and services as systemd units. Pure text, and no shell in it."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator

from infra.node.specs import ContainerSpec, HostSpec, UnitSpec

SECRETS_SCRIPT = "/usr/local/sbin/retrieval-secrets"
BOOT_SCRIPT = "/usr/local/sbin/retrieval-boot"
ETC = "/etc/retrieval"
RUN = "/run/retrieval"

USER = "retrieval"
"""Whom our own services run as; it owns nothing and logs in nowhere."""

RESTART_S = 5

KILL_MARGIN_S = 15
"""Between the end of a unit's grace and systemd's own patience with it."""

SIGNAL_S = 120
"""How long the signal after a boot may take, with its retries."""


def unit_name(name: str) -> str:
    """Name of a unit file: all of ours begin alike, so that one pattern lists them."""
    return f"retrieval-{name}.service"


def container_unit(spec: ContainerSpec) -> str:
    """The unit of a container: started anew whenever it ends, its log in the journal."""
    return _unit(
        description=spec.description,
        needs="docker.service",
        service=(
            *_secrets_lines(spec),
            f"ExecStartPre=-/usr/bin/docker rm --force {spec.name}",
            f"ExecStart={_line(docker_run(spec))}",
            f"ExecStop=-/usr/bin/docker stop --time {spec.stop_grace_s} {spec.name}",
            f"TimeoutStopSec={spec.stop_grace_s + KILL_MARGIN_S}",
        ),
    )


def docker_run(spec: ContainerSpec) -> tuple[str, ...]:
    """The whole command line of a container."""
    return (
        *("/usr/bin/docker", "run", "--rm", "--name", spec.name, "--log-driver", "none"),
        *("--security-opt", "no-new-privileges"),
        *(f"--memory={spec.memory_mib}m", f"--memory-swap={spec.memory_mib}m"),
        *(f"--device={device}" for device in spec.devices),
        *(f"--publish={port.address}:{port.host}:{port.container}" for port in spec.ports),
        *(
            f"--volume={mount.source}:{mount.target}{':ro' if mount.read_only else ''}"
            for mount in spec.mounts
        ),
        *(f"--env={name}={value}" for name, value in spec.environment.items()),
        *((f"--env-file={RUN}/{spec.name}/env",) if spec.secrets else ()),
        spec.image,
        *spec.arguments,
    )


def service_unit(spec: UnitSpec) -> str:
    """The unit of one of our own programs."""
    return _unit(
        description=spec.description,
        needs="network-online.target",
        service=(
            *([] if spec.as_root else [f"User={USER}", "ProtectSystem=strict", "PrivateTmp=yes"]),
            "NoNewPrivileges=yes",
            *_secrets_lines(spec),
            *([f"EnvironmentFile={ETC}/{spec.name}.env"] if spec.environment else []),
            *([f"EnvironmentFile=-{RUN}/{spec.name}/env"] if spec.secrets else []),
            f"ExecStart={_line(spec.command)}",
            f"TimeoutStopSec={spec.stop_grace_s}",
        ),
    )


def boot_unit(host: HostSpec) -> str:
    """The unit that brings the host up, at every boot; it fails at the deadline and says so."""
    return "\n".join(
        (
            "[Unit]",
            "Description=Brings this retrieval host up",
            "After=network-online.target docker.service",
            "Wants=network-online.target",
            "",
            "[Service]",
            "Type=oneshot",
            f"ExecStart={BOOT_SCRIPT} up",
            f"ExecStopPost={BOOT_SCRIPT} signal",
            f"TimeoutStartSec={host.boot_deadline_s}",
            f"TimeoutStopSec={SIGNAL_S}",
            "",
            "[Install]",
            "WantedBy=multi-user.target",
            "",
        )
    )


def secrets_list(spec: ContainerSpec | UnitSpec) -> str:
    """What `retrieval-secrets` reads: kind, name and parameter, one secret a line."""
    return "".join(f"{each.kind.value} {each.name} {each.parameter}\n" for each in spec.secrets)


def environment_file(spec: UnitSpec) -> str:
    """Variables that are no secret, in systemd's quotes."""
    # systemd keeps everything between single quotes as it is; JSON can do without one inside.
    return "".join(
        "{}='{}'\n".format(name, value.replace("'", "\\u0027"))
        for name, value in spec.environment.items()
    )


def _secrets_lines(spec: ContainerSpec | UnitSpec) -> Iterator[str]:
    if spec.secrets:
        # `+`: as root, whoever the service runs as.
        yield f"ExecStartPre=+{SECRETS_SCRIPT} {spec.name}"


def _unit(*, description: str, needs: str, service: Iterable[str]) -> str:
    return "\n".join(
        (
            "[Unit]",
            f"Description={description}",
            f"After={needs}",
            f"Wants={needs}",
            "StartLimitIntervalSec=0",
            "",
            "[Service]",
            *service,
            "Restart=always",
            f"RestartSec={RESTART_S}",
            "",
        )
    )


def _line(words: Iterable[str]) -> str:
    """Words as systemd reads them back: it knows quotes, `%` and `$` are its own."""
    return shlex.join(words).replace("%", "%%").replace("$", "$$")
