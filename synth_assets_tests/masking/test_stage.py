"""The stage: what is hidden once is hidden everywhere, nothing else changes, and the policy is obeyed."""

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from resources.errors import DataError
from resources.keys import Keys
from resources.progress import silent
from resources.scratch import Scratch
from synth_assets.masking.audit import Hidden, remains
from synth_assets.masking.documents import Documents, Task
from synth_assets.masking.kinds.registry import find_patterns
from synth_assets.masking.policy import MaskingPolicy, PlanPolicy
from synth_assets.masking.stage import Masking, mask_corpus
from synth_assets.records import MASKED_CORPUS
from synth_assets_tests.masking.helpers import KEYS, LETTER, RuleModels, audits, mask_texts, raw_document


def test_nothing_of_the_letter_survives() -> None:
    output = mask_texts(LETTER)
    (row,) = output.rows
    for value in ("Anna", "Smith", "SMITH", "anna.smith", "3 May 1961", "10 May", "Baker", "456-1111", "460-89-9847",
                  "4111", "WEST", "8.8.8.8", "8843", "Peter", "Jones"):  # fmt: skip
        assert value not in row["text"], value
    assert all(found.passed and found.checked for found in audits(output.rows, [raw_document(LETTER, "0")]).values())


def test_rows_fit_the_schema_and_carry_no_raw_text() -> None:
    output = mask_texts(LETTER)
    table = pa.Table.from_pylist(output.rows, MASKED_CORPUS)
    assert table.num_rows == 1
    assert "Smith" not in json.dumps(output.rows[0], default=str)
    assert output.figures["documents"] == 1 and output.figures["mentions_person"] >= 4


def test_mentions_of_one_person_share_an_entity() -> None:
    (row,) = mask_texts(LETTER).rows
    raw = [(LETTER[s["start"] : s["end"]], s["entity"]) for s in row["spans"] if s["type"] == "PERSON"]
    smith = {entity for value, entity in raw if "smith" in value.lower() or value == "Anna"}
    assert len(smith) == 1 and smith != {entity for value, entity in raw if "Jones" in value}


def test_intervals_between_dates_are_kept() -> None:
    (row,) = mask_texts("It began on 3 May 1961 and ended on 10 May 1961.").rows
    first, second = (row["text"][s["out_start"] : s["out_end"]] for s in row["spans"])
    from datetime import datetime

    days = [datetime.strptime(day, "%d %B %Y") for day in (first, second)]
    assert ((days[1] - days[0]).days == 7 and days[0].year != 1961) or days[0].month != 5


def test_possessives_and_surnames_alone_follow_the_name() -> None:
    (row,) = mask_texts("Zebedee Quill left. Quill's coat stayed; ZEBEDEE QUILL and quill returned.").rows
    assert "quill" not in row["text"].lower() and "zebedee" not in row["text"].lower() and "'s coat" in row["text"]


def test_the_key_the_seed_and_the_document_decide() -> None:
    one = mask_texts(LETTER, LETTER).rows
    assert one[0]["text"] != one[1]["text"]
    assert mask_texts(LETTER).rows == mask_texts(LETTER).rows
    assert mask_texts(LETTER, keys=Keys.from_secret(b"1" * 32)).rows[0]["text"] != one[0]["text"]
    assert mask_texts(LETTER, seed=8).rows[0]["text"] != one[0]["text"]


def test_order_and_batches_do_not_matter() -> None:
    texts = [f"Zebedee Quill wrote on {day} May 1990." for day in range(1, 9)]
    rows = [raw_document(text, str(i)) for i, text in enumerate(texts)]
    policy = MaskingPolicy(detectors=("pattern", "ner"), batch_size=3)
    forward = mask_corpus(rows, policy, 7, KEYS, RuleModels(), silent)  # type: ignore[arg-type]
    other = MaskingPolicy(detectors=("pattern", "ner"), batch_size=8)
    backward = mask_corpus(rows[::-1], other, 7, KEYS, RuleModels(), silent)  # type: ignore[arg-type]
    assert forward.rows == backward.rows


def test_no_surrogate_is_a_value_of_any_document() -> None:
    texts = [f"{name} met Mr {other} today." for name in ("Mary", "John", "Linda") for other in ("Brown", "Miller")]
    output = mask_texts(*texts)
    real = {"mary", "john", "linda", "brown", "miller"}
    made = {row["text"][s["out_start"] : s["out_end"]].lower() for row in output.rows for s in row["spans"]}
    assert made and not real & made


