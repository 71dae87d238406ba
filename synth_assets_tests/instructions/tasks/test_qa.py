"""Questions and answers: exact spans, rules by hand, unanswerable twins."""

import itertools
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from resources.models.protocols import Entity
from synth_assets.instructions.build import build_instruction_set
from synth_assets.instructions.passages import Passage, Source, TextPolicy, cut
from synth_assets.instructions.policy import InstructionPolicy
from synth_assets.instructions.tasks.mentions import Mention, MentionPolicy, find_mentions
from synth_assets.instructions.tasks.qa import GAP, NO_ANSWER, QuestionPolicy, ask, extractive_qa
from synth_assets.instructions.tasks.task import Material
from synth_assets.text.sentences import sentences
from synth_assets.text.words import words


def mention(sentence: str, answer: str, kind: str) -> Mention:
    start = sentence.index(answer)
    return Mention(start, start + len(answer), kind)


@pytest.mark.parametrize(
    ("sentence", "answer", "kind", "question"),
    [
        ("Maria Silva was admitted on Monday.", "Maria Silva", "person", "Who was admitted on Monday?"),
        ("The River Trust repaired a boat.", "River Trust", "organization", "Which organization repaired a boat?"),
        ("Maria Silva was admitted to a ward on 3 May.", "3 May", "date", "When was Maria Silva admitted to a ward?"),
        ("The committee has met every week in Oslo.", "Oslo", "place", "Where has the committee met every week?"),
        ("The River Trust has worked here since 1990.", "1990", "date", "Since when has the River Trust worked here?"),
    ],
)
def test_fluent_questions(sentence: str, answer: str, kind: str, question: str) -> None:
    found = ask(sentence, mention(sentence, answer, kind), sentence, 7, "k")
    assert found and found.text == question


def test_a_counted_noun_is_asked_for_only_if_it_occurs_once() -> None:
    once = "They bought 12 desks for the school."
    twice = "They bought 12 desks. The desks were old."
    found = ask(once, mention(once, "12", "number"), once, 7, "k")
    assert found and found.rule == "count" and "desks" in found.text
    first = "They bought 12 desks."
    found = ask(first, mention(first, "12", "number"), twice, 7, "k")
    assert found and found.rule == "gap"


@pytest.mark.parametrize(
    "sentence",
    [
        "Maria Silva and John were admitted by the doctor on Monday.",  # "Who and John" is no question
        'Maria Silva said "we will not go there" to the press.',
        "He met Maria Silva behind the old station.",
    ],
)
def test_whatever_is_not_simple_becomes_a_gap(sentence: str) -> None:
    found = ask(sentence, mention(sentence, "Maria Silva", "person"), sentence, 7, "k")
    assert found and found.rule == "gap" and GAP in found.text


def test_a_question_never_holds_its_answer() -> None:
    sentence = "Leeds beat Leeds Reserves in the cup final."
    assert ask(sentence, Mention(0, 5, "place"), sentence, 7, "k") is None


def test_mentions_by_hand() -> None:
    class Nobody:
        fingerprint = "none"

        def recognize(self, texts):
            return [[Entity(0, 16, "ORGANIZATION", 0.9, "x"), Entity(20, 26, "DATE", 0.9, "x")] for _ in texts]

    text = "The Northern Bank's today cost £1,200 (5%) in 1999, on 3 May 2001; 12 people, 3.5x, id-77, 2005 dead."
    source = Source("r", "d", "s", "document", "masked", text)
    found = find_mentions([Passage(source, 0, len(text), ((0, len(text)),))], Nobody(), 0.5)[0]
    assert [(text[m.start : m.end], m.kind) for m in found] == [
        ("Northern Ban", "organization"), ("£1,200", "amount"), ("5%", "amount"), ("1999", "date"),
        ("3 May 2001", "date"), ("12", "number"),
    ]  # fmt: skip
    unsure = find_mentions([Passage(source, 0, len(text), ((0, len(text)),))], Nobody(), 0.95)[0]
    assert "organization" not in {m.kind for m in unsure}


