"""Each limit by itself, by hand."""

import pytest

from synth_assets.text.repetition import repeats_itself

ANY = {"trigram_max": 99, "distinct_bigrams_min": 0.0, "compression_max": 99.0}


@pytest.mark.parametrize(
    ("text", "limits", "expected"),
    [
        ("a b c and a b c", {"trigram_max": 1}, True),
        ("a b c and a b c", {"trigram_max": 2}, False),
        ("a b a b a b", {"distinct_bigrams_min": 0.5}, True),  # 2 of 5
        ("a b a b a b", {"distinct_bigrams_min": 0.4}, False),
        ("go on " * 40, {"compression_max": 5.0}, True),
        ("go on " * 16, {"compression_max": 5.0}, False),  # 96 bytes say nothing
        ("", {"trigram_max": 1, "distinct_bigrams_min": 1.0, "compression_max": 1.0}, False),
    ],
)
def test_a_text_that_repeats_itself(text: str, limits: dict[str, float], expected: bool) -> None:
    assert repeats_itself(text, **{**ANY, **limits}) is expected
