"""One plugin as it stands in this process."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from artgen.blame import Stage
from artgen.registry import Component


@dataclass(frozen=True)
class PluginFailure:
    """Why a plugin counts for nothing.

    Attributes:
        place: the plugin's own file and line where it failed; "" when it was not reached.
        mend: what to do about it.
    """

    distribution: str
    version: str
    stage: Stage
    error: str
    place: str = ""
    mend: str = ""

    def __str__(self) -> str:
        place = f" at {self.place}" if self.place else ""
        return f"{self.distribution} {self.version}: {self.stage} failed{place}: {self.error}"


@dataclass
class Plugin:
    """One distribution that registered with artgen, or one file that was plugged in.

    Attributes:
        importer: brings its module.
        package: name of the package or module at its top, as far as it is known.
        module: what its entry point named; None as long as it is not imported, or could not be.
        hooks: the lifecycle hooks that it implements; only for these it is imported when what it registers is known.
        notes: what its author or user should know, though it works.
        import_s: seconds that importing and registering took, now or when they were last done.
        remembered: whether what it registers is known from an earlier time, and nothing of it was imported.
        file: of a file that was plugged in by ``--plugin``.
        sha256: of the content of that file.
    """

    distribution: str
    version: str
    importer: Callable[[], Any] = field(repr=False, default=lambda: None)
    package: str = ""
    module: Any = None
    components: list[Component] = field(default_factory=list)
    hooks: frozenset[str] = frozenset()
    notes: list[str] = field(default_factory=list)
    import_s: float = 0.0
    remembered: bool = False
    failure: PluginFailure | None = None
    file: Path | None = None
    sha256: str = ""
