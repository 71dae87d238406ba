"""The picture of privacy against utility: where points stand, what is joined, and what is told without sight."""

from xml.etree import ElementTree

import pytest

from synth_assets.privacy.page.drawing import BOTTOM, LEFT, RIGHT, TOP, Mark
from synth_assets.privacy.page.report import Report
from synth_assets.privacy.page.trade_off import Floor, Place, picture, view

NAME = "{http://www.w3.org/2000/svg}"


def mark(value: float, half: float = 0.05) -> Mark:
    return Mark(value, value - half, value + half)


PLACES = (
    Place("raw", mark(0.9), mark(0.9)),
    Place("unmeasured", Mark(None, None, None), mark(0.5)),
    Place("formal 1", mark(-0.01), mark(0.5), "formal"),
    Place("formal 4", mark(0.0), mark(0.52), "formal"),
)


def drawn() -> ElementTree.Element:
    return ElementTree.fromstring(picture(PLACES, [Floor("public <text>", 0.25)], "found", "accuracy", alone=True))


def test_points_stand_where_their_values_are_and_chance_is_at_the_edge() -> None:
    circles = [(float(c.attrib["cx"]), float(c.attrib["cy"])) for c in drawn().iter(f"{NAME}circle")]
    assert circles == [
        pytest.approx((LEFT + 0.9 * (RIGHT - LEFT), BOTTOM - 0.9 * (BOTTOM - TOP)), abs=0.06),
        pytest.approx((LEFT, BOTTOM - 0.5 * (BOTTOM - TOP)), abs=0.06),
        pytest.approx((LEFT, BOTTOM - 0.52 * (BOTTOM - TOP)), abs=0.06),
    ]


def test_epsilons_are_joined_the_floor_is_dashed_and_numbers_keep_apart() -> None:
    image = drawn()
    (joined,) = image.iter(f"{NAME}polyline")
    assert len(joined.attrib["points"].split()) == 2
    (floor,) = [e for e in image.iter(f"{NAME}line") if e.attrib["class"] == "limit"]
    assert float(floor.attrib["y1"]) == pytest.approx(BOTTOM - 0.25 * (BOTTOM - TOP), abs=0.06)
    assert "stroke-dasharray" in floor.attrib
    numbers = [
        (float(t.attrib["x"]), float(t.attrib["y"])) for t in image.iter(f"{NAME}text") if len(t.text or "") == 1
    ]
    assert len(set(numbers)) == 3
    (_, first), (_, second) = sorted(numbers)[:2]
    assert abs(first - second) >= 11


def test_who_cannot_see_it_hears_every_number() -> None:
    label = drawn().attrib["aria-label"]
    assert "1 raw: leak 90.0%, utility 90.0%" in label
    assert "3 formal 4: leak 0.0%, utility 52.0%" in label
    assert "public <text>: utility 25.0%" in label
    assert "unmeasured" not in label


def test_the_page_places_the_stages_by_own_rows_found(clean: Report) -> None:
    shown = view(clean.statistics)
    assert "1 raw: leak" in shown and "4 instructions: leak" in shown
    assert "own rows found beyond chance" in shown
    assert shown in clean.to_html()
    assert view([s for s in clean.statistics if s.test != "linkage"]) == ""
