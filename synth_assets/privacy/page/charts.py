"""The report's charts of several lines: power, ROC, privacy against utility. Single marks and panels: `pictures`."""

import math
from collections.abc import Sequence
from html import escape
from typing import NamedTuple

Points = Sequence[tuple[float, float]]
_LEFT, _RIGHT, _TOP, _BOTTOM = 44.0, 320.0, 24.0, 186.0
_DASHES = ("", "6 3", "2 3", "8 3 2 3", "12 4", "1 4", "4 2 1 2", "10 2")


class Line(NamedTuple):
    """A named line of a chart; points (x, y), y in [0, 1]."""

    name: str
    points: Points


class Place(NamedTuple):
    """A labeled point of the trade-off: `leak` in [0, 1], `use` in [0, 1]."""

    label: str
    leak: float
    use: float


def power_chart(lines: Sequence[Line], level: float) -> str:
    """Probability of seeing a leak against its share, x logarithmic from 0.1 % to 100 %; `level` is dashed."""

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
    """Utility (up) against leak (right), one numbered point a stage, joined in the order given and named below."""
    ticks = [(_across(t), f"{100 * t:g}%") for t in (0.0, 0.5, 1.0)]
    path = " ".join(f"{_across(p.leak)},{_y(p.use)}" for p in places)
    line = f'<polyline class="train" style="fill:none" stroke-width="1.2" stroke-dasharray="3 3" points="{path}"/>'
    marks = "".join(_numbered(number, place) for number, place in enumerate(places))
    return _frame(ticks, "leak: members told from others", "use: share of what real text gives") + line + marks


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


def _lines(lines: Sequence[tuple[str, Points]]) -> str:
    """Lines told apart by their dashes, named under the chart, so that they can be read without color."""
    drawn = []
    for number, (name, points) in enumerate(lines):
        dash = f' stroke-dasharray="{_DASHES[number % len(_DASHES)]}"' if _DASHES[number % len(_DASHES)] else ""
        path = " ".join(f"{x:.1f},{_y(y)}" for x, y in points)
        at = _BOTTOM + 52 + 17 * number
        drawn.append(
            f'<polyline class="train" style="fill:none" stroke-width="1.6"{dash} points="{path}"/>'
            f'<line class="train" stroke-width="1.6"{dash} x1="{_LEFT}" x2="{_LEFT + 34}" y1="{at - 4}" y2="{at - 4}"/>'
            f'<text class="ink" x="{_LEFT + 42}" y="{at}">{escape(name)}</text>'
        )
    return "".join(drawn)


def height(lines: int) -> int:
    """Height of a chart with so many named lines."""
    return int(_BOTTOM + 44 + 17 * lines)
