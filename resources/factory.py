"""The Dagster resource that opens a factory's lake for the assets, and what the assets do with it.

A resource is configuration; the run-time object is a plain `Factory`.
"""

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import dagster as dg

from resources.errors import UnpublishedError
from resources.home import Home
from resources.keys import Keys
from resources.lake.model import Manifest, Partition
from resources.lake.overrides import Overrides
from resources.lake.reader import ATTACHMENTS
from resources.lake.store import Lake
from resources.models.engine import Engine
from resources.progress import silent
from synth_assets.factory.gate import AuditSpec, Candidate, StagedOutput, publish_audited, stage_output
from synth_assets.factory.plan import Plan, registry_of
from synth_assets.factory.policy import section_digest
from synth_assets.partitions import partition_of
from synth_assets.records import AuditResult, Output, Row


@dataclass(frozen=True)
class Factory:
    """An opened home: keys, lake, overrides."""

    home: Home
    keys: Keys
    lake: Lake
    overrides: Overrides

    @classmethod
    def open(cls, home: Home) -> "Factory":
        """Open, and create on first use, the keys and the lake of `home`."""
        keys = Keys.open(home.keys)
        lake = Lake(home.lake, keys)
        return cls(home, keys, lake, Overrides(lake))

    def read(self, stage: str, partition: Partition) -> list[Row]:
        """Rows of the published version. Raises UnpublishedError where the gate has not let one through."""
        rows: list[Row] = self.lake.read(stage, partition).to_pylist()
        return rows

    def scan(self, stage: str, partition: Partition, columns: Sequence[str]) -> Iterator[Row]:
        """Some columns of what `read` gives, one row after the other. Raises UnpublishedError as `read`."""
        return self.lake.scan(stage, partition, columns)

    def manifest(self, stage: str, partition: Partition) -> Manifest:
        """What the published version says about itself. Raises UnpublishedError where there is none."""
        version = self.lake.published(stage, partition)
        if version is None or version.manifest is None:
            raise UnpublishedError(f"{stage}/{partition.key} has no published version: materialize it first")
        return version.manifest

    def attachment_uri(self, digest: str) -> str:
        """Where an attached file (a page, a card) can be opened."""
        return self.lake.files_under_root.uri(f"{ATTACHMENTS}/{digest}")

    def pins(self, stages: Sequence[str], partition: Partition) -> dict[str, str]:
        """Data versions of the published versions of `stages`. Raises UnpublishedError for a missing one."""
        return {stage: self.manifest(stage, partition).data_version for stage in stages}


class FactoryResource(dg.ConfigurableResource):  # type: ignore[type-arg]
    """Where the factory lives. What a run staged and, by an error, never brought to the gate is deleted at its end."""

    root: str
    lake_url: str = ""

    @contextmanager
    def yield_for_execution(self, context: dg.InitResourceContext) -> Iterator[Factory]:
        factory = Factory.open(Home(Path(self.root), self.lake_url))
        try:
            yield factory
        finally:
            factory.lake.discard()


class ModelsResource(dg.ConfigurableResource):  # type: ignore[type-arg]
    """The models of the factory: loaded on first use, kept for the run, released at its end."""

    root: str

    @contextmanager
    def yield_for_execution(self, context: dg.InitResourceContext) -> Iterator[Engine]:
        home = Home(Path(self.root))
        progress = ProgressLog(context.log) if context.log else silent
        with Engine(registry_of(home), Keys.open(home.keys), home.cache, progress) as engine:
            yield engine
            if context.log:
                for line in _work(engine.counters()):
                    context.log.info(line)


def publish(
    context: dg.AssetExecutionContext,
    factory: Factory,
    plan: Plan,
    stage: str,
    output: Output | StagedOutput,
    upstream: Mapping[str, str],
    specs: Sequence[AuditSpec] = (),
    audits: Sequence[AuditResult] = (),
    attachments: Mapping[str, str] | None = None,
    metadata: Mapping[str, dg.MetadataValue] | None = None,
    statements: Mapping[str, str] | None = None,
) -> Iterator[dg.AssetCheckResult | dg.MaterializeResult]:
    """Hand a stage's output to the gate, staged here if it is in memory, with everything the manifest has to say."""
    staged = stage_output(factory.lake, stage, partition_of(context), output) if isinstance(output, Output) else output
    candidate = Candidate(
        staged=staged,
        audits=audits,
        upstream=upstream,
        policy_digest=section_digest(plan.policy, stage),
        models=plan.models(stage),
        seed=plan.policy.seed,
        code_version=plan.code_version(stage),
        attachments=attachments or {},
        metadata=metadata or {},
        statements=statements or {},
    )
    return publish_audited(context, factory.lake, factory.overrides, plan.suites[stage], specs, candidate)


def _work(counters: Mapping[str, float]) -> list[str]:
    """What each model did in this run, in one line a role."""
    roles = sorted({name.partition(".")[0] for name in counters})
    return [
        f"{role}: {counters[f'{role}.items']:,.0f} items ({counters[f'{role}.cache_hits']:,.0f} from the cache), "
        f"{counters[f'{role}.tokens']:,.0f} tokens, {counters[f'{role}.tokens_per_second']:,.0f} tokens/s, "
        f"{counters[f'{role}.seconds']:,.0f} s"
        for role in roles
    ]


class ProgressLog:
    """Logs where a task is every few seconds; a task that ends sooner says nothing."""

    def __init__(self, log: dg.DagsterLogManager, every: float = 5.0) -> None:
        self._log = log
        self._every = every
        self._last = time.monotonic()

    def __call__(self, task: str, done: int, total: int) -> None:
        """See `resources.progress.Progress`."""
        now = time.monotonic()
        if now - self._last >= self._every:
            self._last = now
            self._log.info(f"{task}: {done:,} of {total:,}")
