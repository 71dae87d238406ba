"""Every key of the policy changes what is measured or decided."""

from typing import Any

import pytest

from synth_assets.differential_privacy.ledger import Entry, Guarantee, Ledger
from synth_assets.modes import Mode
from synth_assets.privacy.gates import packaged_gates
from synth_assets.privacy.page.report import Report
from synth_assets.privacy.policy import PrivacyPolicy
from synth_assets.privacy.verdict.claim import Claim
from synth_assets_tests.privacy.worlds import STATED, World, fresh, make_world, report_on

OTHER = {
    "gates": {"G3": {"rewritten": ["verbatim_windows/*"], "formal": ["verbatim_windows/words_50"]}},
    "alpha": 0.2,
    "confidence": 0.8,
    "power": 0.6,
    "direct_types": ("email",),
    "max_confirmed": 9,
    "max_replay_excess": 0.5,
    "min_digits": 13,
    "window_words": (5, 9),
    "identifying_window_words": 20,
    "replaced_window_words": 30,
    "near_copy_similarity": 0.05,
    "near_copy_edits": 0.9,
    "boilerplate_subjects": 2,
    "copied_words": 20,
    "max_overlap_excess": 0.9,
    "max_linkage_excess": 0.9,
    "max_neighbor_share": 0.9,
    "neighbor_sample": 20,
    "neighbor_words": 10,
    "min_canaries": 0,
    "canary_words": 5,
    "audit_delta": 0.04,
    "max_epsilon": 9.0,
    "ledger_delta": 1e-3,
    "max_total_epsilon": 2.0,
    "max_auc": 0.9,
    "max_tpr": 0.4,
    "max_risk": 0.5,
    "max_unique_excess": 0.5,
    "min_attacks": 10,
    "attribute_subjects": 20,
    "infill_slots": 0,
    "utility_texts": 25,
    "utility_words": 1000,
    "min_subjects": 110,
    "min_controls": 50,
    "max_detectable": 0.01,
    "positive_share": 0.3,
}
CLAIMED_ONLY = {"ledger_delta", "max_total_epsilon"}
HIDDEN_ONLY = {
    *(
        "ledger_delta",
        "max_auc",
        "max_epsilon",
        "max_linkage_excess",
        "max_neighbor_share",
        "max_overlap_excess",
    ),
    *("max_total_epsilon", "max_tpr"),
}
DETAILS_ONLY = {"max_risk", "max_unique_excess", "min_attacks"}
"""Of tests that block only where a policy says so."""
DETAILS = {"G6": {"rewritten": packaged_gates()["G6"].about}, "G8": {"rewritten": ["k_anonymity/k_1"]}}
CLAIMED = Guarantee.parse(STATED, "guarantee")


def numbers(report: Report) -> list[object]:
    return [(s.id, s.value, s.low, s.high, s.n, s.detectable, s.limit, s.status, s.blocking) for s in report.statistics]


@pytest.fixture(scope="module")
def leaky() -> tuple[World, list[str]]:
    """100 subjects; 5 leak, two share a paragraph that shows, one has no e-mail address."""
    world = make_world(8, train=100, holdout=45, control=45, words=28)
    shared = fresh(77, 1)[0][:150]
    documents = [r for r in world.raw if r["split"] == "train" and r["role"] == "document"]
    for row in documents[50:52]:
        row["text"] += f" {shared}"
    for number, row in enumerate(world.raw):
        row["text"] += f" She was {20 + number % 70} years old in {1950 + number % 60}."
    documents[60]["text"] = documents[60]["text"].replace("@", " ")
    return world, [*world.texts("train")[:5], shared, *fresh(2, 90, words=28)]


@pytest.fixture(scope="module")
def before() -> dict[tuple[str, ...], Report]:
    """Reports with the default policy, by mode and what is added, made once."""
    return {}


def test_every_key_is_tried() -> None:
    assert set(OTHER) == set(PrivacyPolicy.model_fields)


@pytest.mark.parametrize("key", sorted(OTHER))
def test_key_changes_the_report(
    key: str, leaky: tuple[World, list[str]], before: dict[tuple[str, ...], Report]
) -> None:
    mode: Mode = "formal" if key in HIDDEN_ONLY else "rewritten"
    claim = Claim(Ledger((Entry("2026-01-01|letters", "this release", CLAIMED),)))
    world, texts = leaky
    settings: dict[str, Any] = {"claim": claim} if key in CLAIMED_ONLY else {}
    settings |= {"gates": DETAILS} if key in DETAILS_ONLY else {}
    place = (mode, *settings)
    if place not in before:
        before[place] = report_on(world, texts, mode=mode, **settings)
    assert numbers(before[place]) != numbers(report_on(world, texts, mode=mode, **{**settings, key: OTHER[key]}))


def test_a_synthesized_release_is_blocked_by_what_a_rewritten_one_states(
    leaky: tuple[World, list[str]],
) -> None:
    world, _ = leaky
    prose = [t.split(" wrote ")[0] for t in world.texts("train")]
    stated = report_on(world, prose)
    assert stated.verdict.passed
    assert "The mapping between a document and its rows is kept" in stated.verdict.sentence
    for mode in ("synthesized", "formal"):
        blocked = report_on(world, prose, mode=mode)
        assert "instruction_set/verbatim_windows/words_13: excess_over_control" in blocked.verdict.reasons
