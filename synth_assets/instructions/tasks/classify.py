"""Classification of labeled documents, with the options listed and shuffled."""

from collections import defaultdict
from collections.abc import Sequence

from pydantic import Field

from resources.config import StrictModel
from synth_assets.instructions.example import Draft
from synth_assets.instructions.passages import Passage
from synth_assets.instructions.tasks.task import Material, Task
from synth_assets.text.draws import shuffled


class LabelPolicy(StrictModel):
    """Which labels are listed."""

    min_label_documents: int = Field(
        3, ge=1, description="A label is an option only if at least this many source documents carry it."
    )
    max_options: int = Field(8, ge=2, description="Most label options listed in a classification.")


def classify(material: Material, settings: LabelPolicy) -> list[Draft]:
    """One example per labeled source document; none if fewer than two labels are common enough."""
    labels = common_labels(material.passages, settings.min_label_documents)
    if len(labels) < 2:
        return []
    first: dict[str, Passage] = {}
    for passage in material.passages:
        if passage.source.label in labels:
            first.setdefault(passage.source.source_doc, passage)
    return [_draft(passage, labels, settings.max_options, material.seed) for passage in first.values()]


def common_labels(passages: Sequence[Passage], min_documents: int) -> list[str]:
    """Labels of enough source documents: a label that few carry could point at one of them."""
    carriers: dict[str, set[str]] = defaultdict(set)
    for passage in passages:
        if passage.source.label and passage.source.role == "document":
            carriers[passage.source.label].add(passage.source.source_doc)
    return sorted(label for label, documents in carriers.items() if len(documents) >= min_documents)


def _draft(passage: Passage, labels: Sequence[str], most: int, seed: int) -> Draft:
    label = str(passage.source.label)
    others = shuffled([other for other in labels if other != label], seed, "others", passage.key)[: most - 1]
    options = shuffled([label, *others], seed, "options", passage.key)
    return Draft(
        source=passage.source,
        task=CLASSIFY.name,
        recipe="classify_label",
        key=passage.key,
        input=passage.text,
        output=label,
        gist=passage.prose,
        slots={"options": ", ".join(options)},
        params={"options": len(options), "start": passage.start},
    )


CLASSIFY = Task(
    name="classify",
    order=4,
    purpose="classification",
    category="text-classification",
    draft=classify,
    grounded=lambda row, _: row["output"] in row["instruction"],
    settings=LabelPolicy,
)
