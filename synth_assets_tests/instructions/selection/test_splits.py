"""Splits: components never cross, long n-grams are never shared, small sets have all three."""

import json
from collections import defaultdict

from hypothesis import example, given, settings
from hypothesis import strategies as st

from synth_assets.instructions.audits import audit
from synth_assets.instructions.build import build_instruction_set
from synth_assets.instructions.passages import Source
from synth_assets.instructions.policy import InstructionPolicy
from synth_assets.instructions.selection.splits import (
    SPLITS,
    SplitPolicy,
    assign,
    components,
    connected,
    join_partitions,
)
from synth_assets.text.near_duplicates import near_pairs
from synth_assets.text.words import ngrams, words
from synth_assets_tests.instructions.toys import ids


def source(doc: str, subject: str, text: str = "") -> Source:
    return Source(f"r{doc}", doc, subject, "document", "masked", text or f"word{doc} " * 9)


@given(st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)), max_size=40))
@settings(deadline=None)  # the first call imports SciPy
def test_connected_is_reachability(edges: list[tuple[int, int]]) -> None:
    groups = connected((str(left), str(right)) for left, right in edges)
    neighbors = defaultdict(set)
    for left, right in edges:
        neighbors[left].add(right)
        neighbors[right].add(left)
    for start in neighbors:
        reached, todo = {start}, [start]
        while todo:
            todo += [n for n in neighbors[todo.pop()] if n not in reached and not reached.add(n)]
        assert {n for n in neighbors if groups[str(n)] == groups[str(start)]} == reached
        assert groups[str(start)] == min(map(str, reached))


@given(st.lists(st.tuples(st.integers(0, 20), st.integers(0, 12)), min_size=1, max_size=40), st.integers(0, 5))
@settings(max_examples=60, deadline=None)
def test_no_document_or_subject_is_in_two_components(pairs: list[tuple[int, int]], seed: int) -> None:
    found = [source(f"d{doc}", f"s{subject}") for doc, subject in pairs]
    names = components(found, [], 0.7, seed)
    by_subject = defaultdict(set)
    for item in found:
        by_subject[item.subject].add(names[item.source_doc])
    assert all(len(ids) == 1 for ids in by_subject.values())
    assert components(found[::-1], [], 0.7, seed) == names


def test_near_duplicates_and_links_tie_documents() -> None:
    text = " ".join(f"token{number}" for number in range(200))
    close = text.replace("token100", "other")
    found = [source("a", "1", text), source("b", "2", close), source("c", "3")]
    assert near_pairs([one.text for one in found], 0.7) == [(0, 1)]
    assert near_pairs([one.text for one in found], 0.999) == []
    names = components(found, [], 0.7, 7)
    assert names["a"] == names["b"] != names["c"]
    assert len(set(components(found, [("b", "c")], 0.7, 7).values())) == 1


@given(st.integers(3, 60), st.integers(0, 10_000))
@example(3, 216)  # the hash draws validation twice
def test_small_sets_have_all_three_splits(count: int, seed: int) -> None:
    names = [f"c{number}" for number in range(count)]
    assert set(assign(names, names, SplitPolicy(), seed).values()) == set(SPLITS)


def test_ratios_hold_and_can_be_switched_off() -> None:
    names = [f"c{number}" for number in range(4000)]
    splits = list(assign(names, names, SplitPolicy(validation=0.1, test=0.2), 7).values())
    assert abs(splits.count("validation") - 400) < 80 and abs(splits.count("test") - 800) < 110
    assert set(assign(names, names, SplitPolicy(validation=0, test=0), 7).values()) == {"train"}
    assert set(assign(names, [], SplitPolicy(), 7).values()) == {"train"}


def test_held_out_rows_share_no_long_ngram_with_train(corpus, small_models) -> None:
    policy = InstructionPolicy(split={"validation": 0.2, "test": 0.2})
    rows = corpus(120)
    output = build_instruction_set(*rows, policy, 7, small_models)
    grams = {split: set() for split in SPLITS}
    for row in output.rows:
        for text in (row["input"], row["output"]):
            grams[row["split"]] |= set(ngrams(words(text), 13))
    assert all(grams.values())
    assert not grams["train"] & (grams["validation"] | grams["test"])
    assert not grams["validation"] & grams["test"]
    assert output.figures["rejected_shared_ngram"] > 0
    assert all(result.passed for result in audit(output.rows, ids(*rows)))


def test_a_subject_keeps_its_component_from_partition_to_partition(corpus, small_models, make_masked) -> None:
    first = [make_masked(number, subject=f"s{number % 5}") for number in range(10)]
    later = [make_masked(number, subject=f"s{number % 5}") for number in range(20, 30)]
    policy = InstructionPolicy(split={"near_duplicate": 1.0}, task={"unanswerable": 0})
    names = [
        {row["subject"]: row["component"] for row in build_instruction_set(rows, [], policy, 7, small_models).rows}
        for rows in (first, later)
    ]
    assert names[0] == names[1] and len(set(names[0].values())) == 5


def test_joined_partitions_never_split_a_subject() -> None:
    rows = [
        {"component": "c1", "subject": "s1", "source_doc": "d1", "split": "test"},
        {"component": "c2", "subject": "s1", "source_doc": "d2", "split": "train"},
        {"component": "c2", "subject": "s2", "source_doc": "d3", "split": "train"},
        {"component": "c3", "subject": "s3", "source_doc": "d4", "split": "test"},
    ]
    assert [row["split"] for row in join_partitions(rows)] == ["train", "train", "train", "test"]


def test_near_duplicate_key_acts(corpus, small_models) -> None:
    loose = build_instruction_set(*corpus(40), InstructionPolicy(split={"near_duplicate": 0.2}), 7, small_models)
    strict = build_instruction_set(*corpus(40), InstructionPolicy(split={"near_duplicate": 1.0}), 7, small_models)
    assert loose.figures["components"] < strict.figures["components"]


def test_same_input_same_rows_in_any_order(corpus, small_models) -> None:
    masked, augmented = corpus(40)
    first = build_instruction_set(masked, augmented, InstructionPolicy(), 7, small_models)
    again = build_instruction_set(masked[::-1], augmented[::-1], InstructionPolicy(), 7, small_models)
    assert json.dumps(first.rows) == json.dumps(again.rows)
    assert first.rejected == again.rejected and first.figures == again.figures
    other = build_instruction_set(masked, augmented, InstructionPolicy(), 8, small_models)
    assert json.dumps(first.rows) != json.dumps(other.rows)
