"""The report's pictures as SVG text."""

import math
from collections.abc import Callable, Sequence
from html import escape
from typing import NamedTuple

from synth_assets.privacy.page.drawing import (
    BOTTOM,
    DASHED,
    LEFT,
    LEVEL,
    RIGHT,
    STYLE,
    TICKS,
    TOP,
    Mark,
    across,
    below,
    chart,
    frame,
    line,
    nice_top,
    path,
    percent,
    said,
    svg,
    text,
    up,
)
from synth_assets.privacy.results import Curve

_DASHES = ("", "6 3", "2 3", "8 3 2 3", "12 4", "1 4", "4 2 1 2", "10 2")


class Point(NamedTuple):
    """One stage of a panel: its label, train, and control."""

    label: str
    train: Mark
    control: Mark


class Panel(NamedTuple):
    """A measure by stage: train as a line with whiskers, control as rings.

    Attributes:
        title: of the measure.
        points: one a stage.
        null: a dashed level.
        top: end of the axis; None to fit the points.
    """

    title: str
    points: Sequence[Point]
    null: float | None = None
    top: float | None = None


class Line(NamedTuple):
    """A named line of a chart; points (x, y), y in [0, 1]."""

    name: str
    points: Curve


def dot_whisker(train: Mark, control: Mark, limit: float | None, top: float, label: str) -> str:
    """Train (filled) above its control (ring) on one axis from 0 to `top`, with the limit as a dashed line."""

    def x(value: float) -> float:
        return round(10.0 + 300.0 * min(value, top) / top, 1)

    axis = "".join(
        line("grid", x(t), 4, x(t), 42) + text("mute", x(t), 55, percent(t), anchor)
        for t, anchor in ((0.0, "start"), (top / 2, "middle"), (top, "end"))
    )
    bar = "" if limit is None else line("limit", x(limit), 2, x(limit), 42, DASHED)
    marks = "".join(
        line(kind, x(m.low), y, x(m.high), y)
        + "".join(line(kind, x(end), y - 4, x(end), y + 4) for end in (m.low, m.high))
        + f'<circle class="{kind}" cx="{x(m.value)}" cy="{y}" r="4.5"/>'
        for m, y, kind in ((train, 15, "train"), (control, 31, "control"))
        if m.value is not None and m.low is not None and m.high is not None
    )
    return (
        f'<svg class="whisker" viewBox="0 0 320 60" role="img" aria-label="{escape(label)}" stroke-width="1.6">'
        f'<g stroke-width="1">{axis}</g>{bar}{marks}</svg>'
    )


def panel_top(panel: Panel) -> float:
    """The axis end that holds all points of a panel."""
    return nice_top([v for p in panel.points for m in (p.train, p.control) for v in (m.value, m.high)])


def panel_svg(panel: Panel) -> str:
    """A panel as a picture; whoever cannot see it hears its numbers."""
    told = "; ".join(f"{p.label}: train {said(p.train)}, control {said(p.control)}" for p in panel.points)
    return svg(_panel(panel), 340, 206, f"{panel.title}. {told}")


def sheet(panels: Sequence[Panel], label: str) -> str:
    """At most four panels and a legend as one picture that needs no style sheet."""
    body = "".join(
        f'<g transform="translate({8 + 348 * (i % 2)} {8 + 210 * (i // 2)})">{_panel(panel)}</g>'
        for i, panel in enumerate(panels)
    )
    legend = (
        '<g transform="translate(20 436)"><circle class="train" cx="0" cy="0" r="4"/><text class="ink" x="10" y="4">'
        'train</text><circle class="control" stroke-width="1.6" cx="60" cy="0" r="4"/><text class="ink" x="70" y="4">'
        "control that took no part</text></g>"
    )
    return svg(body + legend, 704, 452, label, STYLE)


def _panel(panel: Panel) -> str:
    """340 x 206."""
    title, points, null, end = panel
    left, right, top, bottom = 40, 330, 34, 176
    step = (right - left) / max(1, len(points))
    reach = end or panel_top(panel)

    def y(value: float) -> float:
        return round(bottom - (bottom - top) * min(value, reach) / reach, 1)

    def x(index: int) -> float:
        return round(left + step * (index + 0.5), 1)

    grid = "".join(
        line("grid", left, y(t), right, y(t)) + text("mute", left - 6, y(t) + 4, percent(t), "end")
        for t in (0.0, reach / 2, reach)
    )
    names = "".join(text("mute", x(i), bottom + 18, p.label, "middle") for i, p in enumerate(points))
    level = "" if null is None else line("grid", left, y(null), right, y(null), LEVEL)
    joined = " ".join(f"{x(i)},{y(p.train.value)}" for i, p in enumerate(points) if p.train.value is not None)
    marks = "".join(
        line(kind, x(i) + shift, y(m.low), x(i) + shift, y(m.high), ' stroke-width="1.6"')
        + f'<circle class="{kind}" stroke-width="1.6" cx="{x(i) + shift}" cy="{y(m.value)}" r="4"/>'
        for i, p in enumerate(points)
        for m, shift, kind in ((p.control, 9, "control"), (p.train, 0, "train"))
        if m.value is not None and m.low is not None and m.high is not None
    )
    return text("ink name", 8, 16, title) + grid + names + level + path(joined, ' stroke-width="1.6"') + marks


def power_chart(lines: Sequence[Line], level: float) -> str:
    """Probability of seeing a leak against its share (logarithmic, 0.1 % to 100 %); `level` is dashed."""

    def x(share: float) -> float:
        return LEFT + (RIGHT - LEFT) * (math.log10(max(share, 0.001)) + 3) / 3

    ticks = [(x(t), percent(t)) for t in (0.001, 0.01, 0.1, 1.0)]
    dash = line("limit", LEFT, up(level), RIGHT, up(level), DASHED)
    body = frame(ticks, "share of subjects that leak", "chance that it is seen") + dash + _lines(lines, x)
    return chart(body, len(lines), "Power of the gates")


def roc_chart(lines: Sequence[Line], title: str) -> str:
    """True positives against false positives, with the diagonal of chance."""
    chance = line("grid", LEFT, BOTTOM, RIGHT, TOP, LEVEL)
    body = frame(TICKS, "others accused", "members recognized") + chance + _lines(lines, across)
    return chart(body, len(lines), title)


def _lines(lines: Sequence[Line], place: Callable[[float], float]) -> str:
    """Lines with different dashes, named under the chart, so that they can be read without color."""
    elements = []
    for number, (name, points) in enumerate(lines):
        dash = _DASHES[number % len(_DASHES)]
        pen = ' stroke-width="1.6"' + (f' stroke-dasharray="{dash}"' if dash else "")
        at = below(number)
        elements.append(path(" ".join(f"{place(x):.1f},{up(y)}" for x, y in points), pen))
        elements.append(line("train", LEFT, at - 4, LEFT + 34, at - 4, pen) + text("ink", LEFT + 42, at, name))
    return "".join(elements)
