"""Four partitions by four processes at once: no lost row, no lock error shown to anyone."""

import os
import subprocess
import sys
from pathlib import Path

import dagster as dg
import pytest

from resources.lake import Slice
from synth_assets.factory import Factory
from synth_assets.sample import generate
from synth_assets_tests.graph.conftest import NO_REFILL, add_documents, make_home

pytestmark = [pytest.mark.graph, pytest.mark.models]
DAYS = [f"2026-01-0{n}" for n in range(5, 9)]


def test_four_processes_four_partitions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    documents = generate(48, seed=3)
    home = make_home(tmp_path / "home", documents[:12], day=DAYS[0], policy=NO_REFILL)
    for n, day in enumerate(DAYS[1:], 1):
        add_documents(home, documents[12 * n : 12 * n + 12], day=day)
    dagster_home = tmp_path / "dagster"
    dagster_home.mkdir()
    (dagster_home / "dagster.yaml").write_text((Path(__file__).resolve().parents[2] / "dagster.yaml").read_text())
    script = Path(__file__).with_name("factory_process.py")
    env = {**os.environ, "OMP_NUM_THREADS": "1"}
    running = [
        subprocess.Popen(
            [sys.executable, str(script), str(home.root), str(dagster_home), f"{day}|tickets", "masked_corpus"],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=env,
        )
        for day in DAYS
    ]  # fmt: skip
    outputs = [process.communicate(timeout=500)[0] for process in running]
    assert [process.returncode for process in running] == [0] * 4, outputs
    assert not [o for o in outputs if "lock" in o.lower() or "conflict" in o.lower()]

    factory = Factory.open(home)
    lake = factory.lake
    for day in DAYS:
        piece = Slice(source="tickets", day=day)
        raw, masked = lake.read("raw_corpus", piece).to_pylist(), lake.read("masked_corpus", piece).to_pylist()
        manifests = [factory.manifest(stage, piece) for stage in ("raw_corpus", "masked_corpus")]
        train = {row["id"] for row in raw if row["split"] == "train"}
        kept = {row["source_doc"] for row in masked}
        assert kept <= train
        assert len(kept) + sum(manifests[1].rejected.values()) == len(train)
        assert len(raw) == manifests[0].rows
    monkeypatch.chdir(dagster_home)  # its dagster.yaml names folders relative to itself
    with dg.DagsterInstance.from_config(str(dagster_home)) as instance:
        assert len(instance.get_runs()) == 4
        assert {run.status for run in instance.get_runs()} == {dg.DagsterRunStatus.SUCCESS}
