"""What a recipe declares, and what it works with."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from resources.config import StrictModel
from resources.models.protocols import Models
from synth_assets.augmentation.documents import Document
from synth_assets.augmentation.filters.scores import Embeddings
from synth_assets.records import Rejected, Row

Place = tuple[int, int]
"""A sentence: number of the document, number of the segment in it."""
Results = list[Row | Rejected]


@dataclass(frozen=True)
class Material:
    """The documents of a run, its seed, and its models."""

    documents: Sequence[Document]
    seed: int
    models: Models
    embeddings: Embeddings

    def sentence(self, place: Place) -> str:
        return self.documents[place[0]].segments[place[1]].text

    def terms(self, place: Place) -> tuple[str, ...]:
        """The names that a rewriting of this sentence must keep."""
        return self.documents[place[0]].terms


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """Proposes rewritings of single sentences; all filters judge them. Replaces rewritings of earlier recipes.

    The functions get the stage's policy, which has the fields of `settings`.

    Args:
        name: Name in the column `recipe`.
        order: Place among the recipes.
        settings: Policy keys of the recipe, with their defaults and descriptions.
        is_on: Whether the policy uses the recipe.
        roles: Model roles that the recipe uses, apart from the encoder.
        propose: (place, text) of every proposal; None for a text in which a protected string was lost. The second
            argument holds the places that earlier recipes rewrote.
        params: Parameters to store with each row.
        samples: Name of the figure that counts the proposals; empty for none.
        rejected: Prefix of the figures that count dropped proposals by reason; empty for `<name>_rejected`.
    """

    name: str
    order: int
    settings: type[StrictModel]
    is_on: Callable[[Any], bool]
    roles: tuple[str, ...] = ()
    propose: Callable[[Material, Collection[Place], Any], list[tuple[Place, str | None]]]
    params: Callable[[Any], Mapping[str, str]] = lambda _: {}
    samples: str = ""
    rejected: str = ""


def reject(row: Row, reason: str) -> Rejected:
    """An augmented row that is not released, with the reason."""
    return Rejected(row["id"], row["source_doc"], row["subject"], row["role"], reason, text=row["text"])
