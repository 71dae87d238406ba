"""Stored mask plans: rate, spans, corruption, and rendering for three families of tokenizers."""

import random
from collections import Counter
from dataclasses import asdict
from itertools import pairwise
from statistics import pvariance

import pytest
from hypothesis import given
from hypothesis import strategies as st

from synth_assets.masked_lm.plan import (
    Atom,
    choose,
    make_plan,
    maskable_lengths,
    rate_at,
    seed_of,
    variance_bound,
)
from synth_assets.masked_lm.policy import PlanPolicy
from synth_assets.masked_lm.render import IGNORED, render
from synth_assets_tests.masked_lm.cases import COLLOCATIONS
from synth_assets_tests.masked_lm.tokenizer_families import ENTITIES, FAMILIES, SENTENCES, SPECIAL, tokenizer_of

KINDS = ["word", "span", "entity", "pmi"]


@pytest.mark.parametrize("family", FAMILIES)
def test_units_are_never_split(family: str) -> None:
    tokenizer = tokenizer_of(family)
    seen = 0
    for seed, text in enumerate(SENTENCES):
        entities = ENTITIES if text.startswith("The committee") else []
        plan = make_plan(text, entities, PlanPolicy(rate=0.3), random.Random(seed))
        encoding = tokenizer.encode(text)
        rendered = render(
            text, [asdict(m) for m in plan], encoding.ids, encoding.offsets, encoding.special_tokens_mask,
            tokenizer.token_to_id("[MASK]"), list(range(len(SPECIAL), tokenizer.get_vocab_size())), seed,
        )  # fmt: skip
        assert len(rendered.labels) == len(encoding.ids)
        for i, special in enumerate(encoding.special_tokens_mask):
            assert not special or rendered.labels[i] == IGNORED
        hidden = {place for mask in plan for place in range(mask.start, mask.end)}
        before = {mask.start - 1 for mask in plan}  # a lone space token shows how the hidden word is divided
        for i, (a, b) in enumerate(encoding.offsets):
            if not encoding.special_tokens_mask[i]:
                letters = {place for place in range(a, b) if not text[place].isspace()}
                lone = not letters and b - 1 in before
                assert (rendered.labels[i] != IGNORED) == (bool(letters & hidden) or lone)
        for mask in plan:
            tokens = [i for i, (a, b) in enumerate(encoding.offsets) if a < mask.end and mask.start < b]
            assert all(rendered.labels[i] == encoding.ids[i] for i in tokens)
            seen += len(tokens) > 1
    assert seen > 20


def test_units_that_share_a_token_are_hidden_together() -> None:
    masks = [{"start": 4, "end": 7, "kind": "word", "unit": 0, "corruption": "mask"}]
    rendered = render("one two-three four", masks, [5, 6, 7, 8, 9], [(0, 3), (4, 8), (8, 10), (10, 13), (14, 18)],
                      [0] * 5, 3, [9], 1)  # fmt: skip
    assert rendered.labels == [-100, 6, -100, -100, -100]  # the hyphen is a unit of its own, whole in the token
    shared = render("one twothree four", masks, [5, 6, 7, 9], [(0, 3), (4, 9), (9, 12), (13, 17)], [0] * 4, 3, [9], 1)
    assert shared.input_ids == [5, 3, 3, 9]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("punctuation", [False, True])
def test_expected_rate_is_exact(kind: str, punctuation: bool) -> None:
    policy = PlanPolicy(rate=0.15, kind=kind, punctuation=punctuation)
    hidden = total = 0
    for seed in range(6000):
        text = SENTENCES[seed % 4]
        plan = make_plan(text, [(4, 13, "ID")], policy, random.Random(seed), COLLOCATIONS)
        hidden += sum(mask.end - mask.start for mask in plan)
        total += sum(maskable_lengths(text, [(4, 13, "ID")], punctuation))
    assert abs(hidden / total - 0.15) < 0.003


@pytest.mark.parametrize(("rate", "entity_share"), [(0.15, 0.15 * 100 / 60), (0.6, 1.0), (0.8, 1.0)])
def test_entities_come_first_and_keep_the_rate(rate: float, entity_share: float) -> None:
    """60 of 100 tokens are entities: .15 hides a quarter of them and nothing else, .8 all and half of the rest."""
    atoms = [Atom(20, True, 0), Atom(10, False, 0), Atom(40, True, 0), *[Atom(3, False, 1)] * 10]
    hidden: Counter[bool] = Counter()
    for seed in range(8000):
        for group in choose(atoms, PlanPolicy(kind="entity"), rate, random.Random(seed)):
            hidden[atoms[group.start].is_entity] += atoms[group.start].cost
    assert hidden[True] / (60 * 8000) == pytest.approx(entity_share, abs=0.01)
    assert sum(hidden.values()) / (100 * 8000) == pytest.approx(rate, abs=0.006)


