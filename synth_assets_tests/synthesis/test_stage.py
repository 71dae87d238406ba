"""Synthesis as a whole with toy models: proportions, attempts, what is dropped and why, ids, languages, figures."""

import json
import re
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import pyarrow as pa
import pytest

from resources.keys import Keys
from resources.progress import silent
from synth_assets.masking.surrogates.made_up import made_up_values
from synth_assets.records import AUGMENTED_CORPUS, Row
from synth_assets.synthesis.policy import SynthesisPolicy
from synth_assets.synthesis.stage import Synthesized, synthesize
from synth_assets_tests.synthesis.toys import (
    WORDS,
    FlatEncoder,
    RecordingLM,
    TopicEncoder,
    keywords_of,
    masked_row,
    masked_rows,
    obedient,
    random_corpus,
    sketch_policy,
    toy_models,
)

K = 3
FIXED = "Please let me know when this will be done."


def run(
    rows: Sequence[Row], lm: RecordingLM | None = None, encoder: Any = None, seed: int = 7, **policy: Any
) -> Synthesized:
    settings = SynthesisPolicy(**{"sketch": sketch_policy(K), **policy})
    plants = made_up_values(Keys.from_secret(b"0" * 32))
    return synthesize(rows, settings, seed, toy_models(lm or RecordingLM(), encoder), plants, silent)


def prose(words: Sequence[str], number: int) -> str:
    return f"The {' and the '.join(words)} stood beside number {number} for {'quite ' * (number % 5)}long."


def corpus(**labels: int) -> list[Row]:
    """So many subjects of each label, all of a label with four words in common."""
    rows: list[Row] = []
    for place, (label, count) in enumerate(labels.items()):
        rows += masked_rows([prose(WORDS[4 * place : 4 * place + 4], n) for n in range(count)], label, len(rows))
    return rows


def reasons(made: Synthesized) -> Counter[str]:
    return Counter(rejected.reason for rejected in made.output.rejected)


def labels_of(made: Synthesized) -> Counter[str]:
    return Counter(row["label"] for row in made.output.rows)


def test_rows_pass_the_schema_and_are_their_own_sources() -> None:
    masked = random_corpus(1, 20)
    rows = run(masked).output.rows
    pa.Table.from_pylist(rows, schema=AUGMENTED_CORPUS)
    people = {row[column] for row in masked for column in ("id", "source_doc", "subject")}
    assert len(rows) >= 10
    for row in rows:
        assert row["source_doc"] == row["subject"] and people.isdisjoint((row["id"], row["source_doc"]))
        assert (row["parent"], row["recipe"], row["role"]) == ("synthesized", "synthesis", "document")
        assert json.loads(row["params"])["support"] >= K
    assert len({row["id"] for row in rows}) == len({row["source_doc"] for row in rows}) == len(rows)


def test_fewer_than_k_subjects_give_no_rows_and_no_prompt() -> None:
    """Two subjects, and twenty documents of one of them."""
    lm = RecordingLM()
    rows = corpus(a=K - 1)
    made = run([*rows, *({**rows[0], "id": f"m1{n:03}"} for n in range(20))], lm)
    assert made.output.rows == [] == made.output.rejected and lm.prompts == []
    figures = made.output.figures
    assert figures["rows_of_unsupported_labels"] == figures["rows_in"] == K + 19
    assert figures["documents_wanted"] == figures["labels_supported"] == figures["rows_synthesized"] == 0
    assert f"{K + 19} documents have a label that fewer than {K} subjects have" in made.statement


def test_labels_that_too_few_have_are_left_out_and_named() -> None:
    made = run(corpus(a=6, few=K - 1))
    assert set(labels_of(made)) == {"a"} and made.output.figures["rows_of_unsupported_labels"] == K - 1
    assert f"{K - 1} documents have a label" in made.statement and "no epsilon" in made.statement
    assert "have a label" not in run(corpus(a=6)).statement


def test_an_empty_corpus_gives_nothing() -> None:
    assert run([]).output.rows == []
    assert run(masked_rows([""] * 6)).output.rows == []


@pytest.mark.parametrize(
    ("subjects", "documents", "expected"),
    [
        ({"a": 6, "b": 3}, 10, {"a": 7, "b": 3}),  # 6.67 and 3.33
        ({"a": 6, "b": 3}, 7, {"a": 5, "b": 2}),  # 4.67 and 2.33
        ({"a": 3, "b": 3}, 3, {"a": 2, "b": 1}),  # 1.5 and 1.5: the first
        ({"a": 9, "b": 3, "c": 3}, 2, {"a": 2}),  # 1.2, .4 and .4: one remains, and the first of b and c has it
        ({"a": 3, "few": 2}, 4, {"a": 4}),
    ],
)
def test_labels_keep_their_shares(subjects: dict[str, int], documents: int, expected: dict[str, int]) -> None:
    if subjects == {"a": 9, "b": 3, "c": 3}:
        expected = {"a": 1, "b": 1}
    assert labels_of(run(corpus(**subjects), documents=documents)) == expected


def test_as_many_documents_as_were_masked() -> None:
    assert len(run(corpus(a=6, b=4)).output.rows) == 10


def titled(text: str) -> Callable[[str, int, Any], str]:
    """A model that writes one text, after a title, for all prompts."""

    def answer(prompt: str, seed: int, sampling: Any) -> str:
        nouns = re.findall(r"^(?!Topic|Words|Title)(\w+): ", prompt, re.MULTILINE)
        return f" Head\n{nouns[-1]}: {text}" if prompt.endswith("Title:") else ""

    return answer


