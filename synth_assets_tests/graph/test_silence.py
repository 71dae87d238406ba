"""Markers planted in the input are found nowhere outside the lake, and a whole run opens no socket but loopback."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from resources.lake import Slice
from synth_assets.assets.privacy_report import GATES
from synth_assets.definitions import build_definitions
from synth_assets.factory import Factory
from synth_assets.home import Home
from synth_assets.running import REFUSED
from synth_assets.sample import generate
from synth_assets.showing import show_leaks
from synth_assets_tests.graph.conftest import DAY, make_home

pytestmark = [pytest.mark.graph, pytest.mark.models]

PERSON = "Zebulon Quarkwright"
MAIL = "zq.marker.7731@private-clinic-marker.net"
WORD = "xylomarkerphone"
PHONE = "+44 7911 555 8842 1"
MARKERS = [PERSON, "Quarkwright", MAIL, "private-clinic-marker", WORD, "zq.marker.7731"]

WATCH = """
import sys
allowed = ("127.", "::1", "localhost")
def hook(event, args):
    if event == "socket.connect":
        address = args[1]
        host = address[0] if isinstance(address, tuple) else ""
        if isinstance(address, tuple) and not str(host).startswith(allowed):
            open(r"{log}", "a").write("connect\\n")
    if event == "socket.getaddrinfo" and args[0] and not str(args[0]).startswith(allowed):
        open(r"{log}", "a").write("getaddrinfo\\n")
sys.addaudithook(hook)
"""


def planted(documents: list[dict]) -> list[dict]:
    """Six documents of their own with the markers (so that some fall into train), and one broken row."""
    lines = (
        f"My name is {PERSON} and you can reach me at {MAIL} or {PHONE}. The {WORD} I bought in March "
        f"stopped working after two weeks.\n\nKind regards,\n{PERSON}"
    )
    hosts = generate(80, seed=99)[40:46]
    marked = [
        {**d, "id": f"m{i}", "subject": f"marker-{i}", "text": f"{d['text']}\n\n{lines}"} for i, d in enumerate(hosts)
    ]
    return [*documents, *marked, {"id": "broken", "subject": PERSON, "text": None, "note": MAIL}]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> tuple[Home, Path, str]:
    root = tmp_path_factory.mktemp("silence")
    home = make_home(root / "home", planted(generate(30, seed=5)))
    with (home.sources / "tickets" / DAY / "documents.jsonl").open("a", encoding="utf-8") as file:
        file.write('{"text": "' + PERSON + " " + MAIL + "\\n")
    site = root / "site"
    site.mkdir()
    (site / "sitecustomize.py").write_text(WATCH.format(log=root / "sockets.log"))
    env = {**os.environ, "PYTHONPATH": str(site)}
    script = Path(__file__).with_name("factory_process.py")
    dagster_home = root / "dagster"
    dagster_home.mkdir()
    config = Path(__file__).resolve().parents[2] / "dagster.yaml"
    (dagster_home / "dagster.yaml").write_text(config.read_text())
    done = subprocess.run(
        [sys.executable, str(script), str(home.root), str(dagster_home), f"{DAY}|tickets"],
        env=env, capture_output=True, text=True, timeout=600,
    )  # fmt: skip
    # So few documents measure nothing: the report says no, the release is refused, and nothing else failed.
    assert done.returncode == REFUSED, done.stderr[-3000:]
    return home, root, done.stdout + done.stderr


def test_markers_were_really_in_the_input(run: tuple[Home, Path, str]) -> None:
    home, _, _ = run
    raw = Factory.open(home).lake.read("raw_corpus", Slice(source="tickets", day=DAY)).column("text").to_pylist()
    assert any(MAIL in text for text in raw)
    assert any(WORD in text for text in raw)


def test_no_marker_outside_the_lake(run: tuple[Home, Path, str]) -> None:
    home, root, output = run
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


def test_no_marker_in_attachments_manifests_or_catalog_of_reports(run: tuple[Home, Path, str]) -> None:
    home, _, _ = run
    lake = Factory.open(home).lake
    for stage in lake.stages():
        for version in lake.versions(stage):
            assert version.manifest is not None
            text = json.dumps(version.manifest.model_dump(mode="json"))
            text += "".join(lake.attachment(d).decode() for d in version.manifest.attachments.values())
            assert not [m for m in MARKERS if m in text]


def test_no_identifier_marker_after_masking(run: tuple[Home, Path, str]) -> None:
    home, _, _ = run
    lake = Factory.open(home).lake
    for stage in ("masked_corpus", "augmented_corpus", "instruction_set"):
        text = json.dumps(lake.read(stage, Slice(source="tickets", day=DAY)).to_pylist(), ensure_ascii=False)
        assert not [m for m in (PERSON, MAIL, "Quarkwright", PHONE) if m in text], stage


def test_every_gate_is_a_check_and_leaks_are_listed(
    run: tuple[Home, Path, str], capsys: pytest.CaptureFixture[str]
) -> None:
    home, _, _ = run
    checks = {key.name for key in build_definitions(home).resolve_asset_graph().asset_check_keys}
    assert {spec.name for spec in GATES.values()} <= checks
    lake = Factory.open(home).lake
    report = lake.published("privacy_report", Slice(source="tickets", day=DAY))
    assert report is not None and report.manifest is not None
    content = json.loads(lake.attachment(report.manifest.attachments["privacy_report.json"]))
    statuses = {gate["name"]: gate["status"] for gate in content["gates"]}
    assert statuses.keys() == GATES.keys()
    assert statuses["G1"] == "UNAVAILABLE"  # so few subjects measure nothing
    assert statuses["G6"] == "INFO"  # stated, not blocking
    show_leaks(home, 5)
    told = capsys.readouterr().out
    assert "identifier_replay" in told or "no report shows more" in told


def test_no_socket_but_loopback(run: tuple[Home, Path, str]) -> None:
    _, root, _ = run
    assert not (root / "sockets.log").exists()
    code = "import socket; s = socket.socket(); s.settimeout(1); s.connect_ex(('192.0.2.1', 9))"
    env = {**os.environ, "PYTHONPATH": str(root / "site")}
    probe = subprocess.run([sys.executable, "-c", code], env=env, timeout=60, check=False)
    assert probe.returncode == 0
    assert (root / "sockets.log").exists(), "the watch itself must notice a connection"
