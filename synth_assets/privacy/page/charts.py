"""The report's pictures as SVG text: no script, no font, no address; colors come from CSS classes."""

import math
from collections.abc import Callable, Sequence
from html import escape
from typing import NamedTuple

from synth_assets.privacy.results import Curve

STYLE = (
    ".ink{fill:#1d2433}.mute{fill:#5d677a}.grid{stroke:#d9dee7}.train{stroke:#1f5fbf;fill:#1f5fbf}"
    ".control{stroke:#8a5a00;fill:none}.limit{stroke:#b3261e}.back{fill:#fff}"
    "text{font:11px system-ui,-apple-system,'Segoe UI',Roboto,sans-serif}.name{font-weight:600;font-size:12px}"
    "@media(prefers-color-scheme:dark){.ink{fill:#e8ebf1}.mute{fill:#a2acbd}.grid{stroke:#343d4f}"
    ".train{stroke:#7fb0ff;fill:#7fb0ff}.control{stroke:#e5b155;fill:none}.limit{stroke:#ff8a80}.back{fill:#141924}}"
)
_LEFT, _RIGHT, _TOP, _BOTTOM = 44.0, 320.0, 24.0, 186.0
_DASHED = ' stroke-dasharray="3 3"'
_LEVEL = ' stroke-dasharray="4 3"'
_DASHES = ("", "6 3", "2 3", "8 3 2 3", "12 4", "1 4", "4 2 1 2", "10 2")


class Mark(NamedTuple):
    """A share in [0, 1] with its interval; nothing is drawn where `value` is None."""

    value: float | None
    low: float | None
    high: float | None


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


class Place(NamedTuple):
    """A labeled point of the trade-off: `leak` in [0, 1], `use` in [0, 1]."""

    label: str
    leak: float
    use: float


def nice_top(values: Sequence[float | None]) -> float:
    """The smallest axis end of 1, 2, 5, 10, 25, 50, 100 % that holds all values."""
    largest = max((v for v in values if v is not None), default=1.0)
    return next((top for top in (0.01, 0.02, 0.05, 0.1, 0.25, 0.5) if largest <= top), 1.0)


def dot_whisker(train: Mark, control: Mark, limit: float | None, top: float, label: str) -> str:
    """Train (filled) above its control (ring) on one axis from 0 to `top`, with the limit as a dashed line."""

    def x(value: float) -> float:
        return round(10.0 + 300.0 * min(value, top) / top, 1)

    axis = "".join(
        _line("grid", x(t), 4, x(t), 42) + _text("mute", x(t), 55, _percent(t), anchor)
        for t, anchor in ((0.0, "start"), (top / 2, "middle"), (top, "end"))
    )
    line = "" if limit is None else _line("limit", x(limit), 2, x(limit), 42, _DASHED)
    marks = "".join(
        _line(kind, x(m.low), y, x(m.high), y)
        + "".join(_line(kind, x(end), y - 4, x(end), y + 4) for end in (m.low, m.high))
        + f'<circle class="{kind}" cx="{x(m.value)}" cy="{y}" r="4.5"/>'
        for m, y, kind in ((train, 15, "train"), (control, 31, "control"))
        if m.value is not None and m.low is not None and m.high is not None
    )
    return (
        f'<svg class="whisker" viewBox="0 0 320 60" role="img" aria-label="{escape(label)}" stroke-width="1.6">'
        f'<g stroke-width="1">{axis}</g>{line}{marks}</svg>'
    )


def panel_top(panel: Panel) -> float:
    """The axis end that holds all points of a panel."""
    return nice_top([v for p in panel.points for m in (p.train, p.control) for v in (m.value, m.high)])


def panel_svg(panel: Panel) -> str:
    """A panel as a picture; whoever cannot see it hears its numbers."""
    told = "; ".join(f"{p.label}: train {_said(p.train)}, control {_said(p.control)}" for p in panel.points)
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


def _said(mark: Mark) -> str:
    return "not measured" if mark.value is None else f"{100 * mark.value:.1f}%"


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
        _line("grid", left, y(t), right, y(t)) + _text("mute", left - 6, y(t) + 4, _percent(t), "end")
        for t in (0.0, reach / 2, reach)
    )
    names = "".join(_text("mute", x(i), bottom + 18, p.label, "middle") for i, p in enumerate(points))
    level = "" if null is None else _line("grid", left, y(null), right, y(null), _LEVEL)
    path = " ".join(f"{x(i)},{y(p.train.value)}" for i, p in enumerate(points) if p.train.value is not None)
    marks = "".join(
        _line(kind, x(i) + shift, y(m.low), x(i) + shift, y(m.high), ' stroke-width="1.6"')
        + f'<circle class="{kind}" stroke-width="1.6" cx="{x(i) + shift}" cy="{y(m.value)}" r="4"/>'
        for i, p in enumerate(points)
        for m, shift, kind in ((p.control, 9, "control"), (p.train, 0, "train"))
        if m.value is not None and m.low is not None and m.high is not None
    )
    return _text("ink name", 8, 16, title) + grid + names + level + _path(path, ' stroke-width="1.6"') + marks


