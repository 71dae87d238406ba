"""Mask plans: rate, spans, corruption, and rendering for three families of tokenizers."""

import random
from collections import Counter
from dataclasses import asdict
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import Tokenizer
from tokenizers.models import BPE, Unigram, WordPiece
from tokenizers.pre_tokenizers import ByteLevel, Metaspace, Whitespace
from tokenizers.processors import ByteLevel as ByteLevelProcessor
from tokenizers.processors import TemplateProcessing
from tokenizers.trainers import BpeTrainer, UnigramTrainer, WordPieceTrainer

from synth_assets.masking.plan import make_plan, maskable_characters
from synth_assets.masking.policy import PlanPolicy
from synth_assets.masking.render import IGNORED, render

SPECIAL = ["[UNK]", "[CLS]", "[SEP]", "[MASK]"]
SENTENCES = [
    "The committee reviewed the application on Monday morning, and its decision was published.",
    "Nobody expected the unusually complicated proceedings to last for fourteen months!",
    "Her state-of-the-art laboratory didn't cost $1,200.50; it cost considerably less.",
    "Later the reviewers' comments were sent to reviewer@example.org by e-mail.",
] * 5
ENTITIES = [(4, 13, "ORGANIZATION")]


def _tokenizer(family: str) -> Tokenizer:
    models = {"wordpiece": WordPiece(unk_token="[UNK]"), "unigram": Unigram()}
    tokenizer = Tokenizer(models.get(family) or BPE(unk_token="[UNK]"))
    if family == "wordpiece":
        tokenizer.pre_tokenizer = Whitespace()
        trainer = WordPieceTrainer(vocab_size=120, special_tokens=SPECIAL)
    elif family == "unigram":
        tokenizer.pre_tokenizer = Metaspace()
        trainer = UnigramTrainer(vocab_size=120, special_tokens=SPECIAL, unk_token="[UNK]")
    else:
        tokenizer.pre_tokenizer = ByteLevel(add_prefix_space=False)
        alphabet = ByteLevel.alphabet()
        trainer = BpeTrainer(vocab_size=320, special_tokens=SPECIAL, initial_alphabet=alphabet)
    tokenizer.train_from_iterator(SENTENCES, trainer)
    if family == "bytelevel_trimmed":
        tokenizer.post_processor = ByteLevelProcessor(trim_offsets=True)
    else:
        ends = [(token, tokenizer.token_to_id(token)) for token in ("[CLS]", "[SEP]")]
        tokenizer.post_processor = TemplateProcessing(single="[CLS] $A [SEP]", special_tokens=ends)
    return tokenizer


@pytest.mark.parametrize("family", ["wordpiece", "unigram", "bytelevel_spaced", "bytelevel_trimmed"])
def test_units_are_never_split(family: str) -> None:
    tokenizer = _tokenizer(family)
    seen = 0
    for seed, text in enumerate(SENTENCES):
        entities = ENTITIES if text.startswith("The committee") else []
        plan = make_plan(text, entities, PlanPolicy(rate=0.3), random.Random(seed))
        encoding = tokenizer.encode(text)
        rendered = render(
            text, [asdict(m) for m in plan], encoding.ids, encoding.offsets, encoding.special_tokens_mask,
            tokenizer.token_to_id("[MASK]"), list(range(4, tokenizer.get_vocab_size())), seed,
        )  # fmt: skip
        assert len(rendered.labels) == len(encoding.ids)
        for i, special in enumerate(encoding.special_tokens_mask):
            assert not special or rendered.labels[i] == IGNORED
        hidden = {place for mask in plan for place in range(mask.start, mask.end)}
        for i, (a, b) in enumerate(encoding.offsets):
            if not encoding.special_tokens_mask[i]:
                letters = {place for place in range(a, b) if not text[place].isspace()}
                assert (rendered.labels[i] != IGNORED) == bool(letters & hidden)
        for mask in plan:
            tokens = [i for i, (a, b) in enumerate(encoding.offsets) if a < mask.end and mask.start < b]
            assert all(rendered.labels[i] == encoding.ids[i] for i in tokens)
            seen += len(tokens) > 1
    assert seen > 20


@pytest.mark.parametrize("kind", ["word", "span"])
def test_expected_rate_is_exact(kind: str) -> None:
    policy = PlanPolicy(rate=0.15, kind=kind)
    hidden = total = 0
    for seed in range(4000):
        text = SENTENCES[seed % 4]
        plan = make_plan(text, [], policy, random.Random(seed))
        hidden += sum(mask.end - mask.start for mask in plan)
        total += maskable_characters(text, [])
    assert abs(hidden / total - 0.15) < 0.003


def test_corruption_shares_and_one_draw_a_span() -> None:
    policy = PlanPolicy(rate=0.3)
    drawn: Counter[str] = Counter()
    for seed in range(1500):
        plan = make_plan(SENTENCES[seed % 4], [], policy, random.Random(seed))
        by_unit = {(mask.unit, mask.corruption) for mask in plan}
        assert len(by_unit) == len({mask.unit for mask in plan})
        drawn.update(corruption for _, corruption in by_unit)
    total = sum(drawn.values())
    assert abs(drawn["mask"] / total - 0.8) < 0.03 and abs(drawn["random"] / total - 0.1) < 0.02


@pytest.mark.parametrize(
    ("change", "test"),
    [
        ({"span_max": 1}, lambda longest: longest == 1),
        ({"span_p": 0.01, "span_max": 10, "rate": 0.6}, lambda longest: longest > 3),
    ],
)
def test_span_settings(change: dict, test: object) -> None:
    text = " ".join(["word"] * 200)
    plan = make_plan(text, [], PlanPolicy(**change), random.Random(1))
    longest = max(Counter(mask.unit for mask in plan).values())
    assert test(longest)  # type: ignore[operator]


def test_spans_stay_in_their_sentence() -> None:
    text = "One two three. Four five six.\nSeven eight nine. " * 8
    stops = [i for i, char in enumerate(text) if char in ".\n"]
    for seed in range(50):
        plan = make_plan(text, [], PlanPolicy(rate=0.4, span_p=0.05), random.Random(seed))
        for unit in {mask.unit for mask in plan}:
            ends = [(mask.start, mask.end) for mask in plan if mask.unit == unit]
            assert not any(ends[0][0] < stop < ends[-1][0] for stop in stops)


@given(st.text(max_size=200), st.integers(0, 2**32))
def test_plans_of_any_text_are_sorted_and_repeatable(text: str, seed: int) -> None:
    plan = make_plan(text, [], PlanPolicy(), random.Random(seed))
    assert plan == make_plan(text, [], PlanPolicy(), random.Random(seed))
    places = sorted((mask.start, mask.end) for mask in plan)
    assert all(a[1] <= b[0] for a, b in pairwise(places))
    assert all(0 <= a < b <= len(text) for a, b in places)


def test_mask_and_random_shares_are_used() -> None:
    text = SENTENCES[0]
    cases = [(PlanPolicy(mask_share=1, random_share=0), "mask"), (PlanPolicy(mask_share=0, random_share=1), "random")]
    for policy, expected in cases:
        plan = make_plan(text, [], policy, random.Random(3))
        assert {mask.corruption for mask in plan} == {expected}
