"""Formal synthesis from beginning to end: three noisy histograms, a public writer, noisy votes for what it wrote.

Differentially private for one subject added or removed with all documents. Each subject has one document here, and
private documents are read in four places only: the votes for forms, concepts, words and candidates. Each passes
`Counting.noisy`; all else is computed from what that returns. The votes for candidates follow Private Evolution (Xie et
al. 2024, arXiv:2403.01749).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from resources.errors import DataError, PolicyError
from synth_assets.differential_privacy.noise import Integers, Noise
from synth_assets.differential_privacy.shifts import Shift, calibrated
from synth_assets.synthesis.formal.choice import Places
from synth_assets.synthesis.formal.counting import Counting
from synth_assets.synthesis.formal.features import Document, concept_votes, features, word_votes
from synth_assets.synthesis.formal.policy import FormalPolicy
from synth_assets.synthesis.formal.public import Public
from synth_assets.synthesis.formal.sketches import draw_sketches
from synth_assets.synthesis.formal.topics import Noisy, Topics, topics
from synth_assets.synthesis.frame_votes import used
from synth_assets.synthesis.sketch import Sketch

_FORM_THRESHOLD = 2.0
"""Standard deviations above which a frame has votes."""


@dataclass(frozen=True)
class Tools:
    """What is called. All but `encode_alone` see released values only.

    Attributes:
        write: a text for each sketch; None where its filters let none through. They may look at the text only.
        encode: unit vectors (texts, dimension), float32, of a public encoder.
        encode_alone: the same of private documents, on this machine; each depends on its own text only, to the last
            bit, which batches do not give: a document that shared a batch with another could change its vote.
        vary: another version of each text, or None; needed only for rounds of evolution.
    """

    write: Callable[[Sequence[Sketch]], Sequence[str | None]]
    encode: Callable[[Sequence[str]], np.ndarray]
    encode_alone: Callable[[Sequence[str]], np.ndarray]
    vary: Callable[[Sequence[str]], Sequence[str | None]] | None = None


@dataclass(frozen=True)
class Passage:
    """A document that was written, the sketch that it was written from, and how often it was varied since."""

    text: str
    sketch: Sketch
    varied: int = 0


@dataclass(frozen=True)
class FormalResult:
    """What a draw gave.

    Attributes:
        passages: at most as many as the policy wants.
        executed: every noisy count that was made, as it was made.
        figures: functions of noisy values and of public inputs.
    """

    passages: tuple[Passage, ...]
    executed: tuple[Shift, ...]
    figures: dict[str, int | float]


def planned(policy: FormalPolicy) -> tuple[Shift, ...]:
    """The noisy counts that a draw will make, in order; together they cost the policy's epsilon."""
    votes = 1 + policy.evolution_rounds
    shares = policy.shares
    coordinates = (1, policy.concepts_per_document, policy.words_per_document, *[1] * votes)
    parts = (shares.forms, shares.concepts, shares.words, *[shares.votes / votes] * votes)
    whole = sum(parts)
    return calibrated(policy.epsilon, policy.delta, coordinates, tuple(part / whole for part in parts))


def synthesize_formally(
    documents: Sequence[Document], policy: FormalPolicy, public: Public, tools: Tools, noise: Noise, seed: int
) -> FormalResult:
    """Write the documents that the policy wants.

    Args:
        documents: one of each subject that may vote. Order does not matter.
        policy: public settings.
        public: public inputs.
        tools: writer, encoder, variation.
        noise: adds noise, once for each planned count.
        seed: of every random choice after the noise; it protects nothing.

    Raises:
        DataError: a subject has two documents.
        PolicyError: rounds of evolution without a variation.
    """
    if len({document.subject for document in documents}) < len(documents):
        raise DataError("formal synthesis takes one document of each subject")
    if policy.evolution_rounds and tools.vary is None:
        raise PolicyError("synthesis.formal.evolution_rounds needs a recipe of variation")
    plan, counting = planned(policy), Counting(noise)
    rng = np.random.default_rng(seed)
    voters = _Voters(documents, public, tools)
    forms = _forms(voters, public, counting, plan[0])
    found, figures = _topics(documents, policy, public, counting, plan[1], plan[2])
    sketches = draw_sketches(found, forms, policy.candidates * policy.documents, public, policy, rng)
    pairs = zip(tools.write(sketches), sketches, strict=True)
    pool = [Passage(text, sketch) for text, sketch in pairs if text is not None]
    for shift in plan[3:-1]:
        pool = _evolved(pool, voters, counting, shift, tools)
    vectors, labels = voters.candidates(pool)
    places = Places.of_clusters(vectors, labels, policy.clusters_per_label)
    noisy = counting.noisy(voters.votes(places), len(places.labels), plan[-1])
    passages = tuple(pool[place] for place in places.chosen(noisy, policy.documents))
    written = {"formal_candidates": len(sketches), "formal_written": len(pool), "formal_passages": len(passages)}
    return FormalResult(passages, tuple(counting.executed), {"formal_forms": len(forms), **figures, **written})


