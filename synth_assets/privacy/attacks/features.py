"""Topic and style of texts as vectors: the features by which re-identification compares."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Literal

import numpy as np
import regex

from synth_assets.privacy.evidence.tokens import fold

Feature = Literal["topic", "style"]
Texts = tuple[str, ...]

_BLOCK = 256
_CONTENT = "*"  # replaces a run of content words (text distortion, Stamatatos 2017)
_FUNCTION_WORDS = (
    "a about above across after against all almost along already also although always am among an and another any "
    "are around as at away be because been before behind being below beside between beyond both but by can cannot "
    "could did do does doing done down during each either else enough even ever every few for from had has have "
    "having he hence her here hers herself him himself his how however i if in indeed instead into is it its "
    "itself just least less like many may me might mine more moreover most much must my myself near neither never "
    "nevertheless no nobody none nor not nothing now of off often on once one only onto or other others otherwise "
    "our ours ourselves out over own per perhaps quite rather really same she should since so some somebody "
    "someone something still such than that the their theirs them themselves then there therefore these they this "
    "those though through throughout thus to together too toward towards under unless until up upon us very was "
    "we well were what whatever when where whereas whether which while who whoever whole whom whose why will with "
    "within without would yet you your yours yourself s t ll re ve m d"
)
_FUNCTION = frozenset(_FUNCTION_WORDS.split())
_TOKEN = regex.compile(r"\w+|[^\w\s]")


@dataclass(frozen=True, eq=False)
class Vectors:
    """TF-IDF vectors of the candidates, and the function that gives those of released rows."""

    vectorize: Callable[[Sequence[Sequence[str]]], Any]
    candidates: Any

    @classmethod
    def fit(cls, documents: Sequence[Sequence[str]], bits: int) -> "Vectors":
        """Hash features to `2 ** bits` columns; document frequencies are those of the candidates."""
        from sklearn.feature_extraction.text import HashingVectorizer, TfidfTransformer

        hasher = HashingVectorizer(analyzer=list, n_features=2**bits, alternate_sign=False, norm=None, dtype=np.float32)
        weights = TfidfTransformer(sublinear_tf=True)
        counts = weights.fit_transform(hasher.transform(documents)).astype(np.float32)
        # few columns are full ones: a dense matrix multiplies faster
        candidates = counts.T.tocsr() if bits > 14 else np.ascontiguousarray(counts.toarray().T)
        return cls(lambda new: weights.transform(hasher.transform(new)).astype(np.float32), candidates)

    def similarities(self, documents: Sequence[Sequence[str]]) -> list["np.ndarray"]:
        """Cosine with every candidate, in blocks of rows."""
        blocks = []
        for start in range(0, len(documents), _BLOCK):
            similar = self.vectorize(documents[start : start + _BLOCK]) @ self.candidates
            blocks.append(similar if isinstance(similar, np.ndarray) else similar.toarray())
        return blocks


def topic(texts: Texts, hide: Collection[str] = ()) -> list[str]:
    """Folded content words and pairs of them; `hide`: folded words that are left out."""
    features: list[str] = []
    for text in texts:
        words = [w for w in fold(text) if w.isalpha() and w not in _FUNCTION and w not in hide]
        features += words
        features += [f"{a} {b}" for a, b in pairwise(words)]
    return features


def style(texts: Texts) -> list[str]:
    """Function words, punctuation, and character trigrams of the text without its content words."""
    features: list[str] = []
    for text in texts:
        skeleton: list[str] = []
        for token in _TOKEN.findall(text.casefold()):
            kept = token if token in _FUNCTION or not (token[0].isalnum() or token[0] == "_") else _CONTENT
            if kept != _CONTENT or skeleton[-1:] != [_CONTENT]:
                skeleton.append(kept)
        line = " ".join(skeleton)
        features += [kept for kept in skeleton if kept != _CONTENT]
        features += [line[i : i + 3] for i in range(len(line) - 2)]
    return features


READERS: Mapping[Feature, Callable[[Texts], list[str]]] = {"topic": topic, "style": style}
