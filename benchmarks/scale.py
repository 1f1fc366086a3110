"""How much is measured: the whole, or so little that a test can see each benchmark run."""

from dataclasses import dataclass
from pathlib import Path

__all__ = ["FULL", "TINY", "Bench", "Scale"]


@dataclass(frozen=True)
class Scale:
    """Seconds of load in each cell, rounds of everything that is compared, and the sizes of what is measured."""

    seconds: int
    rounds: int
    connections: tuple[int, ...]
    starts: int
    open_issues: tuple[int, ...]
    new_messages: int
    latency: float
    rebuilt_messages: int
    timeline: int
    issues: tuple[int, ...]


FULL = Scale(
    seconds=3,
    rounds=3,
    connections=(1, 16, 64),
    starts=15,
    open_issues=(10, 200, 5_000),
    new_messages=30,
    latency=0.08,
    rebuilt_messages=1_000_000,
    timeline=50_000,
    issues=(10, 10_000, 100_000, 1_000_000),
)

TINY = Scale(
    seconds=1,
    rounds=1,
    connections=(2,),
    starts=1,
    open_issues=(3,),
    new_messages=4,
    latency=0.01,
    rebuilt_messages=200,
    timeline=50,
    issues=(10, 100),
)


@dataclass(frozen=True)
class Bench:
    """A run of the benchmarks: how much, and an empty folder on the disk that is measured."""

    scale: Scale
    folder: Path
