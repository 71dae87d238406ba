"""The embedded corpus: exact spans, people who share nothing, and every hard case it claims."""

import json
import os
import re
import statistics
import subprocess
import sys
import unicodedata
from collections import Counter, defaultdict
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from synth_assets.sample.documents import generate, write_sample

Rows = list[dict[str, Any]]
TYPES = {
    "PERSON", "EMAIL", "PHONE", "ADDRESS", "LOCATION", "DATE", "IBAN", "CARD", "SSN", "ID", "ORGANIZATION", "URL", "IP",
    "AGE",
}  # fmt: skip
UNIQUE = {"EMAIL", "PHONE", "IBAN", "CARD", "SSN", "ID", "ADDRESS"}
WELL_FORMED = {
    "EMAIL": r"[a-z.0-9]+@[a-z-]+\.[a-z.]+",
    "PHONE": r"\+?[0-9() -]{9,}",
    "SSN": r"[0-9]{3}-[0-9]{2}-[0-9]{4}",
    "IBAN": r"[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}",
    "CARD": r"[0-9]{4}( [0-9]{4}){3}",
    "IP": r"[0-9]+(\.[0-9]+){3}",
    "URL": r"https://\S+",
    "AGE": r"[0-9]{2}",
}


@pytest.fixture(scope="module")
def rows() -> Rows:
    return generate()


def surface(row: dict[str, Any], entity: dict[str, Any]) -> str:
    return str(row["text"][entity["start_offset"] : entity["end_offset"]])


def shingles(text: str) -> set[tuple[str, ...]]:
    words = re.findall(r"\w+", text.lower())
    return {tuple(words[i : i + 5]) for i in range(len(words) - 4)}


def jaccard(a: set[tuple[str, ...]], b: set[tuple[str, ...]]) -> float:
    return len(a & b) / len(a | b) if a | b else 0.0


def test_the_same_seed_gives_the_same_corpus(rows: Rows) -> None:
    assert generate() == rows
    other = generate(seed=8)
    assert {r["text"] for r in other}.isdisjoint({r["text"] for r in rows if len(r["text"]) > 80})


@pytest.mark.parametrize("count", [1, 7, 48, 400])
def test_it_has_as_many_documents_as_asked(count: int) -> None:
    made = generate(count)
    assert len({r["id"] for r in made}) == len(made) == count
    assert set(made[0]) == {"id", "text", "subject", "topic", "created", "entities"}


def test_spans_are_exact(rows: Rows) -> None:
    seen = Counter()
    for row in rows:
        end = 0
        for entity in sorted(row["entities"], key=lambda e: e["start_offset"]):
            found = surface(row, entity)
            assert end <= entity["start_offset"] < entity["end_offset"] <= len(row["text"])
            assert found == found.strip()
            assert re.fullmatch(WELL_FORMED.get(entity["entity_type"], r"(?s).+"), found), entity["entity_type"]
            end = entity["end_offset"]
            seen[entity["entity_type"]] += 1
    assert set(seen) == TYPES
    assert min(seen.values()) >= 10


def test_no_mention_of_an_identifier_is_without_a_span(rows: Rows) -> None:
    for row in rows:
        bare = list(row["text"])
        for entity in row["entities"]:
            bare[entity["start_offset"] : entity["end_offset"]] = "\0" * (entity["end_offset"] - entity["start_offset"])
        rest = "".join(bare)
        assert "@" not in rest
        assert "{" not in rest
        assert "[" not in rest
        for entity in row["entities"]:
            if entity["entity_type"] in UNIQUE | {"URL", "IP"}:
                assert surface(row, entity) not in rest


def test_subjects_share_no_identifier(rows: Rows) -> None:
    holders: dict[str, set[str]] = defaultdict(set)
    staff_mail = Counter()
    for row in rows:
        for entity in row["entities"]:
            if entity["entity_type"] in UNIQUE:
                holders[surface(row, entity)].add(row["subject"])
                staff_mail[surface(row, entity)] += 1
    shared = {value for value, subjects in holders.items() if len(subjects) > 1}
    # Only the addresses of the twelve members of staff are in the mail of several people.
    assert len(shared) <= 12
    assert all("@" in value for value in shared)


def test_most_documents_carry_an_identifier_that_is_only_theirs(rows: Rows) -> None:
    told = [any(e["entity_type"] in UNIQUE for e in row["entities"]) for row in rows]
    assert sum(told) / len(told) > 0.9


