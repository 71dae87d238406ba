"""A partition says what of its source is skipped, and is published all the same."""

import dagster as dg
import pytest

from synth_assets_tests.graph.homes import DAY, Runner, add_documents

pytestmark = pytest.mark.graph
CHECK = "all_files_have_a_partition"


def check_of(runner: Runner) -> dg.AssetCheckEvaluation:
    result = runner.run("raw_corpus")
    assert result.success
    return next(e for e in result.get_asset_check_evaluations() if e.check_name == CHECK)


def test_what_is_skipped_of_the_own_source_is_a_warning(runner: Runner, documents: list[dict]) -> None:
    add_documents(runner.home, documents, source="others", day="2025-12-31")
    before = check_of(runner)
    assert (before.passed, before.description) == (True, "All files of the source have a partition: 1.")
    versions = runner.versions()

    add_documents(runner.home, documents, day="2025-12-31")
    (runner.home.sources / "tickets" / DAY / "quarkwright.pdf").write_bytes(b"%PDF")
    after = check_of(runner)
    assert (after.passed, after.severity, after.blocking) == (False, dg.AssetCheckSeverity.WARN, False)
    assert after.description == (
        "1 file in formats that are not read: .pdf (1). Convert such files to one of .csv, .jsonl, .ndjson, .parquet, "
        ".tsv, .txt, or set `format` in sources.yaml if they hold one. 1 file of days before 2026-01-01, the first day "
        "of the partitions: 2025-12-31 (1). Set SYNTH_ASSETS_FIRST_DAY to 2025-12-31 or earlier, or rename the folder."
    )
    assert (after.metadata["checked"].value, after.metadata["unexpected"].value) == (3, 2)
    assert runner.versions() == versions
