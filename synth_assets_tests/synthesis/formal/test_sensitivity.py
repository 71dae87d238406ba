"""How much one subject can change, by exact enumeration: the bounds that the noise was made for, and no more."""

import itertools
import random
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from resources.errors import DataError, MachineError
from synth_assets.corpus.policy import CorpusPolicy
from synth_assets.corpus.splits import split_of
from synth_assets.differential_privacy.noise import Integers
from synth_assets.differential_privacy.shifts import Shift
from synth_assets.synthesis.formal.choice import Places
from synth_assets.synthesis.formal.counting import Counting
from synth_assets.synthesis.formal.features import Document, concept_votes, features, word_votes
from synth_assets.synthesis.formal.voters import voters
from synth_assets_tests.corpus.helpers import KEYS, build, sentence, write_jsonl
from synth_assets_tests.synthesis.formal.toy import MONEY, OTHER, SPORT, Silence, corpus, encode, policy, public

TOY = policy(concepts=4, concepts_per_document=2, words_per_document=3)
PUBLIC = public(TOY)
SMALL = ("ball", "bank", "river", "goal", "loan", "garden")
"""Every subset of these words is a document of the enumeration."""


def documents() -> list[Document]:
    """All documents of at most six words, under both labels, an unknown label, and none."""
    texts = [" ".join(words) for size in range(7) for words in itertools.combinations(SMALL, size)]
    return [
        Document(f"{label}/{text}", label, text) for label in ("sport", "money", "elsewhere", None) for text in texts
    ]


def counted(votes: Sequence[Integers], cells: int, most: int) -> Integers:
    return Counting(Silence()).noisy(votes, cells, Shift(most, 1.0))


def norms(votes: Sequence[Integers], cells: int, most: int) -> set[float]:
    """Squared L2 distance of the counts with and without each document, the others present."""
    whole = counted(votes, cells, most)
    return {
        float(((whole - counted([*votes[:place], *votes[place + 1 :]], cells, most)) ** 2).sum())
        for place in range(len(votes))
    }


def test_concepts_change_by_the_root_of_c_at_most() -> None:
    votes = concept_votes(features(documents(), PUBLIC), PUBLIC, 2)
    assert norms(votes, len(PUBLIC.labels) * PUBLIC.concepts, 2) == {0.0, 1.0, 2.0}


@pytest.mark.parametrize("kept", list(itertools.product([False, True], repeat=4)), ids=str)
def test_words_change_by_the_root_of_m_at_most_whatever_was_kept(kept: tuple[bool, ...]) -> None:
    mask = np.array([kept] * len(PUBLIC.labels))
    votes = word_votes(features(documents(), PUBLIC), PUBLIC, mask, 3)
    found = norms(votes, len(PUBLIC.labels) * len(PUBLIC.words), 3)
    assert max(found) <= 3.0
    assert max(found) == 3.0 or not all(kept)


def test_a_candidate_or_a_cluster_changes_by_one() -> None:
    pool = [f"{a} {b}" for a, b in itertools.combinations(SMALL, 2)]
    labels = np.array([place % 2 for place in range(len(pool))])
    own = documents()
    vectors, mine = encode([d.text for d in own]), np.array([PUBLIC.label_of(d.label) for d in own])
    for places in (Places.of_candidates(encode(pool), labels), Places.of_clusters(encode(pool), labels, 3)):
        found = places.votes(vectors, mine)
        assert norms(found, len(places.labels), 1) == {0.0, 1.0}
        assert all(places.labels[cell] == label for vote, label in zip(found, mine, strict=True) for cell in vote)


def test_a_form_changes_by_one() -> None:
    own = documents()
    votes = [
        np.array([PUBLIC.forms.vote(d.text, vector)])
        for d, vector in zip(own, encode([d.text for d in own]), strict=True)
    ]
    assert norms(votes, len(PUBLIC.forms.names), 1) <= {0.0, 1.0}


def test_an_unknown_label_counts_as_other() -> None:
    assert [PUBLIC.label_of(label) for label in ("sport", "money", "elsewhere", None)] == [0, 1, 2, 2]


@pytest.mark.parametrize(
    "vote", [[0, 1, 2], [1, 1], [-1], [4]], ids=["more than the bound", "twice for one", "below", "above"]
)
def test_votes_beyond_the_bound_are_never_counted(vote: list[int]) -> None:
    """Clipping that was forgotten is an error without a value, not a larger epsilon."""
    counting = Counting(Silence())
    with pytest.raises(MachineError, match="exceed the bound") as error:
        counting.noisy([np.array(vote)], 4, Shift(2, 1.0))
    assert counting.executed == []
    assert not any(character.isdigit() for character in str(error.value))


def records(draw: random.Random) -> list[dict[str, object]]:
    """Documents of some people who copy each other, quote each other, and share ids; some are of nobody."""
    rows: list[dict[str, object]] = []
    for _ in range(60):
        author = draw.choice([None, *(f"person {n}" for n in range(14))])
        words = sentence(draw, 30).split()
        if rows and draw.random() < 0.6:
            words = str(draw.choice(rows)["text"]).split()
            for _ in range(draw.choice([0, 0, 1, 3, 6])):
                words[draw.randrange(len(words))] = draw.choice(SPORT)
        rows.append({"text": " ".join(words), "author": author, "topic": draw.choice(["sport", "money", "rare"])})
        if draw.random() < 0.1:
            rows[-1]["id"] = f"shared {draw.randrange(3)}"
    return rows


def voting(folder: Path, rows: list[dict[str, object]], name: str) -> dict[str, Document]:
    output = build(write_jsonl(folder / f"{name}.jsonl", rows), folder / f"index {name}", canary_source="public")
    split = CorpusPolicy()
    return voters(output.rows, map(vars, output.rejected), KEYS, lambda subject: split_of(subject, split, KEYS))


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_without_one_subject_everybody_else_votes_as_before(tmp_path: Path, seed: int) -> None:
    """The corpus is built with and without each author, near-duplicates, links, shared ids and canaries included."""
    rows = records(random.Random(seed))
    everybody = voting(tmp_path, rows, "all")
    assert any(row["author"] is None for row in rows)
    changed = 0
    for number in range(14):
        author = f"person {number}"
        fewer = voting(tmp_path, [row for row in rows if row["author"] != author], str(number))
        gone = everybody.keys() - fewer.keys()
        assert len(gone) <= 1
        assert fewer == {subject: d for subject, d in everybody.items() if subject not in gone}
        changed += len(gone)
    assert changed >= 5, "some authors are in the train split, so that the test tests something"


def test_documents_of_nobody_vote_for_themselves(tmp_path: Path) -> None:
    """Of three equal texts without author, one is kept and two are rejected; they are one document, with one vote."""
    text = " ".join([*SPORT, *MONEY, *OTHER])
    everybody = voting(tmp_path, [{"text": text, "author": None}] * 3, "same")
    assert sum(d.text == text for d in everybody.values()) <= 1


def test_rows_that_do_not_say_whose_subject_they_have_are_refused() -> None:
    row = {
        "id": "a",
        "source_doc": "a",
        "subject": "s",
        "role": "document",
        "split": "train",
        "text": "",
        "params": "{}",
    }
    with pytest.raises(DataError, match="materialize it again"):
        voters([row], [], KEYS, lambda _: "train")


def test_the_toy_corpus_is_one_document_a_subject() -> None:
    assert len({document.subject for document in corpus(10)}) == 10
