"""Sensors. `new_documents` notices files; what fires when an upstream's content changes is in `plan.automation`."""

import json

import dagster as dg

from resources.lake.model import Partition
from synth_assets.corpus.reading.arrivals import PartitionFiles
from synth_assets.factory.plan import Plan
from synth_assets.partitions import SOURCES, arrived, partition_key


def new_documents(plan: Plan, job: "dg.UnresolvedAssetJobDefinition") -> dg.SensorDefinition:
    """Runs a partition when its files are new or changed; a new folder becomes a new source."""

    @dg.sensor(
        name="new_documents",
        job=job,
        minimum_interval_seconds=60,
        default_status=dg.DefaultSensorStatus.STOPPED,
        description="Registers new source folders and runs each partition whose files changed.",
    )
    def sensor(context: dg.SensorEvaluationContext) -> dg.SensorResult:
        seen: dict[str, str] = json.loads(context.cursor) if context.cursor else {}
        arrivals = arrived(plan.home, plan.sources)
        for skipped in arrivals.skipped:
            context.log.warning(f"skipped: {skipped}")
        stamps = {Partition(p.source, p.day): _stamp(p) for p in arrivals.partitions}
        changed = {part: stamp for part, stamp in stamps.items() if seen.get(part.key) != stamp}
        known = set(context.instance.get_dynamic_partitions(SOURCES))
        fresh = sorted({part.source for part in changed} - known)
        return dg.SensorResult(
            run_requests=[
                dg.RunRequest(run_key=f"{part.key}:{stamp}", partition_key=partition_key(part))
                for part, stamp in changed.items()
            ],
            dynamic_partitions_requests=[dg.AddDynamicPartitionsRequest(SOURCES, fresh)] if fresh else [],
            skip_reason=None if changed else arrivals.and_skipped("No files are new or changed."),
            cursor=json.dumps({part.key: stamp for part, stamp in stamps.items()}),
        )

    return sensor


def _stamp(part: PartitionFiles) -> str:
    """Sizes and times of the files: cheap to read every minute; content is hashed when the partition runs."""
    stats = [path.stat() for path in part.files]
    return f"{len(stats)}-{sum(s.st_size for s in stats)}-{max(s.st_mtime_ns for s in stats)}"
