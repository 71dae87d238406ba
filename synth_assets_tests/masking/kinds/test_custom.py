"""Declared types: what a policy may declare, that it is found, and that it is hidden everywhere it should be."""

import random
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resources.errors import PolicyError
from resources.models.protocols import Entity
from synth_assets.factory.policy import Policy, load_policy, sections_digest
from synth_assets.lineage import STAGES
from synth_assets.masking.detection.detect import in_force
from synth_assets.masking.detection.linking import occurs
from synth_assets.masking.kinds.custom import CustomType, GuardedPattern
from synth_assets.masking.lexicon.word_list import WordList
from synth_assets.masking.policy import MaskingPolicy
from synth_assets_tests.masking.helpers import RuleModels, audits, mask_texts, raw_document

TEXT = (
    "Badge EMP-204815 was seen near Project Falcon; project  falcon and EMP-204815 again. The Acme Widgets pump "
    "is called Blue Heron. Whoever reads this finds nothing more than a few plain words about a pump and a badge."
)
BADGE = {"pattern": r"EMP-\d{6}", "example": "EMP-000000"}
PROJECT = {"words": ["Project Falcon", "Falcon", "Blue Heron"]}


class LabelModels(RuleModels):
    """Rules that can also be asked for labels, as both roles."""

    @property
    def zero_shot(self) -> "LabelModels":
        return self

    def find(self, texts: Sequence[str], labels: Sequence[str]) -> list[list[Entity]]:
        return [
            [Entity(a, b, label, 0.6, "rules") for label in labels for a, b in occurs(label, text)] for text in texts
        ]


def _found(output: Any, kind: str) -> list[str]:
    return [TEXT[s["start"] : s["end"]] for row in output.rows for s in row["spans"] if s["type"] == kind]


def test_patterns_and_words_are_found_hidden_and_counted() -> None:
    output = mask_texts(TEXT, custom={"BADGE": BADGE, "PROJECT_NAME": PROJECT})
    (row,) = output.rows
    assert _found(output, "BADGE") == ["EMP-204815"] * 2
    assert _found(output, "PROJECT_NAME") == ["Project Falcon", "project  falcon", "Blue Heron"]
    made = {row["text"][s["out_start"] : s["out_end"]] for s in row["spans"] if s["type"] == "BADGE"}
    assert len(made) == 1 and made.pop()[3:4] == "-" and "204815" not in row["text"]
    assert "[PROJECT_NAME_" in row["text"] and "falcon" not in row["text"].lower()
    assert (output.figures["mentions_badge"], output.figures["mentions_project_name"]) == (2, 3)
    assert {s["detector"] for s in row["spans"]} >= {"custom_pattern", "custom_words"}
    found = audits(output.rows, [raw_document(TEXT, "0")])
    assert found["no_detected_value_remains"].checked >= 3
    assert found["no_detected_value_remains"].passed and found["no_direct_identifiers"].passed
    assert "mentions_badge" not in mask_texts(TEXT).figures


@pytest.mark.parametrize(
    ("change", "shown"),
    [({"action": "mask"}, "[BADGE_"), ({"action": "keep"}, "EMP-204815"), ({"pattern": r"EMP-(?P<value>\d+)"}, "EMP-")],
)
def test_the_action_and_the_group_decide(change: dict, shown: str) -> None:
    (row,) = mask_texts(TEXT, custom={"BADGE": BADGE | change}, detectors=()).rows
    assert shown in row["text"]
    (plain,) = mask_texts(TEXT, custom={"BADGE": BADGE}, detectors=()).rows
    assert shown not in plain["text"]


def test_kept_words_are_taken_from_no_other_type() -> None:
    assert "Acme Widgets" not in mask_texts(TEXT).rows[0]["text"]
    kept = mask_texts(TEXT, custom={"PRODUCT": {"words": ["acme widgets"], "action": "keep"}})
    assert "Acme Widgets" in kept.rows[0]["text"] and "mentions_organization" not in kept.figures


def test_the_audit_sees_a_declared_value_that_stands() -> None:
    output = mask_texts(TEXT, custom={"BADGE": BADGE})
    row = dict(output.rows[0])
    row["text"] += " EMP-204815"
    assert not audits([row], [raw_document(TEXT, "0")])["no_detected_value_remains"].passed


