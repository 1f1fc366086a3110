"""Charts as SVG text, drawn by Vega-Lite through vl-convert; refuses to know what they are charts of.

Colours are names of the page's style sheet, so that one drawing serves light and dark. vl-convert fetches nothing and
is an extra, loaded when the first chart is drawn.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from typing import Any

from sentinel_cli.errors import Misconfigured

__all__ = ["STEPS", "Bar", "GridCell", "columns", "grid", "spread", "stacks"]

STEPS = 5
"""How many colours a grid has, from `--h0` (least) to `--h4`, with the text on them in `--t0` to `--t4`."""

_WIDTH = 340
_ROW, _COLUMN_HEIGHT = 21, 150
_SERIES = ("var(--c0)", "var(--c1)", "var(--c2)", "var(--c3)")
_CONFIG = {
    "aria": False,
    "background": None,
    "padding": {"left": 9, "right": 5, "top": 5, "bottom": 5},
    "font": "sans-serif",
    "view": {"stroke": None},
    "axis": {
        "labelColor": "var(--ink)",
        "gridColor": "var(--line)",
        "domainColor": "var(--line)",
        "tickColor": "var(--line)",
        "labelFontSize": 12,
        "labelLimit": 130,
    },
    "text": {"fontSize": 11, "color": "var(--ink)"},
}
# Minutes between the lines of an axis of times: people count in quarters and hours.
_TICKS = (5, 10, 15, 30, 60, 120, 240, 480, 960)


@dataclass(frozen=True, slots=True)
class Bar:
    """A row of a chart of times, in minutes: the median as a bar, the p90 as a mark."""

    name: str
    median: float
    p90: float


@dataclass(frozen=True, slots=True)
class GridCell:
    """A cell of a grid: where it stands, which of the `STEPS` colours it has, what is written in it."""

    column: str
    row: str
    step: int
    words: str


def spread(bars: Sequence[Bar]) -> str:
    """Medians as bars, one below the other, with p90 marked."""
    longest = max(1, *(ceil(bar.p90) for bar in bars))
    gap = next((gap for gap in _TICKS if longest / gap <= 5), 60 * (longest // 300 + 1))
    ticks = list(range(0, longest + gap, gap))
    axis = {
        "values": ticks,
        "title": None,
        "labelExpr": "datum.value % 60 ? datum.value + 'm' : datum.value / 60 + 'h'",
    }
    x = {"type": "quantitative", "scale": {"domain": [0, ticks[-1]], "nice": False}, "axis": axis}
    y = {"field": "name", "type": "nominal", "sort": None, "title": None}
    return _drawn(
        [{"name": bar.name, "median": bar.median, "p90": bar.p90} for bar in bars],
        height={"step": _ROW},
        layer=[
            {
                "mark": {"type": "rule", "color": "var(--line)"},
                "encoding": {"x": {**x, "field": "median"}, "x2": {"field": "p90"}, "y": y},
            },
            {
                "mark": {"type": "bar", "color": "var(--c0)", "height": 12},
                "encoding": {"x": {**x, "field": "median"}, "y": y},
            },
            {
                "mark": {"type": "tick", "color": "var(--c1)", "thickness": 3, "size": 14, "opacity": 1},
                "encoding": {"x": {**x, "field": "p90"}, "y": y},
            },
        ],
    )


def columns(values: Sequence[tuple[str, float | None]], unit: str = "%") -> str:
    """A column for each name, up to 100; where a value is None there is none."""
    rows = [{"name": name, "value": value, "words": f"{value:.0f}"} for name, value in values if value is not None]
    x = _names([name for name, _ in values])
    y = {
        "field": "value",
        "type": "quantitative",
        "scale": {"domain": [0, 100]},
        "axis": {"title": None, "values": [0, 25, 50, 75, 100], "labelExpr": f"datum.value + '{unit}'"},
    }
    bars = {"mark": {"type": "bar", "color": "var(--c0)"}, "encoding": {"x": x, "y": y}}
    words = {"mark": {"type": "text", "dy": -6}, "encoding": {"x": x, "y": y, "text": {"field": "words"}}}
    return _drawn(rows, height=_COLUMN_HEIGHT, layer=[bars, words] if len(values) <= 14 else [bars])


def stacks(values: Sequence[tuple[str, str, int]], names: Sequence[str], series: Sequence[str]) -> str:
    """A column for each name, made of a part for each series: (name, series, count)."""
    colour = {
        "field": "series",
        "type": "nominal",
        "sort": None,
        "legend": None,
        "scale": {"domain": list(series), "range": [_SERIES[place % len(_SERIES)] for place in range(len(series))]},
    }
    y = {
        "field": "count",
        "type": "quantitative",
        "stack": "zero",
        "axis": {"title": None, "tickMinStep": 1, "tickCount": 5},
    }
    return _drawn(
        [{"name": name, "series": each, "count": count} for name, each, count in values],
        height=_COLUMN_HEIGHT,
        layer=[{"mark": "bar", "encoding": {"x": _names(names), "y": y, "color": colour}}],
    )


def grid(cells: Sequence[GridCell], column_names: Sequence[str], row_names: Sequence[str]) -> str:
    """A heat map with what it means written in each cell."""
    steps = list(range(STEPS))
    x = {
        "field": "column",
        "type": "nominal",
        "scale": {"domain": list(column_names)},
        "axis": {"orient": "top", "labelAngle": 0, "title": None, "ticks": False, "domain": False},
    }
    y = {
        "field": "row",
        "type": "nominal",
        "scale": {"domain": list(row_names)},
        "axis": {"title": None, "ticks": False, "domain": False},
    }
    colour = {"field": "step", "type": "ordinal", "legend": None}
    fill = {**colour, "scale": {"domain": steps, "range": [f"var(--h{step})" for step in steps]}}
    ink = {**colour, "scale": {"domain": steps, "range": [f"var(--t{step})" for step in steps]}}
    return _drawn(
        [{"column": each.column, "row": each.row, "step": each.step, "words": each.words} for each in cells],
        height={"step": _ROW},
        resolve={"scale": {"color": "independent"}},
        layer=[
            {"mark": {"type": "rect", "stroke": "var(--page)"}, "encoding": {"x": x, "y": y, "color": fill}},
            {"mark": "text", "encoding": {"x": x, "y": y, "text": {"field": "words"}, "color": ink}},
        ],
    )


def _names(names: Sequence[str]) -> dict[str, Any]:
    axis = {"title": None, "labelAngle": 0 if len(names) <= 8 else -90, "labelOverlap": True, "ticks": False}
    return {"field": "name", "type": "nominal", "sort": None, "scale": {"domain": list(names)}, "axis": axis}


def _drawn(rows: list[dict[str, Any]], **spec: Any) -> str:
    """The SVG element. It has no size of its own, but fills the width of its place."""
    try:
        import vl_convert
    except ModuleNotFoundError:
        raise Misconfigured(
            ["the charts of --html need an extra that is not installed"],
            advice="pip install 'ntpp-sentinel[report]'; without it: sentinel report, --csv or --json",
        ) from None
    size = {"width": _WIDTH, "autosize": {"type": "fit-x", "contains": "padding"}}
    svg = vl_convert.vegalite_to_svg({"data": {"values": rows}, **size, "config": _CONFIG, **spec})
    return re.sub(r' (?:width|height)="[\d.]+"', "", svg, count=2)
