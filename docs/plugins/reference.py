"""Writes reference.md, the page beside this file, from artgen's sources: python docs/plugins/reference.py.

Sources are read, never imported, so that it works where torch is not installed.
"""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import artgen
from artgen.kinds import CONTRACTS
from artgen.public import SECTIONS
from artgen.registry import KINDS, PLURALS, Kind

PAGE = Path(__file__).with_name("reference.md")
PACKAGE = Path(artgen.__file__).parent
MEMBERS_TOLD = (
    "artgen.latents.sampler",
    "artgen.outputs.works",
    "artgen.contracts",
    "artgen.engine.step",
    "artgen.seeding",
    "artgen.runs.store",
    "artgen.shards",
    "artgen.launch.contract",
)
"""Modules whose classes a plugin is handed."""

INTRODUCTION = """\
# Plugins: reference

Written by `python docs/plugins/reference.py` from artgen's sources; change those.

A plugin is a distribution with an entry point in the group `artgen` that names a module:

```toml
[project.entry-points.artgen]
palette = "artgen_palette.plugin"

[project.entry-points."artgen.commands"]
palette = "artgen_palette.command:palette"      # a click command: artgen palette
```

The module implements hooks. It is imported when its version, its files or what is installed beside it have changed, and
when one of its lifecycle hooks is called; in between, artgen remembers what it registers, in the user's cache folder.
What it registers may therefore depend on those alone. Nothing that it names is imported before a job uses it.

| where | what |
|---|---|
| `artgen plugins` | what is installed, what it brings, what failed, at which line, and how to mend it |
| `--plugin FILE.py`, `--plugins-dir DIR` | plug in a file, or all files of a folder, for one command; before the command \
or after it. No file is ever loaded unasked. Its sha256 is in the lock; a run that goes on after a change says so |
| `--no-plugins` | leave out what is installed |
| `ARTGEN_PLUGINS=a,b` | of what is installed only these distributions count; empty for none |
| `ARTGEN_STRICT_PLUGINS=1` | a plugin's error is raised, with its traceback |

In a file that is plugged in, import strings begin with its own name: `register("palette", f"{__name__}:Palette")`.
"""

LIFECYCLE = """\
For observers. One that raises is muted for the rest of the run, with one warning at its own line, and never stops a run.
What `Run` and `Artifact` have is [below](#artgenrunsstore).
"""

SURFACE_TEXT = """\
These modules and names are kept from version to version ([how hooks change](versions.md)). Everything else of artgen may
change without a word.
"""


def page() -> str:
    """The whole page."""
    specs = _functions(PACKAGE / "hookspecs.py")
    registration = {f"register_{PLURALS[kind]}": kind for kind in KINDS}
    parts = [INTRODUCTION, "## Registration", _register()]
    parts += ["## Kinds and their contracts", *(_kind(name, kind, specs[name]) for name, kind in registration.items())]
    parts += ["## Lifecycle", LIFECYCLE]
    parts += [_hook(specs[name]) for name in specs if name not in registration]
    parts += ["## What plugins may import", SURFACE_TEXT, *_surface()]
    return "\n\n".join(part.strip() for part in parts) + "\n"


def _functions(file: Path) -> dict[str, ast.FunctionDef]:
    return {node.name: node for node in _tree(file).body if isinstance(node, ast.FunctionDef)}


def _tree(file: Path) -> ast.Module:
    return ast.parse(file.read_text(encoding="utf-8"))


def _register() -> str:
    register = next(node for node in _class(PACKAGE / "registry.py", "Register").body if _is_function(node))
    text = (
        "A registration hook is handed `register`, and calls it once for each component. A failure in a hook takes "
        "back all names of its plugin."
    )
    return f"{text}\n\n{_signature(register, 'register')}\n\n{_doc(register)}"