@pytest.mark.parametrize("role", ["recognizer", "zero_shot"])
def test_labels_are_looked_for_by_the_role_that_is_named(role: str) -> None:
    label = {"label": "pump", "model": role, "action": "mask"}
    output = mask_texts(TEXT, models=LabelModels(), custom={"DEVICE": label})
    assert _found(output, "DEVICE") == ["pump", "pump"] and "[DEVICE_" in output.rows[0]["text"]
    weak = mask_texts(TEXT, models=LabelModels(), custom={"DEVICE": label}, min_score=0.7)
    assert "mentions_device" not in weak.figures


def test_the_report_is_told_of_what_is_hidden() -> None:
    custom = {"BADGE": BADGE, "PRODUCT": {"words": ["acme widgets"], "action": "keep"}}
    policy = MaskingPolicy.parse({"custom": custom, "preset": "hipaa-safe-harbor"}, "masking")
    told = in_force(policy, RuleModels())  # type: ignore[arg-type]
    assert told.find([TEXT, ""]) == [[(6, 16, "BADGE"), (67, 77, "BADGE")], []]
    assert told.declared == ("BADGE", "PRODUCT")
    assert (told.actions["BADGE"], told.actions["PRODUCT"]) == ("surrogate", "keep")
    assert (told.actions["DATE"], told.actions["PERSON"]) == ("generalize (safe harbor)", "surrogate")


@pytest.mark.parametrize(
    ("name", "declared", "message"),
    [
        ("BADGE", {"pattern": "EMP-(", "action": "mask"}, "does not compile"),
        ("BADGE", {"pattern": r"\d*"}, "matches the empty string"),
        ("BADGE", {"pattern": r"(?<=1)"}, "matches nothing at some places"),
        ("BADGE", {"pattern": r"(a+)+$"}, "catastrophic"),
        ("BADGE", {"pattern": r"(?:[A-Z]+-?)+\d"}, "catastrophic"),
        ("BADGE", {"pattern": r"(?:(?:qz)+)+!"}, "catastrophic"),
        ("BADGE", BADGE | {"example": "EMP-12"}, "example is not found"),
        ("BADGE", BADGE | {"words": ["a"]}, "exactly one of"),
        ("BADGE", {"action": "mask"}, "exactly one of"),
        ("BADGE", {"label": "badge"}, "label and model go together"),
        ("BADGE", {"label": "badge", "model": "zero_shot", "example": "x"}, "a label has none"),
        ("BADGE", {"label": "badge", "model": "zeroshot"}, "did you mean 'zero_shot'"),
        ("BADGE", BADGE | {"words_sha256": "0"}, "digest of words_file"),
        ("BADGE", {"words": ["--"]}, "no word of the list"),
        ("BADGE", {"words_file": "none.txt"}, "cannot be read"),
        ("BADGE", {"patern": "x"}, "did you mean 'pattern'"),
        ("BADGE", BADGE | {"action": "generalize"}, "'surrogate', 'mask' or 'keep'"),
        ("badge", BADGE, "in capitals"),
        ("BADGE_2", BADGE, "in capitals"),
        ("PERSON", BADGE, "a type of this name exists"),
    ],
)
def test_what_cannot_work_is_refused_when_the_policy_is_read(name: str, declared: dict, message: str) -> None:
    with pytest.raises(PolicyError, match=message):
        MaskingPolicy.parse({"custom": {name: declared}}, "masking")


def test_a_pattern_that_hangs_on_a_document_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    """The trial cannot foresee every text: `(q|qq)+r` after a cue that no trial text has."""
    monkeypatch.setattr("synth_assets.masking.kinds.custom.SEARCH_SECONDS", 0.2)
    custom = {"BADGE": {"pattern": r"ab1cd2ef3(\w|\w\w)+!!"}}
    with pytest.raises(PolicyError, match=r"masking.custom.BADGE: the pattern takes too long") as caught:
        mask_texts("ab1cd2ef3" + "q" * 3000, custom=custom, max_identifier_share=1.0)
    assert "qqq" not in str(caught.value)


