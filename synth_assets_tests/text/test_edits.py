"""Edits replace their spans and nothing else."""

import pytest

from resources.errors import DataError
from synth_assets.text.edits import Edit, apply


def test_edits_by_hand() -> None:
    text, spans = apply("Ann met Bob.", [Edit(0, 3, "Marie"), Edit(8, 11, "Al")])
    assert text == "Marie met Al."
    assert [text[start:end] for start, end in spans] == ["Marie", "Al"]
    assert apply("as it was", []) == ("as it was", [])


@pytest.mark.parametrize(
    "edits", [[Edit(4, 7, ""), Edit(0, 3, "")], [Edit(0, 3, ""), Edit(2, 4, "")], [Edit(0, 99, "")]]
)
def test_unsorted_overlapping_and_outlying_edits_are_refused(edits: list[Edit]) -> None:
    with pytest.raises(DataError):
        apply("Ann met Bob.", edits)
