"""Jobs. One: the whole way, from documents to release, in one process so that a model is loaded once."""

import dagster as dg

from synth_assets.assets.stage_asset import GROUP
from synth_assets.partitions import PARTITIONS


def factory_job() -> "dg.UnresolvedAssetJobDefinition":
    """Every stage and the release of one partition."""
    return dg.define_asset_job(
        name="factory",
        selection=dg.AssetSelection.groups(GROUP),
        partitions_def=PARTITIONS,
        executor_def=dg.in_process_executor,
        config=dg.RunConfig(loggers={"terminal": {}}),
        description="From documents to release: all stages of one day and source.",
    )
