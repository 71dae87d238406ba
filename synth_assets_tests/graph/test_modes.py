"""The mode of a release is named wherever a run is looked at: terminal, manifests, metadata in Dagster, page."""

import contextlib

import dagster as dg
import pytest

from resources.factory import Factory
from resources.lake.model import Partition
from synth_assets.lineage import STAGES
from synth_assets.modes import mode_sentence
from synth_assets_tests.graph.homes import DAY, Watched
from synth_assets_tests.modes import released_in

pytestmark = [pytest.mark.graph, pytest.mark.models]
SHAPED = ("augmented_corpus", "instruction_set", "privacy_report")
SENTENCE = mode_sentence("rewritten")


def test_the_terminal_and_the_page_name_the_mode(watched: Watched) -> None:
    assert SENTENCE in watched.output
    factory = Factory.open(watched.home)
    attached = factory.manifest("privacy_report", Partition("tickets", DAY)).attachments
    page = factory.lake.attachment(attached["privacy_report.html"]).decode()
    assert SENTENCE.replace("'", "&#39;") in page and "permitted by a.tester: a test" in page


def test_manifests_and_metadata_name_the_mode_where_it_shapes_the_text(watched: Watched) -> None:
    factory, home = Factory.open(watched.home), watched.root / "dagster"
    with contextlib.chdir(home), dg.DagsterInstance.from_config(str(home)) as instance:
        for stage in STAGES:
            shaped = stage in SHAPED
            facts = factory.manifest(stage, Partition("tickets", DAY)).release
            assert facts == (released_in("rewritten").facts if shaped else {})
            (record,) = instance.fetch_materializations(dg.AssetKey(stage), limit=1).records
            assert record.asset_materialization
            shown = record.asset_materialization.metadata.get("mode")
            assert (shown.value if shown else None) == (SENTENCE if shaped else None)
