"""The stage with the real models on small documents; each policy key shown to change what comes out."""

import random
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from resources.errors import PolicyError
from resources.models.protocols import Models
from resources.progress import silent
from synth_assets.augmentation.audits import audit
from synth_assets.augmentation.policy import AugmentationPolicy
from synth_assets.augmentation.recipes.sentences import paraphrase
from synth_assets.augmentation.stage import augment_corpus
from synth_assets.records import AUGMENTED_CORPUS, Output, Row

pytestmark = pytest.mark.models

_TEXTS = [
    "The library will stay shut while workers fix the leaking roof. Readers can return books at the town hall.",
    "Torrential rain swept through several villages along the river. Fire crews pulled stranded people out of homes.",
    "The firm is keen to take on more engineers for its brand new plant. Local schools warmly welcomed the plan.",
    "My parcel turned up with a broken lid. The seller offered to send another box without any charge.",
    "Scientists came across a strange fish in the deep ocean. It gives off light so as to lure prey.",
    "The train was held up owing to a fallen tree. Passengers hung around for 45 minutes on the platform.",
    "The city council set aside a large sum for cleaner buses. Drivers called for better working conditions.",
    "The team put in a solid shift yet let in a sloppy goal. The coach heaped praise on the keeper.",
    "The lawn has to be watered when it gets hot outside. Kindly shut the gate as soon as people leave.",
    "Farmers are worried about the price of wheat. They turned to the government for help with the harvest.",
    "The museum snapped up an old painting of a ship. Guests get to look at the painting in the main hall on Friday.",
    "[PERSON_1] got in touch with help@example.org about the bill. The office replied with a lengthy explanation.",
    "The hotel was spotless and the staff could hardly have been kinder. The street outside was noisy, though.",
    "The new bridge links the island to the mainland. Fishermen are afraid that tourists might scare away the birds.",
]
_PLAIN = {"paraphrase_share": 0.0, "naturalness": False}
_LM = {"paraphrase_share": 1.0, "paraphrase_candidates": 2}


def rows(count: int = len(_TEXTS)) -> list[Row]:
    return [
        {
            "id": f"{number:032x}",
            "source_doc": f"source{number}",
            "subject": f"subject{number}",
            "role": "canary" if number == 3 else "document",
            "text": text,
            "refilled_text": text,
            "label": "news" if number % 2 else "service",
            "language": "en",
            "spans": [],
        }
        for number, text in enumerate(_TEXTS[:count])
    ]


_ANY_WORD: dict[str, Any] = {"counterpart_min": -1.0}
"""Leaves rewritings for the filters that come after."""


def run(models: Models, count: int = len(_TEXTS), base: dict[str, Any] = _PLAIN, **changes: Any) -> Output:
    return augment_corpus(rows(count), AugmentationPolicy(**{**base, **changes}), 7, models, silent)


def reasons(output: Output) -> set[str]:
    return {rejected.reason for rejected in output.rejected}


def test_rows_pass_schema_and_audits_and_nothing_is_lost(models: Models) -> None:
    output = run(models)
    pa.Table.from_pylist(output.rows, schema=AUGMENTED_CORPUS)
    assert len(output.rows) >= len(_TEXTS) // 2
    assert len(output.rows) + len(output.rejected) == len(_TEXTS)
    assert all(result.passed for result in audit(output.rows, rows()))
    assert {row["recipe"] for row in output.rows} == {"back_translation"}
    assert all(row["sentences_changed"] > 0 for row in output.rows)


def test_roles_survive(models: Models) -> None:
    output = run(models)
    roles = {row["parent"]: row["role"] for row in output.rows}
    assert all(role == ("canary" if parent == f"{3:032x}" else "document") for parent, role in roles.items())


def test_order_of_rows_does_not_matter(models: Models) -> None:
    shuffled = random.Random(1).sample(rows(), len(_TEXTS))
    assert augment_corpus(shuffled, AugmentationPolicy(**_PLAIN), 7, models, silent).rows == run(models).rows


def test_no_rows_give_no_rows(models: Models) -> None:
    output = augment_corpus([], AugmentationPolicy(), 7, models, silent)
    assert (output.rows, output.rejected) == ([], [])


