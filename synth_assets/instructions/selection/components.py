"""Connected components: source documents that train and held-out data must not divide.

Documents are linked by a shared subject, by near-duplicate texts, and by a question taken from one document and asked
of another.
"""

from collections.abc import Iterable, Sequence

from synth_assets.instructions.passages import Source
from synth_assets.text.draws import digest
from synth_assets.text.near_duplicates import near_pairs


def connected(links: Iterable[tuple[str, str]]) -> dict[str, str]:
    """The smallest member of each item's connected component."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    pairs = list(links)
    items = sorted({item for pair in pairs for item in pair})
    if not items:
        return {}
    place = {item: number for number, item in enumerate(items)}
    ends = ([place[left] for left, _ in pairs], [place[right] for _, right in pairs])
    graph = coo_array(([1] * len(pairs), ends), shape=(len(items), len(items)))
    labels = connected_components(graph, directed=False)[1].tolist()
    smallest: dict[int, str] = {}
    return {item: smallest.setdefault(label, item) for item, label in zip(items, labels, strict=True)}


def components(
    found: Sequence[Source], links: Iterable[tuple[str, str]], near_duplicate: float, seed: int
) -> dict[str, str]:
    """Component id of each source document.

    A component is named after its smallest subject, so a subject whose documents arrive in
    different partitions gets the same name in each, unless near-duplicates tie it to another.
    """
    pairs = near_pairs([source.text for source in found], near_duplicate)
    near = [(found[left].source_doc, found[right].source_doc) for left, right in pairs]
    of_document = connected(
        [
            *((_doc(source.source_doc), _subject(source.subject)) for source in found),
            *((_doc(left), _doc(right)) for left, right in [*near, *links]),
        ]
    )
    smallest: dict[str, str] = {}
    for source in found:
        root = of_document[_doc(source.source_doc)]
        smallest[root] = min(smallest.get(root, source.subject), source.subject)
    return {s.source_doc: digest(seed, "component", smallest[of_document[_doc(s.source_doc)]]) for s in found}


def _doc(key: str) -> str:
    return f"doc:{key}"


def _subject(key: str) -> str:
    return f"subject:{key}"
