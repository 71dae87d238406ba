"""Schedules. What runs when something arrives belongs to `sensors`."""

from collections.abc import Iterator
from datetime import timedelta

import dagster as dg

from resources.factory import Factory
from resources.lake.model import Partition
from synth_assets.factory.plan import Plan
from synth_assets.partitions import SOURCES, arrived, partition_key


def nightly(plan: Plan, job: "dg.UnresolvedAssetJobDefinition") -> dg.ScheduleDefinition:
    """Every night, all of yesterday's partitions that have files."""

    @dg.schedule(
        name="nightly",
        cron_schedule="0 2 * * *",
        job=job,
        default_status=dg.DefaultScheduleStatus.STOPPED,
        description="At 02:00 UTC, the partitions of the day before that have files.",
    )
    def schedule(context: dg.ScheduleEvaluationContext) -> Iterator[dg.RunRequest | dg.SkipReason]:
        yesterday = (context.scheduled_execution_time - timedelta(days=1)).date().isoformat()
        arrivals = arrived(plan.home, plan.sources)
        for skipped in arrivals.skipped:
            context.log.warning(f"skipped: {skipped}")
        sources = sorted(p.source for p in arrivals.partitions if p.day == yesterday)
        context.instance.add_dynamic_partitions(SOURCES, sources)
        if not sources:
            yield dg.SkipReason(f"no files of {yesterday}")
        for source in sources:
            key = partition_key(Partition(source, yesterday))
            yield dg.RunRequest(run_key=f"{key}", partition_key=key)

    return schedule


def weekly_reaudit(plan: Plan, job: dg.JobDefinition) -> dg.ScheduleDefinition:
    """Every week, all partitions that have something published."""

    @dg.schedule(
        name="weekly_reaudit",
        cron_schedule="0 4 * * 0",
        job=job,
        default_status=dg.DefaultScheduleStatus.STOPPED,
        description="On Sundays at 04:00 UTC, the re-audit of every partition that has published versions.",
    )
    def schedule(context: dg.ScheduleEvaluationContext) -> Iterator[dg.RunRequest | dg.SkipReason]:
        known = set(context.instance.get_dynamic_partitions(SOURCES))
        published = {version.partition for version in Factory.open(plan.home).lake.versions()}
        partitions = sorted(partition for partition in published if partition.source in known)
        if not partitions:
            yield dg.SkipReason("nothing is published")
        for partition in partitions:
            key = partition_key(partition)
            yield dg.RunRequest(run_key=f"{key}:{context.scheduled_execution_time:%F}", partition_key=key)

    return schedule