def test_people_write_more_than_once(rows: Rows) -> None:
    written = Counter(row["subject"] for row in rows)
    assert len(written) == len(rows) * 5 // 8
    assert sum(count > 1 for count in written.values()) >= 50
    assert max(written.values()) >= 4


def test_duplicates_and_near_duplicates_exist_and_nothing_else_looks_alike(rows: Rows) -> None:
    texts = Counter(row["text"] for row in rows if len(row["text"]) > 80)
    assert sum(count - 1 for count in texts.values()) == len(rows) // 40
    grams = [(row["subject"], shingles(row["text"])) for row in rows if row["text"] in texts]
    near = [
        (a[0] == b[0], jaccard(a[1], b[1])) for i, a in enumerate(grams) for b in grams[:i] if len(a[1] & b[1]) > 10
    ]
    assert sum(0.8 < similarity < 1 for _, similarity in near) >= 16
    # Different people never come near the similarity that would tie their documents together.
    assert max(similarity for same, similarity in near if not same) < 0.5


def test_topics_are_balanced(rows: Rows) -> None:
    topics = Counter(row["topic"] for row in rows)
    assert set(topics) == {"billing", "delivery", "account_access", "housing", "health", "complaint", None}
    assert topics.pop(None) == len(rows) // 50
    assert max(topics.values()) <= 1.3 * min(topics.values())


def test_documents_have_the_length_of_letters(rows: Rows) -> None:
    words = [len(row["text"].split()) for row in rows]
    assert 6 <= statistics.median(len(re.findall(r"[.!?](?=\s|$)", row["text"])) for row in rows) <= 9
    assert sum(50 <= count <= 250 for count in words) / len(words) > 0.95
    assert sum(count < 10 for count in words) >= 5


def test_sentences_vary(rows: Rows) -> None:
    sentences = Counter(
        sentence for row in rows for sentence in re.split(r"(?<=[.?!])\s+", row["text"]) if len(sentence.split()) > 5
    )
    assert len(sentences) > 1200
    assert sum(count for _, count in sentences.most_common(10)) / sentences.total() < 0.1


def test_hard_cases_are_there(rows: Rows) -> None:
    names = [surface(row, e) for row in rows for e in row["entities"] if e["entity_type"] == "PERSON"]
    scripts = Counter(unicodedata.name(c).split()[0] for name in names for c in name if c.isalpha())
    assert {"LATIN", "GREEK", "CYRILLIC", "ARABIC", "CJK"} <= set(scripts)
    words = {"Will", "Mark", "Grace", "April", "May", "Hope"}
    assert words <= {part for name in names for part in name.split()}
    assert any(name.isupper() and " " in name for name in names)
    assert any(name.islower() and " " in name for name in names)
    assert any(re.fullmatch(r"[A-Z]\. \w+", name) for name in names)
    whole = "\n".join(row["text"] for row in rows)
    assert "|---|" in whole
    assert "> " in whole
    assert "-----Original Message-----" in whole
    assert "Sehr geehrte" in whole and "Bom dia" in whole and "Madame" in whole and "Buenos días" in whole
    possessive = [
        row for row in rows for e in row["entities"]
        if e["entity_type"] == "PERSON" and row["text"][e["end_offset"] :].startswith("'s ")
    ]  # fmt: skip
    assert possessive


def test_created_is_a_day(rows: Rows) -> None:
    assert all(date(2026, 1, 1) < date.fromisoformat(row["created"]) < date(2026, 7, 1) for row in rows)


def test_the_file_holds_the_corpus(tmp_path: Path, rows: Rows) -> None:
    path = write_sample(tmp_path / "new" / "sample")
    assert path == tmp_path / "new" / "sample" / "documents.jsonl"
    assert [json.loads(line) for line in path.read_text(encoding="utf-8").split("\n")[:-1]] == rows


def test_the_order_of_sets_does_not_show() -> None:
    code = (
        "import hashlib; from synth_assets.sample.documents import generate;"
        "print(hashlib.sha256(repr(generate()).encode()).hexdigest())"
    )
    digests = {
        subprocess.run(
            [sys.executable, "-c", code], env={**os.environ, "PYTHONHASHSEED": seed}, capture_output=True, check=True
        ).stdout
        for seed in ("0", "1")
    }
    assert len(digests) == 1