def test_words_of_a_file_belong_to_the_policy(tmp_path: Path) -> None:
    words, file = tmp_path / "words.txt", tmp_path / "policy.yaml"
    words.write_text("Project Falcon\n\nBlue Heron\n", encoding="utf-8")
    file.write_text("masking: {custom: {PROJECT: {words_file: words.txt}}}\n", encoding="utf-8")
    first = load_policy(file)
    output = mask_texts(TEXT, custom={"PROJECT": first.masking.custom["PROJECT"]})
    assert _found(output, "PROJECT") == ["Project Falcon", "project  falcon", "Blue Heron"]
    words.write_text("Project Falcon\n", encoding="utf-8")
    second = load_policy(file)
    for stage in ("masked_corpus", "privacy_report"):
        keys = STAGES[stage].policy
        assert sections_digest(first, keys) != sections_digest(second, keys)
        assert sections_digest(second, keys) != sections_digest(Policy(), keys)
    unrelated = STAGES["augmented_corpus"].policy
    assert sections_digest(first, unrelated) == sections_digest(Policy(), unrelated)
    pin = first.masking.custom["PROJECT"].words_sha256
    file.write_text(f"masking: {{custom: {{PROJECT: {{words_file: words.txt, words_sha256: {pin}}}}}}}\n")
    with pytest.raises(PolicyError, match="words_sha256 states another"):
        load_policy(file)
    words.write_bytes(b"\xff\xfe")
    with pytest.raises(PolicyError, match="not UTF-8"):
        load_policy(file)


@pytest.mark.parametrize(
    ("words", "text", "expected"),
    [
        (["St. Mary's"], "at ST. MARY’S today", ["ST. MARY’S"]),
        (["New York", "New York City", "York"], "new york city and York", ["new york city", "York"]),
        (["ann"], "Ann, joanne, ANN-Marie and ann's", ["Ann", "ANN", "ann"]),
        (["straße"], "STRASSE Straße", ["STRASSE", "Straße"]),
        (["C++"], "C++ and C + +", ["C++", "C + +"]),
        (["zoë"], "Zoë ZOË", ["Zoë", "ZOË"]),
        (["a b", "b c d"], "a b c d", ["a b"]),
        (["x"], "", []),
    ],
)
def test_words_by_hand(words: list[str], text: str, expected: list[str]) -> None:
    assert [text[a:b] for a, b in WordList(words).find(text)] == expected


@given(st.lists(st.text("ab -", min_size=1, max_size=6), max_size=8), st.text("abAB -,", max_size=40))
def test_words_are_those_that_a_slow_search_finds(words: list[str], text: str) -> None:
    """Leftmost, longest, whole words: against trying every phrase at every place."""
    import re

    tokens = [(m.group().lower(), m.span()) for m in re.finditer(r"[a-zA-Z]+|[^\sa-zA-Z]", text)]
    phrases = [[m.group() for m in re.finditer(r"[a-z]+|[^\sa-z]", word)] for word in words]
    phrases = [p for p in phrases if any(map(str.isalpha, p))]
    expected, at = [], 0
    while at < len(tokens):
        fits = [len(p) for p in phrases if [t for t, _ in tokens[at : at + len(p)]] == p]
        if fits:
            expected.append((tokens[at][1][0], tokens[at + max(fits) - 1][1][1]))
        at += max(fits, default=1)
    assert list(WordList(words).find(text)) == expected


def test_a_hundred_thousand_words_are_no_burden() -> None:
    """The cost of a search follows the text, not the list: less than four times that of a list of ten."""
    draw = random.Random(1)
    words = [" ".join("".join(draw.choices("abcdefghij", k=6)) for _ in range(1 + i % 3)) for i in range(100_000)]
    text = " ".join(draw.choices([w for phrase in words[:5000] for w in phrase.split()], k=20_000))
    many, few = WordList(words), WordList(words[:10])
    assert len(many) > 99_000

    def seconds(found: WordList) -> float:
        times = []
        for _ in range(3):
            began = time.process_time()
            assert sum(1 for _ in found.find(text)) > 0
            times.append(time.process_time() - began)
        return min(times)

    assert seconds(many) < 4 * seconds(few)


def test_a_guarded_pattern_finds_its_value() -> None:
    assert list(GuardedPattern(r"no\. (?P<value>\d+)").find("no. 12, no. 345")) == [(4, 6), (12, 15)]
    assert CustomType(**BADGE).finder is CustomType(**BADGE).finder  # compiled once
