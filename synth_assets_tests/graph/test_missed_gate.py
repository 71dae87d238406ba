"""What the masker probably missed refuses publication, as any other blocking check does."""

import pytest

from resources.factory import Factory
from resources.lake.model import Partition
from synth_assets_tests.graph.homes import DAY, Runner

pytestmark = [pytest.mark.graph, pytest.mark.models]
PIECE = Partition(source="tickets", day=DAY)
CHECKS = ("few_identifiers_were_missed", "missed_identifiers_can_be_estimated")


def test_the_floor_refuses_and_the_default_publishes(runner: Runner) -> None:
    policy = "masking: {{refill: {{per_document: 0}}, missed: {{max_per_million: {}}}}}"
    runner.home.policy_file.write_text(policy.format(0), encoding="utf-8")
    refused = runner.run("raw_corpus", "masked_corpus")
    assert not refused.success
    lake = Factory.open(runner.home).lake
    assert lake.published("masked_corpus", PIECE) is None
    results = {e.check_name: e for e in refused.get_asset_check_evaluations()}
    assert set(CHECKS) <= set(results) and not results[CHECKS[0]].passed
    assert "a million words" in results[CHECKS[0]].description

    runner.home.policy_file.write_text(policy.format(50_000), encoding="utf-8")
    assert runner.run("masked_corpus").success
    published = lake.published("masked_corpus", PIECE)
    assert published and published.manifest
    figures = published.manifest.figures
    assert 0 < figures["missed_per_million_low"] <= figures["missed_per_million"] <= figures["missed_per_million_high"]
