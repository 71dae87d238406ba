"""The other tasks: summaries, rewriting pairs, labels, JSON, cloze, templates."""

import json
import re
from collections import Counter, defaultdict

import numpy as np
import pytest

from synth_assets.instructions.audits import audit
from synth_assets.instructions.build import build_instruction_set
from synth_assets.instructions.passages import TextPolicy
from synth_assets.instructions.policy import TASKS, InstructionPolicy
from synth_assets.instructions.selection.diversity import opening
from synth_assets.instructions.tasks.extract_json import KEYS, conforms
from synth_assets.instructions.tasks.rewrite import aligned
from synth_assets.instructions.tasks.summarize import rank
from synth_assets.instructions.tasks.templates import wordings
from synth_assets.text.words import words
from synth_assets_tests.instructions.toys import ids


def build(rows, models, *tasks: str, **policy):
    return build_instruction_set(*rows, InstructionPolicy(tasks=tasks or tuple(TASKS), **policy), 7, models)


def test_textrank_by_hand() -> None:
    # Two like sentences and a stranger: the stranger's column is even, the others point at each other.
    vectors = np.array([[1.0, 0], [1.0, 0], [0, 1.0]], dtype=np.float32)
    scores = rank(vectors)
    assert scores.sum() == pytest.approx(1)
    # x = .05 + .85 (x + z/3), z = .05 + .85 z/3  =>  z = .05 / (1 - .85/3), x = (1 - z) / 2
    lonely = 0.05 / (1 - 0.85 / 3)
    assert scores == pytest.approx([(1 - lonely) / 2, (1 - lonely) / 2, lonely], abs=1e-3)


def test_summaries_are_sentences_of_the_text(corpus, small_models) -> None:
    rows = build(corpus(20), small_models, "summarize").rows
    assert rows
    for row in rows:
        pieces = [row["input"][span["start"] : span["end"]] for span in row["grounding"]]
        assert " ".join(pieces) == row["output"]
        said = "one sentence" if len(pieces) == 1 else "two sentences"
        assert said in row["instruction"]
        assert [span["start"] for span in row["grounding"]] == sorted(span["start"] for span in row["grounding"])


def test_rewriting_goes_both_ways_between_parent_and_variant(corpus, small_models) -> None:
    masked, augmented = corpus(20)
    rows = build((masked, augmented), small_models, "rewrite", caps={"floor": 100}).rows
    recipes = Counter(row["recipe"] for row in rows)
    assert set(recipes) == {"rewrite_to_source", "rewrite_to_variant"}
    originals = {row["source_doc"]: row["text"] for row in masked}
    variants = {row["source_doc"]: row["text"] for row in augmented}
    for row in rows:
        back = row["recipe"] == "rewrite_to_variant"
        given, wanted = (originals, variants) if back else (variants, originals)
        assert row["input"] in given[row["source_doc"]] and row["output"] in wanted[row["source_doc"]]


@pytest.mark.parametrize(
    ("left", "right", "aligns"),
    [
        ("The cat sat on the mat in 1999 again.", "On the mat the cat sat again in 1999.", True),
        ("The cat sat on the mat in 1999 again.", "On the mat the cat sat again in 2000.", False),
        ("The cat sat on the mat in 1999 again.", "On the mat the cat sat. It was 1999 again.", False),
        ("The cat sat on the mat in 1999 again.", "The cat sat on the mat in 1999 again!", False),
    ],
)
def test_alignment_by_hand(left: str, right: str, aligns: bool) -> None:
    assert (aligned(left, right, TextPolicy()) is not None) == aligns


def test_labels_are_listed_and_shuffled(corpus, small_models) -> None:
    rows = build(corpus(60), small_models, "classify", caps={"floor": 100}).rows
    orders = {row["instruction"].find("harbor") < row["instruction"].find("finance") for row in rows}
    assert {row["output"] for row in rows} == {"harbor", "finance"} and orders == {True, False}


def test_a_rare_label_is_not_an_option(corpus, small_models, make_masked) -> None:
    masked, _ = corpus(20)
    masked.append(make_masked(99, label="the only one"))
    rows = build((masked, []), small_models, "classify").rows
    assert rows and not [row for row in rows if "the only one" in row["instruction"] + row["output"]]
    relaxed = build((masked, []), small_models, "classify", task={"min_label_documents": 1}).rows
    assert [row for row in relaxed if "the only one" in row["instruction"]]


def test_options_are_limited_and_hold_the_answer(corpus, small_models, make_masked) -> None:
    masked = [make_masked(number, label=f"label {number % 9}") for number in range(60)]
    rows = build((masked, []), small_models, "classify", task={"max_options": 3}).rows
    assert rows
    for row in rows:
        listed = set(re.findall(r"label \d", row["instruction"]))
        assert len(listed) == 3 and row["output"] in listed


