"""Stage 1. How documents are read, cleaned and split belongs to `synth_assets.corpus`."""

from collections.abc import Iterator

import dagster as dg

from resources.errors import DataError
from resources.factory import Factory, ProgressLog, publish
from synth_assets.corpus.build import build_raw_corpus
from synth_assets.corpus.reading.files import PartitionFiles, discover, input_digest
from synth_assets.corpus.reading.sources import SourceConfig
from synth_assets.factory.gate import value_free
from synth_assets.factory.plan import Plan
from synth_assets.partitions import partition_of

STAGE = "raw_corpus"


def raw_corpus_asset(plan: Plan) -> dg.AssetsDefinition:
    """The asset for `plan`."""

    @dg.asset(**plan.options(STAGE))
    def raw_corpus(
        context: dg.AssetExecutionContext, factory: dg.ResourceParam[Factory]
    ) -> Iterator[dg.AssetCheckResult | dg.MaterializeResult]:
        """Documents as they came: repaired, deduplicated, split by subject before anything else.

        `train` goes through the factory; `holdout` and `control` never do: the report needs people
        whose data could not have leaked. The most dangerous table of the lake.
        """
        partition = partition_of(context)
        with value_free(STAGE):
            files, earlier = find_partition(plan, partition.source, partition.day)
            config = plan.sources.get(partition.source, SourceConfig())
            output = build_raw_corpus(
                files,
                earlier,
                config,
                plan.policy.corpus,
                plan.policy.seed,
                factory.keys,
                plan.home.index,
                ProgressLog(context.log),
            )
            upstream = {"files": input_digest(files, earlier, factory.keys)}
        yield from publish(context, factory, plan, STAGE, output, upstream)

    return raw_corpus


def find_partition(plan: Plan, source: str, day: str) -> tuple[PartitionFiles, list[PartitionFiles]]:
    """The files of one partition, and the source's partitions of earlier days.

    Raises:
        DataError: where nothing lies for this day.
    """
    own = [p for p in discover(plan.home.sources, plan.sources) if p.source == source]
    wanted = [p for p in own if p.day == day]
    if not wanted:
        days = ", ".join(p.day for p in own) or "none"
        raise DataError(
            f"no files for source {source!r} on {day}: put them in sources/{source}/{day}/ (days with files: {days})"
        )
    return wanted[0], [p for p in own if p.day < day]
