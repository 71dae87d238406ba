"""Markers planted in the input are found nowhere outside the lake, and a whole run opens no socket but loopback."""

import json
import os
import subprocess
import sys

import pytest

from resources.factory import Factory
from resources.lake.model import Partition
from synth_assets.cli.status import show_leaks
from synth_assets.definitions import build_definitions
from synth_assets.stages.privacy_report import GATES
from synth_assets_tests.graph.homes import DAY, MAIL, MARKERS, PERSON, PHONE, WORD, Watched

pytestmark = [pytest.mark.graph, pytest.mark.models]


def test_markers_were_really_in_the_input(watched: Watched) -> None:
    home = watched.home
    raw = Factory.open(home).lake.read("raw_corpus", Partition(source="tickets", day=DAY)).column("text").to_pylist()
    assert any(MAIL in text for text in raw)
    assert any(WORD in text for text in raw)


def test_no_marker_outside_the_lake(watched: Watched) -> None:
    home, root, output = watched.home, watched.root, watched.output
    assert not [m for m in MARKERS if m in output]
    places = [home.cache, home.index, home.keys, home.releases, root / "dagster"]
    looked = 0
    for place in places:
        for path in sorted(place.rglob("*")) if place.exists() else []:
            if path.is_file():
                looked += 1
                content = path.read_bytes()
                assert not [m for m in MARKERS if m.encode() in content], path.name
    assert looked > 5


def test_no_marker_in_attachments_manifests_or_catalog_of_reports(watched: Watched) -> None:
    home = watched.home
    lake = Factory.open(home).lake
    for stage in lake.stages():
        for version in lake.versions(stage):
            assert version.manifest is not None
            text = json.dumps(version.manifest.model_dump(mode="json"))
            text += "".join(lake.attachment(d).decode() for d in version.manifest.attachments.values())
            assert not [m for m in MARKERS if m in text]


def test_no_identifier_marker_after_masking(watched: Watched) -> None:
    home = watched.home
    lake = Factory.open(home).lake
    for stage in ("masked_corpus", "augmented_corpus", "instruction_set"):
        text = json.dumps(lake.read(stage, Partition(source="tickets", day=DAY)).to_pylist(), ensure_ascii=False)
        assert not [m for m in (PERSON, MAIL, "Quarkwright", PHONE) if m in text], stage


def test_every_gate_is_a_check_and_leaks_are_listed(watched: Watched, capsys: pytest.CaptureFixture[str]) -> None:
    home = watched.home
    checks = {key.name for asset in build_definitions(home).assets or () for key in asset.check_keys}
    assert {spec.name for spec in GATES.values()} <= checks
    lake = Factory.open(home).lake
    report = lake.published("privacy_report", Partition(source="tickets", day=DAY))
    assert report is not None and report.manifest is not None
    content = json.loads(lake.attachment(report.manifest.attachments["privacy_report.json"]))
    statuses = {gate["name"]: gate["status"] for gate in content["gates"]}
    assert statuses.keys() == GATES.keys()
    assert statuses["G1"] == "UNAVAILABLE"  # so few subjects measure nothing
    assert statuses["G6"] == "STATED"  # stated, not blocking
    show_leaks(home, 5)
    told = capsys.readouterr().out
    assert "identifier_replay" in told or "no report shows more" in told


def test_no_socket_but_loopback(watched: Watched) -> None:
    root = watched.root
    assert not (root / "sockets.log").exists()
    code = "import socket; s = socket.socket(); s.settimeout(1); s.connect_ex(('192.0.2.1', 9))"
    env = {**os.environ, "PYTHONPATH": str(root / "site")}
    probe = subprocess.run([sys.executable, "-c", code], env=env, timeout=60, check=False)
    assert probe.returncode == 0
    assert (root / "sockets.log").exists(), "the watch itself must notice a connection"
