"""The partitions of every stage: the day a document arrived x the source it belongs to.

A source is a dynamic dimension: adding one is adding a folder. Which documents belong to which
partition is decided by `synth_assets.corpus.discover`.
"""

import os

import dagster as dg

from resources.lake import Slice

SOURCES = "sources"
FIRST_DAY = os.environ.get("SYNTH_ASSETS_FIRST_DAY", "2026-01-01")

# end_offset=1: the partition of today exists today, not tomorrow.
DAYS = dg.DailyPartitionsDefinition(start_date=FIRST_DAY, end_offset=1)
PARTITIONS = dg.MultiPartitionsDefinition({"day": DAYS, "source": dg.DynamicPartitionsDefinition(name=SOURCES)})


def slice_of(context: dg.AssetExecutionContext | dg.AssetCheckExecutionContext) -> Slice:
    """The lake's name for the partition of a run."""
    return Slice.parse(str(context.partition_key))


def partition_key(piece: Slice) -> dg.MultiPartitionKey:
    """Dagster's name for a slice of the lake."""
    return dg.MultiPartitionKey({"day": piece.day, "source": piece.source})