def test_single_tokens_are_left_to_rendering() -> None:
    assert make_plan(SENTENCES[0], [], PlanPolicy(kind="token"), random.Random(1)) == []


def test_a_collocation_is_one_unit() -> None:
    text = SENTENCES[0]
    both = 0
    for seed in range(300):
        plan = make_plan(text, [], PlanPolicy(kind="pmi", rate=0.3), random.Random(seed), COLLOCATIONS)
        words = {text[m.start : m.end]: m.unit for m in plan}
        assert words.get("Monday") == words.get("morning")
        both += "Monday" in words
    assert 60 < both < 120


def test_corruption_shares_and_one_draw_a_span() -> None:
    policy = PlanPolicy(rate=0.3)
    drawn: Counter[str] = Counter()
    for seed in range(3000):
        plan = make_plan(SENTENCES[seed % 4], [], policy, random.Random(seed))
        by_unit = {(mask.unit, mask.corruption) for mask in plan}
        assert len(by_unit) == len({mask.unit for mask in plan})
        drawn.update(corruption for _, corruption in by_unit)
    total = sum(drawn.values())
    assert abs(drawn["mask"] / total - 0.8) < 0.02 and abs(drawn["random"] / total - 0.1) < 0.02


def test_spans_stay_in_their_sentence() -> None:
    text = "One two three. Four five six.\nSeven eight nine. " * 8
    stops = [i for i, char in enumerate(text) if char in ".\n"]
    for seed in range(50):
        plan = make_plan(text, [], PlanPolicy(rate=0.4, span_p=0.05), random.Random(seed))
        for unit in {mask.unit for mask in plan}:
            ends = [(mask.start, mask.end) for mask in plan if mask.unit == unit]
            assert not any(ends[0][0] < stop < ends[-1][0] for stop in stops)


@given(st.text(max_size=200), st.integers(0, 2**32), st.sampled_from(KINDS), st.floats(0.01, 0.99))
def test_plans_of_any_text_are_sorted_and_repeatable(text: str, seed: int, kind: str, rate: float) -> None:
    policy = PlanPolicy(kind=kind, rate=rate)
    plan = make_plan(text, [], policy, random.Random(seed), COLLOCATIONS)
    assert plan == make_plan(text, [], policy, random.Random(seed), COLLOCATIONS)
    places = sorted((mask.start, mask.end) for mask in plan)
    assert all(a[1] <= b[0] for a, b in pairwise(places))
    assert all(0 <= a < b <= len(text) for a, b in places)


def test_mask_and_random_shares_are_used() -> None:
    cases = [(PlanPolicy(mask_share=1, random_share=0), "mask"), (PlanPolicy(mask_share=0, random_share=1), "random")]
    for policy, expected in cases:
        seen = {
            mask.corruption for seed in range(20) for mask in make_plan(SENTENCES[0], [], policy, random.Random(seed))
        }
        assert seen == {expected}


@pytest.mark.parametrize("kind", ["word", "span", "entity", "pmi"])
def test_variance_stays_below_its_bound(kind: str) -> None:
    policy = PlanPolicy(kind=kind, rate=0.3)
    text = " ".join(SENTENCES[:4] * 3)
    squares = sum(n * n for n in maskable_lengths(text, ENTITIES))
    hidden = [
        sum(m.end - m.start for m in make_plan(text, ENTITIES, policy, random.Random(seed), COLLOCATIONS))
        for seed in range(300)
    ]
    assert 0.05 < pvariance(hidden) / variance_bound(policy, squares) < 1


def test_schedule() -> None:
    falling = PlanPolicy(rate=0.3, rate_end=0.15)
    assert [rate_at(falling, epoch, 4) for epoch in range(5)] == pytest.approx([0.3, 0.25, 0.2, 0.15, 0.15])
    assert rate_at(PlanPolicy(), 3, 4) == 0.15 and rate_at(falling, 0, 1) == 0.3


def test_seeds_differ_by_every_part() -> None:
    assert len({seed_of(*parts) for parts in ((1, "a", 0), (2, "a", 0), (1, "b", 0), (1, "a", 1), (1, "1|a", 0))}) == 5