def test_structured_answers_follow_their_schema(corpus, small_models) -> None:
    rows = build(corpus(40), small_models, "extract_json").rows
    assert len(rows) > 20
    for row in rows:
        data = json.loads(row["output"])
        keys = json.loads(row["params"])["keys"].split(",")
        assert list(data) == keys and set(keys) <= set(KEYS)
        assert all(f'"{key}"' in row["instruction"] for key in keys)
        assert conforms(row["output"], keys, row["input"])
        spans = {row["input"][span["start"] : span["end"]] for span in row["grounding"]}
        assert spans == {item for values in data.values() for item in values}


@pytest.mark.parametrize(
    ("output", "good"),
    [
        ('{"people": ["Ann"]}', True),
        ('{"people": []}', True),
        ('{"people": ["Bob"]}', False),
        ('{"people": ["Ann", "Ann"]}', False),
        ('{"people": "Ann"}', False),
        ('{"people": [1]}', False),
        ('{"places": ["Ann"]}', False),
        ('{"people": ["Ann"]', False),
        ("[]", False),
    ],
)
def test_the_schema_check_by_hand(output: str, good: bool) -> None:
    assert conforms(output, ["people"], "Ann went 1 mile") is good


def test_cloze_answers_restore_the_text(corpus, small_models) -> None:
    masked, augmented = corpus(40)
    texts = {row["id"]: row["text"] for row in [*masked, *augmented]}
    rows = build((masked, augmented), small_models, "cloze").rows
    assert {row["recipe"] for row in rows} == {"cloze_words"} and len(rows) > 20
    for row in rows:
        restored = row["input"]
        for line in row["output"].split("\n"):
            number, word = line.split(". ")
            restored = restored.replace(f"({number}) ____", word)
        start = json.loads(row["params"])["start"]
        original = texts[row["parent"]]
        assert original[start : start + len(restored)] == restored


def test_there_are_many_different_templates() -> None:
    for task in TASKS:
        found = wordings()[task]
        assert len(found) >= 12, task
        openings = [" ".join(words(template)[:3]) for template in found]
        assert len(set(openings)) == len(openings), task
        assert len(set(found)) == len(found)


def test_templates_are_really_used(corpus, small_models) -> None:
    rows = build(corpus(200), small_models).rows
    used = defaultdict(set)
    for row in rows:
        used[row["task"]].add(json.loads(row["params"])["template"])
    assert set(used) == set(TASKS)
    assert all(len(found) >= 12 for found in used.values())


def test_answers_and_fields_pass_the_audits_and_damage_fails_them(corpus, small_models) -> None:
    given = corpus(60)
    rows, quotable = build(given, small_models).rows, ids(*given)
    assert all(result.passed for result in audit(rows, quotable))
    failed = {
        task: [{**row, "output": row["output"] + " and more"} if row["task"] == task else row for row in rows]
        for task in set(TASKS) - {"rewrite", "cloze"}
    }
    for task, damaged in failed.items():
        result = next(r for r in audit(damaged, quotable) if r.name == "answers_are_grounded")
        assert not result.passed and result.failed == sum(row["task"] == task for row in rows)
    crossed = [{**row, "component": "one"} for row in rows]
    assert not next(r for r in audit(crossed, quotable) if r.name == "components_stay_in_one_split").passed
    unknown = [{**row, "task": "poem"} for row in rows]
    assert {r.name for r in audit(unknown, quotable) if not r.passed} == {"tasks_are_known", "answers_are_grounded"}
    mute = [{**row, "messages": row["messages"][:1]} for row in rows]
    assert next(r for r in audit(mute, quotable) if r.name == "messages_match_fields").failed == len(rows)


def test_an_example_about_a_row_that_may_not_be_quoted_fails_the_audit(corpus, small_models) -> None:
    masked, augmented = corpus(30)
    rows = build((masked, augmented), small_models).rows
    result = next(r for r in audit(rows, ids(augmented)) if r.name == "texts_may_be_quoted")
    # In rewriting pairs a masked text is shown in one direction and the answer in the other.
    foreign = [row for row in rows if row["parent"].startswith("m") or row["task"] == "rewrite"]
    assert not result.passed and (result.checked, result.failed) == (len(rows), len(foreign))


def test_opening_is_the_first_three_words(corpus, small_models) -> None:
    class Shown:
        instruction = "Read the text below and answer: Who?"

    assert opening(Shown()) == "read the text"
