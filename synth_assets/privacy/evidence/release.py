"""What an attack is given: what the attacker knows of the raw corpus, and the release under attack."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Self, TypeVar

from resources.models.protocols import Models
from resources.progress import Progress
from synth_assets.privacy.evidence.identifiers import Identifiers, unique_identifiers
from synth_assets.privacy.evidence.passages import Corpus, Passage, split_raw, stage_passages
from synth_assets.privacy.evidence.tokens import TokenStream, tokenize
from synth_assets.privacy.policy import PrivacyPolicy
from synth_assets.privacy.stages import MASKED, RAW
from synth_assets.records import UNKNOWN, InForce, Row

Prepared = TypeVar("Prepared")


@dataclass(frozen=True, eq=False, kw_only=True)
class Shared:
    """Holds what several attacks compute from it, each thing once."""

    known: dict[Callable[..., Any], Any] = field(default_factory=dict, init=False, repr=False)

    def once(self, prepare: Callable[[Self], Prepared]) -> Prepared:
        """The result of `prepare(self)`, computed when first asked for."""
        if prepare not in self.known:
            self.known[prepare] = prepare(self)
        prepared: Prepared = self.known[prepare]
        return prepared


@dataclass(frozen=True, eq=False, kw_only=True)
class Evidence(Shared):
    """What the attacker is assumed to know: the raw corpus, and what masking changed in it.

    Attributes:
        tables: rows by stage; those of the raw and the masked corpus are read.
        policy: thresholds and sizes.
        models: recognizer, encoder and masked LM.
        progress: told how far the search for identifiers is.
        masking: the masking policy in force.
    """

    tables: Mapping[str, Sequence[Row]]
    policy: PrivacyPolicy
    models: Models
    progress: Progress
    masking: InForce = UNKNOWN

    @property
    def masked(self) -> Sequence[Row]:
        """MASKED_CORPUS rows; a raw document without one counts as unchanged."""
        return self.tables.get(MASKED.name, ())

    @cached_property
    def corpus(self) -> Corpus:
        """The raw passages by side."""
        return split_raw(self.tables[RAW.name])

    @cached_property
    def words(self) -> TokenStream:
        """The words of `corpus.passages`, in their order."""
        return tokenize([p.text for p in self.corpus.passages])

    @cached_property
    def identifiers(self) -> Identifiers:
        """Identifiers that one subject alone has."""
        recognizer, digits = self.models.recognizer, self.policy.min_digits
        return unique_identifiers(self.corpus, self.words, recognizer, digits, self.progress, self.masking)

    def passages(self, stage: str) -> tuple[Passage, ...]:
        """What a stage would show an attacker."""
        return self.corpus.entered if stage == RAW.name else stage_passages(stage, self.tables.get(stage, ()))


@dataclass(frozen=True, eq=False, kw_only=True)
class Release(Shared):
    """Passages under attack. `stage`: of the pipeline, or a control release."""

    evidence: Evidence
    stage: str
    passages: Sequence[Passage]

    @property
    def policy(self) -> PrivacyPolicy:
        """Thresholds and sizes."""
        return self.evidence.policy

    @cached_property
    def words(self) -> TokenStream:
        """The words of the passages, in their order."""
        return tokenize([p.text for p in self.passages])
