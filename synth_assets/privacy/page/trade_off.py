"""Privacy against utility as one picture: what a text gives away of those who took part, and what it is good for."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from synth_assets.privacy.page.drawing import (
    BOTTOM,
    DASHED,
    LEFT,
    LEVEL,
    RIGHT,
    STYLE,
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
    text,
    up,
)
from synth_assets.privacy.results import Statistic
from synth_assets.privacy.stages import RAW, STAGES

_LEAK = "linkage/agreed"
_USES: Mapping[str, tuple[str, str]] = {
    "utility/topic_accuracy": ("topics of real documents named", "always the most frequent topic"),
    "utility/frontier": ("likeness to real documents (frontier)", "public text"),
}
"""What measures utility, the first that was measured: in words, and what its floor is."""
_PEN = ' stroke-width="1.2"'
_WIDE, _HIGH = 14, 11  # of a number in the picture


class Place(NamedTuple):
    """A labeled point.

    Attributes:
        label: of the point.
        leak: excess over people who took no part; below 0 is chance, and is drawn at 0.
        use: utility.
        path: points of one path are joined in the given order; "" joins to none.
    """

    label: str
    leak: Mark
    use: Mark
    path: str = ""


class Floor(NamedTuple):
    """A named level of utility that is worth nothing."""

    label: str
    use: float


def view(statistics: Sequence[Statistic]) -> str:
    """Every stage: own rows found beyond chance, against utility; empty where fewer than two can be placed."""
    known = {s.id: s for s in statistics}
    name = next((name for name in _USES if _value(known, name) is not None), "")
    places = []
    for stage in STAGES:
        use, leak = known.get(f"{stage.name}/{name}"), known.get(f"{stage.name}/{_LEAK}")
        if use is not None and leak is not None and use.value is not None and leak.excess is not None:
            excess = Mark(leak.excess, leak.excess_low, leak.excess_high)
            places.append(Place(stage.label, excess, Mark(use.value, use.low, use.high), "stages"))
    if len(places) < 2:
        return ""
    measured, of_floor = _USES[name]
    level = known[f"{RAW.name}/{name}"].control
    floors = [] if level is None else [Floor(of_floor, level)]
    return picture(places, floors, "own rows found beyond chance", measured)


def _value(known: Mapping[str, Statistic], name: str) -> float | None:
    raw = known.get(f"{RAW.name}/{name}")
    return raw.value if raw else None


def picture(places: Sequence[Place], floors: Sequence[Floor], leak: str, use: str, *, alone: bool = False) -> str:
    """Utility (up) against leak (right), with intervals: numbered points named below, floors as dashed levels.

    Args:
        places: those without a value on both axes are not drawn.
        floors: dashed levels.
        leak: what the axis to the right measures.
        use: what the axis up measures.
        alone: whether the picture must do without a style sheet.
    """
    drawn = [place for place in places if place.leak.value is not None and place.use.value is not None]
    top = nice_top([value for place in drawn for value in (place.leak.value, place.leak.high)])
    uses = [value for place in drawn for value in (place.use.value, place.use.low)] + [floor.use for floor in floors]
    axes = _Axes(top, 0.5 if all(value is None or value >= 0.5 for value in uses) else 0.0)
    names = [f"{n} {p.label}: leak {said(p.leak)}, utility {said(p.use)}" for n, p in enumerate(drawn, 1)]
    names += [f"dashed, {floor.label}: utility {said(Mark(floor.use, None, None))}" for floor in floors]
    ticks = [(axes.right(t), percent(t)) for t in (0.0, top / 2, top)]
    levels = [line("limit", LEFT, axes.up(floor.use), RIGHT, axes.up(floor.use), LEVEL) for floor in floors]
    told = [text("ink", LEFT, below(row), name) for row, name in enumerate(names)]
    points = [_crossed(place, axes) for place in drawn]
    parts = [frame(ticks, leak, use, axes.base), *levels, *_paths(drawn, axes), *points, *_numbers(drawn, axes), *told]
    return chart("".join(parts), len(names), f"Privacy against utility. {'; '.join(names)}", STYLE if alone else "")


class _Axes(NamedTuple):
    """`top`: end of the axis to the right; `base`: beginning of the axis up."""

    top: float
    base: float

    def right(self, value: float | None) -> float:
        return across((value or 0.0) / self.top)

    def up(self, value: float | None) -> float:
        return up(((value or 0.0) - self.base) / (1 - self.base))


def _paths(places: Sequence[Place], axes: _Axes) -> list[str]:
    joined: dict[str, list[str]] = {}
    for place in places:
        if place.path:
            joined.setdefault(place.path, []).append(f"{axes.right(place.leak.value)},{axes.up(place.use.value)}")
    return [path(" ".join(points), _PEN + DASHED) for points in joined.values()]


def _crossed(place: Place, axes: _Axes) -> str:
    """A point, and the intervals of both axes through it."""
    leak, use = place.leak, place.use
    x, y = axes.right(leak.value), axes.up(use.value)
    flat = steep = ""
    if leak.low is not None and leak.high is not None:
        flat = line("train", axes.right(leak.low), y, axes.right(leak.high), y, _PEN)
    if use.low is not None and use.high is not None:
        steep = line("train", x, axes.up(use.low), x, axes.up(use.high), _PEN)
    return f'{flat}{steep}<circle class="train" cx="{x}" cy="{y}" r="4"/>'


def _numbers(places: Sequence[Place], axes: _Axes) -> list[str]:
    """The number of each point beside it, from above: where points are close, numbers go down in their order."""
    taken: list[tuple[float, float]] = []
    numbers = []
    for number, place in sorted(enumerate(places, 1), key=lambda pair: axes.up(pair[1].use.value)):
        x, start = axes.right(place.leak.value) + 7, axes.up(place.use.value) + 4
        y = start
        while any(abs(x - column) < _WIDE and abs(y - row) < _HIGH for column, row in taken):
            y += _HIGH
            if y > BOTTOM:
                x, y = x + _WIDE, start
        taken.append((x, y))
        numbers.append(text("ink", round(x, 1), round(y, 1), str(number)))
    return numbers
