"""All plugins of a process: loaded one by one, so that none takes the others with it."""

from __future__ import annotations

import contextlib
import functools
import os
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import pluggy

import artgen
from artgen import hookspecs
from artgen.blame import Stage, mend_of, place_of, said
from artgen.distributions import BUILTIN
from artgen.entry_points import Damaged, entry_points_of, normalised, owner_of, package_of_entry, requirements_of
from artgen.plugins.implemented import hooks_of, implemented_by, notes_on
from artgen.plugins.memory import Memory
from artgen.plugins.one_off import FILES, asked_for, import_file, sha256_of_source
from artgen.plugins.plugin import Plugin, PluginFailure
from artgen.registrar import Registrar
from artgen.registry import KINDS, PLURALS, Absent, Component, Registry
from artgen.requirement import meets, parsed, pip_line

GROUP = "artgen"
SELECTION = "ARTGEN_PLUGINS"
"""Names of plugins, separated by commas: of all that are installed only these count; "" for none."""

REGISTRATION = tuple(f"register_{PLURALS[kind]}" for kind in KINDS)


class PluginManager:
    """All plugins of this process, their registry, and the way to call lifecycle hooks.

    Args:
        discover: look for installed plugins, and for files that were asked for; the tests of a plugin turn it off and
            call `load`.
    """

    def __init__(self, *, discover: bool = True) -> None:
        self.pluggy = pluggy.PluginManager("artgen")
        self.pluggy.add_hookspecs(hookspecs)
        self.plugins: list[Plugin] = []
        self.registry = Registry()
        from artgen import builtin

        self.load(BUILTIN, artgen.__version__, lambda: builtin)
        if discover:
            self._discover()
            for file in asked_for():
                self.load_file(file)

    def load(self, distribution: str, version: str, importer: Callable[[], Any]) -> Plugin:
        """Import one plugin and take over what it registers; a failure is kept, never raised."""
        return self._add(Plugin(distribution, version, importer))

    def load_file(self, file: Path) -> Plugin:
        """Import one file and take over what it registers; a failure is kept, never raised."""
        import artgen.config  # noqa: F401 - such files hold their options too, and this is no time of theirs

        sha256 = sha256_of_source(file)
        importer = functools.partial(import_file, file, sha256)
        return self._add(Plugin(file.name, sha256[:12], importer, file=file, sha256=sha256))

    @property
    def failures(self) -> list[PluginFailure]:
        """What went wrong so far, in the order of loading."""
        return [plugin.failure for plugin in self.plugins if plugin.failure]

    def notify(self, hook: str, **arguments: Any) -> list[Any]:
        """Call a lifecycle hook of every plugin; one that raises is muted from then on, with one warning.

        Returns:
            What the plugins returned, without None.
        """
        return self.ask(hook, lambda answer: [answer], **arguments)

    def ask(self, hook: str, read: Callable[[Any], list[Any]], **arguments: Any) -> list[Any]:
        """Call a lifecycle hook of every plugin, and read what each returned.

        Args:
            read: makes a list of an answer; when it raises, that is the plugin's failure too.
        """
        found: list[Any] = []
        for plugin in self.plugins:
            if plugin.failure or hook not in plugin.hooks:
                continue
            stage: Stage = "import"
            try:
                self._bring(plugin)
                stage = "hook"
                result = self._hook_of(hook, plugin)(**arguments)
                answers = result if isinstance(result, list) else [result]
                found.extend(one for answer in answers if answer is not None for one in read(answer))
            except KeyboardInterrupt:
                raise
            except BaseException as error:
                self._fail(plugin, stage, error)
                _warn_of_muted(plugin)
        return found

    def _discover(self) -> None:
        entries, damaged = entry_points_of(GROUP)
        selected = os.environ.get(SELECTION)
        wanted = None if selected is None else {normalised(name.strip()) for name in selected.split(",")}
        for entry in entries:
            distribution, version = owner_of(entry)
            if wanted is not None and not wanted & {normalised(entry.name), distribution}:
                mend = "It counts without --no-plugins, or with its name in ARTGEN_PLUGINS"
                self.registry.absent[distribution] = Absent("is left out", mend, Memory(entry).names())
                continue
            self._add(Plugin(distribution, version, entry.load, package_of_entry(entry)), entry)
        for unreadable in damaged:
            self._add_damaged(unreadable)

    def _add(self, plugin: Plugin, entry: EntryPoint | None = None) -> Plugin:
        """Take over what a plugin registers, from memory where an entry point's is known."""
        self.plugins.append(plugin)
        memory = Memory(entry) if entry else None
        if entry and (unmet := _unmet(entry)):
            mend = f"Try: {pip_line(f'artgen-toolkit{unmet}')}, or another {plugin.distribution}"
            text = f"it needs artgen-toolkit {unmet}; this is {artgen.__version__}"
            self._set_failure(plugin, PluginFailure(plugin.distribution, plugin.version, "version", text, mend=mend))
        elif memory and memory.recall(plugin):
            self.registry.add(plugin.components)
        else:
            self._register(plugin)
            if memory and plugin.failure is None:
                memory.keep(plugin)
        if plugin.failure and memory:
            self._know_names(plugin, memory.names())
        return plugin

    def _register(self, plugin: Plugin) -> None:
        began = time.perf_counter()
        components: list[Component] = []
        try:
            stage: Stage = "import"
            with _guarded(plugin):
                plugin.module = plugin.importer()
                stage = "register"
                self._take_hooks(plugin)
                self._collect(plugin, components)
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # SystemExit, and what panics in Rust become
            self._fail(plugin, stage, error)
            self._know_names(plugin, frozenset((component.kind, component.name) for component in components))
        else:
            plugin.components = components
            self.registry.add(components)
        plugin.import_s = time.perf_counter() - began

    def _bring(self, plugin: Plugin) -> None:
        """Import a plugin that was only remembered."""
        if plugin.module is None:
            with _guarded(plugin):
                plugin.module = plugin.importer()
                self._take_hooks(plugin)

    def _take_hooks(self, plugin: Plugin) -> None:
        hooks = implemented_by(plugin.module, self.pluggy)
        plugin.notes = notes_on(hooks, self.pluggy)
        observed = frozenset(hooks_of(self.pluggy)) - frozenset(REGISTRATION)
        plugin.hooks = observed & {hook.name for hook in hooks}
        self.pluggy.register(plugin.module, name=f"{plugin.distribution}[{self.plugins.index(plugin)}]")

    def _collect(self, plugin: Plugin, components: list[Component]) -> None:
        for kind, hook in zip(KINDS, REGISTRATION, strict=True):
            register = Registrar(kind, plugin.distribution, plugin.version, components)
            self._hook_of(hook, plugin)(register=register)

    def _hook_of(self, hook: str, plugin: Plugin) -> pluggy.HookCaller:
        others = [p.module for p in self.plugins if p is not plugin and p.module is not None]
        return self.pluggy.subset_hook_caller(hook, remove_plugins=others)

    def _fail(self, plugin: Plugin, stage: Stage, error: BaseException) -> None:
        mend = mend_of(plugin.distribution, stage, error, plugin.package)
        place = place_of(error, plugin.package, plugin.module)
        self._set_failure(plugin, PluginFailure(plugin.distribution, plugin.version, stage, said(error), place, mend))
        if plugin.module is not None and self.pluggy.is_registered(plugin.module):
            self.pluggy.unregister(plugin.module)
        if plugin.distribution == BUILTIN or os.environ.get("ARTGEN_STRICT_PLUGINS") == "1":
            raise error if isinstance(error, Exception) else RuntimeError(str(plugin.failure)) from error

    def _set_failure(self, plugin: Plugin, failure: PluginFailure) -> None:
        """A plugin that fails in a hook keeps its names: what they mean is imported by itself."""
        plugin.failure = failure
        if failure.stage != "hook" and not plugin.remembered:
            plugin.components = []
            absent = Absent(f"could not be loaded ({failure.error})", failure.mend)
            self.registry.absent[plugin.distribution] = absent

    def _know_names(self, plugin: Plugin, names: frozenset[tuple[str, str]]) -> None:
        gone = self.registry.absent.get(plugin.distribution)
        if gone:
            self.registry.absent[plugin.distribution] = Absent(gone.why, gone.mend, gone.names | names)

    def _add_damaged(self, damaged: Damaged) -> None:
        plugin = Plugin(damaged.name, "")
        self.plugins.append(plugin)
        mend = f"Try: {pip_line('--force-reinstall', damaged.name)}"
        failure = PluginFailure(damaged.name, "", "metadata", damaged.error, damaged.place, mend)
        self._set_failure(plugin, failure)


