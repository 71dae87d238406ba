"""Documents of known forms, written for this test, vote for their frame."""

import random

import pytest

from resources.models.engine import Engine
from synth_assets.synthesis.frame_votes import Votes, elect_frames

TEXTS = {
    "news": "The bridge over the Tarn will close for six months from March, the council said on Tuesday. More than "
    "9,000 cars use it every day, and shops on both sides fear for their trade. A spokesman said that a ferry would "
    "run until the work was finished.",
    "email": "Hi, I bought the blue kettle from your shop last week and it already leaks. I have tried the new seal "
    "you sent me, but it doesn't fit. Can you tell me how to send it back? I'd like my money, please.",
    "judgment": "The court finds that the tenant was not told of the defect before the contract was signed. The claim "
    "is therefore allowed in part. The defendant shall bear the costs of the proceedings, and the appeal is dismissed.",
}


@pytest.mark.models
def test_a_document_votes_for_its_form_and_not_for_its_topic(models: Engine) -> None:
    texts = list(TEXTS.values())
    assert elect_frames(texts, models.encoder) == list(TEXTS)


@pytest.mark.models
def test_nobody_votes_for_nothing(models: Engine) -> None:
    assert elect_frames([], models.encoder) == []


def test_a_label_is_written_in_the_frames_of_the_corpus_and_in_its_own_first() -> None:
    """Of the corpus: 60 news, 20 notes, 12 letters. Sport has as many notes as half of its news: too few overall."""
    counts = {("sport", "news"): 40, ("sport", "note"): 20, ("law", "letter"): 12, ("law", "news"): 20}
    kinds = [kind for kind, count in counts.items() for _ in range(count)]
    votes = Votes([(subject, label, frame) for subject, (label, frame) in enumerate(kinds)], k=5)
    rng = random.Random(0)
    assert {votes.draw("sport", rng) for _ in range(99)} == {"news"}
    assert {votes.draw("law", rng) for _ in range(99)} == {"news"}
    alone = Votes([(n, "law", "letter") for n in range(12)] + [(20 + n, "sport", "news") for n in range(60)], k=5)
    assert {alone.draw("law", rng) for _ in range(99)} == {"letter"}
