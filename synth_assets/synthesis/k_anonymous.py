"""k-anonymous sketches: nothing in one is shared by fewer than k subjects of the corpus.

k-anonymity of the prompt (Samarati and Sweeney, 1998) is no differential privacy: nothing is proven of what many
sketches tell together. Keywords, forms, lengths, frames and labels are each shared by k subjects.
"""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from resources.models.protocols import SentenceEncoder
from synth_assets.records import Row
from synth_assets.synthesis.filters import RareWindows, centroids
from synth_assets.synthesis.forms import Forms, fixed_texts, learn
from synth_assets.synthesis.frame_votes import Votes, elect_frames
from synth_assets.synthesis.guides import Phrases, learn_phrases
from synth_assets.synthesis.keywords import Content, Vocabulary, themes
from synth_assets.synthesis.observed import Observed, observe
from synth_assets.synthesis.policy import SketchPolicy
from synth_assets.synthesis.sketch import Sketch
from synth_assets.synthesis.slots import unslotted
from synth_assets.synthesis.support import numbered

_HEAD_WORDS = 80


@dataclass(frozen=True)
class Learned:
    """What documents have in common.

    Attributes:
        themes: of each label that k subjects have, the words of its themes.
        subjects: of each of these labels.
        forms: how documents are built.
        votes: frames that suit them.
        fixed: sentences and lines that k subjects share.
        phrases: what k subjects write after the same words.
        rare: windows that may not be written.
        means: mean vector of each label.
        unsupported: documents of labels that fewer than k subjects have.
        policy: sizes, and k.
    """

    themes: Mapping[str | None, Sequence[Vocabulary]]
    subjects: Mapping[str | None, int]
    forms: Forms
    votes: Votes
    fixed: frozenset[str]
    phrases: Phrases
    rare: RareWindows
    means: Mapping[str, np.ndarray]
    unsupported: int
    policy: SketchPolicy

    def labels(self, count: int) -> list[str | None]:
        """The labels of `count` documents, each as often as its share of the subjects asks (largest remainders)."""
        total = sum(self.subjects.values())
        exact = {label: count * subjects / total for label, subjects in self.subjects.items()}
        whole = {label: int(share) for label, share in exact.items()}
        left = sorted(exact, key=lambda label: (whole[label] - exact[label], str(label)))
        for label in left[: count - sum(whole.values())]:
            whole[label] += 1
        return [label for label in sorted(whole, key=str) for _ in range(whole[label])]

    def sketch(self, label: str | None, rng: random.Random) -> Sketch:
        """A sketch of a document of a label."""
        form = self.forms.draw(label, rng)
        size = sum(unit.words for unit in form)
        options = self.themes[label]
        (theme,) = rng.choices(options, [option.subjects for option in options])
        drawn = theme.draw(self.policy.keywords, self.policy.k, rng)
        frame = self.votes.draw(label, rng)
        return Sketch(label, drawn.words, size, form, drawn.support, frame)


def learn_sketches(rows: Sequence[Row], policy: SketchPolicy, encoder: SentenceEncoder) -> Learned:
    """Learn from MASKED_CORPUS rows; rows of one subject count once, whatever their number."""
    number = numbered(row["subject"] for row in rows)
    ordered = sorted(rows, key=lambda row: str(row["id"]))
    documents = [observe(row, number[row["subject"]]) for row in ordered]
    fixed = fixed_texts(documents, policy.k)
    texts = [_text(document) for document in documents]
    vectors = encoder.encode([" ".join(text.split()[:_HEAD_WORDS]) for text in texts])
    subjects, labels = [d.subject for d in documents], [d.label for d in documents]
    frames = elect_frames([str(row["text"]) for row in ordered], encoder)
    contents = [Content(document.subject, document.label, document.content(fixed)) for document in documents]
    known = themes(contents, vectors, policy.k, policy.vocabulary, policy.theme_documents)
    return Learned(
        themes=known,
        subjects={label: len({c.subject for c in contents if c.label == label}) for label in known},
        forms=learn(documents, fixed, policy.k, policy.words_max),
        votes=Votes(list(zip(subjects, labels, frames, strict=True)), policy.k),
        fixed=fixed,
        phrases=learn_phrases(((d.subject, passage) for d in documents for passage in d.passages()), policy.k),
        rare=RareWindows(list(zip(subjects, texts, strict=True)), policy.k),
        means=centroids(vectors, labels, subjects, policy.k),
        unsupported=sum(label not in known for label in labels),
        policy=policy,
    )


def _text(document: Observed) -> str:
    return "".join(piece.before + unslotted(piece.text) for piece in document.pieces)
