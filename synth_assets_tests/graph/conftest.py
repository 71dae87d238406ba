"""Homes to materialize in: real stages, real embedded models, a small corpus from the sample generator."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path

import dagster as dg
import pytest

from resources.lake import Slice
from synth_assets.definitions import build_definitions
from synth_assets.factory import Factory
from synth_assets.home import Home
from synth_assets.partitions import SOURCES, partition_key
from synth_assets.records import STAGES
from synth_assets.sample import generate

DAY = "2026-01-05"
# Every stage does all it does, on fewer items: the models of this machine are slow.
QUICK = """
masking: {refill: {per_document: 1}}
augmentation: {paraphrase_share: 0.1, paraphrase_candidates: 1, generated_per_label: 1}
instructions: {ifd: {max_items: 6}}
privacy: {infill_slots: 4}
"""
NO_REFILL = "masking: {refill: {per_document: 0}}"
KEY_SECRET = b"a test secret of exactly 32 byte"


def make_home(
    root: Path, documents: Sequence[dict], source: str = "tickets", day: str = DAY, policy: str = QUICK
) -> Home:
    """A home with one source and a fixed secret, so that two homes give the same data versions."""
    home = Home(root)
    home.keys.mkdir(parents=True, mode=0o700)
    secret = home.keys / "secret.key"
    secret.write_bytes(KEY_SECRET)
    secret.chmod(0o600)
    home.policy_file.write_text(policy, encoding="utf-8")
    add_documents(home, documents, source, day)
    return home


def add_documents(home: Home, documents: Sequence[dict], source: str = "tickets", day: str = DAY) -> None:
    folder = home.sources / source / day
    folder.mkdir(parents=True, exist_ok=True)
    lines = [json.dumps(d, ensure_ascii=False) + "\n" for d in documents]
    (folder / "documents.jsonl").write_text("".join(lines), encoding="utf-8")


class Runner:
    """Materializes stages of a home on one Dagster instance, as a run launched from anywhere would."""

    def __init__(self, home: Home, instance: dg.DagsterInstance) -> None:
        self.home, self.instance = home, instance

    def run(self, *stages: str, source: str = "tickets", day: str = DAY) -> dg.ExecuteInProcessResult:
        piece = Slice(source=source, day=day)
        self.instance.add_dynamic_partitions(SOURCES, [source])
        return (
            build_definitions(self.home)
            .resolve_job_def("factory")
            .execute_in_process(
                instance=self.instance,
                partition_key=partition_key(piece),
                asset_selection=[dg.AssetKey(s) for s in stages],
                raise_on_error=False,
            )
        )

    def versions(self, source: str = "tickets", day: str = DAY) -> dict[str, str]:
        lake = Factory.open(self.home).lake
        found = {stage: lake.published(stage, Slice(source=source, day=day)) for stage in STAGES}
        return {stage: version.data_version for stage, version in found.items() if version}


@pytest.fixture
def instance() -> dg.DagsterInstance:
    with dg.DagsterInstance.ephemeral() as made:
        yield made


@pytest.fixture
def documents() -> list[dict]:
    return generate(40, seed=11)


@pytest.fixture
def runner(tmp_path: Path, documents: list[dict], instance: dg.DagsterInstance) -> Runner:
    return Runner(make_home(tmp_path / "home", documents, policy=NO_REFILL), instance)


Editor = Callable[[str, str], None]


@pytest.fixture
def break_suite(runner: Runner) -> Callable[[str], None]:
    """Give the home a suite for a stage that no data of this size can pass."""

    def edit(stage: str) -> None:
        import yaml

        from synth_assets.plan import PACKAGED_SUITES

        suite = yaml.safe_load((PACKAGED_SUITES / f"{stage}.yaml").read_text(encoding="utf-8"))
        for item in suite:
            if item["type"] == "expect_table_row_count_to_be_between":
                item["kwargs"]["min_value"] = 1_000_000
        runner.home.suites.mkdir(exist_ok=True)
        (runner.home.suites / f"{stage}.yaml").write_text(yaml.safe_dump(suite), encoding="utf-8")

    return edit