def test_language_and_pivot(models: Models) -> None:
    assert reasons(run(models, language="pt")) == {"language"}
    with pytest.raises(PolicyError):
        run(models, pivot="xx")


def test_without_back_translation_nothing_is_rewritten(models: Models) -> None:
    output = run(models, back_translation=False)
    assert (output.rows, output.rejected) == ([], [])


def test_similarity_band(models: Models) -> None:
    band = run(models).figures
    assert run(models, similarity_min=0.97).figures["sentence_rejected_similarity"] > 0
    assert run(models, similarity_max=0.9).figures["sentence_rejected_not_novel"] > band.get(
        "sentence_rejected_not_novel", 0
    )


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"document_similarity_min": 0.999}, "document_similarity"),
        ({"unchanged_share_max": 0.0, "longest_run_max": 500}, "not_novel"),
        ({"longest_run_max": 1}, "not_novel"),
    ],
)
def test_document_limits(models: Models, changes: dict[str, float], reason: str) -> None:
    strict, lax = run(models, **changes), run(models)
    assert reason in reasons(strict)
    assert len(strict.rows) < len(lax.rows)


def test_near_duplicates_are_dropped_unless_allowed(models: Models) -> None:
    twice = [*rows(3), {**rows(3)[0], "id": "f" * 32}]
    strict = augment_corpus(twice, AugmentationPolicy(**_PLAIN), 7, models, silent)
    lax = augment_corpus(twice, AugmentationPolicy(**_PLAIN, near_duplicate_max=1.0), 7, models, silent)
    assert "near_duplicate" in reasons(strict)
    assert len(lax.rows) == len(strict.rows) + 1


def test_artifact_measurement_can_be_left_out(models: Models) -> None:
    assert 0 <= run(models, **_ANY_WORD).figures["artifact_auc"] <= 1
    assert "artifact_auc" not in run(models, **_ANY_WORD, artifact_documents=0).figures


def test_naturalness(models: Models) -> None:
    scored = run(models, 4, naturalness=True)
    assert any("mean_logprob_delta" in row["scores"] for row in scored.rows)
    assert not any("mean_logprob_delta" in row["scores"] for row in run(models, 4).rows)
    free = {**_ANY_WORD, "naturalness": True, "change_logprob_min": -50.0}
    strict = run(models, 4, **free, logprob_delta_min=0.0)
    assert strict.figures["sentence_rejected_unnatural"] > scored.figures.get("sentence_rejected_unnatural", 0)


def test_few_candidates_undo_more(models: Models) -> None:
    few, many = (run(models, 6, **_ANY_WORD, naturalness=True, change_candidates=count) for count in (1, 100))
    assert few.figures["novelty_mean"] < many.figures["novelty_mean"]


def test_paraphrase(models: Models) -> None:
    output = run(models, 6, _LM)
    assert output.figures["paraphrase_samples"] == 12
    assert {row["parent"] for row in output.rows} <= {row["id"] for row in rows()}
    assert all(result.passed for result in audit(output.rows, rows()))
    pa.Table.from_pylist(output.rows, schema=AUGMENTED_CORPUS)
    assert output.rows == run(models, 6, _LM).rows


def test_paraphrase_budget(models: Models) -> None:
    assert run(models, 3, _LM, paraphrase_share=0.0).figures["paraphrase_samples"] == 0
    assert run(models, 3, _LM, paraphrase_candidates=1).figures["paraphrase_samples"] == 3
    assert run(models, 3, _LM, paraphrase_candidates=1, paraphrase_sentences=2).figures["paraphrase_samples"] == 6


def test_paraphrase_temperature(models: Models) -> None:
    cold, hot = (
        paraphrase(_TEXTS[1].split(". ")[:1], AugmentationPolicy(paraphrase_temperature=t), 7, models.causal_lm)
        for t in (0.01, 1.8)
    )
    assert len(set(cold[0])) == 1
    assert len(set(hot[0])) > 1


def test_every_policy_key_is_tested() -> None:
    tests = "".join(path.read_text(encoding="utf-8") for path in sorted(Path(__file__).parent.rglob("test_*.py")))
    assert [key for key in AugmentationPolicy.model_fields if f"{key}=" not in tests and f'"{key}":' not in tests] == []
