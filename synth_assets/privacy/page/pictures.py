"""The report's pictures as SVG text: no script, no font, no address; colors come from CSS classes.

What is drawn is decided in `page`.
"""

from collections.abc import Callable, Sequence
from html import escape
from typing import NamedTuple

STYLE = (
    ".ink{fill:#1d2433}.mute{fill:#5d677a}.grid{stroke:#d9dee7}.train{stroke:#1f5fbf;fill:#1f5fbf}"
    ".control{stroke:#8a5a00;fill:none}.limit{stroke:#b3261e}.back{fill:#fff}"
    "text{font:11px system-ui,-apple-system,'Segoe UI',Roboto,sans-serif}.name{font-weight:600;font-size:12px}"
    "@media(prefers-color-scheme:dark){.ink{fill:#e8ebf1}.mute{fill:#a2acbd}.grid{stroke:#343d4f}"
    ".train{stroke:#7fb0ff;fill:#7fb0ff}.control{stroke:#e5b155;fill:none}.limit{stroke:#ff8a80}.back{fill:#141924}}"
)


class Mark(NamedTuple):
    """A share in [0, 1] with its interval; `value` None draws nothing."""

    value: float | None
    low: float | None
    high: float | None


class Point(NamedTuple):
    """One stage of a panel: its label, train, and control."""

    label: str
    train: Mark
    control: Mark


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


def _whisker(low: float, high: float, y: float, kind: str) -> str:
    ends = "".join(f'<line class="{kind}" x1="{x}" x2="{x}" y1="{y - 4}" y2="{y + 4}"/>' for x in (low, high))
    return f'<line class="{kind}" x1="{low}" x2="{high}" y1="{y}" y2="{y}"/>{ends}'


def _upright(x: float, mark: Mark, y: Callable[[float], float], kind: str) -> str:
    if mark.value is None or mark.low is None or mark.high is None:
        return ""
    bar = f'<line class="{kind}" stroke-width="1.6" x1="{x}" x2="{x}" y1="{y(mark.low)}" y2="{y(mark.high)}"/>'
    return f'{bar}<circle class="{kind}" stroke-width="1.6" cx="{x}" cy="{y(mark.value)}" r="4"/>'


def _percent(value: float) -> str:
    return f"{100 * value:g}%"