def failing(first: int) -> RecordingLM:
    """A model whose first answers are empty."""
    left = [first]

    def answer(prompt: str, seed: int, sampling: Any) -> str:
        left[0] -= 1
        return "" if left[0] >= 0 else obedient(prompt, seed, sampling)

    return RecordingLM(answer)


def test_another_attempt_replaces_what_was_dropped() -> None:
    once, twice = (run(corpus(a=6), failing(4), attempts=attempts) for attempts in (1, 2))
    assert len(once.output.rows) == 2 and len(twice.output.rows) == 6
    assert reasons(once) == reasons(twice) == {"length": 4}
    assert twice.output.figures["rejected_length"] == 4 and twice.output.figures["rows_synthesized"] == 6
    assert once.output.rows == twice.output.rows[:2]
    ids = [row["id"] for row in twice.output.rows] + [rejected.id for rejected in twice.output.rejected]
    assert len(set(ids)) == 10


def test_a_model_that_fails_always_ends_after_the_last_attempt() -> None:
    lm = RecordingLM(lambda *_: "")
    made = run(corpus(a=6), lm, attempts=4)
    assert made.output.rows == [] and reasons(made) == {"length": 24} and len(lm.prompts) == 24


def test_a_document_that_repeats_another_is_dropped() -> None:
    text = " The copper lantern stood in the old harbor for a long time before anybody saw it. Then it fell."
    made = run(corpus(a=6), RecordingLM(titled(text)), attempts=2)
    assert len(made.output.rows) == 1 and reasons(made) == {"near_duplicate": 5 + 5}
    kept_all = run(corpus(a=6), RecordingLM(titled(text)), attempts=1, near_duplicate_max=1.0)
    assert len(kept_all.output.rows) == 6


def test_what_one_subject_wrote_is_not_written_again() -> None:
    rows = corpus(a=6)
    quoted = rows[2]["text"]
    made = run(rows, RecordingLM(titled(quoted.upper())), attempts=2)
    assert made.output.rows == [] and reasons(made) == {"rare_window": 12}
    assert all(rejected.text for rejected in made.output.rejected)


def test_a_document_on_the_topic_of_another_label_is_dropped() -> None:
    rows = [*masked_rows([f"{'quite ' * n}gold." for n in range(4)], "a")]
    rows += masked_rows([f"{'quite ' * n}iron." for n in range(4)], "b", 10)
    lm = RecordingLM(lambda prompt, seed, _: f"{obedient(prompt, seed, _).replace('iron', 'gold')}")
    made = run(rows, lm, TopicEncoder("gold", "iron"), attempts=1)
    assert labels_of(made) == {"a": 4} and reasons(made) == {"label": 4}


def test_the_same_rows_for_the_same_seed_in_any_order() -> None:
    masked = random_corpus(2, 20)
    one, other = RecordingLM(), RecordingLM()
    made = run(masked, one).output
    assert made == run(masked[::-1], other).output and one.prompts == other.prompts
    assert made.rows != run(masked, seed=8).output.rows


def test_ids_of_two_partitions_differ_even_where_texts_agree() -> None:
    days = [corpus(a=6), [{**row, "id": f"x{row['id']}"} for row in corpus(a=6)]]
    first, second = ({row["id"] for row in run(day).output.rows} for day in days)
    assert len(first) == len(second) == 6 and first.isdisjoint(second)


def test_documents_of_another_language_do_not_teach() -> None:
    """Six documents in English and six in German, of six other subjects; one word is in both."""
    english = corpus(a=6)
    german = [masked_row(prose(["haus", WORDS[0]], n), 20 + n, "a", language="de") for n in range(6)]
    lm = RecordingLM()
    made = run([*english, *german], lm)
    assert len(made.output.rows) == 6 and {row["language"] for row in made.output.rows} == {"en"}
    assert made.output.figures["rows_foreign"] == 6
    assert not any("haus" in prompt for prompt in lm.prompts)
    lm = RecordingLM()
    swapped = run([*english, *german], lm, language="de")
    assert {row["language"] for row in swapped.output.rows} == {"de"}
    assert any("haus" in keywords_of(prompt) for prompt in lm.prompts)


def test_two_corpora_that_differ_in_what_one_subject_alone_wrote_give_the_same_prompts() -> None:
    base = random_corpus(4, 20)
    prompts = []
    for own in (("xylophone", "zanzibar", "quartz"), ("jackdaw", "vortex", "sphinx")):
        alone = masked_row(f"The {own[0]} of {own[1]} met the {own[2]} at noon.", 900, "a", "s9999")
        lm = RecordingLM()
        made = run([*base, alone], lm, FlatEncoder())
        assert len(made.output.rows) >= 10
        prompts.append(lm.prompts)
    assert prompts[0] == prompts[1]


def test_letters_give_letters() -> None:
    """Eight letters of eight people: salutation, prose, a shared request, closing and name; all filled anew."""
    texts = [
        f"Dear {{PERSON 1 Ann Lee}},\n\n{prose(WORDS[:4], n)} {FIXED}\n\nKind regards,\n{{PERSON 2 Bob Ray}}\n"
        "Phone: {PHONE 3 555-0100}"
        for n in range(8)
    ]
    rows = run(masked_rows(texts)).output.rows
    assert len(rows) == 8
    for row in rows:
        lines = [line for line in row["text"].split("\n") if line]
        assert lines[0].startswith("Dear ") and lines[-3] == "Kind regards," and lines[-1].startswith("Phone: ")
        assert "Ann Lee" not in row["text"] and "Bob Ray" not in row["text"] and "⟦" not in row["text"]
    assert len({row["text"].split("\n")[-2] for row in rows}) == 8
