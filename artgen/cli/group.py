"""The command `artgen`: its table of subcommands, imported when they are used, and what becomes of errors."""

from __future__ import annotations

import errno
import functools
import importlib
import os
import sys
from importlib.metadata import EntryPoint
from typing import Any, NoReturn

import click

import artgen
from artgen.cli.plugin_options import environment_restored, plugin_options, with_plugin_options
from artgen.entry_points import entry_points_of, owner_of

COMMANDS: dict[str, tuple[str, str]] = {
    "run": ("artgen.cli.run:run", "Run jobs; again goes on where they stopped."),
    "plan": ("artgen.cli.plan:plan", "Show everything a job means, and what it would do."),
    "check": ("artgen.cli.check:check", "Show every problem of a job, with its line."),
    "init": ("artgen.cli.init:init", "Write a commented job for a folder of pictures."),
    "inspect": ("artgen.cli.inspect:inspect", "Look through a folder of pictures for trouble."),
    "status": ("artgen.cli.status:status", "Show who does what in runs, and how far it is."),
    "stop": ("artgen.cli.stop:stop", "Have runs save and end."),
    "task": ("artgen.cli.task:task", "Do one task of a run; what launchers start."),
    "render": ("artgen.cli.render:render", "Make more pictures and films from a finished run."),
    "gallery": ("artgen.cli.gallery:gallery", "Write one page over many runs."),
    "directions": ("artgen.cli.directions:directions", "Find and name what changes the pictures of a run."),
    "project": ("artgen.cli.project:project", "Find the latents that paint pictures of your own."),
    "blend": ("artgen.cli.blend:blend", "Make a run from the layers of two."),
    "show": ("artgen.cli.show:show", "Show what a picture carries about how it was made."),
    "strip": ("artgen.cli.strip:strip", "Take out of pictures what they carry, their pixels untouched."),
    "remake": ("artgen.cli.remake:remake", "Make a picture again from what it carries."),
    "export": ("artgen.cli.export:export", "Hand on what a run has learned: a folder, weights, ONNX."),
    "clean": ("artgen.cli.clean:clean", "Free the disk that old checkpoints take."),
    "plugins": ("artgen.cli.plugins:plugins", "Show what is installed, and what failed and why."),
    "schema": ("artgen.cli.schema:schema", "Write the JSON schema of job files."),
    "info": ("artgen.cli.info:info", "Show versions and devices."),
}
"""Name → (import string, what help says of it), so that help imports none of them."""

_OF_THE_DISK = frozenset(
    getattr(errno, name, None) for name in ("ENOSPC", "EDQUOT", "EFBIG", "EROFS", "EACCES", "EPERM", "ENAMETOOLONG")
) - {None}

INTERRUPTED = 130
"""The exit code of whatever Ctrl-C ended, as shells have it: 128 + SIGINT."""

PLUGIN_COMMANDS = "artgen.commands"
"""The entry-point group of plugins' own commands; listed from metadata, so that help imports no plugin."""

WITHOUT_PLUGINS = frozenset({"init", "inspect", "strip", "clean", "info"})
"""Commands that read neither jobs nor runs, and so take no plugins of their own."""


class LazyGroup(click.Group):
    """A group whose commands are imported when they are called, not when they are listed."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's name
        """The built-in commands in their own order, then those of plugins."""
        return [*COMMANDS, *sorted(name for name in _plugin_commands() if name not in COMMANDS)]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click's name
        """The command, imported now. A plugin's that cannot be imported is one that says why."""
        if cmd_name in COMMANDS:
            command = _imported(COMMANDS[cmd_name][0])
            return command if cmd_name in WITHOUT_PLUGINS else with_plugin_options(command)
        rivals = _plugin_commands().get(cmd_name, [])
        if len(rivals) > 1:
            owners = " and ".join(_owner(entry) for entry in rivals)
            return _broken_command(rivals[0], f"{owners} have a command of this name; uninstall one of them")
        return _plugin_command(rivals[0]) if rivals else None

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Also guess which command was meant."""
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            import difflib

            close = difflib.get_close_matches(args[0], self.list_commands(ctx), 1, 0.6)
            if close and "Did you mean" not in error.message:
                raise click.UsageError(f"{error.message} Did you mean '{close[0]}'?", ctx) from None
            raise

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - click's name
        """List the commands from the table; plugins' by name and owner alone."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, summary) for name, (_, summary) in COMMANDS.items()])
        others = sorted((name, found) for name, found in _plugin_commands().items() if name not in COMMANDS)
        if others:
            with formatter.section("Commands of plugins"):
                formatter.write_dl([(name, f"From {' and '.join(map(_owner, found))}.") for name, found in others])


