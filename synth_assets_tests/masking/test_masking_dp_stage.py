"""What the stage does with rewriting: which rows, which figures, which statement, and that every key matters."""

import random
from typing import Any

import numpy as np
import pytest

from resources.errors import DataError, PolicyError
from resources.keys import Keys
from resources.progress import silent
from synth_assets.differential_privacy.accounting import epsilon_of_draws
from synth_assets.differential_privacy.rewriting.policy import DpRewritingPolicy
from synth_assets.differential_privacy.rewriting.rewriting import Rewriting, rewrite
from synth_assets.differential_privacy.rewriting.statement import Statement, lines, state
from synth_assets.masking.policy import MaskingPolicy
from synth_assets.masking.stage import mask_corpus
from synth_assets.records import Row
from synth_assets_tests.masking.toy_tokens import SeededDrawer, random_tables

DIGITS = ["0123456789", "9876543210", "13579"]
OTHER = {
    "variant": "document",
    "epsilon": 3.0,
    "candidates": 4,
    "length": 5,
    "fluency": 0.5,
    "similarity_floor": 0.0,
    "clip": 0.5,
    "documents_per_user": 1,
    "delta": 1e-3,
}


def rows_of(texts: list[str]) -> list[Row]:
    return [{"id": f"id-{i}", "subject": "s", "text": text, "dp_text": None} for i, text in enumerate(texts)]


def rewrite_rows(settings: DpRewritingPolicy, model: Any) -> tuple[list[Row], dict[str, int | float]]:
    rows = rows_of(DIGITS)
    rewriting = Rewriting([(row["id"], row["subject"]) for row in rows], settings, model, 2, silent)
    return list(rewriting.rows(rows)), rewriting.figures()


def outcome(**policy: Any) -> tuple[Any, ...]:
    """Everything that a policy decides, drawn with a seed: texts, figures, statement."""
    settings = DpRewritingPolicy.parse({"variant": "token", "candidates": 8, "length": 8} | policy, "dp_rewriting")
    model = random_tables(random.Random(7), 10, 4.0)
    model.similar = np.random.default_rng(7).random(model.similar.shape)
    texts = rewrite(DIGITS * 4, settings, model, SeededDrawer(3))
    rows, figures = rewrite_rows(settings, model)
    return texts, [row["dp_text"] is None for row in rows], state(settings, figures, "code").model_dump_json()


def test_every_key_is_tried() -> None:
    assert set(OTHER) == set(DpRewritingPolicy.model_fields)


@pytest.mark.parametrize("key", sorted(OTHER))
def test_key_changes_what_is_drawn_or_stated(key: str) -> None:
    base = {"variant": "document"} if key == "clip" else {}
    before, after = outcome(**base), outcome(**base, **{key: OTHER[key]})
    place = {"documents_per_user": 1, "delta": 2}.get(key, 0)
    assert before[place] != after[place]
    assert outcome(**base) == before


@pytest.mark.parametrize("wrong", [{"variant": "word"}, {"epsilon": 0}, {"candidates": 1}, {"epsilom": 3}])
def test_wrong_settings_are_refused_by_name(wrong: dict) -> None:
    with pytest.raises(PolicyError, match="dp_rewriting"):
        MaskingPolicy.parse({"dp_rewriting": wrong}, "masking")


class Rules:
    """No names, and tokens of a table."""

    def __init__(self) -> None:
        self.token_model = random_tables(random.Random(7), 10, 4.0)
        self.recognizer = self

    def recognize(self, texts: list[str]) -> list[list]:
        return [[] for _ in texts]


def masked(texts: list[str], **rewriting: Any) -> Any:
    rows = [
        {"id": f"id-{i}", "source_doc": f"doc-{i}", "subject": "s", "role": "document", "split": "train",
         "text": text, "label": None, "language": "en"}
        for i, text in enumerate(texts)
    ]  # fmt: skip
    policy = MaskingPolicy.parse(
        {"detectors": ("ner",), "refill": {"per_document": 0}, "dp_rewriting": rewriting}, "masking"
    )
    return mask_corpus(rows, policy, 7, Keys.from_secret(b"0" * 32), Rules(), silent)  # type: ignore[arg-type]


