"""What becomes of errors: one clear block on stderr and an exit code, and never a traceback that nobody asked for."""

from __future__ import annotations

import errno
import os
import sys

import click

from artgen.entry_points import entry_points_of

_OWN_MISTAKE = "ENOENT"
"""A file that is not there: one that a person has named is told of where it is opened, and any other is artgen's doing."""


def tell(error: Exception) -> int:
    """Say what went wrong and return the exit code: a person's mistake as one block, ours with its traceback kept."""
    from artgen.errors import ArtgenError, JobError

    if os.environ.get("ARTGEN_DEBUG") == "1":
        import traceback

        traceback.print_exception(error)
    if isinstance(error, JobError) and len(error.problems) > 1:
        click.echo(f"{error}\n{len(error.problems)} problems", err=True)
    elif isinstance(error, ArtgenError):
        click.echo(str(error), err=True)
    elif refused := _refused_by_disk(error):
        click.echo(refused, err=True)
    elif damaged := _damaged_metadata(error):
        click.echo(damaged, err=True)
    elif blamed := _failed_plugin(error):
        click.echo(f"{blamed}\n  {_kept(error, 'a mistake in the plugin')}", err=True)
    else:
        click.echo(f"artgen failed: {type(error).__name__}: {error}\n  {_kept(error)}", err=True)
    return error.exit_code if isinstance(error, ArtgenError) else 1


def _refused_by_disk(error: Exception) -> str:
    """A full disk, a folder that nobody may write into, a file where a folder has to be; empty for all else."""
    from artgen.runs.files import DISK_MENDS, disk_hint, disk_refusal

    reason = disk_refusal(error)
    of_the_disk = DISK_MENDS.keys() - {_OWN_MISTAKE}
    if reason is None or (isinstance(error, OSError) and errno.errorcode.get(error.errno or 0) not in of_the_disk):
        return ""
    place = f"{error.filename}: " if isinstance(error, OSError) and error.filename else ""
    return f"{place}{reason}\n  {disk_hint(error)}"


def _damaged_metadata(error: Exception) -> str:
    """What to tell where a distribution's metadata makes no sense to Python, which libraries stumble over; else empty."""
    import importlib.metadata
    import traceback
    from pathlib import Path

    if traceback.extract_tb(error.__traceback__)[-1].filename.startswith(str(Path(importlib.metadata.__file__).parent)):
        for damaged in entry_points_of("artgen")[1]:
            said = f"{damaged.place}: the metadata of {damaged.name} is damaged: {damaged.error}"
            return f"{said}\n  Try: pip install --force-reinstall {damaged.name}"
    return ""


def _failed_plugin(error: Exception) -> str:
    """Which plugin's component raised an error, at which line, and what to do; empty where none did."""
    if "artgen.plugins" not in sys.modules:
        return ""
    from artgen.blame import mend_of, said
    from artgen.plugins import plugin_manager
    from artgen.plugins.fault import whose_fault

    try:
        found = whose_fault(error, plugin_manager().plugins)
    except Exception:  # it is the looking for plugins that fails, where ARTGEN_STRICT_PLUGINS wants it to
        return ""
    if found is None:
        return ""
    plugin, place = found
    mend = mend_of(plugin.distribution, "hook", error)
    return f"{plugin.distribution} {plugin.version} failed: {said(error)}\n  at {place}\n  {mend}"


def _kept(error: Exception, what: str = "a mistake in artgen or a plugin") -> str:
    """Keep a traceback that no person should have to look at, and say where."""
    import tempfile
    import traceback

    text = "".join(traceback.format_exception(error))
    try:
        with tempfile.NamedTemporaryFile("w", prefix="artgen-", suffix=".log", delete=False, encoding="utf-8") as file:
            file.write(text)
    except OSError:
        return "ARTGEN_DEBUG=1 shows where"
    return f"this is {what}; the traceback is in {file.name} (ARTGEN_DEBUG=1 shows it here)"
