"""The optional asset through Dagster: the embedded model learns from published masked text; metadata are figures."""

from pathlib import Path

import dagster as dg
import pytest

from resources.models.weights.sources import digest
from synth_assets.definitions import build_definitions
from synth_assets.partitions import partition_key
from synth_assets_tests.graph.homes import Runner, make_home
from synth_assets_tests.graph.test_linked_surrogates import LIGHT, PIECE

pytestmark = pytest.mark.graph
FEW = "{steps: 3, batch_subjects: 4, tokens: 64, learning_rate: 0.005, probe_words: 2, held_out: 0.3, rank: 2}"


def test_an_adapter_is_trained_on_the_published_version(
    tmp_path: Path, documents: list[dict], instance: dg.DagsterInstance
) -> None:
    home = make_home(tmp_path / "home", documents, policy=f"masking: {{{LIGHT}}}\nadaptation: {FEW}")
    runner = Runner(home, instance)
    assert runner.run("raw_corpus", "masked_corpus").success
    adapted = build_definitions(home).resolve_assets_def("adapted_masked_lm")
    done = dg.materialize([adapted], partition_key=partition_key(PIECE), instance=instance, selection=[adapted])
    (event,) = done.get_asset_materialization_events()
    shown = {name: value.value for name, value in event.materialization.metadata.items()}
    (folder,) = (path for path in (home.adapters / "tickets" / PIECE.day).iterdir() if path.is_dir())
    assert digest(folder) in str(shown["use it"]) and str(folder) in str(shown["use it"])
    assert shown["steps"] == 3.0 and shown["held_out_documents"] >= 1
    assert 0.5 < float(str(shown["held_out_nats_before"])) < 10
    assert shown["held_out_nats_before"] != shown["held_out_nats_after"]
    assert {"held_out_words_top_5_before", "held_out_words_top_5_after", "learned_told_from_held_out_auc"} <= set(shown)