def test_two_documents_of_one_id_are_refused() -> None:
    with pytest.raises(DataError, match="same id"):
        mask_corpus(
            [raw_document("One.", "a"), raw_document("Two.", "a")], MaskingPolicy(), 7, KEYS, RuleModels(), silent
        )  # type: ignore[arg-type]


def test_what_is_staged_row_by_row_is_what_comes_at_once(tmp_path: Path) -> None:
    """Documents read once, in any order; figures are complete when all rows were taken."""
    rows = [raw_document(f"{LETTER} Number {i}.", str(i)) for i in range(20)] + [
        raw_document("anna.smith@hospital.com", "x")
    ]
    policy = MaskingPolicy.parse({"plan": {"kind": "pmi", "pmi_min_count": 2}, "batch_size": 3}, "masking")
    whole = mask_corpus(rows, policy, 7, KEYS, RuleModels(), silent)  # type: ignore[arg-type]
    with Scratch(tmp_path) as scratch:
        documents = Documents(iter(rows[::-1]), scratch)
        masking = Masking(Task(documents, scratch, policy, 7, KEYS, RuleModels(), silent))  # type: ignore[arg-type]
        assert masking.figures()["documents"] == 0
        assert list(masking.rows()) == whole.rows
        assert list(masking.rejected()) == whole.rejected and masking.reasons == {"mostly_identifiers": 1}
        assert (masking.figures(), masking.missed) == (whole.figures, whole.missed)
        assert documents.text_of("doc-3") == rows[3]["text"] and documents.text_of("doc-99") is None


hostile = st.text(st.sampled_from("aé́אב👩‍👧 \n\t.,@1٣ßİ​'’-—\U0001f600Zo"), max_size=60)


@settings(max_examples=150, deadline=None)
@given(hostile, hostile, st.sampled_from(["Zebedee Quill", "202-456-1111", "3 May 1990", "a.b@c.com", "Acme Widgets"]))
def test_every_character_outside_an_edit_is_unchanged(before: str, after: str, value: str) -> None:
    text = f"{before} {value} {after}"
    output = mask_texts(text, max_identifier_share=1.0)
    for row in output.rows:
        for source, target, edits in (
            (text, row["text"], row["spans"]),
            (row["text"], row["refilled_text"], row["refills"]),
        ):
            at = out = 0
            for edit in edits:
                assert source[at : edit["start"]] == target[out : edit["out_start"]]
                at, out = edit["end"], edit["out_end"]
            assert source[at:] == target[out:]
        assert value not in row["text"]
    assert len(output.rows) + len(output.rejected) == 1


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"actions": {"person": "mask"}}, "[PERSON_"),
        ({"actions": {"person": "keep"}}, "Anna Smith"),
        ({"actions": {"date": "generalize"}}, "born 1961"),
        ({"actions": {"age": "generalize"}}, "aged 40-49"),
        ({"actions": {"email": "keep"}}, "anna.smith@hospital.com"),
        ({"detectors": ("cue",)}, "460-89-9847"),
        ({"min_score": 0.99}, "12 Baker Street"),
    ],
)
def test_actions_and_detectors(change: dict, expected: str) -> None:
    output = mask_texts(LETTER, **change)
    assert expected in [*(row["text"] for row in output.rows), *(item.text for item in output.rejected)][0]
    assert expected not in mask_texts(LETTER).rows[0]["text"]


@pytest.mark.parametrize(
    ("action", "quantity", "profession"),
    [("keep", "five years", "a beekeeper"), ("mask", "[QUANTITY_1]", "a [PROFESSION_2]")],
)
def test_quantities_and_occupations_obey_their_actions(action: str, quantity: str, profession: str) -> None:
    text = "For five years he was a beekeeper and wrote nothing of note about any of it."
    (row,) = mask_texts(text, actions={"quantity": action, "profession": action}).rows
    assert quantity in row["text"] and profession in row["text"]
    (made,) = mask_texts(text).rows
    assert not {"five", "beekeeper", "["} & set(made["text"].split())


def test_surrogates_of_a_closed_set_may_be_each_others_originals() -> None:
    counts = ["two", "three", "four", "five", "six", "seven", "eight", "nine"]
    output = mask_texts("; ".join(f"he stayed {n} years in the house by the water" for n in counts))
    assert len(output.rows) == 1 and not output.rejected


def test_a_document_of_identifiers_is_rejected() -> None:
    output = mask_texts("anna.smith@hospital.com", "anna.smith@hospital.com")
    assert [item.reason for item in output.rejected] == ["mostly_identifiers"] * 2
    assert not mask_texts("anna.smith@hospital.com", max_identifier_share=1.0).rejected


