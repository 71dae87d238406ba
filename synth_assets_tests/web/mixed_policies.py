"""The code location with one change: masked_corpus backfills all its partitions in one run, unlike its parent."""

import dagster as dg

import synth_assets.definitions as product

CHILD = dg.AssetKey("masked_corpus")


def change(asset: object) -> object:
    if isinstance(asset, dg.AssetsDefinition) and asset.key == CHILD:
        return asset.with_attributes(backfill_policy=dg.BackfillPolicy.single_run())
    return asset


defs = dg.Definitions(
    assets=[change(asset) for asset in product.defs.assets],
    asset_checks=product.defs.asset_checks,
    resources=product.defs.resources,
    loggers=product.defs.loggers,
    executor=product.defs.executor,
)
