"""Connected components: what must not be divided between train and held-out data.

Edges are a shared source document, a shared subject, near-duplicate texts, and a question taken
from one document and asked of another.
"""

from collections.abc import Iterable, Sequence

from synth_assets.instructions.passages import Source
from synth_assets.text.draws import digest
from synth_assets.text.instruction_text import ngrams, words

_SHINGLE = 5
_PERMUTATIONS = 128
_ROWS = (16, 8, 4, 2, 1)


class UnionFind:
    """Disjoint sets of strings; a set is represented by its smallest member."""

    def __init__(self) -> None:
        self._parent: dict[str, str] = {}

    def find(self, item: str) -> str:
        parent = self._parent.setdefault(item, item)
        while parent != self._parent[parent]:
            self._parent[item] = self._parent[parent]
            item, parent = parent, self._parent[parent]
        return parent

    def union(self, left: str, right: str) -> None:
        low, high = sorted((self.find(left), self.find(right)))
        self._parent[high] = low


def components(
    found: Sequence[Source], links: Iterable[tuple[str, str]], near_duplicate: float, seed: int
) -> dict[str, str]:
    """Component id of each source document.

    A component is named after its smallest subject, so a subject whose documents arrive in
    different partitions gets the same name in each, unless near-duplicates tie it to another.
    """
    sets = UnionFind()
    for source in found:
        sets.union(_doc(source.source_doc), _subject(source.subject))
    for left, right in [*near_duplicates(found, near_duplicate), *links]:
        sets.union(_doc(left), _doc(right))
    smallest: dict[str, str] = {}
    for source in found:
        root = sets.find(_doc(source.source_doc))
        smallest[root] = min(smallest.get(root, source.subject), source.subject)
    return {s.source_doc: digest(seed, "component", smallest[sets.find(_doc(s.source_doc))]) for s in found}


def near_duplicates(found: Sequence[Source], threshold: float) -> list[tuple[str, str]]:
    """Pairs of source documents with texts whose estimated Jaccard similarity reaches `threshold`.

    MinHash over 5-word shingles (Broder 1997); the bands that propose candidates are set to propose well below it.
    """
    from rensa import RMinHash, RMinHashLSH

    index = RMinHashLSH(threshold=threshold, num_perm=_PERMUTATIONS, num_bands=_bands(threshold))
    hashes: list[RMinHash] = []
    pairs = []
    for number, source in enumerate(found):
        tokens = words(source.text)
        shingles = sorted(" ".join(gram) for gram in ngrams(tokens, _SHINGLE)) or [" ".join(tokens)]
        minhash = RMinHash(num_perm=_PERMUTATIONS, seed=1)
        minhash.update(shingles)
        for other in sorted(index.query(minhash)):
            if found[other].source_doc != source.source_doc and hashes[other].jaccard(minhash) >= threshold:
                pairs.append((found[other].source_doc, source.source_doc))
        index.insert(number, minhash)
        hashes.append(minhash)
    return pairs


def _bands(threshold: float) -> int:
    """The fewest bands whose candidate curve is half-way up, at (1 / bands) ** (1 / rows), by 0.8 of the threshold."""
    rows = next((r for r in _ROWS if (r / _PERMUTATIONS) ** (1 / r) <= 0.8 * threshold), 1)
    return _PERMUTATIONS // rows


def _doc(key: str) -> str:
    return f"doc:{key}"


def _subject(key: str) -> str:
    return f"subject:{key}"