def test_the_longest_date_shift_is_obeyed() -> None:
    from datetime import datetime

    texts = [f"On 3 May 1990 number {i} began." for i in range(20)]
    for row in mask_texts(*texts, max_date_shift_days=196).rows:
        (span,) = [s for s in row["spans"] if s["type"] == "DATE"]
        day = datetime.strptime(row["text"][span["out_start"] : span["out_end"]], "%d %B %Y")
        assert abs((day - datetime(1990, 5, 3)).days) == 196


def test_audits_see_what_is_wrong() -> None:
    output = mask_texts(LETTER)
    row = dict(output.rows[0])
    row["refilled_text"] += " Peter Jones, 202-456-1111"
    found = audits([row], [raw_document(LETTER, "0")])
    leaked = found["no_detected_value_remains"]
    assert not leaked.passed and leaked.failed == 1 and "Jones" not in leaked.sentence
    assert not found["no_direct_identifiers"].passed
    assert not audits([row], [])["no_detected_value_remains"].passed
    assert audits(output.rows, [])["mask_rate_is_kept"].passed
    assert not audits(output.rows, [], PlanPolicy(rate=0.9))["mask_rate_is_kept"].passed


@pytest.mark.parametrize("kind", ["token", "word", "span", "entity", "pmi"])
def test_every_kind_of_plan_is_stored_at_its_rate(kind: str) -> None:
    plan = PlanPolicy(kind=kind, rate=0.3, pmi_min_count=2)  # type: ignore[arg-type]
    output = mask_texts(*[f"{LETTER} Number {i}." for i in range(12)], plan=plan.model_dump())
    rate = audits(output.rows, [], plan)["mask_rate_is_kept"]
    assert rate.passed and ("none is stored" in rate.sentence) == (kind == "token")
    shared = [len({m["unit"] for m in row["masks"]}) < len(row["masks"]) for row in output.rows]
    assert any(shared) == (kind in ("span", "pmi"))


@pytest.mark.parametrize(
    ("text", "made", "expected"),
    [
        ("see [IBAN_2] here", [(4, 12)], False),
        ("see IBAN in [IBAN_2] here", [(12, 20)], True),
        ("see [IBAN_2] here", [], True),
        ("see Mr IBAN here", [(4, 11)], True),
    ],
)
def test_the_type_in_a_placeholder_is_no_leftover(text: str, made: list[tuple[int, int]], expected: bool) -> None:
    assert remains(Hidden("IBAN", False), text, made) is expected


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("(no. 17725/07) against", "CASE", "17725/07"),
        ("My driver's license number is 2270-66-1551", "ID", "2270-66-1551"),
        ("plate number ABC 1234 was", "PLATE", "ABC 1234"),
        ("see https://a.b.de/x?y=1.", "URL", "https://a.b.de/x?y=1"),
        ("thanks @jay_nelson!", "HANDLE", "@jay_nelson"),
        ("moved to Hauptstraße 5 in", "ADDRESS", "Hauptstraße 5"),
        ("call (01.84.17.61.18) now", "PHONE", "01.84.17.61.18"),
        ("zip code 53650.", "POSTCODE", "53650"),
        ("mac 00:1B:44:11:3A:B7 up", "MAC", "00:1B:44:11:3A:B7"),
        ("from fe80::1ff:fe23:4567:890a on", "IP", "fe80::1ff:fe23:4567:890a"),
    ],
)
def test_patterns(text: str, kind: str, value: str) -> None:
    assert (kind, value) in {(m.type, text[m.start : m.end]) for m in find_patterns(text)}


def test_presidio_finds_national_ids() -> None:
    text = "The number 9434765919 was on file."
    with_it = mask_texts(text, detectors=("presidio",)).rows[0]
    assert [s["detector"] for s in with_it["spans"]] == ["presidio"] and "9434765919" not in with_it["text"]


@pytest.mark.models
def test_real_models_on_real_text(models: Any, corpora: Path) -> None:
    lines = (corpora / "court_cases.jsonl").read_text(encoding="utf-8").splitlines()[:3]
    rows = [raw_document(json.loads(line)["text"][:4000], str(i)) for i, line in enumerate(lines)]
    output = mask_corpus(rows, MaskingPolicy(refill={"per_document": 1}), 7, KEYS, models, silent)  # type: ignore[arg-type]
    assert len(output.rows) + len(output.rejected) == 3 and output.rows
    found = audits(output.rows, rows)
    assert found["no_detected_value_remains"].passed and found["no_direct_identifiers"].passed
    assert output.figures["mentions_person"] > 5
