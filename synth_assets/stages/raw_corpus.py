"""Stage 1: documents as they arrive, cleaned, deduplicated and split by subject."""

from resources.errors import DataError
from synth_assets.corpus.build import build_raw_corpus
from synth_assets.corpus.reading.arrivals import Arrivals, PartitionFiles, input_digest
from synth_assets.corpus.reading.sources import SourceConfig
from synth_assets.factory.stage import AuditSpec, Stage, StageResult, StageRun
from synth_assets.partitions import arrived
from synth_assets.records import RAW_CORPUS, AuditResult

ALL_READ = AuditSpec(
    "all_files_have_a_partition",
    "Nothing of the source is skipped, on whatever day: all is in known formats, in its folder, and of possible days.",
    critical=False,
)


def _read(run: StageRun) -> StageResult:
    plan, source = run.plan, run.partition.source
    arrivals = arrived(plan.home, plan.sources).of(source)
    files, earlier = _find_files(arrivals, source, run.partition.day)
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
    digest = input_digest(files, earlier, run.factory.keys)
    return StageResult(output, [_all_read(arrivals)], inputs={"files": digest})


def _find_files(arrivals: Arrivals, source: str, day: str) -> tuple[PartitionFiles, list[PartitionFiles]]:
    """The files of one partition, and the source's partitions of earlier days. `arrivals` are those of the source.

    Raises:
        DataError: where no file has arrived on this day.
    """
    wanted = [p for p in arrivals.partitions if p.day == day]
    if not wanted:
        days = ", ".join(p.day for p in arrivals.partitions) or "none"
        missing = f"no files for source {source!r} on {day}: put them in sources/{source}/{day}/"
        raise DataError(arrivals.and_skipped(f"{missing} (days with files: {days})."))
    return wanted[0], [p for p in arrivals.partitions if p.day < day]


def _all_read(arrivals: Arrivals) -> AuditResult:
    """Whether nothing of the source is skipped."""
    read, skipped = (sum(len(p.files) for p in arrivals.partitions), sum(s.files for s in arrivals.skipped))
    sentence = " ".join(s.sentence for s in arrivals.skipped) or f"All files of the source have a partition: {read:,}."
    return AuditResult(ALL_READ.name, not arrivals.skipped, read + skipped, skipped, sentence)


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
    audits=lambda policy: [ALL_READ],
)
