"""Start of the command line: what a command costs, beside Python, Typer and others of its kind."""

import os
import shutil
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import median

from tests.e2e.stage import SENTINEL, bare

from .files import LOCATION, STAFF, filled
from .report import Table, around, verdict
from .scale import Bench

__all__ = ["home_of", "milliseconds", "start"]

_TYPER = "python -c 'import typer'"


def home_of(folder: Path, database: Path) -> dict[str, str]:
    """The environment of an installation with that database."""
    folder.mkdir(exist_ok=True)
    env = folder / ".env"
    lines = {
        "GHL_LOCATION_ID": LOCATION,
        "INTERNAL_USER_IDS": STAFF,
        "WEBHOOK_SECRET": "bench-3fJq8ZtL1mXw",
        "DB_PATH": database,
    }
    env.write_text("".join(f"{name}={value}\n" for name, value in lines.items()))
    env.chmod(0o600)
    return bare(SENTINEL_HOME=str(folder))


def milliseconds(argv: Sequence[str], environ: Mapping[str, str], *, on_terminal: bool = False) -> float:
    """How long a command takes from its start to its end; on a terminal it may draw."""
    reader, writer = os.openpty() if on_terminal else os.pipe()
    began = time.perf_counter()
    with subprocess.Popen(argv, env=dict(environ), stdin=subprocess.DEVNULL, stdout=writer, stderr=writer) as process:
        os.close(writer)
        said = b"".join(iter(lambda: _some(reader), b""))
        ended = process.wait()
    took = time.perf_counter() - began
    os.close(reader)
    if ended:
        raise SystemExit(f"{' '.join(argv)} ended with {ended}: {said.decode(errors='replace')[-500:]}")
    return took * 1000


def _some(reader: int) -> bytes:
    try:
        return os.read(reader, 65536)
    except OSError:  # a terminal's end
        return b""


def start(bench: Bench) -> Table:
    """Median milliseconds of each command, all of them in turn, round by round."""
    few, many = min(bench.scale.issues), max(bench.scale.issues)
    homes = {n: home_of(bench.folder / f"home{n}", bench.folder / f"issues{n}.db") for n in (few, many)}
    for number in homes:
        if not (bench.folder / f"issues{number}.db").exists():
            filled(bench.folder / f"issues{number}.db", number, min(number, 10))
    database, sentinel = str(bench.folder / f"issues{few}.db"), str(SENTINEL)
    commands: dict[str, tuple[list[str], dict[str, str], bool, str]] = {
        "python -c pass": ([sys.executable, "-c", "pass"], bare(), False, ""),
        _TYPER: ([sys.executable, "-c", "import typer"], bare(), False, ""),
        "sqlite-utils tables": ([str(SENTINEL.with_name("sqlite-utils")), "tables", database], bare(), False, ""),
        "sentinel --help": ([sentinel, "--help"], homes[few], False, "2.0"),
        "sentinel kv show --json": ([sentinel, "kv", "show", "--json"], homes[few], False, "1.6"),
    }
    if shell := shutil.which("sqlite3"):
        query = "select id, due_ts from issues where status = 'OPEN'"
        commands["sqlite3 shell, a query"] = ([shell, database, query], bare(), False, "")
    for number, home in homes.items():
        listed = [sentinel, "issues", "list"]
        commands |= {
            f"sentinel issues list --json, of {number:,}": ([*listed, "--json"], home, False, "1.6"),
            f"sentinel issues list, of {number:,}, in a pipe": (listed, home, False, ""),
            f"sentinel issues list, of {number:,}, as a table": (listed, home, True, "2.4"),
        }
    took = defaultdict[str, list[float]](list)
    for turn in range(bench.scale.starts + 1):
        for name, (argv, environ, on_terminal, _) in commands.items():
            spent = milliseconds(argv, environ, on_terminal=on_terminal)
            # The first turn writes byte code and fills the cache.
            took[name] += [spent] if turn else []
    floor, typer = median(took["python -c pass"]), median(took[_TYPER])
    ratios = {name: median(each) / typer for name, each in took.items()}
    lists = [ratios[f"sentinel issues list --json, of {number:,}"] for number in homes]
    return Table(
        "Start of the command line",
        "`--json` within 1.6 times `import typer`, a table 2.4, `--help` 2; a million issues within 1.5 times ten",
        ["Command", "ms", "of python", "of import typer", "aim"],
        [
            [name, around(each), f"{median(each) / floor:.1f}", f"{ratios[name]:.2f}", commands[name][3]]
            for name, each in took.items()
        ],
        [f"{bench.scale.starts} runs of each, in turn; ten issues are open in every file, the others are answered."],
        [
            *(verdict(f"`{name}`", ratios[name], float(aim)) for name, (_, _, _, aim) in commands.items() if aim),
            verdict(f"`issues list --json` of {many:,}, of one of {few:,}", lists[1] / lists[0], 1.5),
        ],
    )