@given(st.text(max_size=300))
@settings(max_examples=200, deadline=None)
def test_sentences_and_passages_cover_only_what_is_there(text: str) -> None:
    spans = sentences(text)
    assert all(a < b for a, b in spans) and spans == sorted(spans)
    assert all(left[1] <= right[0] for left, right in itertools.pairwise(spans))
    assert "".join("".join(text[a:b] for a, b in spans).split()) == "".join(text.split())
    for passage in cut(Source("r", "d", "s", "document", "masked", text), TextPolicy(passage_words=20, min_words=3)):
        assert passage.text == text[passage.start : passage.end]
        assert all(0 <= a < b <= len(passage.text) for a, b in passage.sentences)
        assert passage.text == passage.text.strip() and len(words(passage.text)) <= 20


def test_every_extractive_answer_is_its_span(corpus, small_models) -> None:
    rows = build_instruction_set(*corpus(60), InstructionPolicy(tasks=("extractive_qa",)), 7, small_models).rows
    answered = [row for row in rows if row["output"] != NO_ANSWER]
    assert len(answered) > 50
    for row in answered:
        (span,) = row["grounding"]
        assert row["input"][span["start"] : span["end"]] == row["output"]
        question = row["instruction"].casefold().replace(NO_ANSWER.casefold(), "")
        assert row["output"].casefold() not in question


def test_unanswerable_share_and_absence(corpus, small_models) -> None:
    policy = InstructionPolicy(tasks=("extractive_qa",))
    rows = build_instruction_set(*corpus(100), policy, 7, small_models).rows
    refused = [row for row in rows if row["recipe"] == "qa_unanswerable"]
    assert 0.08 <= len(refused) / len(rows) <= 0.16
    assert all(row["output"] == NO_ANSWER and not row["grounding"] for row in refused)
    component = {row["source_doc"]: row["component"] for row in rows}
    for row in refused:
        other = json.loads(row["params"]).get("linked_doc")
        assert other is None or component.get(other, row["component"]) == row["component"]


def test_unanswerable_texts_lack_the_answer(corpus, small_models) -> None:
    """Drafted from passages we know, so that the withheld answer can be looked for."""
    masked, _ = corpus(40)
    sources = [Source(r["id"], r["source_doc"], r["subject"], r["role"], "masked", r["text"]) for r in masked]
    found = [passage for source in sources for passage in cut(source, TextPolicy())]
    material = Material(sources, found, TextPolicy(), MentionPolicy(), 7, small_models)
    mentions = material.mentions
    by_key = {passage.key: passage for passage in found}
    drafts = extractive_qa(material, QuestionPolicy(unanswerable=0.3))
    refused = [draft for draft in drafts if draft.recipe == "qa_unanswerable"]
    assert len(refused) >= 10
    for draft in refused:
        row, kind, start, at = draft.key.split("/")[:4]
        asked = by_key[f"{row}/{kind}/{start}"]
        answer = next(asked.text[m.start : m.end] for m in mentions[asked.key] if m.start == int(at))
        assert answer.casefold() not in draft.input.casefold()


def test_canaries_are_never_paired_with_documents(corpus, small_models, make_masked) -> None:
    masked, _ = corpus(30)
    masked += [make_masked(100 + number, role="canary") for number in range(10)]
    policy = InstructionPolicy(tasks=("extractive_qa",), task={"unanswerable": 0.5})
    rows = build_instruction_set(masked, [], policy, 7, small_models).rows
    canaries = {row["source_doc"] for row in rows if row["role"] == "canary"}
    linked = [(row, json.loads(row["params"]).get("linked_doc")) for row in rows]
    assert canaries and any(other for _, other in linked)
    assert not [1 for row, other in linked if other and (row["role"] == "canary" or other in canaries)]


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("Call me on +4 572 555 0142 about the 12 chairs.", ["12"]),
        ("Ref 4417 22 has 300 items (8 open).", ["300", "8"]),
    ],
)
def test_no_part_of_a_longer_code_is_asked_for(text: str, kept: list[str]) -> None:
    class Nobody:
        fingerprint = "none"

        def recognize(self, texts):
            return [[] for _ in texts]

    passage = Passage(Source("r", "d", "s", "document", "masked", text), 0, len(text), ((0, len(text)),))
    (found,) = find_mentions([passage], Nobody(), 0.5)
    assert [text[m.start : m.end] for m in found] == kept
