"""The one exception to "the same inputs give the same data version": differentially private draws are made once."""

import json
from pathlib import Path

import dagster as dg
import pytest

from resources.factory import Factory
from resources.lake.model import Partition
from synth_assets.differential_privacy.rewriting.statement import STATEMENT, Statement
from synth_assets.factory.plan import Plan
from synth_assets.factory.versions import stage_version
from synth_assets.lineage import STAGES
from synth_assets.stages.privacy_report import rewriting_lines
from synth_assets_tests.graph.homes import DAY, Runner, make_home

pytestmark = [pytest.mark.graph, pytest.mark.models]

POLICY = """
masking:
  refill: {per_document: 0}
  dp_rewriting: {variant: token, epsilon: 1.0, candidates: 16, length: 4, documents_per_user: 2}
"""


def test_draws_are_stored_stated_and_never_repeated(
    tmp_path: Path, documents: list[dict], instance: dg.DagsterInstance
) -> None:
    home = make_home(tmp_path, documents[:12], policy=POLICY)
    plan = Plan.load(home)
    assert set(stage_version(plan, STAGES["masked_corpus"]).models) == {
        "recognizer",
        "masked_lm",
        "tagger",
        "encoder",
        "causal_lm",
    }
    runner, partition = Runner(home, instance), Partition(source="tickets", day=DAY)
    factory, rows, versions = Factory.open(home), [], []
    for stages in (("raw_corpus", "masked_corpus"), ("masked_corpus",)):
        assert runner.run(*stages).success
        versions.append(runner.versions()["masked_corpus"])
        rows.append(factory.read("masked_corpus", partition))
    assert versions[0] != versions[1]
    assert [{**row, "dp_text": ""} for row in rows[0]] == [{**row, "dp_text": ""} for row in rows[1]]
    assert [row["dp_text"] for row in rows[0]] != [row["dp_text"] for row in rows[1]]

    manifest = factory.manifest("masked_corpus", partition)
    statement = Statement.parse(json.loads(factory.lake.attachment(manifest.attachments[STATEMENT])), STATEMENT)
    rewritten = sum(row["dp_text"] is not None for row in rows[1])
    assert manifest.figures["dp_draws"] == statement.draws == 4 * rewritten > 0
    said = dict(rewriting_lines(factory, partition, 1e-6))
    assert "2 version(s) of this source" in said["Rewritten texts, all versions"]
    assert "one person's total: epsilon = 11.69 at delta = 1e-06" in said["Rewritten texts, all versions"]
