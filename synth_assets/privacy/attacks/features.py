"""Topic and style of texts as vectors: the features by which re-identification and linkage compare."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Literal

import numpy as np
import regex

from synth_assets.privacy.evidence.tokens import fold

Feature = Literal["topic", "style"]
Texts = tuple[str, ...]

_BLOCK = 256
_FEW_COLUMNS = 2**14
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


def hashed(documents: Sequence[Sequence[str]], bits: int) -> Any:
    """Counts of the features of each document: sparse float32 matrix, documents x `2 ** bits` columns."""
    from scipy.sparse import csr_matrix
    from sklearn.feature_extraction.text import HashingVectorizer

    if not documents:
        return csr_matrix((0, 2**bits), dtype=np.float32)
    hasher = HashingVectorizer(analyzer=list, n_features=2**bits, alternate_sign=False, norm=None, dtype=np.float32)
    return hasher.transform(documents)


@dataclass(frozen=True, eq=False)
class Vectors:
    """TF-IDF vectors of the candidates, and the function that weighs the counts of other texts alike.

    `candidates`: sparse matrix, candidates x columns, rows of L2 norm 1.
    """

    weigh: Callable[[Any], Any]
    candidates: Any

    @classmethod
    def fit(cls, counts: Any) -> "Vectors":
        """Weigh the hashed features of the candidates, at least one; document frequencies are theirs."""
        from sklearn.feature_extraction.text import TfidfTransformer

        weights = TfidfTransformer(sublinear_tf=True)
        candidates = weights.fit_transform(counts).astype(np.float32)
        return cls(lambda new: weights.transform(new).astype(np.float32), candidates)

    def against(self, span: slice = slice(None)) -> Any:
        """The candidates of a span, transposed: what vectors are multiplied by to get their cosines."""
        part = self.candidates[span]
        # few columns are full ones: a dense matrix multiplies faster
        return part.T.tocsr() if part.shape[1] > _FEW_COLUMNS else np.ascontiguousarray(part.toarray().T)

    def similarities(self, counts: Any) -> Iterator["np.ndarray"]:
        """Cosine of other texts with every candidate, in blocks of texts."""
        return products(self.weigh(counts), self.against()) if counts.shape[0] else iter(())


def products(queries: Any, against: Any) -> Iterator["np.ndarray"]:
    """The product of two matrices, sparse or dense, in dense blocks of rows."""
    for start in range(0, queries.shape[0], _BLOCK):
        block = queries[start : start + _BLOCK] @ against
        yield block if isinstance(block, np.ndarray) else block.toarray()


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


BITS: Mapping[Feature, int] = {"topic": 18, "style": 12}
READERS: Mapping[Feature, Callable[[Texts], list[str]]] = {"topic": topic, "style": style}
