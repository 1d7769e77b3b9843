"""What plugins may import is kept: it is there, it is told of, and artgen's own distributions keep to it."""

from __future__ import annotations

import ast
import importlib
import inspect
import re
import runpy
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from artgen import kinds
from artgen.kinds import CONTRACTS
from artgen.plugins import PluginManager
from artgen.public import SURFACE
from artgen.registry import Component

from .test_hooks import HOOKS

ROOT = Path(__file__).parents[2]
FOR_TYPES = {"Source"}
"""Names that are there for type checkers alone."""
HANDED_OVER_WHERE_ASKED = {"label", "recompute"}
"""Arguments that only some need to take: those whose config provides classes, those that can recompute."""
TEMPLATES = sorted((ROOT / "artgen/testing/skeleton/templates").glob("*/*.py.txt"))
DISTRIBUTIONS = sorted(path.parent for path in ROOT.glob("plugins/*/pyproject.toml"))
REFERENCE = runpy.run_path(str(ROOT / "docs/plugins/reference.py"))


def imports_of(file: Path) -> Iterator[tuple[int, str, str]]:
    """Line, module and name of everything that a file imports from artgen, also for types alone; "" for the whole."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] == "artgen":
            yield from ((node.lineno, node.module, alias.name) for alias in node.names)
        elif isinstance(node, ast.Import):
            names = (alias.name for alias in node.names if alias.name.split(".")[0] == "artgen")
            yield from ((node.lineno, name, "") for name in names)


def is_public(module: str, name: str) -> bool:
    """Whether a module is of the surface, and the name is one of its own or a module of the surface itself."""
    if module not in SURFACE:
        return False
    return not name or name in SURFACE[module] or f"{module}.{name}" in SURFACE


@pytest.mark.parametrize("folder", DISTRIBUTIONS, ids=lambda folder: folder.name)
def test_the_distributions_of_this_repository_import_the_public_surface_alone(folder: Path) -> None:
    files = [file for file in sorted(folder.rglob("*.py")) if "tests" not in file.relative_to(folder).parts]
    files = [file for file in files if not any(part.startswith(".") for part in file.relative_to(folder).parts)]
    private = [
        f"{file.relative_to(ROOT)}:{line}: {module} {name}".rstrip()
        for file in files
        for line, module, name in imports_of(file)
        if not is_public(module, name)
    ]
    assert files
    assert private == [], "not of artgen/public.py; what others need too and can be kept may be added there"


@pytest.mark.parametrize("file", TEMPLATES, ids=lambda file: f"{file.parent.name}/{file.name}")
def test_what_a_new_plugin_begins_with_imports_the_public_surface_alone(file: Path) -> None:
    lines = re.findall(r"^ *from (artgen\S*) import (.+)$", file.read_text(encoding="utf-8"), re.M)
    found = [(module, name.strip()) for module, names in lines for name in names.split(",")]
    assert [one for one in found if not is_public(*one)] == []


def test_the_walk_sees_imports_for_types_and_inside_functions(tmp_path: Path) -> None:
    file = tmp_path / "plugin.py"
    file.write_text(
        "from typing import TYPE_CHECKING\nimport artgen\nif TYPE_CHECKING:\n    from artgen.job.text.tree import Table\n"
        "def hook():\n    import artgen.engine.state\n"
    )
    assert [found[1:] for found in imports_of(file) if not is_public(*found[1:])] == [
        ("artgen.job.text.tree", "Table"),
        ("artgen.engine.state", ""),
    ]


@pytest.mark.parametrize("module", SURFACE)
def test_every_public_name_is_there_and_told_of(module: str) -> None:
    found = importlib.import_module(module)
    assert found.__doc__
    for name in SURFACE[module]:
        assert hasattr(found, name) or name in FOR_TYPES, f"{module}.{name}"
        assert REFERENCE["_about"](REFERENCE["_file_of"](module), name), (
            f"{module}.{name} has no sentence on what it is"
        )


def test_the_reference_is_what_the_sources_say() -> None:
    page = (ROOT / "docs/plugins/reference.md").read_text(encoding="utf-8")
    assert page == REFERENCE["page"](), "python docs/plugins/reference.py writes it anew"


@pytest.mark.parametrize("hook", HOOKS)
def test_every_hook_is_documented_with_its_arguments(hook: str) -> None:
    page = (ROOT / "docs/plugins/reference.md").read_text(encoding="utf-8")
    arguments = ", ".join(HOOKS[hook])
    told = [line for line in page.splitlines() if line.startswith((f"`{hook}(", f"{hook}("))]
    assert told, f"{hook} is not in docs/plugins/reference.md"
    plain = re.sub(r": [^,)]+(\[[^\]]*\])?( \| None)?", "", told[0].replace("Mapping[str, float]", "numbers"))
    assert f"{hook}({arguments})" in plain


def _components() -> list[Component]:
    manager = PluginManager(discover=False)
    wanted = [c for c in manager.registry.components if c.kind not in ("preset", "launcher")]
    others = ("canvas", "stylizer", "poster", "timeline")  # another contract, or made by a function
    return [c for c in wanted if c.name not in others]


def _methods(contract: type[Any]) -> dict[str, list[str]]:
    own = {name: function for name, function in vars(contract).items() if inspect.isfunction(function)}
    own = {name: function for name, function in own.items() if name == "__call__" or not name.startswith("_")}
    return {name: list(inspect.signature(function).parameters) for name, function in own.items()}


@pytest.mark.parametrize("component", _components(), ids=lambda c: f"{c.kind} {c.name}")
def test_what_artgen_has_itself_keeps_the_contract_of_its_kind(component: Component) -> None:
    """The page tells no tales: names of methods and arguments are those that artgen calls its own components by."""
    made = component.load()
    for name, arguments in _methods(getattr(kinds, CONTRACTS[component.kind][0])).items():
        found = list(inspect.signature(getattr(made, name)).parameters)
        assert set(arguments) - set(found) <= HANDED_OVER_WHERE_ASKED, name
        assert found[: len(arguments)] == [argument for argument in arguments if argument in found], name
