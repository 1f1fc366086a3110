"""Groups that load a command's module when it runs, and no other: a cron line should not wait for the rest.

Help is plain text, as it stands in the code: nothing is loaded to draw it either.
"""

import inspect
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from importlib import import_module
from itertools import groupby
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command

from .index import Entry, Group

__all__ = ["LazyGroup", "PlainCommand"]

_TYPED_WRONGLY = 2


class PlainCommand(TyperCommand):
    """A command whose help keeps its lines."""

    def format_help_text(self, ctx: Any, formatter: Any) -> None:  # noqa: ARG002 - the signature is typer's
        """Write the description, and wrap nothing but what is too long."""
        _write_as_it_stands(self.help, formatter)


class LazyGroup(TyperGroup):
    """A group of what `entries` name; help and completion read those lines alone."""

    entries: Sequence[Entry | Group] = ()

    def __init__(self, *, entries: Sequence[Entry | Group] | None = None, **settings: Any) -> None:
        super().__init__(**settings)
        self.entries = self.entries if entries is None else entries
        self.commands: Mapping[str, Any] = _Loaded(self.entries)  # type: ignore[assignment]  # nobody adds to it

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002 - the signature is typer's
        """Their names, in the order of the index."""
        return list(self.commands)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """What help and completion need of it."""
        entry = next((entry for entry in self.entries if entry.name == cmd_name), None)
        if isinstance(entry, Entry):
            return PlainCommand(entry.name, help=entry.help, rich_help_panel=entry.panel or None)
        return super().get_command(ctx, cmd_name)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """The command itself, to be run, and its arguments."""
        name, command, rest = super().resolve_command(ctx, args)
        return name, self.commands.get(name, command) if name else command, rest

    def format_help_text(self, ctx: Any, formatter: Any) -> None:  # noqa: ARG002 - the signature is typer's
        """Write the description, and wrap nothing but what is too long."""
        _write_as_it_stands(self.help, formatter)

    def format_commands(self, ctx: Any, formatter: Any) -> None:  # noqa: ARG002 - the signature is typer's
        """Write what each command is for, panel by panel."""
        widest = max(len(entry.name) for entry in self.entries)
        for panel, entries in groupby(self.entries, key=lambda entry: entry.panel):
            with formatter.section(panel or "Commands"):
                formatter.write_dl([(entry.name.ljust(widest), entry.help) for entry in entries])


class _Topic(LazyGroup):
    """A group that does nothing by itself."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """What is left after parsing; without arguments the help is the answer."""
        if not args and not ctx.resilient_parsing:
            typer.echo(ctx.get_help())
            raise typer.Exit(_TYPED_WRONGLY)
        return super().parse_args(ctx, args)


def _write_as_it_stands(text: str | None, formatter: Any) -> None:
    formatter.write_paragraph()
    for line in inspect.cleandoc(text or "").splitlines():
        # What is set in, such as a command to be copied, is one line on any screen.
        filled = [line] if line.startswith(" ") else textwrap.wrap(line, formatter.width - 2)
        formatter.write("".join(f"  {each}".rstrip() + "\n" for each in filled or [""]))


class _Loaded(Mapping[str, Any]):
    """The commands by name, each made when it is asked for."""

    def __init__(self, entries: Sequence[Entry | Group]) -> None:
        self._entries = {entry.name: entry for entry in entries}

    def __getitem__(self, name: str) -> Any:
        entry = self._entries[name]
        if isinstance(entry, Group):
            examples = "\n".join(["For example:", *(f"  sentinel {example}" for example in entry.examples)])
            return _Topic(
                name=name,
                help=f"{entry.help}\n\n{examples}",
                rich_help_panel=entry.panel,
                rich_markup_mode=None,
                entries=entry.entries,
            )
        alone = typer.Typer(add_completion=False, rich_markup_mode=None)
        made = _found(entry.command_class) if entry.command_class else PlainCommand
        alone.command(name, cls=made, rich_help_panel=entry.panel or None)(_found(entry.where))
        return get_command(alone)

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)


def _found(where: str) -> Any:
    module, _, name = where.partition(":")
    return getattr(import_module(f"{__package__}.{module}"), name)