def _imported(import_string: str) -> click.Command:
    module, _, attribute = import_string.partition(":")
    command: click.Command = getattr(importlib.import_module(module), attribute)
    return command


def _plugin_commands() -> dict[str, list[EntryPoint]]:
    """Every command of a plugin, by name; more than one where plugins are at odds."""
    return _commands_on(tuple(sys.path))


@functools.lru_cache(maxsize=1)
def _commands_on(_path: tuple[str, ...]) -> dict[str, list[EntryPoint]]:
    found: dict[str, list[EntryPoint]] = {}
    for entry in entry_points_of(PLUGIN_COMMANDS)[0]:
        found.setdefault(entry.name, []).append(entry)
    return found


def _owner(entry_point: EntryPoint) -> str:
    return " ".join(owner_of(entry_point)).strip()


def _plugin_command(entry_point: EntryPoint) -> click.Command:
    try:
        command = entry_point.load()
    except (Exception, SystemExit) as error:
        return _broken_command(entry_point, f"{type(error).__name__}: {error}")
    if isinstance(command, click.Command):
        return command
    return _broken_command(entry_point, f"{entry_point.value} is no click command")


def _broken_command(entry_point: EntryPoint, cause: str) -> click.Command:
    owner = _owner(entry_point)
    package = owner_of(entry_point)[0]

    def say_why(**_: Any) -> None:
        from artgen.errors import ArtgenError

        raise ArtgenError(
            f"this command could not be loaded: {cause}", where=owner, hint=f"try: pip install -U {package}"
        )

    return click.Command(
        entry_point.name,
        callback=say_why,
        params=[click.Argument(["arguments"], nargs=-1, type=click.UNPROCESSED)],
        help=f"Broken: {owner} could not be loaded ({cause}).",
        context_settings={"ignore_unknown_options": True},
    )


@click.group(
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"]},
    params=list(plugin_options()),
    no_args_is_help=True,
)
@click.version_option(artgen.__version__, prog_name="artgen")
def cli() -> None:
    """Turn a folder of pictures into generative art, in batches.

    Begin with `artgen init gan FOLDER`, then `artgen run job.toml`.
    """


def main(arguments: list[str] | None = None) -> NoReturn:
    """Run the command line; every way out is an exit code and at most one clear block on stderr."""
    sys.exit(run(arguments))


def run(arguments: list[str] | None = None) -> int:
    """Run one command and return its exit code."""
    with environment_restored():
        return _run(arguments)


def _run(arguments: list[str] | None) -> int:
    try:
        code = cli.main(arguments, prog_name="artgen", standalone_mode=False)
        sys.stdout.flush()
    except click.exceptions.Exit as exit_:
        return exit_.exit_code
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (KeyboardInterrupt, click.Abort):
        click.echo("interrupted", err=True)
        return INTERRUPTED
    except BrokenPipeError:
        # Whoever read our output has gone; nothing more can be said there, not even at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:
        return _told(error)
    return code if isinstance(code, int) else 0


def _told(error: Exception) -> int:
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
    else:
        click.echo(f"artgen failed: {type(error).__name__}: {error}\n  {_kept(error)}", err=True)
    return error.exit_code if isinstance(error, ArtgenError) else 1


def _refused_by_disk(error: Exception) -> str:
    """A full disk, a folder that nobody may write into, a name that is too long; empty for all else."""
    from artgen.runs.files import disk_refusal

    reason = disk_refusal(error)
    if reason is None or (isinstance(error, OSError) and error.errno not in _OF_THE_DISK):
        return ""
    place = f"{error.filename}: " if isinstance(error, OSError) and error.filename else ""
    return f"{place}{reason}\n  Make room or choose another place, then run it again."


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


def _kept(error: Exception) -> str:
    """Keep a traceback that no person should have to look at, and say where."""
    import tempfile
    import traceback

    text = "".join(traceback.format_exception(error))
    try:
        with tempfile.NamedTemporaryFile("w", prefix="artgen-", suffix=".log", delete=False, encoding="utf-8") as file:
            file.write(text)
    except OSError:
        return "ARTGEN_DEBUG=1 shows where"
    return f"this is a mistake in artgen or a plugin; the traceback is in {file.name} (ARTGEN_DEBUG=1 shows it here)"
