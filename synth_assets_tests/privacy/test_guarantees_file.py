"""Statements of differential privacy in a home: read, refused with a reason, and part of what shapes the report."""

from pathlib import Path
from types import SimpleNamespace

import pytest
import yaml

from resources.errors import PolicyError
from resources.home import Home
from resources.lake.model import Partition
from synth_assets.differential_privacy.ledger import Guarantee, load_guarantees
from synth_assets.factory.plan import Plan
from synth_assets.factory.versions import stage_version
from synth_assets.lineage import STAGES
from synth_assets.stages.privacy_report import claim_of
from synth_assets_tests.privacy.worlds import STATED

DAY = "2026-01-05|letters"


def test_statements_are_read_by_partition(tmp_path: Path) -> None:
    home = Home(tmp_path)
    assert load_guarantees(home.guarantees_file) == {}
    before = Plan.load(home)
    home.guarantees_file.write_text(yaml.safe_dump({DAY: STATED}), encoding="utf-8")
    after = Plan.load(home)
    assert after.guarantees[DAY].compositions == 5
    assert stage_version(after, STAGES["privacy_report"]) != stage_version(before, STAGES["privacy_report"])
    assert stage_version(after, STAGES["masked_corpus"]) == stage_version(before, STAGES["masked_corpus"])


def version(stage: str, day: str, data: str, passed: bool = True) -> SimpleNamespace:
    manifest = SimpleNamespace(
        data_version=data, upstream={"instruction_set": data}, figures={"verdict_passed": int(passed)}
    )
    return SimpleNamespace(stage=stage, partition=Partition(source="letters", day=day), manifest=manifest)


def test_the_ledger_counts_what_went_out_and_what_may_go_out_at_any_time() -> None:
    first, second, third = "2026-01-05", "2026-01-06", "2026-01-07"
    released = SimpleNamespace(versions=[version("instruction_set", first, "a"), version("raw_corpus", first, "r")])
    lake = SimpleNamespace(
        releases=lambda: ["out"],
        release=lambda _: released,
        serving=lambda _: [
            version("privacy_report", first, "a"),
            version("privacy_report", second, "b"),
            version("privacy_report", third, "c", passed=False),
        ],
    )
    factory, guarantee = SimpleNamespace(lake=lake), Guarantee.parse(STATED, "guarantee")
    plan = SimpleNamespace(guarantees={f"{first}|letters": guarantee})

    def ledger(day: str, data: str, stated: object = plan) -> list[tuple[str, str, bool]]:
        found = claim_of(factory, stated, Partition(source="letters", day=day), data).ledger.entries  # type: ignore[arg-type]
        return [(e.partition[:10], e.release, e.guarantee is not None) for e in found]

    mine = ("this release", False)
    assert ledger(third, "c") == [(first, "out", True), (second, "permitted", False), (third, *mine)]
    assert ledger(first, "a") == [(second, "permitted", False), (first, "this release", True)]
    assert ledger(first, "new")[0] == (first, "out", True)
    assert ledger(third, "c", SimpleNamespace(guarantees={})) == [(third, *mine)]


def test_a_statement_with_a_hole_names_partition_and_field(tmp_path: Path) -> None:
    home = Home(tmp_path)
    broken = {**STATED, "sampling_executed": "shuffle"}
    home.guarantees_file.write_text(yaml.safe_dump({DAY: broken}), encoding="utf-8")
    with pytest.raises(PolicyError, match=r"guarantees\.yaml: 2026-01-05\|letters: .*not that of what was run"):
        Plan.load(home)


def test_the_example_of_the_documentation_is_complete(tmp_path: Path) -> None:
    page = (Path(__file__).parents[2] / "docs" / "report.md").read_text(encoding="utf-8")
    example = page.split('"2026-01-05|letters":')[1].split("```")[0]
    file = tmp_path / "guarantees.yaml"
    file.write_text(f'"{DAY}":{example}', encoding="utf-8")
    assert load_guarantees(file)[DAY].epsilon == pytest.approx(4.0, abs=0.02)
