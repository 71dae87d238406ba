"""Whether a text repeats itself: the sign of a generator that has run out of things to say."""

import zlib
from collections import Counter

from synth_assets.text.words import ngrams, words

_COMPRESSION_BYTES = 100
"""Compression of shorter texts says nothing."""


def repeats_itself(text: str, trigram_max: int, distinct_bigrams_min: float, compression_max: float) -> bool:
    """Whether a text repeats a phrase too often, or too much of itself.

    Args:
        text: of any length.
        trigram_max: times that one word 3-gram may occur.
        distinct_bigrams_min: least share of the word 2-grams that are distinct, 0 to 1.
        compression_max: most bytes over deflated bytes.
    """
    tokens = words(text)
    trigrams, bigrams = Counter(ngrams(tokens, 3)), ngrams(tokens, 2)
    if trigrams and max(trigrams.values()) > trigram_max:
        return True
    if bigrams and len(set(bigrams)) / len(bigrams) < distinct_bigrams_min:
        return True
    data = text.encode()
    return len(data) >= _COMPRESSION_BYTES and len(data) / len(zlib.compress(data, 9)) > compression_max
