"""Plugins that tests lay where Python looks for distributions, as pip would."""

from __future__ import annotations

import tomllib
from pathlib import Path

from artgen.testing.skeleton.naming import SkeletonKind, names_of
from artgen.testing.skeleton.writing import write_plugin


def lay(
    folder: Path, name: str, entry_points: dict[str, dict[str, str]], *, version: str = "1.0", **modules: str
) -> Path:
    """A distribution of single modules; returns what is to be on the path."""
    folder.mkdir(parents=True, exist_ok=True)
    info = folder / f"{name.replace('-', '_')}-{version}.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n", encoding="utf-8")
    (info / "entry_points.txt").write_text(_listed(entry_points), encoding="utf-8")
    for module, text in modules.items():
        (folder / f"{module}.py").write_text(text, encoding="utf-8")
    return folder


def lay_new(folder: Path, name: str, kind: SkeletonKind) -> Path:
    """What ``artgen plugins new`` writes, with the metadata that installing it would leave."""
    names = names_of(name, kind)
    write_plugin(names, folder)
    place = folder / names.distribution
    metadata(place)
    return place


def metadata(place: Path) -> None:
    """What installing the distribution of a folder would leave, beside its package."""
    project = tomllib.loads((place / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    lay(place, project["name"], project["entry-points"], version=project["version"])


def _listed(groups: dict[str, dict[str, str]]) -> str:
    lines = [
        f"[{group}]\n" + "".join(f"{name} = {value}\n" for name, value in e.items()) for group, e in groups.items()
    ]
    return "\n".join(lines)
