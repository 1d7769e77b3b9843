"""The command `artgen`: its table of subcommands, which are imported when they are used."""

from __future__ import annotations

import importlib
import sys
from typing import Any, NoReturn

import click

import artgen
from artgen.cli.plugin_commands import command_of, owners, plugin_commands
from artgen.cli.plugin_options import environment_restored, plugin_options, with_plugin_options
from artgen.cores import wait_without_holding_on
from artgen.terminal import open_what_is_closed, pipe_is_broken, read_by_nobody

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

INTERRUPTED = 130
"""The exit code of whatever Ctrl-C ended, as shells have it: 128 + SIGINT."""

WITHOUT_PLUGINS = frozenset({"init", "inspect", "status", "stop", "strip", "clean", "info"})
"""Commands that use no components, and so take no plugins of one's own."""


class LazyGroup(click.Group):
    """A group whose commands are imported when they are called, not when they are listed."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's name
        """The built-in commands in their own order, then those of plugins."""
        return [*COMMANDS, *sorted(name for name in plugin_commands() if name not in COMMANDS)]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click's name
        """The command, imported now. A plugin's that cannot be imported is one that says why."""
        if cmd_name in COMMANDS:
            command = _imported(COMMANDS[cmd_name][0])
            return command if cmd_name in WITHOUT_PLUGINS else with_plugin_options(command)
        rivals = plugin_commands().get(cmd_name)
        return command_of(rivals) if rivals else None

    def invoke(self, ctx: click.Context) -> Any:
        """Run it. Where whoever read what it says has gone, nothing failed; click would say 1 of any broken pipe."""
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            if not pipe_is_broken(sys.stdout):
                raise
            read_by_nobody(sys.stdout)
            raise click.exceptions.Exit(0) from None

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Also guess which command was meant, and whose it is where its plugin is not installed."""
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            import difflib

            from artgen.distributions import brought, how_to_install

            if plugin := brought("command").get(args[0]):
                missing = f"'{args[0]}' is a command of {plugin}, which is not installed."
                raise click.UsageError(f"{missing} {how_to_install(plugin)}", ctx) from None
            close = difflib.get_close_matches(args[0], self.list_commands(ctx), 1, 0.6)
            if close and "Did you mean" not in error.message:
                raise click.UsageError(f"{error.message} Did you mean '{close[0]}'?", ctx) from None
            raise

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - click's name
        """List the commands from the table; plugins' by name and owner alone."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, summary) for name, (_, summary) in COMMANDS.items()])
        others = sorted((name, found) for name, found in plugin_commands().items() if name not in COMMANDS)
        if others:
            with formatter.section("Commands of plugins"):
                formatter.write_dl([(name, f"From {owners(found)}.") for name, found in others])


def _imported(import_string: str) -> click.Command:
    module, _, attribute = import_string.partition(":")
    command: click.Command = getattr(importlib.import_module(module), attribute)
    return command


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
    wait_without_holding_on()
    open_what_is_closed()
    with environment_restored():
        return _run(arguments)


def _run(arguments: list[str] | None) -> int:
    try:
        try:
            code = cli.main(arguments, prog_name="artgen", standalone_mode=False)
        finally:
            if progress := sys.modules.get("artgen.runs.progress"):
                progress.put_bars_away()
        sys.stdout.flush()
    except click.exceptions.Exit as exit_:
        return exit_.exit_code
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (KeyboardInterrupt, click.Abort) as stopped:
        notes = getattr(stopped.__cause__ or stopped, "__notes__", ())
        click.echo("\n".join(("interrupted", *notes)), err=True)
        return INTERRUPTED
    except BrokenPipeError:
        read_by_nobody(sys.stdout)
        return 0
    except Exception as error:
        from artgen.cli.mistakes import tell

        return tell(error)
    return code if isinstance(code, int) else 0
