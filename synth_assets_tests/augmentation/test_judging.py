"""What vectors decide of a rewriting: the similarity of the sentences, and a counterpart for each word replaced."""

from collections.abc import Sequence
from typing import ClassVar

import numpy as np
import pytest

from resources.models.protocols import SentenceEncoder
from synth_assets.augmentation.filters.filter import Pair
from synth_assets.augmentation.filters.scores import Embeddings
from synth_assets.augmentation.judging import judge
from synth_assets.augmentation.policy import AugmentationPolicy

SOURCE = "The ship carried aid and saved many."


class Angles(SentenceEncoder):
    """Unit vectors in the plane; words at known angles, sentences 0.9 from the source."""

    DEGREES: ClassVar = {"ship": 0, "vessel": 30, "economy": 75, "aid": 180, "saved": 240, SOURCE: 0}

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        degrees = [self.DEGREES.get(text, 25.84 if " " in text else 120) for text in texts]
        return np.stack([np.cos(np.radians(degrees)), np.sin(np.radians(degrees))], axis=1).astype(np.float32)


@pytest.mark.parametrize(
    ("rewriting", "reason"),
    [
        ("The vessel carried aid and saved many.", None),  # cosine .87
        ("The economy carried aid and saved many.", "counterpart"),  # cosine .26
        ("The ship carried and saved many.", "counterpart"),  # nothing stands for `aid`
        ("The vessel and ship carried aid and saved many.", None),  # more is said, nothing is lost
        ("The vessel carried and saved many.", "counterpart"),  # `vessel` stands for `ship` alone
    ],
)
def test_every_replaced_word_has_a_counterpart(rewriting: str, reason: str | None) -> None:
    (judgment,) = judge([Pair(SOURCE, rewriting)], AugmentationPolicy(), Embeddings(Angles()))
    assert judgment.reason == reason
    assert judgment.similarity == pytest.approx(0.9, abs=1e-3)


def test_the_threshold_is_a_setting() -> None:
    pair = Pair(SOURCE, "The economy carried aid and saved many.")
    (judgment,) = judge([pair], AugmentationPolicy(counterpart_min=0.2), Embeddings(Angles()))
    assert judgment.reason is None


@pytest.mark.parametrize(
    ("limits", "reason"), [({"similarity_min": 0.95}, "similarity"), ({"similarity_max": 0.85}, "not_novel")]
)
def test_sentences_are_compared_first(limits: dict[str, float], reason: str) -> None:
    pair = Pair(SOURCE, "The economy carried aid and saved many.")
    (judgment,) = judge([pair], AugmentationPolicy(**limits), Embeddings(Angles()))
    assert judgment.reason == reason
