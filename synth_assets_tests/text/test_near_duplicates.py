"""MinHash neighbors: bands, buckets, repeats and pairs."""

import numpy as np

from synth_assets.text.near_duplicates import near_pairs, repeated, rows_per_band, shared_buckets

_WORDS = [f"word{number}" for number in range(80)]


def test_bands_let_pairs_at_the_threshold_meet():
    assert rows_per_band(256, 0.5) == 3  # 1-(1-.5^3)^85 = .99999; with 4 rows .984
    assert rows_per_band(128, 0.5) == 3
    assert rows_per_band(256, 0.8) == 8
    assert rows_per_band(16, 0.1) == 1


def test_lonely_documents_are_in_no_bucket():
    signatures = np.array([[1, 2, 3, 4], [1, 2, 9, 9], [7, 7, 7, 7]], dtype=np.uint32)
    buckets = shared_buckets(signatures, 2)
    assert buckets[0, 0] == buckets[1, 0] >= 0
    assert (buckets[:, 1] == -1).all()
    assert (buckets[2] == -1).all()


def test_near_duplicates_keep_the_first() -> None:
    text = " ".join(_WORDS[:40])
    other = " ".join(_WORDS[20:60])
    nearly = " ".join([*_WORDS[:39], "new"])
    assert repeated([text, other, nearly, text], 0.8) == [False, False, True, True]
    assert repeated([text, nearly], 0.999) == [False, False]
    assert repeated(["short", "short", "brief"], 0.8) == [False, True, False]


def test_pairs_are_all_that_reach_the_threshold() -> None:
    text = " ".join(_WORDS[:40])
    nearly = " ".join([*_WORDS[:39], "new"])
    assert near_pairs([text, "something else", nearly, text], 0.8) == [(0, 2), (0, 3), (2, 3)]
    assert near_pairs([text, nearly], 0.999) == []
    assert near_pairs([], 0.5) == []
