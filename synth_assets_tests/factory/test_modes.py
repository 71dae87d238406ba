"""The mode of a release in the policy and in the stages that it shapes: what is refused, and what to write instead."""

from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from resources.errors import PolicyError
from synth_assets.factory.mode import permitted_mode, same_mode, shaped_by_mode
from synth_assets.factory.policy import Policy, sections_digest
from synth_assets.lineage import STAGES
from synth_assets.modes import MODES, mode_of, mode_sentence, refusal, today_utc
from synth_assets_tests.modes import PERMISSION, released_in

REWRITTEN = {"mode": "rewritten", "rewritten": PERMISSION}
SHAPED = ("augmented_corpus", "instruction_set", "privacy_report")


def test_text_is_synthesized_unless_the_policy_says_otherwise() -> None:
    assert Policy().release.mode == "synthesized"
    assert Policy.parse({"release": {"mode": "formal"}}, "policy.yaml").release.facts == {"mode": "formal"}
    chosen = Policy.parse({"release": REWRITTEN}, "policy.yaml").release
    assert chosen.facts == {"mode": "rewritten", **PERMISSION}


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({"release": {"mode": "rewritten"}}, "write release: {mode: rewritten, rewritten: {reason: WHY"),
        ({"release": {"mode": "formal", "rewritten": PERMISSION}}, "the mode is formal: remove it, or write mode: rew"),
        ({"release": {"rewritten": PERMISSION}}, "the mode is synthesized: remove it"),
        ({"release": {"mode": "rewriten"}}, "did you mean 'rewritten'"),
        ({"release": {**REWRITTEN, "rewritten": {**PERMISSION, "reason": " "}}}, "release.rewritten.reason"),
        ({"release": {**REWRITTEN, "rewritten": {**PERMISSION, "author": ""}}}, "release.rewritten.author"),
        ({"release": {**REWRITTEN, "rewritten": {**PERMISSION, "expires": "soon"}}}, "release.rewritten.expires"),
        ({"release": {**REWRITTEN, "rewritten": {"reason": "x", "author": "y"}}}, "release.rewritten.expires"),
        ({"privacy": {"profile": "de-identified"}}, "write release: {mode: rewritten, rewritten: {reason: WHY"),
        ({"privacy": {"profile": "differentially-private"}}, "write release: {mode: formal}"),
        ({"privacy": {"profile": "other"}}, "release.mode, one of synthesized, formal, rewritten"),
        ({"synthesis": {"sketch": {"k": 3}}}, "raise k to 5, or lower boilerplate_subjects to 3"),
        ({"privacy": {"boilerplate_subjects": 9}}, "raise k to 9, or lower boilerplate_subjects to 5"),
        ({"privacy": {"gates": {"G6": {"de-identified": []}}}}, "write rewritten for de-identified"),
        ({"privacy": {"gates": {"G6": {"differentially-private": []}}}}, "write formal for differentially-private"),
    ],
)
def test_a_policy_that_is_refused_says_what_to_write(data: dict[str, Any], said: str) -> None:
    with pytest.raises(PolicyError) as refused:
        Policy.parse(data, "policy.yaml")
    assert str(refused.value).startswith("policy.yaml: ") and said in str(refused.value)


@pytest.mark.parametrize("release", [REWRITTEN, {"mode": "formal"}])
def test_k_binds_only_where_it_decides_what_may_be_written(release: dict[str, Any]) -> None:
    chosen = Policy.parse({"release": release, "synthesis": {"sketch": {"k": 3}}}, "policy.yaml")
    assert chosen.synthesis.sketch.k < chosen.privacy.boilerplate_subjects


@pytest.mark.parametrize(("day", "permitted"), [("2026-03-30", True), ("2026-03-31", False), ("2026-04-01", False)])
def test_a_permission_ends_on_its_day(day: str, permitted: bool) -> None:
    ending = {"mode": "rewritten", "reason": "pilot", "author": "a.officer", "expires": "2026-03-31"}
    said = refusal(ending, date.fromisoformat(day))
    assert (said == "") == permitted
    assert permitted or ("by a.officer) expired on 2026-03-31: renew it in policy.yaml" in said)


