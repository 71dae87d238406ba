import os
from pathlib import Path

import pyarrow as pa
import pytest

from synth_assets.records import RAW_CORPUS
from synth_assets_tests.corpus.helpers import build, documents

CORPORA = Path(os.environ.get("SYNTH_ASSETS_CORPORA", Path(__file__).parents[3] / "shared" / "corpora"))
DUPLICATES = {"exact_duplicate", "near_duplicate", "linked_across_splits"}

pytestmark = pytest.mark.skipif(not CORPORA.is_dir(), reason="real corpora not found: set SYNTH_ASSETS_CORPORA")


@pytest.mark.parametrize("name", ["court_cases", "social_posts", "pii_sentences", "news"])
def test_real_documents_survive(tmp_path, name):
    output = build(CORPORA / f"{name}.jsonl", tmp_path / "i")
    figures = output.figures
    assert figures["rows_in"] == figures["documents"] + figures["rejected"]
    refused = [item for item in output.rejected if item.reason not in DUPLICATES]
    assert len(refused) <= 0.005 * figures["rows_in"]
    assert pa.Table.from_pylist(output.rows, schema=RAW_CORPUS).num_rows == len(output.rows)
    assert figures["train"] > figures["holdout"] + figures["control"] - 0.2 * figures["documents"]
    assert len({row["id"] for row in output.rows}) == len(output.rows)
    assert all(row["language"] == "en" for row in documents(output))
