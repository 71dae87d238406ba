"""Classification of labeled documents, with the options listed and shuffled."""

from collections import defaultdict
from collections.abc import Sequence

from synth_assets.instructions.example import Draft
from synth_assets.instructions.passages import Passage
from synth_assets.instructions.policy import TaskPolicy
from synth_assets.text.draws import shuffled


def classify(found: Sequence[Passage], policy: TaskPolicy, seed: int) -> list[Draft]:
    """One example a labeled source document; nothing where fewer than two labels are common enough."""
    labels = options(found, policy.min_label_documents)
    if len(labels) < 2:
        return []
    first: dict[str, Passage] = {}
    for passage in found:
        if passage.source.label in labels:
            first.setdefault(passage.source.source_doc, passage)
    return [_draft(passage, labels, policy.max_options, seed) for passage in first.values()]


def options(found: Sequence[Passage], min_documents: int) -> list[str]:
    """Labels that enough source documents carry: a label that few carry could name them."""
    carriers: dict[str, set[str]] = defaultdict(set)
    for passage in found:
        if passage.source.label and passage.source.role == "document":
            carriers[passage.source.label].add(passage.source.source_doc)
    return sorted(label for label, documents in carriers.items() if len(documents) >= min_documents)


def _draft(passage: Passage, labels: Sequence[str], most: int, seed: int) -> Draft:
    label = str(passage.source.label)
    others = shuffled([other for other in labels if other != label], seed, "others", passage.key)[: most - 1]
    listed = shuffled([label, *others], seed, "options", passage.key)
    return Draft(
        source=passage.source,
        task="classify",
        recipe="classify_label",
        key=passage.key,
        input=passage.text,
        output=label,
        gist=passage.text,
        slots={"options": ", ".join(listed)},
        params={"options": len(listed), "start": passage.start},
    )