def _forms(voters: "_Voters", public: Public, counting: Counting, shift: Shift) -> dict[str, int]:
    """The frames to write in, each with its noisy votes; all alike where none has more than noise."""
    noisy = counting.noisy(voters.forms(), len(public.forms.names), shift)
    least = _FORM_THRESHOLD * shift.variance**0.5
    told = {name: int(count) for name, count in zip(public.forms.names, noisy, strict=True) if count > least}
    return used(told) or dict.fromkeys(public.forms.names, 1)


def _topics(
    documents: Sequence[Document], policy: FormalPolicy, public: Public, counting: Counting, first: Shift, second: Shift
) -> tuple[Topics, dict[str, int | float]]:
    """The concepts and the words of each label."""
    labels, own = len(public.labels), features(documents, public)
    votes = concept_votes(own, public, policy.concepts_per_document)
    concepts = counting.noisy(votes, labels * public.concepts, first).reshape(labels, public.concepts)
    kept = concepts > policy.concept_threshold * first.variance**0.5
    votes = word_votes(own, public, kept, policy.words_per_document)
    words = counting.noisy(votes, labels * len(public.words), second).reshape(labels, len(public.words))
    found = topics(Noisy(concepts, kept, words, second.variance**0.5), public, policy)
    held = [len(chosen) - added for chosen, added in zip(found.words, found.added, strict=True)]
    return found, {
        "formal_concepts": int(kept.sum()),
        "formal_words": sum(held),
        "formal_public_words": sum(found.added),
        "formal_labels_with_public_words": sum(added > 0 for added in found.added),
    }


class _Voters:
    """The private documents as they vote for forms, and for candidates of their own label: one each."""

    def __init__(self, documents: Sequence[Document], public: Public, tools: Tools) -> None:
        self._public, self._tools, self._documents = public, tools, documents
        self._labels = np.array([public.label_of(document.label) for document in documents], np.int64)
        self._vectors = tools.encode_alone([document.text for document in documents]) if documents else None

    def forms(self) -> list[Integers]:
        """The frame that suits each document."""
        if self._vectors is None:
            return []
        pairs = zip(self._documents, self._vectors, strict=True)
        return [np.array([self._public.forms.vote(document.text, vector)]) for document, vector in pairs]

    def votes(self, places: Places) -> list[Integers]:
        """One vote of each document; none where its label has no place."""
        return [] if self._vectors is None else places.votes(self._vectors, self._labels)

    def candidates(self, pool: Sequence[Passage]) -> tuple[np.ndarray, Integers]:
        """Vectors and labels of what was written."""
        labels = np.array([self._public.label_of(passage.sketch.label) for passage in pool], np.int64)
        dimension = self._public.vectors.shape[1]
        return (self._tools.encode([p.text for p in pool]) if pool else np.empty((0, dimension), np.float32)), labels


def _evolved(pool: Sequence[Passage], voters: _Voters, counting: Counting, shift: Shift, tools: Tools) -> list[Passage]:
    """One round: every document votes for the nearest candidate; the half with most votes stays, beside variations."""
    places = Places.of_candidates(*voters.candidates(pool))
    noisy = counting.noisy(voters.votes(places), len(pool), shift)
    best = [pool[place] for place in np.sort(np.argsort(-noisy, kind="stable")[: (len(pool) + 1) // 2])]
    varied = tools.vary([passage.text for passage in best]) if tools.vary else []
    fresh = (
        Passage(text, old.sketch, old.varied + 1) for text, old in zip(varied, best, strict=True) if text is not None
    )
    return [*best, *fresh]
