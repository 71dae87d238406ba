"""Finds rows of the output that nearly repeat an earlier one, by MinHash over word 5-grams."""

from collections.abc import Sequence

from rensa import RMinHash, RMinHashLSH

from synth_assets.text.augmentation_words import ngrams, words

_PERMUTATIONS = 128
_BANDS = 32  # 32 bands of 4 rows propose pairs from a Jaccard of about 0.4; the estimate then decides
_SEED = 1
_N = 5


def near_duplicates(texts: Sequence[str], limit: float) -> list[bool]:
    """Whether each text has an estimated Jaccard of 5-grams above `limit` with a text kept before it."""
    index = RMinHashLSH(threshold=0.5, num_perm=_PERMUTATIONS, num_bands=_BANDS)
    kept: dict[int, RMinHash] = {}
    flags: list[bool] = []
    for number, text in enumerate(texts):
        sketch = _sketch(text)
        flags.append(any(sketch.jaccard(kept[other]) > limit for other in index.query(sketch)))
        if not flags[-1]:
            kept[number] = sketch
            index.insert(number, sketch)
    return flags


def _sketch(text: str) -> RMinHash:
    tokens = words(text)
    sketch = RMinHash(num_perm=_PERMUTATIONS, seed=_SEED)
    sketch.update([" ".join(gram) for gram in ngrams(tokens, _N)] or [" ".join(tokens)])
    return sketch
