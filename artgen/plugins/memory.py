"""What installed plugins registered last time, so that a plugin is imported only when something of it is used.

One JSON file for each entry point in the user's cache folder. It counts as long as nothing has changed that could make
the plugin register something else: its version, the files of its own that were imported, the folder that it is
installed in (whatever pip does there shows in its time), Python and artgen. Whatever is wrong with a file, it is
written anew.
"""

from __future__ import annotations

import hashlib
import json
import platform
import sys
from dataclasses import asdict, dataclass
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import artgen
from artgen.data.cache_folder import users_cache
from artgen.entry_points import owner_of, package_of_entry
from artgen.errors import DiskError
from artgen.plugins.plugin import Plugin
from artgen.registry import KINDS, Component
from artgen.runs.files import write_text

FORMAT = 1

Stamp = list[int]
"""When a file was changed, in nanoseconds, and its bytes."""


@dataclass(frozen=True)
class Memory:
    """What is known of one entry point.

    Attributes:
        entry: in the metadata of what is installed.
    """

    entry: EntryPoint

    @property
    def file(self) -> Path:
        """Of this entry point as it is installed here."""
        distribution, _ = owner_of(self.entry)
        identity = "\n".join((str(self._site()), self.entry.name, self.entry.value, platform.python_version()))
        code = hashlib.sha256(identity.encode()).hexdigest()[:12]
        return users_cache() / "plugins" / f"{distribution}-{code}.json"

    def recall(self, plugin: Plugin) -> bool:
        """Fill in what a plugin registers; whether it is known."""
        known = self._read()
        try:
            if known.get("state") != self._state(known["files"]):
                return False
            plugin.components = [_component(told, plugin) for told in known["components"]]
            plugin.hooks = frozenset(map(str, known["hooks"]))
            plugin.notes = [str(note) for note in known["notes"]]
            plugin.import_s = float(known["import_s"])
        except (KeyError, TypeError, ValueError, AttributeError):
            plugin.components = []
            return False
        plugin.remembered = True
        return True

    def names(self) -> frozenset[tuple[str, str]]:
        """Kind and name of all that it registered when it last could, whatever has become of it since."""
        try:
            return frozenset((str(told["kind"]), str(told["name"])) for told in self._read()["components"])
        except (KeyError, TypeError):
            return frozenset()

    def keep(self, plugin: Plugin) -> None:
        """Remember what a plugin registered just now; where the folder cannot be written, nothing is."""
        files = self._own_files()
        told = {
            "format": FORMAT,
            "state": self._state(files),
            "files": files,
            "components": [_plain(component) for component in plugin.components],
            "hooks": sorted(plugin.hooks),
            "notes": plugin.notes,
            "import_s": round(plugin.import_s, 4),
        }
        try:
            self.file.parent.mkdir(parents=True, exist_ok=True)
            write_text(self.file, json.dumps(told, indent=1))
        except (OSError, RuntimeError, DiskError):
            return

    def _read(self) -> dict[str, Any]:
        try:
            known = json.loads(self.file.read_text(encoding="utf-8"))
        except (OSError, RuntimeError, ValueError):
            return {}
        return known if isinstance(known, dict) and known.get("format") == FORMAT else {}

    def _state(self, files: list[str]) -> dict[str, Any]:
        return {
            "artgen": artgen.__version__,
            "version": owner_of(self.entry)[1],
            "installed": _stamp(self._site())[:1],
            "files": [_stamp(Path(file)) for file in files],
        }

    def _site(self) -> Path:
        """The folder that it is installed in."""
        return Path(str(self.entry.dist.locate_file(""))) if self.entry.dist else Path()

    def _own_files(self) -> list[str]:
        """The files of its own package that are imported."""
        top = package_of_entry(self.entry)
        own = (module for name, module in list(sys.modules.items()) if name.partition(".")[0] == top)
        return sorted({str(Path(file).absolute()) for module in own if (file := getattr(module, "__file__", None))})


def _stamp(path: Path) -> Stamp:
    try:
        status = path.stat()
    except OSError:
        return [0, 0]
    return [status.st_mtime_ns, status.st_size]


def _plain(component: Component) -> dict[str, Any]:
    told = asdict(component)
    return {key: value for key, value in told.items() if key not in ("distribution", "version")}


def _component(told: dict[str, Any], plugin: Plugin) -> Component:
    requires = tuple((str(module), str(package)) for module, package in told.pop("requires"))
    if told["kind"] not in KINDS:
        raise ValueError(f"no kind: {told['kind']}")
    texts: dict[str, Any] = {key: str(value) for key, value in told.items()}
    return Component(**texts, requires=requires, distribution=plugin.distribution, version=plugin.version)
