"""``artgen info``: versions and devices, for bug reports and for knowing what a job will run on."""

from __future__ import annotations

import importlib.metadata
import json
import os
import platform
import re
from typing import Any

import click

import artgen


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")
def info(as_json: bool) -> None:
    """Show versions and devices."""
    told: dict[str, Any] = {
        "artgen": artgen.__version__,
        "python": platform.python_version(),
        "platform": platform.platform(),
        "processors": _processors(),
        "packages": _packages(),
        "devices": _devices(),
    }
    if as_json:
        click.echo(json.dumps(told, indent=2))
        return
    for key in ("artgen", "python", "platform", "processors"):
        click.echo(f"{key:12}{told[key]}")
    click.echo("packages")
    for name, version in _packages().items():
        click.echo(f"  {name:18}{version}")
    click.echo("devices")
    for device in told["devices"]:
        click.echo(f"  {device['name']:18}{device['what']}")


def _processors() -> int:
    """How many this process may use, which under a container or a scheduler is fewer than there are."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _packages() -> dict[str, str]:
    try:
        wanted = importlib.metadata.requires("artgen-toolkit") or []
    except importlib.metadata.PackageNotFoundError:
        return {}
    names = [re.split(r"[^A-Za-z0-9_.-]", need, maxsplit=1)[0] for need in wanted if "extra ==" not in need]
    return {name: _version(name) for name in sorted(names)}


def _version(name: str) -> str:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return "not installed"


def _devices() -> list[dict[str, Any]]:
    try:
        import torch
    except ImportError as error:
        return [{"name": "none", "what": f"torch cannot be imported: {error}"}]
    devices: list[dict[str, Any]] = [{"name": "cpu", "what": f"{torch.get_num_threads()} threads"}]
    if torch.backends.mps.is_available():
        devices.append({"name": "mps", "what": "Apple GPU"})
    for index in range(torch.cuda.device_count()):
        card = torch.cuda.get_device_properties(index)
        devices.append({"name": f"cuda:{index}", "what": f"{card.name}, {card.total_memory / 2**30:.0f} GiB"})
    return devices