def _kind(hook: str, kind: Kind, spec: ast.FunctionDef) -> str:
    contracts = [_contract(name) for name in CONTRACTS[kind]]
    options = f"{kind.capitalize()}Config"
    models = {node.name: node for node in _tree(PACKAGE / "config.py").body if isinstance(node, ast.ClassDef)}
    config = f"\n\nIts config inherits from `artgen.config.{options}`."
    config = config + _class_options(_lineage(options, models)) if options in models else ""
    text = f"### {kind}\n\n`{hook}(register)`: {_doc(spec)}{config}"
    return "\n\n".join([text, *contracts])


def _lineage(name: str, models: dict[str, ast.ClassDef]) -> Iterator[ast.ClassDef]:
    """A config model, and those that it inherits from short of the base of all."""
    while name in models and name != "Config":
        yield models[name]
        name = ast.unparse(models[name].bases[0])


def _class_options(models: Iterable[ast.ClassDef]) -> str:
    """What a config's class says of its component, beside the options of a job."""
    rows = []
    for model in models:
        rows += [f"| `{target.id}` | {_oneline(doc)} |" for target, doc in _documented(model) if doc]
        rows += [_method_row(method) for method in _public_methods(model)]
    return "\n\n| it has | for |\n|---|---|\n" + "\n".join(rows) if rows else ""


def _documented(node: ast.ClassDef | ast.Module | ast.If) -> Iterator[tuple[ast.Name, str]]:
    """Names that are set, with the text that follows them."""
    for statement, after in zip(node.body, [*node.body[1:], ast.Pass()], strict=True):
        target = statement.target if isinstance(statement, ast.AnnAssign) else None
        if isinstance(statement, ast.Assign):
            target = statement.targets[0]
        text = after.value if isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant) else None
        if isinstance(target, ast.Name):
            yield target, str(text.value) if text else ""


def _contract(name: str) -> str:
    module, _, attribute = name.rpartition(":")
    file = _file_of(module) if module else PACKAGE / "kinds.py"
    node = _class(file, attribute)
    methods = [f"{_signature(inner)}\n\n{_doc(inner)}" for inner in node.body if _is_function(inner)]
    return "\n\n".join([f"**{attribute}.** {_doc(node)}", *methods])


def _hook(spec: ast.FunctionDef) -> str:
    return f"### {spec.name}\n\n{_signature(spec)}\n\n{_doc(spec)}"


def _surface() -> Iterator[str]:
    for title, modules in SECTIONS.items():
        yield f"### {title}"
        yield from (_module(module, names) for module, names in modules.items())


def _module(module: str, names: tuple[str, ...]) -> str:
    file = _file_of(module)
    about = _sentence(ast.get_docstring(_tree(file)) or "")
    rows = [f"| `{name}` | {_oneline(_about(file, name))} |" for name in names]
    table = "\n\n| name | is |\n|---|---|\n" + "\n".join(rows) if rows else ""
    members = "".join(_members(file, name) for name in names) if module in MEMBERS_TOLD else ""
    return f"#### `{module}`\n\n{about}{table}{members}"


def _members(file: Path, name: str) -> str:
    """What a class has to offer: its attributes and methods."""
    node = next((n for n in _tree(file).body if isinstance(n, ast.ClassDef) and n.name == name), None)
    if node is None:
        return ""
    told = re.search(r"Attributes:\n((?:    .*\n?)+)", inspect.cleandoc(ast.get_docstring(node) or ""))
    attributes = re.sub(r"\n {5,}", " ", told[1]) if told else ""
    rows = [
        f"| `{own}` | {_oneline(text[:1].upper() + text[1:])} |"
        for own, text in re.findall(r"    ([\w, ]+): (.*)", attributes)
    ]
    rows += [_method_row(method) for method in _public_methods(node)]
    return f"\n\n| `{name}` has | |\n|---|---|\n" + "\n".join(rows)


def _public_methods(node: ast.ClassDef) -> Iterator[ast.FunctionDef]:
    return (m for m in node.body if isinstance(m, ast.FunctionDef) and not m.name.startswith("_"))


