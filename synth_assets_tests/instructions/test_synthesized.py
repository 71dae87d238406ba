"""Every task on synthesized passages: letters, notes with tables, minutes, threads, reports, posts and variations."""

import json
import re
from collections import Counter, defaultdict

import pytest

from resources.models.protocols import Entity
from synth_assets.instructions.audits import audit
from synth_assets.instructions.build import build_instruction_set
from synth_assets.instructions.passages import Passage, Source, units
from synth_assets.instructions.policy import TASKS, InstructionPolicy
from synth_assets.instructions.selection.splits import SPLITS
from synth_assets.instructions.tasks.mentions import find_mentions
from synth_assets_tests.instructions.synthesized import (
    SENTENCES,
    synthesized_corpus,
    synthesized_row,
    variation,
)
from synth_assets_tests.instructions.toys import ids

BLANK = re.compile(r"\(\d+\) ____")
GAP = re.compile(r"[\"“](?P<gap>[^\"”]*____[^\"”]*)[\"”]")


def build(rows, models, *tasks: str, **policy):
    chosen = InstructionPolicy(tasks=tasks or tuple(TASKS), caps={"floor": 100}, max_cosine=1, **policy)
    return build_instruction_set([], rows, chosen, 7, models)


@pytest.fixture
def rows():
    return synthesized_corpus(112)


def test_every_task_has_examples_and_all_audits_hold(rows, small_models) -> None:
    output = build(rows, small_models)
    assert Counter(row["task"] for row in output.rows).keys() == TASKS.keys()
    assert min(Counter(row["task"] for row in output.rows).values()) >= 20
    assert {result.name: result.failed for result in audit(output.rows, ids(rows)) if result.failed} == {}
    assert {row["split"] for row in output.rows} == set(SPLITS)


def test_whatever_is_shown_or_answered_stands_in_a_synthesized_passage(rows, small_models) -> None:
    texts = {row["id"]: row["text"] for row in rows}
    for row in build(rows, small_models).rows:
        shown = texts[row["parent"]]
        assert all(piece in shown for piece in BLANK.split(row["input"]))
        params = json.loads(row["params"])
        assert params["text"] == "augmented"
        if row["task"] == "rewrite":
            assert row["output"] in texts[params["target"]]


def test_a_passage_and_its_variation_are_rewritten_in_both_directions(rows, small_models) -> None:
    parents = {row["id"]: row["parent"] for row in rows}
    built = build(rows, small_models, "rewrite").rows
    directions = defaultdict(set)
    for row in built:
        target = json.loads(row["params"])["target"]
        to_variant = row["recipe"] == "rewrite_to_variant"
        assert (parents[target] == row["parent"]) if to_variant else (parents[row["parent"]] == target)
        assert row["input"].count("\n") == row["output"].count("\n") and row["input"] != row["output"]
        directions[row["source_doc"]].add(row["recipe"])
    assert len(directions) >= 20
    assert sum(len(names) == 2 for names in directions.values()) >= 0.9 * len(directions)


def test_an_infilled_variation_is_no_paraphrase(small_models) -> None:
    row = next(r for r in map(synthesized_row, range(56)) if "Monday" in r["text"])
    assert variation(row, "infilling")["text"] != row["text"]
    assert build([row, variation(row, "infilling")], small_models, "rewrite").rows == []


def test_variations_stay_in_the_split_of_their_passage(rows, small_models) -> None:
    splits = defaultdict(set)
    for row in build(rows, small_models, split={"validation": 0.2, "test": 0.2}).rows:
        splits[row["source_doc"]].add(row["split"])
        assert row["subject"].removeprefix("s") == row["source_doc"].removeprefix("d")
    assert len(splits) > 80 and all(len(names) == 1 for names in splits.values())