def svg(body: str, width: int, height: int, label: str, style: str = "") -> str:
    """Wrap drawn elements; with `style` the picture can be used by itself."""
    head = f'<style>{style}</style><rect class="back" width="{width}" height="{height}"/>' if style else ""
    alone = f' xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}"' if style else ""
    return f'<svg{alone} viewBox="0 0 {width} {height}" role="img" aria-label="{escape(label)}">{head}{body}</svg>'


def power_chart(lines: Sequence[Line], level: float) -> str:
    """Probability of seeing a leak against its share (logarithmic, 0.1 % to 100 %); `level` is dashed."""

    def x(share: float) -> float:
        return _LEFT + (_RIGHT - _LEFT) * (math.log10(max(share, 0.001)) + 3) / 3

    ticks = [(x(t), _percent(t)) for t in (0.001, 0.01, 0.1, 1.0)]
    dash = _line("limit", _LEFT, _y(level), _RIGHT, _y(level), _DASHED)
    body = _frame(ticks, "share of subjects that leak", "chance that it is seen") + dash + _lines(lines, x)
    return _chart(body, len(lines), "Power of the gates")


def roc_chart(lines: Sequence[Line], title: str) -> str:
    """True positives against false positives, with the diagonal of chance."""
    chance = _line("grid", _LEFT, _BOTTOM, _RIGHT, _TOP, _LEVEL)
    body = _frame(_TICKS, "others accused", "members recognized") + chance + _lines(lines, _x)
    return _chart(body, len(lines), title)


def trade_off_chart(places: Sequence[Place]) -> str:
    """Utility (up) against leak (right): one numbered point a stage, joined in the given order and named below."""
    path = " ".join(f"{_x(p.leak)},{_y(p.use)}" for p in places)
    line = _path(path, f' stroke-width="1.2"{_DASHED}')
    marks = "".join(_numbered(number, place) for number, place in enumerate(places))
    axes = _frame(_TICKS, "leak: members recognized beyond chance", "use: share of what real text gives")
    return _chart(axes + line + marks, len(places), "Privacy against utility over the stages")


def _chart(body: str, named: int, title: str) -> str:
    """A picture with so many names below it."""
    return svg(body, 340, int(_BOTTOM + 44 + 17 * named), title)


def _numbered(number: int, place: Place) -> str:
    x, y, at = _x(place.leak), _y(place.use), _BOTTOM + 52 + 17 * number
    steps = 16 * (number % 3)
    beside = 17 + steps if y < (_TOP + _BOTTOM) / 2 else -9 - steps  # into the chart
    name = f"{number + 1} {place.label}: leak {100 * place.leak:.0f}%, use {100 * place.use:.0f}%"
    circle = f'<circle class="train" cx="{x}" cy="{y}" r="4"/>'
    return circle + _text("ink", x, y + beside, str(number + 1), "middle") + _text("ink", _LEFT, at, name)


def _x(value: float) -> float:
    return round(_LEFT + (_RIGHT - _LEFT) * min(1.0, max(0.0, value)), 1)


def _y(value: float) -> float:
    return round(_BOTTOM - (_BOTTOM - _TOP) * min(1.0, max(0.0, value)), 1)


def _frame(ticks: Sequence[tuple[float, str]], below: str, beside: str) -> str:
    levels = "".join(
        _line("grid", _LEFT, _y(t), _RIGHT, _y(t)) + _text("mute", _LEFT - 6, _y(t) + 4, _percent(t), "end")
        for t in (0.0, 0.5, 1.0)
    )
    marks = "".join(_text("mute", round(x, 1), _BOTTOM + 16, name, "middle") for x, name in ticks)
    axes = _text("mute", (_LEFT + _RIGHT) / 2, _BOTTOM + 32, below, "middle") + _text("mute", _LEFT, 8, beside)
    return levels + marks + axes


def _lines(lines: Sequence[Line], place: Callable[[float], float]) -> str:
    """Lines with different dashes, named under the chart, so that they can be read without color."""
    elements = []
    for number, (name, points) in enumerate(lines):
        dash = _DASHES[number % len(_DASHES)]
        pen = ' stroke-width="1.6"' + (f' stroke-dasharray="{dash}"' if dash else "")
        at = _BOTTOM + 52 + 17 * number
        elements.append(_path(" ".join(f"{place(x):.1f},{_y(y)}" for x, y in points), pen))
        elements.append(_line("train", _LEFT, at - 4, _LEFT + 34, at - 4, pen) + _text("ink", _LEFT + 42, at, name))
    return "".join(elements)


def _percent(value: float) -> str:
    return f"{100 * value:g}%"


def _line(kind: str, x1: float, y1: float, x2: float, y2: float, pen: str = "") -> str:
    return f'<line class="{kind}"{pen} x1="{x1}" y1="{y1}" x2="{x2}" y2="{y2}"/>'


def _path(points: str, pen: str) -> str:
    return f'<polyline class="train" style="fill:none"{pen} points="{points}"/>'


def _text(kind: str, x: float, y: float, text: str, anchor: str = "start") -> str:
    return f'<text class="{kind}" x="{x}" y="{y}" text-anchor="{anchor}">{escape(text)}</text>'


_TICKS = [(_x(t), _percent(t)) for t in (0.0, 0.5, 1.0)]
