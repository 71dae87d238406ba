"""The partitions of every stage: the day a document arrived x the source it belongs to.

A source is a dynamic dimension: adding one is adding a folder. Which documents belong to which
partition is decided by `synth_assets.corpus.reading.arrivals`.
"""

import os
from collections.abc import Mapping

import dagster as dg

from resources.home import Home
from resources.lake.model import Partition
from synth_assets.corpus.reading.arrivals import Arrivals, discover
from synth_assets.corpus.reading.sources import SourceConfig
from synth_assets.modes import today_utc

SOURCES = "sources"
FIRST_DAY = os.environ.get("SYNTH_ASSETS_FIRST_DAY", "2026-01-01")

# end_offset=1: the partition of today exists today, not tomorrow.
DAYS = dg.DailyPartitionsDefinition(start_date=FIRST_DAY, end_offset=1)
PARTITIONS = dg.MultiPartitionsDefinition({"day": DAYS, "source": dg.DynamicPartitionsDefinition(name=SOURCES)})


def partition_of(context: dg.AssetExecutionContext | dg.AssetCheckExecutionContext) -> Partition:
    """The lake's name for the partition of a run."""
    return Partition.parse(str(context.partition_key))


def partition_key(partition: Partition) -> dg.MultiPartitionKey:
    """Dagster's name for a partition of the lake."""
    return dg.MultiPartitionKey({"day": partition.day, "source": partition.source})


def days() -> tuple[str, str]:
    """The first and the last day of `DAYS`, as they are now."""
    return DAYS.start.date().isoformat(), today_utc().isoformat()


def arrived(home: Home, sources: Mapping[str, SourceConfig]) -> Arrivals:
    """The partitions that have files, and what is skipped; neither on a fresh install."""
    return discover(home.sources, sources, *days())
