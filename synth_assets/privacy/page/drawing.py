"""How the report's pictures are drawn: elements of SVG text, and the frame of a chart; no script, no font, no address.

Colors come from CSS classes.
"""

from collections.abc import Sequence
from html import escape
from typing import NamedTuple

STYLE = (
    ".ink{fill:#1d2433}.mute{fill:#5d677a}.grid{stroke:#d9dee7}.train{stroke:#1f5fbf;fill:#1f5fbf}"
    ".control{stroke:#8a5a00;fill:none}.limit{stroke:#b3261e}.back{fill:#fff}"
    "text{font:11px system-ui,-apple-system,'Segoe UI',Roboto,sans-serif}.name{font-weight:600;font-size:12px}"
    "@media(prefers-color-scheme:dark){.ink{fill:#e8ebf1}.mute{fill:#a2acbd}.grid{stroke:#343d4f}"
    ".train{stroke:#7fb0ff;fill:#7fb0ff}.control{stroke:#e5b155;fill:none}.limit{stroke:#ff8a80}.back{fill:#141924}}"
)
LEFT, RIGHT, TOP, BOTTOM = 44.0, 320.0, 24.0, 186.0
"""The frame of a chart."""
DASHED = ' stroke-dasharray="3 3"'
LEVEL = ' stroke-dasharray="4 3"'
_ROW = 17
"""Height of a line of text below a chart."""


class Mark(NamedTuple):
    """A share in [0, 1] with its interval; nothing is drawn where `value` is None."""

    value: float | None
    low: float | None
    high: float | None


def nice_top(values: Sequence[float | None]) -> float:
    """The smallest axis end of 1, 2, 5, 10, 25, 50, 100 % that holds all values."""
    largest = max((v for v in values if v is not None), default=1.0)
    return next((top for top in (0.01, 0.02, 0.05, 0.1, 0.25, 0.5) if largest <= top), 1.0)


def said(mark: Mark) -> str:
    """A value in words."""
    return "not measured" if mark.value is None else f"{100 * mark.value:z.1f}%"


def svg(body: str, width: int, height: int, label: str, style: str = "") -> str:
    """Wrap drawn elements; with `style` the picture can be used by itself."""
    head = f'<style>{style}</style><rect class="back" width="{width}" height="{height}"/>' if style else ""
    alone = f' xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}"' if style else ""
    return f'<svg{alone} viewBox="0 0 {width} {height}" role="img" aria-label="{escape(label)}">{head}{body}</svg>'


def chart(body: str, named: int, title: str, style: str = "") -> str:
    """A picture with so many names below it; with `style` it can be used by itself."""
    return svg(body, 340, int(BOTTOM + 44 + _ROW * named), title, style)


def frame(ticks: Sequence[tuple[float, str]], below: str, beside: str, base: float = 0.0) -> str:
    """Axes: ticks (place, name) to the right, `base` to 1 up, and what both measure."""
    levels = "".join(
        line("grid", LEFT, up(t), RIGHT, up(t))
        + text("mute", LEFT - 6, up(t) + 4, percent(base + (1 - base) * t), "end")
        for t in (0.0, 0.5, 1.0)
    )
    marks = "".join(text("mute", round(x, 1), BOTTOM + 16, name, "middle") for x, name in ticks)
    axes = text("mute", (LEFT + RIGHT) / 2, BOTTOM + 32, below, "middle") + text("mute", LEFT, 12, beside)
    return levels + marks + axes


def below(row: int) -> float:
    """Place of a line of text below a chart."""
    return BOTTOM + 52 + _ROW * row


def across(value: float) -> float:
    """Place of a share on the axis to the right."""
    return round(LEFT + (RIGHT - LEFT) * min(1.0, max(0.0, value)), 1)


def up(value: float) -> float:
    """Place of a share on the axis up."""
    return round(BOTTOM - (BOTTOM - TOP) * min(1.0, max(0.0, value)), 1)


def percent(value: float) -> str:
    """A share as short as it can be written."""
    return f"{100 * value:g}%"


def line(kind: str, x1: float, y1: float, x2: float, y2: float, pen: str = "") -> str:
    """A straight line of a CSS class."""
    return f'<line class="{kind}"{pen} x1="{x1}" y1="{y1}" x2="{x2}" y2="{y2}"/>'


def path(points: str, pen: str) -> str:
    """A line through points."""
    return f'<polyline class="train" style="fill:none"{pen} points="{points}"/>'


def text(kind: str, x: float, y: float, text: str, anchor: str = "start") -> str:
    """A word or sentence, escaped."""
    return f'<text class="{kind}" x="{x}" y="{y}" text-anchor="{anchor}">{escape(text)}</text>'


TICKS = [(across(t), percent(t)) for t in (0.0, 0.5, 1.0)]
