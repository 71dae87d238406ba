"""Mode synthesized through the graph with the embedded models: rows of nobody, and a set built from them alone."""

import json
from collections import defaultdict

import dagster as dg
import pytest

from resources.factory import Factory
from resources.home import Home
from resources.lake.model import Partition
from synth_assets.modes import mode_sentence
from synth_assets.records import Row
from synth_assets.sample.documents import generate
from synth_assets.text.words import ngrams, words
from synth_assets_tests.graph.homes import DAY, Runner, make_home

pytestmark = [pytest.mark.graph, pytest.mark.models]

K = 5
POLICY = f"""
masking: {{detectors: [pattern, cue, gazetteer], refill: {{per_document: 0}}}}
augmentation: {{paraphrase_share: 0, naturalness: false}}
synthesis: {{documents: 10, attempts: 2, varied_share: 0.3, sketch: {{k: {K}, words_max: 40}}}}
instructions: {{ifd: {{max_items: 2}}}}
"""
STAGES = ("raw_corpus", "masked_corpus", "augmented_corpus", "instruction_set")
PIECE = Partition(source="tickets", day=DAY)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """Stages 1, 2, 3 and the instruction set of 60 documents; the run and its metadata are checked at once."""
    made = make_home(tmp_path_factory.mktemp("synthesized"), generate(60, seed=21), policy=POLICY)
    with dg.DagsterInstance.ephemeral() as instance:
        result = Runner(made, instance).run(*STAGES)
        assert result.success
        for stage in STAGES:
            (record,) = instance.fetch_materializations(dg.AssetKey(stage), limit=1).records
            assert record.asset_materialization
            shown = record.asset_materialization.metadata.get("mode")
            shaped = stage in ("augmented_corpus", "instruction_set")
            assert (shown.value if shown else None) == (mode_sentence("synthesized") if shaped else None)
    return made


def read(home: Home, stage: str) -> list[Row]:
    return Factory.open(home).read(stage, PIECE)


def test_rows_belong_to_nobody(home: Home) -> None:
    rows, raw = read(home, "augmented_corpus"), read(home, "raw_corpus")
    people = {row[column] for row in raw for column in ("id", "source_doc", "subject")}
    written = {row["id"]: row for row in rows if row["parent"] == "synthesized"}
    assert len(written) >= 4
    for row in rows:
        assert row["source_doc"] == row["subject"] and row["source_doc"] not in people
        assert row["id"] in written or row["source_doc"] == written[row["parent"]]["source_doc"]
    assert {row["recipe"] for row in written.values()} == {"synthesis"}
    assert all(json.loads(row["params"])["support"] >= K for row in written.values())


def test_no_thirteen_words_in_a_row_are_of_fewer_than_k_people(home: Home) -> None:
    writers: defaultdict[tuple[str, ...], set[str]] = defaultdict(set)
    for row in read(home, "raw_corpus"):
        for gram in ngrams(words(row["text"]), 13):
            writers[gram].add(row["subject"])
    released = {gram for row in read(home, "augmented_corpus") for gram in ngrams(words(row["text"]), 13)}
    assert len(writers) > 1000 and len(released) >= 100
    assert not [gram for gram in released if 0 < len(writers.get(gram, ())) < K]


def test_the_instruction_set_is_built_from_synthesized_rows_alone(home: Home) -> None:
    texts = {row["id"]: row["text"] for row in read(home, "augmented_corpus")}
    items = read(home, "instruction_set")
    assert items and all(item["parent"] in texts for item in items)
    assert all(json.loads(item["params"])["text"] == "augmented" for item in items)


def test_the_version_says_what_is_proven_and_names_the_mode(home: Home) -> None:
    manifest = Factory.open(home).manifest("augmented_corpus", PIECE)
    assert "no epsilon" in manifest.statements["k_anonymity"]
    assert manifest.release["mode"] == "synthesized"
    assert manifest.figures["rows_synthesized"] >= 4 and manifest.figures["support_min"] >= K
