"""Finding, loading and isolating plugins.

Every distribution with an entry point in the group ``artgen`` is a plugin, and so is a file that ``--plugin`` names. One
that fails to import or to register contributes nothing, and its failure is remembered and told only where it matters.
artgen's own components go through the same hooks (`artgen.builtin`).

`manager` loads them, `memory` knows what they registered last time, `one_off` takes files, `implemented` looks at their
hooks, `blame` says where they failed and how to mend it.
"""

from artgen.plugins.manager import GROUP, PluginManager, plugin_manager
from artgen.plugins.plugin import Plugin, PluginFailure

__all__ = ["GROUP", "Plugin", "PluginFailure", "PluginManager", "plugin_manager"]
