"""From templates to the files of a new plugin."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from string import Template

import tomli

from artgen.errors import DiskError, JobError
from artgen.registry import PLURALS
from artgen.testing.pictures import copy_pictures
from artgen.testing.skeleton.naming import WHERE, Names, SkeletonKind

_NAME = re.compile(r"\b[A-Z]\w*")
_TEMPLATES = Path(__file__).with_name("templates")
_TOLD = {
    "plugin.py": "what artgen is told: names, nothing is imported",
    "config.py": "the options of {kind} tables in jobs, read without torch",
    "test_conformance.py": "what artgen asks of every {kind}",
    "job.toml": "a job that uses it",
}


def write_plugin(names: Names, folder: Path) -> list[Path]:
    """Write a distribution into a new folder named like it.

    Args:
        folder: where the new one is made.

    Returns:
        What was written, relative to the new folder; the example's pictures are one entry.

    Raises:
        JobError: there is something of that name.
        DiskError: it cannot be written.
    """
    place = folder / names.distribution
    if place.exists():
        raise JobError(f"{place} is there already", where=WHERE, hint="Choose another name, or move it away.")
    files = dict(_files(names))
    try:
        for path, text in files.items():
            file = place / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8", newline="\n")
        copy_pictures(place / "example" / "pictures")
    except OSError as error:
        raise DiskError(f"cannot be written: {error.strerror}", where=str(error.filename or place)) from error
    return [*files, Path("example/pictures")]


def _files(names: Names) -> Iterator[tuple[Path, str]]:
    """Each file's path and text."""
    kind, package = names.kind, Path(names.package)
    sources = {
        Path("pyproject.toml"): "common/pyproject.toml",
        Path(".gitignore"): "common/gitignore",
        **_package(package, kind),
        Path("tests/conftest.py"): "common/conftest.py",
        Path("tests/test_conformance.py"): "common/test_conformance.py",
        Path(f"tests/test_{kind}.py"): f"{kind}/test.py",
        Path("example/job.toml"): f"{kind}/job.toml",
        Path("README.md"): "common/README.md",
    }
    words = _words(names, list(sources))
    yield package / "__init__.py", f'"""{words["summary"]}: a plugin for artgen."""\n'
    yield package / "py.typed", ""
    for path, template in sources.items():
        yield path, Template(_read(template)).substitute(words)


def _package(package: Path, kind: SkeletonKind) -> dict[Path, str]:
    if kind == "preset":
        return {package / "plugin.py": "preset/plugin.py", package / "preset.toml": "preset/preset.toml"}
    if kind == "command":
        return {package / "command.py": "command/command.py"}
    return {
        package / "plugin.py": "common/plugin.py",
        package / "config.py": f"{kind}/config.py",
        package / f"{kind}.py": f"{kind}/{kind}.py",
    }


def _words(names: Names, paths: list[Path]) -> dict[str, str]:
    """What stands for what in the templates."""
    about = tomli.loads(_read(f"{names.kind}/about.toml", suffix=""))
    command = names.kind == "command"
    return {
        "kind": names.kind,
        "name": names.name,
        "distribution": names.distribution,
        "package": names.package,
        "module": names.kind,
        "class_name": names.class_name(_names_in(names.kind)),
        "plural": names.kind if names.kind == "command" else PLURALS[names.kind],
        "group": "artgen.commands" if command else "artgen",
        "entry": f'{names.name} = "{names.package}.command:show_colours"'
        if command
        else f'{names.name} = "{names.package}.plugin"',
        "summary": about["summary"],
        "about": about["about"],
        "usage": _usage(names, about["job"]),
        "files": "\n".join(f"| `{path.as_posix()}` | {_told(path, names.kind)} |" for path in paths if _is_told(path)),
    }


def _names_in(kind: SkeletonKind) -> set[str]:
    """What is called something in the files of a kind, and what else is written like it there."""
    files = (_TEMPLATES / kind).glob("*.py.txt")
    return {name for file in files for name in _NAME.findall(file.read_text(encoding="utf-8"))}


def _usage(names: Names, job: str) -> str:
    if names.kind == "command":
        return f"```\nartgen {names.name} runs/moths\n```"
    return f"```toml\n{Template(job).substitute(name=names.name).strip()}\n```"


def _is_told(path: Path) -> bool:
    return path.name not in (".gitignore", "README.md", "pyproject.toml", "conftest.py")


def _told(path: Path, kind: SkeletonKind) -> str:
    if path.name in _TOLD:
        return _TOLD[path.name].format(kind=kind)
    return f"what this {kind} promises" if path.parts[0] == "tests" else f"the {kind} itself"


def _read(template: str, suffix: str = ".txt") -> str:
    return (_TEMPLATES / f"{template}{suffix}").read_text(encoding="utf-8")