@contextlib.contextmanager
def _guarded(plugin: Plugin) -> Iterator[None]:
    """What a plugin prints as it is imported is no part of what a command prints; one that hangs there is known."""
    try:
        with contextlib.redirect_stdout(sys.stderr):
            yield
    except KeyboardInterrupt as stopped:
        place = place_of(stopped, plugin.package, plugin.module)
        stopped.add_note(
            f"  as {plugin.distribution} {plugin.version} was imported{f', at {place}' if place else ''}\n"
            f"  --no-plugins leaves out what is installed; artgen plugins check {plugin.distribution} tries it by itself"
        )
        raise


def _unmet(entry: EntryPoint) -> str:
    """The conditions of a distribution on artgen's version that this one does not meet; "" when it meets them."""
    for line in requirements_of(entry):
        requirement = parsed(line)
        if requirement and requirement.name == BUILTIN and not meets(artgen.__version__, requirement.text):
            return requirement.text
    return ""


def _warn_of_muted(plugin: Plugin) -> None:
    """One warning, at the plugin's own line."""
    failure = plugin.failure
    if failure is None:
        return
    file, _, line = failure.place.rpartition(":")
    text = f"plugin muted: {failure}. {failure.mend}"
    warnings.warn_explicit(text, RuntimeWarning, file or plugin.distribution, int(line) if line.isdigit() else 1)


def plugin_manager() -> PluginManager:
    """The manager of this process; plugins are looked for once, or again when others are asked for."""
    return _manager_of(os.environ.get(SELECTION), os.environ.get(FILES))


@functools.lru_cache(maxsize=1)
def _manager_of(_selection: str | None, _files: str | None) -> PluginManager:
    return PluginManager()
