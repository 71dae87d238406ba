"""Every key of the policy changes what is measured or decided."""

import pytest
from conftest_privacy import World, fresh, make_world, report_on

from synth_assets.privacy import PrivacyPolicy, Report

OTHER = {
    "profile": "membership-hidden",
    "alpha": 0.2,
    "confidence": 0.8,
    "power": 0.6,
    "direct_types": ("email",),
    "max_confirmed": 9,
    "max_replay_excess": 0.5,
    "min_digits": 13,
    "window_words": (5, 9),
    "identifying_window_words": 20,
    "boilerplate_subjects": 2,
    "max_overlap_excess": 0.9,
    "max_neighbor_share": 0.9,
    "neighbor_sample": 20,
    "neighbor_words": 10,
    "min_canaries": 0,
    "canary_words": 5,
    "audit_delta": 0.04,
    "max_epsilon": 9.0,
    "min_subjects": 110,
    "min_controls": 50,
    "max_detectable": 0.01,
    "positive_share": 0.3,
}
HIDDEN_ONLY = {"max_epsilon", "max_overlap_excess", "max_neighbor_share"}


def numbers(report: Report) -> list[object]:
    return [(s.id, s.value, s.low, s.high, s.n, s.detectable, s.limit, s.status, s.blocking) for s in report.statistics]


@pytest.fixture(scope="module")
def leaky() -> tuple[World, list[str]]:
    """100 subjects; 5 leak, two share a paragraph that shows, one has no e-mail address."""
    world = make_world(8, train=100, holdout=45, control=45)
    shared = fresh(77, 1)[0][:150]
    documents = [r for r in world.raw if r["split"] == "train" and r["role"] == "document"]
    for row in documents[50:52]:
        row["text"] += f" {shared}"
    documents[60]["text"] = documents[60]["text"].replace("@", " ")
    return world, [*world.texts("train")[:5], shared, *fresh(2, 90)]


def test_every_key_is_tried() -> None:
    assert set(OTHER) == set(PrivacyPolicy.model_fields)


@pytest.mark.parametrize("key", sorted(OTHER))
def test_key_changes_the_report(key: str, leaky: tuple[World, list[str]]) -> None:
    base = {"profile": "membership-hidden"} if key in HIDDEN_ONLY else {}
    world, texts = leaky
    before, after = report_on(world, texts, **base), report_on(world, texts, **{**base, key: OTHER[key]})
    assert numbers(before) != numbers(after)


def test_membership_hidden_blocks_what_de_identified_states(leaky: tuple[World, list[str]]) -> None:
    world, _ = leaky
    prose = [t.split(" wrote ")[0] for t in world.texts("train")]
    stated = report_on(world, prose)
    assert stated.verdict.passed
    assert stated.verdict.sentence.endswith("it is measured and stated below.")
    blocked = report_on(world, prose, profile="membership-hidden")
    assert "instruction_set/verbatim_windows/words_13: excess_over_control" in blocked.verdict.reasons
