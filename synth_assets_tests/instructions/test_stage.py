"""The stage reads masked text in mode rewritten only, and a policy that asks for it elsewhere is refused."""

from types import SimpleNamespace

import pytest

from resources.errors import PolicyError
from resources.progress import silent
from synth_assets.factory.policy import Policy
from synth_assets.stages.instruction_set import STAGE
from synth_assets_tests.instructions.synthesized import synthesized_corpus
from synth_assets_tests.modes import PERMISSION

NEEDLE = "Zebulon Quarkwright"


def run(mode, tables, models):
    """A run of the stage in a mode; reading a table that is not there raises."""
    permission = {"rewritten": PERMISSION} if mode == "rewritten" else {}
    manifest = SimpleNamespace(release={"mode": mode, **permission})
    return SimpleNamespace(
        stage=STAGE,
        partition=SimpleNamespace(key="2026-01-05|letters"),
        policy=Policy.parse({"release": {"mode": mode, **permission}}, "policy.yaml"),
        factory=SimpleNamespace(manifest=lambda *_: manifest),
        read=lambda stage: tables[stage],
        models=models,
        progress=silent,
    )


@pytest.mark.parametrize("mode", ["synthesized", "formal"])
def test_no_masked_text_is_read_or_quoted_where_passages_are_synthesized(mode, small_models) -> None:
    result = STAGE.method(run(mode, {"augmented_corpus": synthesized_corpus(56)}, small_models))
    assert len(result.output.rows) > 50 and all(audit.passed for audit in result.audits)
    with pytest.raises(KeyError, match="masked_corpus"):
        STAGE.method(run("rewritten", {"augmented_corpus": synthesized_corpus(8)}, small_models))


def test_rewritten_quotes_masked_text_and_the_other_modes_do_not(corpus, small_models) -> None:
    masked, augmented = corpus(20)
    for row in masked:
        row["text"] = row["text"].replace("Local residents", NEEDLE)
    tables = {"masked_corpus": masked, "augmented_corpus": augmented}

    def quoted(mode):
        rows = STAGE.method(run(mode, tables, small_models)).output.rows
        assert rows
        return sum(NEEDLE in str(row) for row in rows)

    assert quoted("rewritten") > 10 and quoted("synthesized") == quoted("formal") == 0


@pytest.mark.parametrize("kinds", [["masked"], ["augmented", "masked"], ["refilled"]])
def test_a_policy_that_asks_for_masked_text_outside_mode_rewritten_is_refused(kinds) -> None:
    asked = {"instructions": {"text": {"kinds": kinds}}}
    for mode in ("synthesized", "formal"):
        with pytest.raises(PolicyError, match=rf"policy.yaml: .*text\.kinds.* mode {mode} never quotes.* rewritten"):
            Policy.parse({"release": {"mode": mode}, **asked}, "policy.yaml")
        assert Policy.parse({"release": {"mode": mode}, "instructions": {"text": {"kinds": ["augmented"]}}}, "policy")
    assert Policy.parse({"release": {"mode": "rewritten", "rewritten": PERMISSION}, **asked}, "policy.yaml")