def test_questions_are_about_sentences(rows, small_models) -> None:
    sentences = defaultdict(set)
    for row in rows:
        text = row["text"]
        sentences[row["id"]] = {" ".join(text[a:b].split()) for a, b in (u.sentence for u in units(text) if u.sentence)}
    asked = [row for row in build(rows, small_models, "extractive_qa").rows if row["recipe"] == "qa_span"]
    assert len(asked) > 50
    for row in asked:
        (span,) = row["grounding"]
        line = row["input"][: span["start"]].rpartition("\n")[2]
        assert not line.startswith(("|", ">", "Present:", "From:", "Dear", "Hello"))
        if gap := GAP.search(row["instruction"]):
            whole = gap["gap"].replace("____", row["output"])
            assert any(sentence.startswith(whole) for sentence in sentences[row["parent"]])


def test_wrapped_lines_are_joined_in_a_question(small_models) -> None:
    body = "The long awaited public meeting about the bridge was held\nin Oslo on a dark evening."
    text = f"Dear Sir or Madam,\n\n{body}\n\nYours,\nJohn Baker"
    questions = [
        row["instruction"] for row in build([synthesized_row(0, text=text)], small_models, "extractive_qa").rows
    ]
    assert len(questions) == 1 and "held in ____ on a dark evening" in questions[0]


def test_blanks_and_summaries_are_taken_from_sentences(rows, small_models) -> None:
    with_forms = 0
    for row in build(rows, small_models, "cloze", "summarize").rows:
        outside = [
            line for line in row["input"].split("\n") if re.match(r"[|>#]|Dear|Subject|Kind|Yours|Best|With", line)
        ]
        assert not any(BLANK.search(line) for line in outside)
        if row["task"] == "summarize":
            with_forms += bool(outside)
            assert not any(line in row["output"] for line in outside)
    assert with_forms > 10


def test_labels_count_documents_and_not_variations(small_models) -> None:
    common = [synthesized_row(number, "report") for number in range(16)]
    lone = [synthesized_row(100 + n, "report", label="rare") for n in range(2)]
    rare = [*lone, *(variation(row) for row in lone), *(variation(row, "infilling") for row in lone)]
    built = build([*common, *rare], small_models, "classify").rows
    assert {row["output"] for row in built} <= set(SENTENCES) and len(built) >= 12
    assert not [row for row in built if "rare" in row["instruction"]]


def test_list_markers_and_forms_of_address_are_no_mentions() -> None:
    text = (
        "Dear Sir or Madam,\n\n1. Ann repaired 14 boats in Oslo.\n2) Bob sold 3 of them to Dear Mr. Holm.\n"
        "  (4) Only 5 are left."
    )
    found = [
        Entity(text.index(name), text.index(name) + len(name), "ORG", 0.9, "x") for name in ("Sir", "Dear Mr. Holm")
    ]

    class Confused:
        fingerprint = "confused"

        def recognize(self, texts):
            return [found for _ in texts]

    passage = Passage(Source("r", "d", "s", "document", "augmented", text), 0, len(text))
    (mentions,) = find_mentions([passage], Confused(), 0.5)
    assert [(text[m.start : m.end], m.kind) for m in mentions] == [
        ("14", "number"), ("3", "number"), ("Holm", "person"), ("5", "number"),
    ]  # fmt: skip


def test_passages_of_one_form_are_not_near_duplicates(small_models) -> None:
    """Forty words of letterhead are the same in every letter; what it says is not."""
    head = (
        "Northern Bank\nCustomer service department\nPostal address of the head office\nOpening hours on working days\n"
    )
    head += "Notice to all customers\nPlease keep this letter with your other papers\nThis is a copy for your files\n\n"
    letters = [synthesized_row(n, text=head + synthesized_row(n, "report")["text"]) for n in range(24)]
    output = build_instruction_set(
        [], letters, InstructionPolicy(tasks=("classify",), caps={"floor": 100}), 7, small_models
    )
    assert len(output.rows) >= 20


def test_same_rows_in_any_order(rows, small_models) -> None:
    first, again = build(rows, small_models), build(rows[::-1], small_models)
    assert first.rows == again.rows and first.rejected == again.rejected
