"""The one place where everything meets. `build_definitions` takes another home for tests and deployments."""

import warnings

import dagster as dg

# Partitioned checks, backfill policies and multi-partitions are used on purpose; their labels are not news.
warnings.filterwarnings("ignore", category=dg.PreviewWarning)
warnings.filterwarnings("ignore", category=dg.BetaWarning)


from resources.dagster_resources import FactoryResource, ModelsResource  # noqa: E402
from resources.home import Home  # noqa: E402
from synth_assets.assets.adapted_masked_lm import adapted_masked_lm_asset  # noqa: E402
from synth_assets.assets.release import release_asset  # noqa: E402
from synth_assets.assets.stage_asset import stage_asset  # noqa: E402
from synth_assets.checks.reaudit import reaudit_check, reaudit_job  # noqa: E402
from synth_assets.factory.plan import Plan  # noqa: E402
from synth_assets.jobs import factory_job  # noqa: E402
from synth_assets.lineage import STAGES  # noqa: E402
from synth_assets.loggers import terminal  # noqa: E402
from synth_assets.schedules import nightly, weekly_reaudit  # noqa: E402
from synth_assets.sensors import new_documents  # noqa: E402


def build_definitions(home: Home | None = None) -> dg.Definitions:
    """Assemble the code location for `home` (default: see `Home.find`).

    Raises:
        PolicyError: naming the file and key, if a policy, suite, registry or source setting is wrong.
    """
    plan = Plan.load(home or Home.find())
    job, audit = factory_job(), reaudit_job(plan)
    return dg.Definitions(
        assets=[
            *(stage_asset(plan, stage) for stage in STAGES.values()),
            release_asset(),
            adapted_masked_lm_asset(plan),
        ],
        asset_checks=[reaudit_check(plan, stage) for stage in STAGES],
        jobs=[job, audit],
        schedules=[nightly(plan, job), weekly_reaudit(plan, audit)],
        sensors=[
            new_documents(plan, job),
            dg.AutomationConditionSensorDefinition(
                "automation",
                target=dg.AssetSelection.all(),
                default_status=dg.DefaultSensorStatus.STOPPED,
            ),
        ],
        resources={
            "factory": FactoryResource(root=str(plan.home.root), lake_url=plan.home.lake_url),
            "models": ModelsResource(root=str(plan.home.root)),
        },
        loggers={"terminal": terminal},
        executor=dg.in_process_executor,
    )


defs = build_definitions()
