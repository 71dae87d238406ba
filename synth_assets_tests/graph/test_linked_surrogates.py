"""Scope corpus through the graph: the purpose is stated with the version, the mapping is kept apart and encrypted."""

import json
from pathlib import Path

import dagster as dg
import pytest

from resources.factory import Factory
from resources.lake.model import Partition
from synth_assets_tests.graph.homes import DAY, Runner, make_home

pytestmark = pytest.mark.graph
LIGHT = "detectors: [pattern, cue, gazetteer], refill: {per_document: 0}"
LINKED = f"masking: {{{LIGHT}, surrogates: {{scope: corpus, purpose: follow orders}}}}"
PIECE = Partition(source="tickets", day=DAY)


def test_the_purpose_is_stated_and_the_mapping_is_kept_apart(
    tmp_path: Path, documents: list[dict], instance: dg.DagsterInstance
) -> None:
    home = make_home(tmp_path / "home", documents, policy=LINKED)
    assert Runner(home, instance).run("raw_corpus", "masked_corpus").success
    factory = Factory.open(home)
    stated = factory.manifest("masked_corpus", PIECE).statements
    assert "follow orders" in stated["surrogates"] and "pseudonymous" in stated["surrogates"]
    (mapping,) = home.mappings.glob("*.vault")
    entries = json.loads(factory.keys.decrypt(mapping.read_bytes()))
    spans = [s for row in factory.read("masked_corpus", PIECE) for s in row["spans"]]
    assert len(entries) > 20 and any(s["type"] == "PERSON" for s in spans)
    assert not home.mappings.stat().st_mode & 0o077


def test_scope_document_keeps_no_mapping(tmp_path: Path, documents: list[dict], instance: dg.DagsterInstance) -> None:
    home = make_home(tmp_path / "home", documents, policy=f"masking: {{{LIGHT}}}")
    assert Runner(home, instance).run("raw_corpus", "masked_corpus").success
    stated = Factory.open(home).manifest("masked_corpus", PIECE).statements["surrogates"]
    assert "no mapping" in stated and not home.mappings.exists()
