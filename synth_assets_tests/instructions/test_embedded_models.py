"""With the embedded models, on real text."""

import json

import pytest

from synth_assets.instructions.audits import audit
from synth_assets.instructions.build import build_instruction_set
from synth_assets.instructions.policy import InstructionPolicy
from synth_assets.instructions.selection.chat import check_templates
from synth_assets_tests.instructions.toys import ids

pytestmark = pytest.mark.models


@pytest.fixture(scope="module")
def masked(corpora):
    lines = (corpora / "news.jsonl").read_text(encoding="utf-8").splitlines()[:10]
    masked = []
    for line in lines:
        doc = json.loads(line)
        masked.append(
            {
                **{name: f"{name}-{doc['id']}" for name in ("id", "source_doc", "subject")},
                "role": "document",
                "text": doc["text"],
                "refilled_text": doc["text"],
                "label": doc["topic"],
                "language": "en",
                "spans": [],
                "masks": [],
                "refills": [],
                "recipe": "",
                "params": "{}",
                "scores": [],
            }
        )
    return masked


@pytest.fixture(scope="module")
def built(models, masked):
    policy = InstructionPolicy(ifd={"max_items": 12})
    return build_instruction_set(masked, [], policy, 7, models)


def test_real_documents_give_grounded_examples(built, masked) -> None:
    assert len(built.rows) >= 30
    assert {"extractive_qa", "summarize", "extract_json", "cloze"} <= {row["task"] for row in built.rows}
    assert all(result.passed for result in audit(built.rows, ids(masked)))
    assert {row["split"] for row in built.rows} == {"train", "validation", "test"}


def test_scores_come_from_the_models(built) -> None:
    assert built.figures["ifd_scored"] == 12
    scored = [row["scores"]["ifd"] for row in built.rows if "ifd" in row["scores"]]
    assert scored and all(0 < value < 1 for value in scored)
    # A question about its own text helps: the median answer is at least twice as likely by it.
    assert sorted(scored)[len(scored) // 2] < 0.5


def test_the_real_chat_template_passes_and_adds_a_system_turn(built, models) -> None:
    check = check_templates(built.rows, models.causal_lm)
    assert check.failures == {} and len(check.tokens) == len(built.rows)
    assert check.implicit_system_tokens > 10