TEXTS = ["We have 1 or 2 of these.", "There were 3 or 4 then.", "Only 5 are left."]


def test_off_by_default_and_nothing_else_changes_when_it_is_on() -> None:
    off = masked(TEXTS)
    on = masked(TEXTS, variant="token", length=4, candidates=6, documents_per_user=2)
    assert [row["dp_text"] for row in off.rows] == [None] * 3
    assert not [name for name in off.figures if name.startswith("dp_")]
    assert [{**row, "dp_text": None} for row in on.rows] == off.rows
    texts = [row["dp_text"] for row in sorted(on.rows, key=lambda row: str(row["id"]))]
    assert texts[2] is None and all(isinstance(text, str) for text in texts[:2])
    assert {name: value for name, value in on.figures.items() if name.startswith("dp_")} == {
        "dp_documents": 2, "dp_draws": 8, "dp_epsilon_per_draw": 10.0, "dp_draws_per_token": 1,
        "dp_draws_per_document": 4, "dp_draws_per_user": 8,
    }  # fmt: skip


def stated(**policy: Any) -> tuple[Statement, dict[str, int | float]]:
    settings = DpRewritingPolicy(**policy)
    model = random_tables(random.Random(7), 10, 4.0)
    figures = rewrite_rows(settings, model)[1]
    return state(settings, figures, "code"), figures


def test_the_statement_is_of_what_ran_and_claims_no_release() -> None:
    token, _ = stated(variant="token", epsilon=0.5, length=8, candidates=8, documents_per_user=2)
    assert (token.token.compositions, token.document.compositions, token.user.compositions) == (1, 8, 16)
    assert token.token.epsilon == pytest.approx(0.5)
    assert (
        token.document.epsilon == pytest.approx(epsilon_of_draws(0.5, 8, 1e-6).epsilon) and token.document.pure == 4.0
    )
    assert token.draws == 2 * 8 and not token.in_release and not token.reproducible
    assert all(guarantee.gaps for guarantee in (token.token, token.document, token.user))
    document, _ = stated(variant="document", epsilon=0.5, length=8, candidates=8)
    assert document.token.epsilon == document.document.epsilon == token.document.epsilon
    assert document.document.sensitivity == 10.0
    assert Statement.parse(document.model_dump(mode="json"), "statement") == document


@pytest.mark.parametrize(
    "changed", [{"dp_draws": 23}, {"dp_draws_per_token": 2}, {"dp_epsilon_per_draw": 2.0}, {"dp_documents": 4}]
)
def test_other_draws_than_accounted_for_state_nothing(changed: dict) -> None:
    policy = DpRewritingPolicy(variant="token", length=8, candidates=8)
    _, figures = stated(variant="token", length=8, candidates=8)
    with pytest.raises(DataError, match="not those that are accounted for"):
        state(policy, {**figures, **changed}, "code")
    with pytest.raises(DataError, match="nothing was rewritten"):
        state(policy, {}, "code")


def test_the_report_says_token_document_and_user_and_adds_versions() -> None:
    statement, figures = stated(variant="token", epsilon=0.1, length=100, candidates=8, documents_per_user=1)
    said = lines(statement, [figures, figures, {"documents": 3}], 1e-6)
    assert "one token epsilon = 0.1 at delta = 0; one document epsilon = 2.419 at delta = 1e-06" in said[0][1]
    assert "one user epsilon = 2.419" in said[0][1] and "factor of 11.2" in said[0][1]
    assert said[1][1].startswith("Nothing; its epsilon is unaffected.")
    assert "2 version(s) of this source drew 200 times; one person's total: epsilon = 3.5" in said[-1][1]
    assert len(lines(None, [figures], 1e-6)) == 1
    assert lines(None, [{"documents": 3}], 1e-6) == ()
