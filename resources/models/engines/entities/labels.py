"""Entities by the labels of a model that knows a fixed set of them."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from resources.config import did_you_mean
from resources.errors import PolicyError
from resources.models.protocols import Entity


def of_labels(
    rows: Sequence[Sequence[Entity]], labels: Sequence[str], known: Sequence[str], types: Mapping[str, str]
) -> list[list[Entity]]:
    """Select entities by the model's own labels; the type of each becomes its label.

    Args:
        rows: entities of each text, by type.
        labels: labels to select.
        known: all labels of the model.
        types: the type of each label whose type has another name.

    Raises:
        PolicyError: the model has no such label.
    """
    for label in labels:
        if label not in known:
            near = did_you_mean(label, known)
            raise PolicyError(f"the model knows no label {label!r}" + (near or f", only {sorted(known)}"))
    label_of = {types.get(label, label): label for label in labels}
    return [[replace(e, type=label_of[e.type]) for e in entities if e.type in label_of] for entities in rows]
