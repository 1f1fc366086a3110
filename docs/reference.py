"""The reference parts of the documents, read off the program itself: commands, exit codes, settings."""

import re
import textwrap
from collections.abc import Iterable, Iterator, Sequence
from enum import Enum
from typing import Any

from sentinel_cli.cli import root
from sentinel_cli.setting_table import SETTINGS, Setting

__all__ = ["commands", "commands_section", "exit_codes", "exit_codes_table", "settings_table"]

_EXIT_CODE = re.compile(r"^ +(\d+)  (.+)$", re.MULTILINE)


def commands() -> Iterator[tuple[tuple[str, ...], Any]]:
    """Every command with the words that name it, groups before what is in them, in the order they are typed in code."""
    yield from _below((), root())


def _below(path: tuple[str, ...], command: Any) -> Iterator[tuple[tuple[str, ...], Any]]:
    yield path, command
    for name, inner in getattr(command, "commands", {}).items():
        yield from _below((*path, name), inner)


def exit_codes() -> dict[int, str]:
    """What each exit code means, as `sentinel --help` says it."""
    return {int(code): meaning for code, meaning in _EXIT_CODE.findall(root().help or "")}


def exit_codes_table() -> str:
    """The exit codes as a table."""
    return _table(("Code", "Meaning"), [(f"`{code}`", meaning) for code, meaning in exit_codes().items()])


def settings_table() -> str:
    """Every setting as a table: name, default, meaning with an example where there is one."""
    rows = [(f"`{setting.name}`", _default(setting), _meaning(setting)) for setting in SETTINGS]
    return _table(("Name", "Default", "Meaning"), rows)


def _default(setting: Setting) -> str:
    return f"`{setting.default}`" if setting.default else "not set"


def _meaning(setting: Setting) -> str:
    example = f"; for example `{setting.example}`" if setting.example else ""
    return setting.meaning[0].upper() + setting.meaning[1:] + example


def commands_section() -> str:
    """Each command with its help, arguments, options and examples."""
    return "\n\n".join(_command(path, command) for path, command in commands() if path)


def _command(path: tuple[str, ...], command: Any) -> str:
    parts = [f"### sentinel {' '.join(path)}", *_prose(command.help or "")]
    if getattr(command, "commands", None):
        return "\n\n".join(parts)
    taken = [parameter for parameter in command.params if parameter.name != "help"]
    parts.insert(1, _fenced([_usage(path, taken)], "text"))
    if taken:
        rows = [(_spelled(each), _default_of(each), each.help) for each in taken]
        parts.append(_table(("Argument or option", "Default", "Meaning"), rows))
    return "\n\n".join(parts)


def _usage(path: tuple[str, ...], taken: Sequence[Any]) -> str:
    words = [_argument(each) for each in taken if each.param_type_name == "argument"]
    options = [each for each in taken if each.param_type_name == "option"]
    needed = [f"{each.opts[0]} {_value(each)}" for each in options if each.required]
    others = ["[OPTIONS]"] if len(options) > len(needed) else []
    return " ".join(["sentinel", *path, *words, *needed, *others])


def _argument(parameter: Any) -> str:
    name = _value(parameter)
    return name if parameter.required else f"[{name}]"


def _spelled(parameter: Any) -> str:
    if parameter.param_type_name == "argument":
        return f"`{_argument(parameter)}`"
    return "`" + " ".join([*parameter.opts, *([_value(parameter)] if _value(parameter) else [])]) + "`"


def _value(parameter: Any) -> str:
    """How a parameter's value is named; a flag has none."""
    if choices := getattr(parameter.type, "choices", None):
        return "|".join(choice.value if isinstance(choice, Enum) else str(choice) for choice in choices)
    if parameter.type.name == "boolean":
        return ""
    fallback = "N" if "int" in parameter.type.name else parameter.name.upper()
    return str(parameter.metavar or fallback)


def _default_of(parameter: Any) -> str:
    default = parameter.default
    if parameter.required:
        return "required"
    if default is None or default is False:
        return ""
    return f"`{default.value if isinstance(default, Enum) else default}`"


def _prose(text: str) -> Iterator[str]:
    """The paragraphs of a help text; indented examples become code."""
    for block in text.split("\n\n"):
        first, _, rest = block.partition("\n")
        if rest.startswith("  "):
            yield first
            yield _fenced(textwrap.dedent(rest).splitlines())
        else:
            yield block


def _fenced(lines: Iterable[str], language: str = "sh") -> str:
    return "\n".join([f"```{language}", *lines, "```"])


def _table(names: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [names, ["---"] * len(names), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", r"\|") for cell in line) + " |" for line in lines)
