"""Four partitions by four processes at once: no lost row, no lock error shown to anyone."""

from pathlib import Path

import dagster as dg
import pytest

from resources.factory import Factory
from resources.lake.model import Partition
from synth_assets.sample.documents import generate
from synth_assets_tests.graph.homes import NO_REFILL, add_documents, make_dagster_home, make_home, run_factory

pytestmark = [pytest.mark.graph, pytest.mark.models]
DAYS = [f"2026-01-0{n}" for n in range(5, 9)]


def test_four_processes_four_partitions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    documents = generate(32, seed=3)
    home = make_home(tmp_path / "home", documents[:8], day=DAYS[0], policy=NO_REFILL)
    for n, day in enumerate(DAYS[1:], 1):
        add_documents(home, documents[8 * n : 8 * n + 8], day=day)
    dagster_home = make_dagster_home(tmp_path / "dagster")
    partitions = ",".join(f"{day}|tickets" for day in DAYS)
    done = run_factory(home, dagster_home, partitions, "masked_corpus")
    output = done.stdout + done.stderr
    assert done.returncode == 0, output
    assert "lock" not in output.lower() and "conflict" not in output.lower()

    factory = Factory.open(home)
    lake = factory.lake
    for day in DAYS:
        partition = Partition(source="tickets", day=day)
        raw, masked = lake.read("raw_corpus", partition).to_pylist(), lake.read("masked_corpus", partition).to_pylist()
        manifests = [factory.manifest(stage, partition) for stage in ("raw_corpus", "masked_corpus")]
        train = {row["id"] for row in raw if row["split"] == "train"}
        kept = {row["source_doc"] for row in masked}
        assert kept <= train
        assert len(kept) + sum(manifests[1].rejected.values()) == len(train)
        assert len(raw) == manifests[0].rows
    monkeypatch.chdir(dagster_home)  # its dagster.yaml names folders relative to itself
    with dg.DagsterInstance.from_config(str(dagster_home)) as instance:
        assert len(instance.get_runs()) == 4
        assert {run.status for run in instance.get_runs()} == {dg.DagsterRunStatus.SUCCESS}
