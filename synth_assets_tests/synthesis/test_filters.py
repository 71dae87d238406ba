"""Every reason for dropping a written document, by an example."""

import numpy as np
import pytest

from synth_assets.synthesis.filters import FilterPolicy, RareWindows, centroids, off_label, text_reason
from synth_assets_tests.synthesis.toys import TopicEncoder

FINE = "The council will mend the old bridge before winter, and the road stays closed until then."


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (FINE, ""),
        ("", "length"),
        ("One two three.", "length"),
        ("One two three four.", ""),
        (f"{FINE} <|im_end|>", "format"),
        (f"{FINE} [PERSON] said so.", "format"),
        (f"{FINE} [PERSON_1] said so.", ""),
        (f"{FINE} See https://news.co.uk/bridge", "format"),
        (f"{FINE} See https://www.bridge.example.org/a", ""),
        (f"{FINE} See https://example.org.evil.com/a", "format"),
        (f"Topic: roads\n{FINE}", ""),
        (f"{FINE} As an AI I know.", "format"),
        ("He said no to it. He said no to me. He said no to us. He said no to all.", "degenerate"),
        ("one two one two one two one", "degenerate"),
        (f"{FINE} Write to ann.lee@gmail.com", "direct_identifier"),
        (f"{FINE} Write to ann.lee@example.org", ""),
        (f"{FINE} Call 202-456-1111", "direct_identifier"),
        (f"{FINE} Call 202-555-0114", ""),
    ],
)
def test_reasons_from_the_text_alone(text: str, reason: str) -> None:
    assert text_reason(text, FilterPolicy()) == reason


def test_settings_of_the_filters_count() -> None:
    """`He said no` three times; 7 distinct of 10 bigrams."""
    text = "he said no he said no he said no to me"
    assert text_reason(text, FilterPolicy(repeated_trigram_max=3, distinct_bigrams_min=0.5)) == ""
    assert text_reason(text, FilterPolicy(repeated_trigram_max=2, distinct_bigrams_min=0.5)) == "degenerate"
    assert text_reason(text, FilterPolicy(repeated_trigram_max=3, distinct_bigrams_min=0.6)) == "degenerate"
    assert text_reason(text, FilterPolicy(words_min=12)) == "length"


def test_text_that_deflates_too_well_is_degenerate() -> None:
    text = " ".join(f"{letter}{letter * 40}{number}" for letter in "abcdef" for number in range(6))
    lenient = FilterPolicy(compression_max=1000)
    assert text_reason(text, lenient) == "" and text_reason(text, FilterPolicy()) == "degenerate"


def test_windows_ignore_case_and_punctuation_and_count_subjects() -> None:
    rare = RareWindows(
        [(0, "A b c d e f g h"), (0, "a b c d e f g h!"), (1, "b c d e f g h i"), (2, "B, c d e f g h i")], 2
    )
    assert rare.occur_in("x A B, c; d e f g H y")  # by subject 0 alone, twice
    assert not rare.occur_in("x b c d e f g h i y")  # by two subjects
    assert not rare.occur_in("a b c d e f g x h") and not rare.occur_in("")


def test_mean_vectors_have_norm_one_and_need_two_labels() -> None:
    vectors = np.array([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0], [1.0, 0.0]])
    means = centroids(vectors, ["a", "a", "b", "b"], [0, 1, 2, 3], 2)
    assert means["a"] == pytest.approx([1, 0]) and means["b"] == pytest.approx([0.5**0.5, 0.5**0.5])
    assert centroids(vectors, ["a"] * 4, [0, 1, 2, 3], 2) == {}
    assert centroids(vectors, [None] * 4, [0, 1, 2, 3], 2) == {}


def test_a_text_is_off_label_when_another_mean_is_nearer() -> None:
    encoder = TopicEncoder("gold", "iron")
    means = {"a": np.array([1.0, 0.0]), "b": np.array([0.0, 1.0])}
    texts = ["gold", "iron", "iron", "gold"]
    assert off_label(texts, ["a", "a", "b", None], means, encoder) == [False, True, False, False]
    assert off_label(["iron"], ["unknown"], means, encoder) == [False]
    assert off_label(["iron"], ["a"], {}, encoder) == [False] and off_label([], [], means, encoder) == []
