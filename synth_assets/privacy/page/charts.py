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
    left, width = 10.0, 300.0

    def x(value: float) -> float:
        return round(left + width * min(value, top) / top, 1)

    axis = "".join(
        f'<line class="grid" x1="{x(t)}" x2="{x(t)}" y1="4" y2="42"/>'
        f'<text class="mute" x="{x(t)}" y="55" text-anchor="{anchor}">{_percent(t)}</text>'
        for t, anchor in ((0.0, "start"), (top / 2, "middle"), (top, "end"))
    )
    line = (
        f'<line class="limit" stroke-dasharray="3 3" x1="{x(limit)}" x2="{x(limit)}" y1="2" y2="42"/>'
        if limit is not None
        else ""
    )
    marks = "".join(
        _whisker(x(m.low), x(m.high), y, kind) + f'<circle class="{kind}" cx="{x(m.value)}" cy="{y}" r="4.5"/>'
        for m, y, kind in ((train, 15, "train"), (control, 31, "control"))
        if m.value is not None and m.low is not None and m.high is not None
    )
    return (
        f'<svg class="whisker" viewBox="0 0 320 60" role="img" aria-label="{escape(label)}" stroke-width="1.6">'
        f'<g stroke-width="1">{axis}</g>{line}{marks}</svg>'
    )


def panel(title: str, points: Sequence[Point], null: float | None = None) -> str:
    """Leak by stage, 340 x 210: train as a line with whiskers, control as rings; `null` is a dashed level."""
    left, right, top, bottom = 40, 330, 34, 176
    step = (right - left) / max(1, len(points))
    reach = nice_top([v for p in points for m in (p.train, p.control) for v in (m.value, m.high)])

    def y(value: float) -> float:
        return round(bottom - (bottom - top) * min(value, reach) / reach, 1)

    def x(index: int) -> float:
        return round(left + step * (index + 0.5), 1)

    grid = "".join(
        f'<line class="grid" x1="{left}" x2="{right}" y1="{y(t)}" y2="{y(t)}"/>'
        f'<text class="mute" x="{left - 6}" y="{y(t) + 4}" text-anchor="end">{_percent(t)}</text>'
        for t in (0.0, reach / 2, reach)
    )
    names = "".join(
        f'<text class="mute" x="{x(i)}" y="{bottom + 18}" text-anchor="middle">{escape(p.label)}</text>'
        for i, p in enumerate(points)
    )
    path = " ".join(f"{x(i)},{y(p.train.value)}" for i, p in enumerate(points) if p.train.value is not None)
    level = (
        ""
        if null is None
        else f'<line class="grid" stroke-dasharray="4 3" x1="{left}" x2="{right}" y1="{y(null)}" y2="{y(null)}"/>'
    )
    marks = "".join(
        _upright(x(i) + shift, mark, y, kind)
        for i, p in enumerate(points)
        for mark, shift, kind in ((p.control, 9, "control"), (p.train, 0, "train"))
    )
    return (
        f'<text class="ink name" x="8" y="16">{escape(title)}</text>{grid}{names}{level}'
        f'<polyline class="train" style="fill:none" stroke-width="1.6" points="{path}"/>{marks}'
    )


def svg(body: str, width: int, height: int, label: str, style: str = "") -> str:
    """Wrap drawn elements; `style` makes the picture stand alone."""
    head = f'<style>{style}</style><rect class="back" width="{width}" height="{height}"/>' if style else ""
    namespace = ' xmlns="http://www.w3.org/2000/svg"' if style else ""
    size = f' width="{width}" height="{height}"' if style else ""
    box = f'viewBox="0 0 {width} {height}"{size}'
    return f'<svg{namespace} {box} role="img" aria-label="{escape(label)}">{head}{body}</svg>'


def power_chart(lines: Sequence[Line], level: float) -> str:
    """Probability of seeing a leak against its share (logarithmic, 0.1 % to 100 %); `level` is dashed."""

    def x(share: float) -> float:
        return _LEFT + (_RIGHT - _LEFT) * (math.log10(max(share, 0.001)) + 3) / 3

    ticks = [(x(t), f"{100 * t:g}%") for t in (0.001, 0.01, 0.1, 1.0)]
    dash = f'<line class="limit" stroke-dasharray="3 3" x1="{_LEFT}" x2="{_RIGHT}" y1="{_y(level)}" y2="{_y(level)}"/>'
    drawn = [(line.name, [(x(a), b) for a, b in line.points]) for line in lines]
    return _frame(ticks, "share of subjects that leak", "chance that it is seen") + dash + _lines(drawn)


def roc_chart(lines: Sequence[Line]) -> str:
    """True positives against false positives, with the diagonal of chance."""
    ticks = [(_across(t), f"{100 * t:g}%") for t in (0.0, 0.5, 1.0)]
    chance = f'<line class="grid" stroke-dasharray="4 3" x1="{_LEFT}" y1="{_BOTTOM}" x2="{_RIGHT}" y2="{_TOP}"/>'
    drawn = [(line.name, [(_across(a), b) for a, b in line.points]) for line in lines]
    return _frame(ticks, "others accused", "members recognized") + chance + _lines(drawn)


