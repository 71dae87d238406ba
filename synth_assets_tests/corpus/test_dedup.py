import random
from itertools import combinations

import pytest

from synth_assets.text.near_duplicates import sign, similarity
from synth_assets.text.words import folded_words, shingles
from synth_assets_tests.corpus.helpers import KEYS, WORDS, build, documents, reasons, sentence, write_jsonl


def jaccard(one: str, two: str) -> float:
    a, b = (set(shingles(folded_words(text), 5)) for text in (one, two))
    return len(a & b) / len(a | b)


def family(draw: random.Random, sizes: int) -> list[str]:
    base = [draw.choice(WORDS) for _ in range(120)]
    copies = []
    for _ in range(sizes):
        copy = list(base)
        for _ in range(draw.choice([0, 1, 2, 3, 5, 8, 12])):
            copy[draw.randrange(120)] = draw.choice(WORDS)
        copies.append("The story of the " + " ".join(copy))
    return copies


def mixed(seed: int) -> list[str]:
    draw = random.Random(seed)
    texts = [text for _ in range(12) for text in family(draw, 6)]
    draw.shuffle(texts)
    return texts


def test_estimates_agree_with_jaccard():
    draw = random.Random(3)
    for _ in range(5):
        one, two = family(draw, 2)
        a, b = (sign(folded_words(text), 5, 256, 11) for text in (one, two))
        assert similarity(a, b[None])[0] == pytest.approx(jaccard(one, two), abs=4 * 0.5 / 256**0.5)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_against_brute_force(tmp_path, seed):
    texts = list(dict.fromkeys(mixed(seed)))
    output = build(
        write_jsonl(tmp_path / "a.jsonl", [{"text": text} for text in texts]), tmp_path / "i", canary_pairs=0
    )
    kept = documents(output)
    slack = 0.13  # four standard errors of the estimate at .5
    for one, two in combinations(kept, 2):
        similar = jaccard(one["text"], two["text"])
        assert similar < 0.8 + slack
        if similar > 0.5 + slack:
            assert one["split"] == two["split"]
    earlier: list[str] = []
    fate = {row["text"]: "" for row in kept} | {item.text: item.reason for item in output.rejected}
    for text in texts:
        if fate[text] == "near_duplicate":
            assert max(jaccard(text, other) for other in earlier) > 0.8 - slack
        if not fate[text]:
            earlier.append(text)
    assert {"near_duplicate"} <= set(reasons(output))


def test_exact_duplicates_ignore_case_and_punctuation_and_keep_the_first(tmp_path):
    text = "Our offices are located in the north of the city."
    rows = [{"id": 1, "text": text}, {"id": 2, "text": text.upper().replace(".", " !")}, {"id": 3, "text": "  " + text}]
    output = build(write_jsonl(tmp_path / "a.jsonl", rows), tmp_path / "i")
    assert [row["text"] for row in documents(output)] == [text]
    assert reasons(output) == ["exact_duplicate"] * 2
    assert all(output.rows[0]["id"] in item.detail for item in output.rejected)


def test_a_name_used_twice_is_refused_and_can_be_switched_off(tmp_path):
    from synth_assets.corpus.reading.sources import SourceConfig

    draw = random.Random(1)
    rows = [{"id": "7", "text": sentence(draw)}, {"id": 7, "text": sentence(draw)}]
    path = write_jsonl(tmp_path / "a.jsonl", rows)
    assert reasons(build(path, tmp_path / "i")) == ["duplicate_id"]
    assert reasons(build(path, tmp_path / "i", source=SourceConfig(id=False))) == []


def test_ids_and_hashes_are_keyed(tmp_path):
    from resources.keys import Keys

    path = write_jsonl(tmp_path / "a.jsonl", [{"id": "7", "text": "The house on the hill was sold.", "author": "Ann"}])
    ours = build(path, tmp_path / "i").rows[0]
    theirs = build(path, tmp_path / "j", keys=Keys.from_secret(b"1" * 32)).rows[0]
    assert ours["id"] == KEYS.hash("document", "notes", "7")
    assert all(ours[name] != theirs[name] for name in ("id", "subject", "text_hash", "cluster"))
