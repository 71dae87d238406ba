"""Stage 1: documents as they arrive, cleaned, deduplicated and split by subject."""

from typing import TYPE_CHECKING

from resources.errors import DataError
from synth_assets.corpus.build import build_raw_corpus
from synth_assets.corpus.reading.sources import PartitionFiles, SourceConfig, discover, input_digest
from synth_assets.factory.stage import Stage, StageResult, StageRun
from synth_assets.records import RAW_CORPUS

if TYPE_CHECKING:
    from synth_assets.factory.plan import Plan


def _read(run: StageRun) -> StageResult:
    plan, source = run.plan, run.partition.source
    files, earlier = find_files(plan, source, run.partition.day)
    output = build_raw_corpus(
        files,
        earlier,
        plan.sources.get(source, SourceConfig()),
        plan.policy.corpus,
        plan.policy.seed,
        run.factory.keys,
        plan.home.index,
        run.progress,
    )
    return StageResult(output, inputs={"files": input_digest(files, earlier, run.factory.keys)})


def find_files(plan: "Plan", source: str, day: str) -> tuple[PartitionFiles, list[PartitionFiles]]:
    """The files of one partition, and the source's partitions of earlier days.

    Raises:
        DataError: where no file has arrived on this day.
    """
    own = [p for p in discover(plan.home.sources, plan.sources) if p.source == source]
    wanted = [p for p in own if p.day == day]
    if not wanted:
        days = ", ".join(p.day for p in own) or "none"
        raise DataError(
            f"no files for source {source!r} on {day}: put them in sources/{source}/{day}/ (days with files: {days})"
        )
    return wanted[0], [p for p in own if p.day < day]


STAGE = Stage(
    name="raw_corpus",
    short="raw",
    description=(
        "Documents as they came: repaired, deduplicated, split by subject before anything else.\n\n"
        "`train` goes through the factory; `holdout` and `control` never do: the report needs people whose data could "
        "not have leaked. The most dangerous table of the lake."
    ),
    schema=RAW_CORPUS,
    method=_read,
    policy=("corpus",),
)
