"""Finding, loading and isolating plugins.

Every distribution with an entry point in the group ``artgen`` is a plugin. One that fails to import or to register
contributes nothing, and its failure is remembered and told only where it matters. artgen's own components go through
the same hooks (`artgen.builtin`).
"""

from __future__ import annotations

import functools
import importlib.metadata
import os
import traceback
import warnings
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import pluggy

import artgen
from artgen import hookspecs
from artgen.registry import BUILTIN, KINDS, PLURALS, Component, Registrar, Registry

GROUP = "artgen"

Stage = Literal["import", "register", "hook"]


@dataclass(frozen=True)
class PluginFailure:
    """Why a plugin counts for nothing.

    Attributes:
        place: the plugin's own file and line where it failed; "" when it was not reached.
    """

    distribution: str
    version: str
    stage: Stage
    error: str
    place: str = ""

    def __str__(self) -> str:
        place = f" at {self.place}" if self.place else ""
        return f"{self.distribution} {self.version}: {self.stage} failed{place}: {self.error}"


@dataclass
class Plugin:
    """One distribution that registered with artgen.

    Attributes:
        module: what its entry point named; None when it could not be imported.
    """

    distribution: str
    version: str
    module: Any = None
    components: list[Component] = field(default_factory=list)
    failure: PluginFailure | None = None


class PluginManager:
    """All plugins of this process, their registry, and the way to call lifecycle hooks.

    Args:
        discover: look for installed plugins; the tests of a plugin turn it off and call `load`.
    """

    def __init__(self, *, discover: bool = True) -> None:
        self.pluggy = pluggy.PluginManager("artgen")
        self.pluggy.add_hookspecs(hookspecs)
        self.plugins: list[Plugin] = []
        self.registry = Registry()
        from artgen import builtin

        self.load(BUILTIN, artgen.__version__, lambda: builtin)
        if discover:
            for entry_point in _wanted(importlib.metadata.entry_points(group=GROUP)):
                distribution = entry_point.dist
                self.load(
                    distribution.name if distribution else entry_point.name,
                    distribution.version if distribution else "",
                    entry_point.load,
                )

    def load(self, distribution: str, version: str, importer: Any) -> Plugin:
        """Import one plugin and take over what it registers; a failure is kept, never raised."""
        plugin = Plugin(distribution, version)
        self.plugins.append(plugin)
        stage: Stage = "import"
        try:
            plugin.module = importer()
            stage = "register"
            self.pluggy.register(plugin.module, name=f"{distribution}[{len(self.plugins)}]")
            plugin.components = self._registered_by(plugin)
        except (Exception, SystemExit) as error:
            self._fail(plugin, stage, error)
        else:
            self.registry.add(plugin.components)
        return plugin

    def _registered_by(self, plugin: Plugin) -> list[Component]:
        components: list[Component] = []
        for kind in KINDS:
            hook = self._hook_of(f"register_{PLURALS[kind]}", plugin)
            hook(register=Registrar(kind, plugin.distribution, plugin.version, components))
        return components

    def _hook_of(self, hook: str, plugin: Plugin) -> pluggy.HookCaller:
        others = [p.module for p in self.plugins if p is not plugin and p.module is not None]
        return self.pluggy.subset_hook_caller(hook, remove_plugins=others)

    def _fail(self, plugin: Plugin, stage: Stage, error: BaseException) -> None:
        text = f"{type(error).__name__}: {error}"
        plugin.failure = PluginFailure(plugin.distribution, plugin.version, stage, text, _place(plugin, error))
        plugin.components = []
        if self.pluggy.is_registered(plugin.module):
            self.pluggy.unregister(plugin.module)
        if stage != "hook":
            self.registry.notes[plugin.distribution] = text
        if plugin.distribution == BUILTIN or os.environ.get("ARTGEN_STRICT_PLUGINS") == "1":
            raise error

    def notify(self, hook: str, **arguments: Any) -> list[Any]:
        """Call a lifecycle hook of every plugin; one that raises is muted from then on, with one warning.

        Returns:
            What the plugins returned, without None.
        """
        results: list[Any] = []
        for plugin in self.plugins:
            if plugin.failure or not self._implements(plugin, hook):
                continue
            try:
                result = self._hook_of(hook, plugin)(**arguments)
            except (Exception, SystemExit) as error:
                self._fail(plugin, "hook", error)
                warnings.warn(f"plugin muted: {plugin.failure}", RuntimeWarning, stacklevel=2)
                continue
            answers = result if isinstance(result, list) else [result]
            results.extend(answer for answer in answers if answer is not None)
        return results

    def _implements(self, plugin: Plugin, hook: str) -> bool:
        return any(h.plugin is plugin.module for h in getattr(self.pluggy.hook, hook).get_hookimpls())

    @property
    def failures(self) -> list[PluginFailure]:
        """What went wrong so far, in the order of loading."""
        return [plugin.failure for plugin in self.plugins if plugin.failure]


def _wanted(entry_points: Iterable[importlib.metadata.EntryPoint]) -> list[importlib.metadata.EntryPoint]:
    """All installed plugins, or those that ARTGEN_PLUGINS names (comma-separated; empty for none)."""
    names = os.environ.get("ARTGEN_PLUGINS")
    found = sorted(entry_points, key=lambda e: (e.dist.name if e.dist else "", e.name))
    if names is None:
        return found
    allowed = {name.strip() for name in names.split(",")}
    return [e for e in found if e.name in allowed or (e.dist and e.dist.name in allowed)]


def _place(plugin: Plugin, error: BaseException) -> str:
    """The innermost line of the failure that is the plugin's own: outside artgen, pluggy and the import machinery."""
    own = (str(Path(__file__).parent), str(Path(pluggy.__file__).parent), "<frozen")
    stdlib = str(Path(os.__file__).parent) + os.sep
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        foreign = frame.filename.startswith(own)
        in_stdlib = frame.filename.startswith(stdlib) and "site-packages" not in frame.filename
        if not foreign and not in_stdlib:
            return f"{frame.filename}:{frame.lineno}"
    module_file = getattr(plugin.module, "__file__", None)
    return str(module_file) if module_file else ""


@functools.cache
def plugin_manager() -> PluginManager:
    """The manager of this process; installed plugins are looked for once."""
    return PluginManager()