def _method_row(method: ast.FunctionDef) -> str:
    is_property = any("property" in ast.unparse(decorator) for decorator in method.decorator_list)
    call = "" if is_property else f"({', '.join(a.arg for a in _asked(method) if a.arg != 'self')})"
    return f"| `{method.name}{call}` | {_sentence(ast.get_docstring(method) or '')} |"


def _asked(method: ast.FunctionDef) -> list[ast.arg]:
    return [*method.args.args, *method.args.kwonlyargs]


def _about(file: Path, name: str) -> str:
    """The first sentence of what a name is, followed through a module that only hands it on."""
    tree = _tree(file)
    for node in tree.body:
        if isinstance(node, (ast.ClassDef, ast.FunctionDef)) and node.name == name:
            return _sentence(ast.get_docstring(node) or "")
    for block in (tree, *(node for node in tree.body if isinstance(node, ast.If))):  # some are there for types alone
        for target, text in _documented(block):
            if target.id == name and text:
                return _sentence(text)
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module and any(alias.name == name for alias in node.names):
            return _about(_file_of(node.module), name)
    return {"__version__": "Of artgen.", "hookimpl": "Marks a function as a hook."}.get(name, "")


def _file_of(module: str) -> Path:
    path = PACKAGE.parent.joinpath(*module.split("."))
    return path / "__init__.py" if path.is_dir() else path.with_suffix(".py")


def _class(file: Path, name: str) -> ast.ClassDef:
    return next(node for node in _tree(file).body if isinstance(node, ast.ClassDef) and node.name == name)


def _is_function(node: ast.stmt) -> bool:
    return isinstance(node, ast.FunctionDef)


def _signature(node: ast.stmt, name: str = "") -> str:
    if not isinstance(node, ast.FunctionDef):
        raise TypeError(node)
    own = name or node.name
    arguments = [argument for argument in node.args.args if argument.arg != "self"]
    stripped = ast.arguments([], arguments, None, node.args.kwonlyargs, node.args.kw_defaults, None, node.args.defaults)
    returns = f" -> {ast.unparse(node.returns)}" if node.returns else ""
    line = f"{own}({', '.join(_arguments(stripped))}){returns}"
    if len(line) > 110:
        line = f"{own}(\n    " + ",\n    ".join(_arguments(stripped)) + f",\n){returns}"
    return f"```python\n{line}\n```"


def _arguments(arguments: ast.arguments) -> Iterator[str]:
    """One text for each argument, with its type and default."""
    missing = len(arguments.args) - len(arguments.defaults)
    for argument, default in zip(arguments.args, [*[None] * missing, *arguments.defaults], strict=True):
        yield _argument(argument, default)
    if arguments.kwonlyargs:
        yield "*"
    for argument, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True):
        yield _argument(argument, default)


def _argument(argument: ast.arg, default: ast.expr | None) -> str:
    return f"{ast.unparse(argument)}{f' = {ast.unparse(default)}' if default else ''}"


def _doc(node: ast.stmt) -> str:
    """A docstring as Markdown: its sections as lists."""
    if not isinstance(node, (ast.FunctionDef, ast.ClassDef)):
        raise TypeError(node)
    lines = []
    for line in inspect.cleandoc(ast.get_docstring(node) or "").splitlines():
        if re.fullmatch(r"(Args|Attributes|Raises|Returns|Shape):", line):
            lines += [f"{line[:-1]}:", ""]
        elif entry := re.fullmatch(r"    (\w+): (.*)", line):
            lines.append(f"- `{entry[1]}`: {entry[2]}")
        elif line.startswith("        "):
            lines.append(f"  {line.strip()}")
        else:
            lines.append(line.strip())
    return re.sub(r"``([^`]+)``", r"`\1`", "\n".join(lines))


def _sentence(text: str) -> str:
    return _oneline(text.strip().split("\n\n")[0])


def _oneline(text: str) -> str:
    return re.sub(r"``([^`]+)``", r"`\1`", " ".join(text.split())).replace("|", "\\|")


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
