"""Each audit holds for what synthesis makes and fails on a planted violation."""

import json
from typing import Any

import pytest

from resources.keys import Keys
from resources.progress import silent
from synth_assets.masking.surrogates.made_up import made_up_values
from synth_assets.records import Row
from synth_assets.synthesis.audits import ALWAYS, RECOUNTED, audit, audit_formal
from synth_assets.synthesis.policy import SynthesisPolicy
from synth_assets.synthesis.stage import synthesize
from synth_assets_tests.synthesis.toys import RecordingLM, random_corpus, sketch_policy, toy_models

K = 3
AUDITS = {**RECOUNTED, **ALWAYS}
WINDOW = "the purple tractor never crossed our frozen river again"


@pytest.fixture(scope="module")
def masked() -> list[Row]:
    rows = random_corpus(5, 20)
    rows[0] = {**rows[0], "text": f"{WINDOW}. {rows[0]['text']}", "spans": []}
    return rows


@pytest.fixture(scope="module")
def rows(masked: list[Row], keys: Keys) -> list[Row]:
    policy = SynthesisPolicy(sketch=sketch_policy(K))
    return synthesize(masked, policy, 7, toy_models(RecordingLM()), made_up_values(keys), silent).output.rows


def failed(rows: list[Row], masked: list[Row], k: int = K) -> dict[str, int]:
    return {result.name: result.failed for result in audit(rows, masked, k) if not result.passed}


def with_params(row: Row, **params: Any) -> Row:
    return {**row, "params": json.dumps({**json.loads(row["params"]), **params})}


def test_audits_hold_for_synthesized_rows(rows: list[Row], masked: list[Row]) -> None:
    assert len(rows) >= 10 and failed(rows, masked) == {}
    results = audit(rows, masked, K)
    assert [result.name for result in results] == list(AUDITS)
    assert all(result.checked == len(rows) and result.sentence == AUDITS[result.name] for result in results)


def test_prompts_that_too_few_share_are_found(rows: list[Row], masked: list[Row]) -> None:
    alone = with_params(rows[0], keywords=["purple", "tractor"])
    foreign = {**rows[1], "label": "of nobody"}
    assert failed([alone, foreign, *rows[2:]], masked) == {"prompts_are_shared": 2}
    highest = max(json.loads(row["params"])["support"] for row in rows)
    assert failed(rows, masked, highest + 20)["prompts_are_shared"] == len(rows)


def test_prompts_without_keywords_need_k_subjects_of_the_label(rows: list[Row], masked: list[Row]) -> None:
    bare = with_params(rows[0], keywords=[])
    assert failed([bare], masked) == {}
    assert failed([{**bare, "label": "of nobody"}], masked) == {"prompts_are_shared": 1}


@pytest.mark.parametrize("column", ["source_doc", "subject"])
@pytest.mark.parametrize("of", ["id", "source_doc", "subject"])
def test_rows_that_name_somebody_are_found(rows: list[Row], masked: list[Row], column: str, of: str) -> None:
    assert failed([{**rows[0], column: masked[3][of]}, *rows[1:]], masked) == {"rows_are_nobodys": 1}


def test_rows_of_a_person_are_found_whatever_their_parent(rows: list[Row], masked: list[Row]) -> None:
    """A row that is its own source and subject, but those of a masked document; and a variation of such a document."""
    person = {"source_doc": masked[3]["subject"], "subject": masked[3]["subject"]}
    assert failed([{**rows[0], **person}, *rows[1:]], masked) == {"rows_are_nobodys": 1}
    varied = {**rows[0], **person, "id": "v", "parent": masked[3]["id"]}
    assert failed([*rows, varied], masked) == {"rows_are_nobodys": 1}


def test_a_variation_is_of_the_source_of_the_row_that_it_varies(rows: list[Row]) -> None:
    varied = {**rows[0], "id": "v", "parent": rows[0]["id"]}
    assert [result.failed for result in audit_formal([*rows, varied])] == [0, 0]
    other = {"source_doc": rows[1]["source_doc"], "subject": rows[1]["subject"]}
    assert [result.failed for result in audit_formal([*rows, {**varied, **other}])] == [1, 0]


def test_rows_that_hold_a_rare_window_are_found(rows: list[Row], masked: list[Row]) -> None:
    quoted = {**rows[0], "text": f"{rows[0]['text']} {WINDOW.upper()}!"}
    assert failed([quoted, *rows[1:]], masked) == {"no_rare_windows": 1}


def test_rows_that_hold_a_direct_identifier_are_found(rows: list[Row], masked: list[Row]) -> None:
    live = {**rows[0], "text": f"{rows[0]['text']} Write to ann.lee@gmail.com"}
    assert failed([live, *rows[1:]], masked) == {"no_direct_identifiers": 1}


def test_variations_have_no_prompt(rows: list[Row], masked: list[Row]) -> None:
    varied = {**rows[0], "id": "v", "parent": rows[0]["id"], "params": '{"pivot":"pt"}'}
    (prompts, *_) = audit([varied, rows[0]], masked, K)
    assert prompts.passed and prompts.checked == 1
