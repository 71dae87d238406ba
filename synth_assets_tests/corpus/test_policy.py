import random

import pytest

from resources.errors import PolicyError
from synth_assets.corpus.policy import CorpusPolicy
from synth_assets_tests.corpus.helpers import WORDS, build, sentence, write_jsonl

LONG = sentence(random.Random(1), 60)


def linked(changes: int) -> list[dict]:
    words = sentence(random.Random(2), 60).split()
    other = list(words)
    for number in range(changes):
        other[5 + 12 * number] = "altered"
    return [{"text": " ".join(words), "author": "a"}, {"text": " ".join(other), "author": "a"}]


def many(label: bool = False) -> list[dict]:
    draw = random.Random(3)
    rows = [{"id": n, "text": sentence(draw, 40), "author": f"a{n}"} for n in range(60)]
    return [row | {"label": "x" if n < 12 else None} for n, row in enumerate(rows)] if label else rows


def across(rows: list[dict]) -> list[dict]:
    return [row | {"author": author} for row, author in zip(rows, ("a", "d"), strict=True)]


BULLETS = "\n".join(f"- the {a} of {b} and a {c}" for a, b, c in zip(WORDS, WORDS[9:], WORDS[40:48], strict=False))
BULLETS = f"What we found in the end:\n{BULLETS}"
REPEATED = "\n".join(["the house of the north and that garden with a gate", *(f"the {w} is a {w}" for w in WORDS[:6])])
LOOP = " ".join(["we went to the old market with a friend"] * 2) + " " + LONG

# key: (rows, value that changes the outcome for them)
CASES = {
    "max_chars": ([{"text": LONG}], 100),
    "min_words": ([{"text": "My name is Rubija"}], 5),
    "min_mean_word_length": ([{"text": "My name is Rubija"}], 6.0),
    "max_mean_word_length": ([{"text": "My name is Rubija"}], 3.0),
    "min_alphabetic_words": ([{"text": "Call me on 0171 555 0199"}], 0.7),
    "max_curly_braces": ([{"text": "The value of {name} is here"}], 0.5),
    "reject_lorem_ipsum": ([{"text": "The printer wrote lorem ipsum on the page"}], False),
    "ratio_min_words": ([{"text": "buy now " * 10}], 10),
    "max_symbols": ([{"text": LONG + " #a #b #c"}], 0.01),
    "min_stop_words": ([{"text": LONG}], 10),
    "max_bullet_lines": ([{"text": BULLETS}], 0.5),
    "max_ellipsis_lines": ([{"text": BULLETS.replace("\n", "...\n")}], 1.0),
    "max_repeated_lines": ([{"text": REPEATED + "\n" + REPEATED}], 0.6),
    "max_top_bigram": ([{"text": LOOP}], 0.01),
    "max_repeated_5grams": ([{"text": LOOP}], 0.01),
    "languages": ([{"text": "Bonjour, je m'appelle Claire et je suis en retard."}], ("fr",)),
    "min_language_confidence": ([{"text": "Hola, ¿cómo estás?"}], 0.9),
    "shingle_words": (linked(2), 12),
    "duplicate_threshold": (linked(1), 0.99),
    "link_threshold": (across(linked(2)), 0.79),
    "holdout_share": (many(), 0.5),
    "control_share": (many(), 0.5),
    "canary_pairs": (many(), 1),
    "max_canary_share": (many(), 0.02),
    "canary_tail_words": (many(), 20),
    "canary_source": (many(label=True), "public"),
    "canary_vocabulary_subjects": (many(label=True), 30),
}


def test_every_key_has_a_case():
    # permutations: test_more_permutations_estimate_better
    assert {*CASES, "permutations"} == set(CorpusPolicy.model_fields)


@pytest.mark.parametrize("key", CASES)
def test_every_key_changes_an_outcome(tmp_path, key):
    rows, value = CASES[key]
    path = write_jsonl(tmp_path / "a.jsonl", rows)
    assert build(path, tmp_path / "i") != build(path, tmp_path / "i", **{key: value})


def test_more_permutations_estimate_better():
    from synth_assets.text.near_duplicates import sign, similarity

    one, two = ([f"{prefix}{i}" for i in range(100)] + [f"c{i}" for i in range(100)] for prefix in "ab")

    def error(permutations):
        pairs = [(sign(one, 1, permutations, seed), sign(two, 1, permutations, seed)) for seed in range(40)]
        return sum((float(similarity(a, b[None])[0]) - 1 / 3) ** 2 for a, b in pairs) / len(pairs)

    assert error(1024) < error(32) / 4  # the variance falls like 1/permutations


@pytest.mark.parametrize(
    "text",
    [
        "What are my options?",
        "My name is Rubija",
        "omg the new season is out tonight!! #hyped",
        "3... 2... 1... liftoff!",
        "Jane Roe\n12 Mill Lane\nApt. 316\nOslo\n0150",
    ],
)
def test_short_real_documents_survive(tmp_path, text):
    assert build(write_jsonl(tmp_path / "a.jsonl", [{"text": text}]), tmp_path / "i").figures["documents"] == 1


def test_an_unknown_language_code_is_the_policys_fault(tmp_path):
    path = write_jsonl(tmp_path / "a.jsonl", [{"text": LONG}])
    with pytest.raises(PolicyError, match="'eng'"):
        build(path, tmp_path / "i", languages=("eng", "en"))