def test_only_rewriting_needs_a_permission() -> None:
    today = today_utc()
    assert [refusal({"mode": mode}, today) == "" for mode in MODES] == [True, True, False]
    assert (mode_of({}), mode_of({"mode": "formal"})) == ("rewritten", "formal")
    assert "has no permission: write release: {mode: rewritten" in refusal({}, today)
    assert released_in("rewritten").refusal(today) == ""


def test_each_mode_has_one_sentence() -> None:
    said = [mode_sentence(mode) for mode in MODES]
    assert "k-anonymous prompts, and no epsilon is claimed" in said[0]
    assert "differentially private statistics" in said[1]
    assert "the mapping between a person's document and a released row is kept" in said[2]


def test_the_mode_makes_stale_what_it_shapes_and_a_renewal_only_the_report() -> None:
    assert tuple(name for name, stage in STAGES.items() if shaped_by_mode(stage)) == SHAPED
    renewed = {**REWRITTEN, "rewritten": {**PERMISSION, "expires": "2999-02-01"}}
    rewritten, later, formal = (
        Policy.parse({"release": release}, "policy.yaml") for release in (REWRITTEN, renewed, {"mode": "formal"})
    )
    for name, stage in STAGES.items():
        first, second, third = (sections_digest(policy, stage.policy) for policy in (rewritten, later, formal))
        assert (first != third) == (name in SHAPED), name
        assert (first != second) == (name == "privacy_report"), name


def run_of(stage: str, release: dict[str, Any], **made_in: str) -> Any:
    """A run of a stage that reads versions made in these modes; it fails if it reads any row."""
    facts = {name: {"mode": mode} if mode else {} for name, mode in made_in.items()}
    upstream = STAGES[stage].upstream
    return SimpleNamespace(
        stage=STAGES[stage],
        partition=SimpleNamespace(key="2026-01-05|letters"),
        policy=Policy.parse({"release": release}, "policy.yaml"),
        upstream=dict.fromkeys(upstream, "v"),
        factory=SimpleNamespace(manifest=lambda name, _: SimpleNamespace(release=facts.get(name, {}))),
    )


def test_an_expired_permission_stops_the_stages_that_make_text() -> None:
    yesterday = (today_utc() - timedelta(days=1)).isoformat()
    expired = {**REWRITTEN, "rewritten": {**PERMISSION, "expires": yesterday}}
    for stage in ("augmented_corpus", "instruction_set"):
        with pytest.raises(PolicyError, match=f"{stage}/.*letters: the permission .* expired on {yesterday}"):
            STAGES[stage].method(run_of(stage, expired, augmented_corpus="rewritten"))
    report = run_of("privacy_report", expired, augmented_corpus="rewritten", instruction_set="rewritten")
    assert same_mode(report) == "rewritten"  # the report is made: its verdict says no


def test_text_of_another_mode_is_not_read() -> None:
    assert permitted_mode(run_of("instruction_set", REWRITTEN, augmented_corpus="rewritten")) == "rewritten"
    with pytest.raises(PolicyError, match=r"augmented_corpus/.* made in mode rewritten, and release.mode is formal"):
        STAGES["instruction_set"].method(run_of("instruction_set", {"mode": "formal"}, augmented_corpus="rewritten"))
    mixed = run_of("privacy_report", REWRITTEN, augmented_corpus="rewritten", instruction_set="synthesized")
    with pytest.raises(PolicyError, match="materialize instruction_set again"):
        same_mode(mixed)


@pytest.mark.parametrize("stage", ["instruction_set", "privacy_report"])
def test_versions_from_before_modes_had_names_count_as_rewritten(stage: str) -> None:
    with pytest.raises(PolicyError, match=r"augmented_corpus/.* was made in mode rewritten, and release.mode is synth"):
        STAGES[stage].method(run_of(stage, {}, augmented_corpus=""))
