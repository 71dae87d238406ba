"""Whole documents: novelty, near-duplicates, style, audits."""

from typing import Any

import pytest

from resources.errors import PolicyError
from synth_assets.augmentation.audits import audit
from synth_assets.augmentation.documents import Kind, read_documents
from synth_assets.augmentation.filters.scores import longest_run, unchanged_share
from synth_assets.augmentation.policy import AugmentationPolicy
from synth_assets.augmentation.recipes.sentences import match_style
from synth_assets.augmentation.stage import assemble
from synth_assets.records import Row

_WORDS = [f"w{chr(97 + i // 26)}{chr(97 + i % 26)}" for i in range(60)]


def masked_row(number: int, text: str, **changes: Any) -> Row:
    row = {
        "id": f"{number:032x}",
        "source_doc": f"source{number}",
        "subject": f"subject{number}",
        "role": "document",
        "text": text,
        "refilled_text": text,
        "label": None,
        "language": "en",
        "spans": [],
        "masks": [],
        "refills": [],
        "recipe": "mask",
        "params": "{}",
        "scores": [],
    }
    return row | changes


def augmented_row(parent: Row, text: str, **changes: Any) -> Row:
    copied = {name: parent[name] for name in ("source_doc", "subject", "role", "label", "language")}
    return {"id": "a" * 32, **copied, "parent": parent["id"], "text": text, "scores": {}} | changes


def test_unchanged_share_by_hand() -> None:
    source = " ".join(_WORDS[:20])
    changed = " ".join([*_WORDS[:10], "new", *_WORDS[11:20]])
    assert unchanged_share(source, source) == 1.0
    assert unchanged_share(source, changed) == pytest.approx(5 / 13)  # 3 of 8-grams before the change, 2 after it
    assert unchanged_share(source, " ".join(_WORDS[20:40])) == 0.0
    assert unchanged_share("wa wb", "wa wb") == 1.0
    assert unchanged_share("wa wb wc wd we", "wa wb wc wd wf") == pytest.approx(1 / 2)


@pytest.mark.parametrize("key", ["generated_per_label", "generated_words_min", "label_documents_min"])
def test_a_policy_of_generated_documents_is_told_what_to_write(key: str) -> None:
    with pytest.raises(PolicyError, match=rf"{key}: documents are no longer generated .*synthesis\.documents"):
        AugmentationPolicy.parse({key: 1}, "policy.yaml")


def test_a_policy_of_a_few_scored_sentences_is_told_that_all_are() -> None:
    with pytest.raises(PolicyError, match="naturalness_sentences is gone"):
        AugmentationPolicy.parse({"naturalness_sentences": 1}, "policy.yaml")


def test_longest_run_leaves_out_protected_strings() -> None:
    assert longest_run("wa wb wc wd", "wx wb wc wy") == 2
    assert longest_run("paid 10% on 2004 Ann", "paid 10% on 2004 Ann", ("Ann",)) == 2


@pytest.mark.parametrize(
    ("source", "rewriting", "expected"),
    [
        ("The US court heard Mr Smith.", "The U.S. court heard Mr. Smith.", "The US court heard Mr Smith."),
        ("The U.S. court heard Mr. Smith.", "The U.S. court heard Mr. Smith.", "The U.S. court heard Mr. Smith."),
        ("The chief executive spoke.", "Then Chief Executive spoke.", "Then chief executive spoke."),
        ('He said "no" twice.', "He said “no” twice.", 'He said "no" twice.'),
        ("and so it ended.", "And that was the end.", "and that was the end."),
        ("So it ended.", "that was the end.", "That was the end."),
    ],
)
def test_style_follows_the_source(source: str, rewriting: str, expected: str) -> None:
    assert match_style(source, rewriting) == expected


def test_input_chooses_the_text_and_order_of_rows_does_not_matter() -> None:
    rows = [masked_row(2, "Plain text here.", refilled_text="Refilled text here."), masked_row(1, "First one.")]
    refilled = read_documents(rows, AugmentationPolicy())
    assert [document.text for document in refilled] == ["First one.", "Refilled text here."]
    plain = read_documents(rows[::-1], AugmentationPolicy(input="text"))
    assert [document.text for document in plain] == ["First one.", "Plain text here."]


def test_word_limits_of_the_policy_reach_the_document() -> None:
    rows = [masked_row(1, "Three words only. This one has more words.")]
    kinds = [
        [segment.kind for segment in read_documents(rows, policy)[0].segments].count(Kind.PROSE)
        for policy in (
            AugmentationPolicy(),
            AugmentationPolicy(sentence_words_min=3),
            AugmentationPolicy(sentence_words_min=1, sentence_words_max=5),
        )
    ]
    assert kinds == [1, 2, 2]


def test_surrogates_of_the_spans_are_terms() -> None:
    span = {"out_start": 0, "out_end": 3}
    document = read_documents([masked_row(1, "Ann came home.", spans=[span])], AugmentationPolicy())[0]
    assert document.terms == ("Ann",)


def test_a_document_without_rewritten_sentence_is_not_novel() -> None:
    document = read_documents([masked_row(1, "The mill closed in May.")], AugmentationPolicy())[0]
    found = assemble(document, {}, AugmentationPolicy(), 7, None)  # type: ignore[arg-type]
    assert not isinstance(found, dict)
    assert (found.reason, found.subject) == ("not_novel", "subject1")


_SOURCE = "Ann paid 10 pounds in May.\n\nShe wrote to bob@example.org."
_GOOD = "In May, Ann paid 10 pounds.\n\nShe sent a letter to bob@example.org."


@pytest.mark.parametrize(
    ("text", "changes", "failing"),
    [
        (_GOOD, {}, None),
        (_SOURCE, {}, "not_the_parent"),
        (_GOOD.replace("10", "12"), {}, "numbers_kept"),
        (_GOOD.replace("10", "12"), {}, "protected_kept"),
        (_GOOD.replace("bob", "rob"), {}, "protected_kept"),
        (_GOOD.replace("Ann", "Eve"), {}, "protected_kept"),
        (_GOOD.replace("letter", "[X2]"), {}, "no_leftovers"),
        (_GOOD.replace("\n\n", " "), {}, "paragraphs_kept"),
        (_GOOD, {"subject": "someone else"}, "lineage_kept"),
        (_GOOD, {"parent": "unknown"}, "parents_known"),
    ],
)
def test_audits_find_what_is_wrong(text: str, changes: dict[str, str], failing: str | None) -> None:
    parent = masked_row(1, _SOURCE, spans=[{"out_start": 0, "out_end": 3}])
    results = audit([augmented_row(parent, text) | changes], [parent, masked_row(2, "Other words.")])
    failed = {result.name for result in results if not result.passed}
    assert failing in failed if failing else not failed
    assert all(result.failed <= result.checked for result in results)


def test_refilled_parent_counts_as_the_text() -> None:
    parent = masked_row(1, "Ann paid 10 pounds.", refilled_text="Ann spent 10 pounds.")
    assert not all(result.passed for result in audit([augmented_row(parent, "Ann spent 10 pounds.")], [parent]))
    assert all(result.passed for result in audit([augmented_row(parent, "10 pounds were paid by Ann.")], [parent]))