def trade_off_chart(places: Sequence[Place]) -> str:
    """Utility (up) against leak (right): one numbered point a stage, joined in the given order and named below."""
    ticks = [(_across(t), f"{100 * t:g}%") for t in (0.0, 0.5, 1.0)]
    path = " ".join(f"{_across(p.leak)},{_y(p.use)}" for p in places)
    line = f'<polyline class="train" style="fill:none" stroke-width="1.2" stroke-dasharray="3 3" points="{path}"/>'
    marks = "".join(_numbered(number, place) for number, place in enumerate(places))
    return _frame(ticks, "leak: members recognized beyond chance", "use: share of what real text gives") + line + marks


def height(lines: int) -> int:
    """Height of a chart with so many named lines."""
    return int(_BOTTOM + 44 + 17 * lines)


def _whisker(low: float, high: float, y: float, kind: str) -> str:
    ends = "".join(f'<line class="{kind}" x1="{x}" x2="{x}" y1="{y - 4}" y2="{y + 4}"/>' for x in (low, high))
    return f'<line class="{kind}" x1="{low}" x2="{high}" y1="{y}" y2="{y}"/>{ends}'


def _upright(x: float, mark: Mark, y: Callable[[float], float], kind: str) -> str:
    if mark.value is None or mark.low is None or mark.high is None:
        return ""
    bar = f'<line class="{kind}" stroke-width="1.6" x1="{x}" x2="{x}" y1="{y(mark.low)}" y2="{y(mark.high)}"/>'
    return f'{bar}<circle class="{kind}" stroke-width="1.6" cx="{x}" cy="{y(mark.value)}" r="4"/>'


def _numbered(number: int, place: Place) -> str:
    x, y, at = _across(place.leak), _y(place.use), _BOTTOM + 52 + 17 * number
    steps = 16 * (number % 3)
    beside = 17 + steps if y < (_TOP + _BOTTOM) / 2 else -9 - steps  # into the chart
    name = f"{number + 1} {place.label}: leak {100 * place.leak:.0f}%, use {100 * place.use:.0f}%"
    return (
        f'<circle class="train" cx="{x}" cy="{y}" r="4"/><text class="ink" x="{x}" y="{y + beside}" '
        f'text-anchor="middle">{number + 1}</text><text class="ink" x="{_LEFT}" y="{at}">{escape(name)}</text>'
    )


def _across(value: float) -> float:
    return round(_LEFT + (_RIGHT - _LEFT) * min(1.0, max(0.0, value)), 1)


def _y(value: float) -> float:
    return round(_BOTTOM - (_BOTTOM - _TOP) * min(1.0, max(0.0, value)), 1)


def _frame(ticks: Sequence[tuple[float, str]], below: str, beside: str) -> str:
    levels = "".join(
        f'<line class="grid" x1="{_LEFT}" x2="{_RIGHT}" y1="{_y(t)}" y2="{_y(t)}"/>'
        f'<text class="mute" x="{_LEFT - 6}" y="{_y(t) + 4}" text-anchor="end">{100 * t:g}%</text>'
        for t in (0.0, 0.5, 1.0)
    )
    marks = "".join(
        f'<text class="mute" x="{x:.1f}" y="{_BOTTOM + 16}" text-anchor="middle">{name}</text>' for x, name in ticks
    )
    return (
        f'{levels}{marks}<text class="mute" x="{(_LEFT + _RIGHT) / 2}" y="{_BOTTOM + 32}" text-anchor="middle">'
        f'{escape(below)}</text><text class="mute" x="{_LEFT}" y="8">{escape(beside)}</text>'
    )


def _lines(lines: Sequence[tuple[str, Sequence[tuple[float, float]]]]) -> str:
    """Lines with different dashes, named under the chart, so that they can be read without color."""
    elements = []
    for number, (name, points) in enumerate(lines):
        dash = f' stroke-dasharray="{_DASHES[number % len(_DASHES)]}"' if _DASHES[number % len(_DASHES)] else ""
        path = " ".join(f"{x:.1f},{_y(y)}" for x, y in points)
        at = _BOTTOM + 52 + 17 * number
        elements.append(
            f'<polyline class="train" style="fill:none" stroke-width="1.6"{dash} points="{path}"/>'
            f'<line class="train" stroke-width="1.6"{dash} x1="{_LEFT}" x2="{_LEFT + 34}" y1="{at - 4}" y2="{at - 4}"/>'
            f'<text class="ink" x="{_LEFT + 42}" y="{at}">{escape(name)}</text>'
        )
    return "".join(elements)


def _percent(value: float) -> str:
    return f"{100 * value:g}%"
