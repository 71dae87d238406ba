import json
import random
from collections import Counter

import pytest

from synth_assets.text.words import folded_words, shingles
from synth_assets_tests.corpus.helpers import build, documents, sentence, write_jsonl


@pytest.fixture
def path(tmp_path):
    draw = random.Random(5)
    rows = [
        {"id": n, "text": sentence(draw, 60), "author": f"a{n}", "label": draw.choice(["red", "blue", f"rare{n}"])}
        for n in range(400)
    ]
    return write_jsonl(tmp_path / "a.jsonl", rows)


def canaries(output):
    return [row for row in output.rows if row["role"] == "canary"]


def test_balanced_pairs_and_unique(path, tmp_path):
    made = canaries(build(path, tmp_path / "i", canary_pairs=24, max_canary_share=0.2))
    assert Counter(row["split"] for row in made) == {"train": 24, "canary_out": 24}
    by_pair = Counter((json.loads(row["params"])["pair"], row["split"]) for row in made)
    assert set(by_pair.values()) == {1}
    for field in ("id", "text", "subject", "text_hash", "cluster"):
        assert len({row[field] for row in made}) == 48
    assert all(row["recipe"] == "canary" and row["source_doc"] == row["id"] for row in made)


def test_which_of_a_pair_is_planted_is_a_coin(path, tmp_path):
    first = []
    for seed in range(12):
        made = canaries(build(path, tmp_path / "i", canary_pairs=8, seed=seed))
        first += [row["split"] == "train" for row in made[::2]]
    assert 0.3 < sum(first) / len(first) < 0.7  # 96 tosses: 4 standard deviations


def test_no_phrase_of_a_document_is_copied(path, tmp_path):
    output = build(path, tmp_path / "i")
    grams = {gram for row in documents(output) for gram in shingles(folded_words(row["text"]), 4)}
    kept = {word for row in documents(output) for word in folded_words(row["text"])}
    for row in canaries(output):
        assert not grams & set(shingles(folded_words(row["text"]), 4))
        assert sum(word not in kept for word in folded_words(row["text"])) >= 3  # name, surname, code


def test_words_and_labels_of_few_subjects_are_never_used(tmp_path):
    draw = random.Random(6)
    rows = [
        {"id": n, "text": sentence(draw, 60) + (" unspeakable" if n < 40 else ""), "author": "one" if n < 40 else n}
        for n in range(300)
    ]
    rows = [row | {"label": "secret" if row["author"] == "one" else "common"} for row in rows]
    output = build(write_jsonl(tmp_path / "a.jsonl", rows), tmp_path / "i", canary_pairs=40, max_canary_share=1)
    made = canaries(output)
    assert not any("unspeakable" in row["text"] for row in made)
    assert {row["label"] for row in made} == {"common"}


def test_the_seed_and_the_day_change_them(path, tmp_path):
    one = {row["text"] for row in canaries(build(path, tmp_path / "i"))}
    assert one.isdisjoint(row["text"] for row in canaries(build(path, tmp_path / "i", seed=8)))
    assert one.isdisjoint(row["text"] for row in canaries(build(path, tmp_path / "i", day="2024-01-10")))


def test_a_small_partition_has_few(tmp_path):
    draw = random.Random(7)
    rows = [{"id": n, "text": sentence(draw, 40)} for n in range(40)]
    output = build(write_jsonl(tmp_path / "a.jsonl", rows), tmp_path / "i", max_canary_share=0.1)
    assert output.figures["canaries_planted"] == output.figures["train"] // 10
