"""Stage 5. Attacks, controls, verdict and page belong to `synth_assets.privacy`."""

import base64
import json
import re
from collections.abc import Iterator
from dataclasses import replace

import dagster as dg

from resources.errors import UnpublishedError
from resources.factory import Factory, ProgressLog, publish
from resources.lake.model import Partition
from resources.models.engine import Engine
from synth_assets.differential_privacy.ledger import Entry, Ledger
from synth_assets.differential_privacy.rewriting.statement import STATEMENT, Statement, lines
from synth_assets.factory.gate import AuditSpec, value_free
from synth_assets.factory.plan import Plan
from synth_assets.masking.detection.in_force import in_force
from synth_assets.partitions import partition_of
from synth_assets.privacy.gates import packaged_gates
from synth_assets.privacy.measure import measure
from synth_assets.privacy.page.report import Report
from synth_assets.privacy.verdict.claim import Claim
from synth_assets.privacy.verdict.gate_results import GateResult
from synth_assets.records import AuditResult, Output, Row
from synth_assets.sample.documents import SAMPLE, generate

STAGE = "privacy_report"
_PUBLIC_TEXTS = 2000
ATTACKED = ("raw_corpus", "masked_corpus", "augmented_corpus", "instruction_set")
VERDICT = AuditSpec("verdict_permits_release", "The report's verdict permits a release", critical=False)
GATES = {
    name: AuditSpec(f"{name}_{re.sub('[^a-z]+', '_', gate.title.lower())}", gate.asks, critical=False)
    for name, gate in packaged_gates().items()
}
# Advice only: a report that says no must be published, or nobody could read why. The release asks the verdict.
SPECS = [VERDICT, *GATES.values()]


def privacy_report_asset(plan: Plan) -> dg.AssetsDefinition:
    """The asset for `plan`."""

    @dg.asset(**plan.options(STAGE, SPECS, ATTACKED))
    def privacy_report(
        context: dg.AssetExecutionContext, factory: dg.ResourceParam[Factory], models: dg.ResourceParam[Engine]
    ) -> Iterator[dg.AssetCheckResult | dg.MaterializeResult]:
        """What an attacker gets from every stage, beside what he gets about people whose data never went in.

        The verdict gates the release; the page and its numbers are published whatever it says.
        """
        partition = partition_of(context)
        upstream = factory.pins(ATTACKED, partition)
        with value_free(STAGE):
            raw, masked, augmented, instructions = (factory.read(stage, partition) for stage in ATTACKED)
            claim = claim_of(factory, plan, partition, upstream["instruction_set"])
            aside = rewriting_of(factory, partition, plan.policy.privacy.ledger_delta)
            report = measure(
                raw,
                masked,
                augmented,
                instructions,
                plan.policy.privacy,
                models,
                ProgressLog(context.log),
                replace(claim, aside=aside),
                public_text(partition),
                last_passed(factory, partition, upstream["instruction_set"]),
                in_force(plan.policy.masking, models),
            )
            page = report.to_html(provenance(factory, plan, partition))
            attachments = {
                "privacy_report.html": factory.lake.attach(page.encode(), ".html"),
                "privacy_report.json": factory.lake.attach(report.to_json().encode(), ".json"),
            }
        verdict = report.verdict
        failed = int(not verdict.passed)
        audits = [
            AuditResult(VERDICT.name, verdict.passed, len(report.rows), failed, verdict.sentence),
            *(_gate(gate) for gate in report.gates),
        ]
        output = Output(report.rows, [], {"verdict_passed": int(verdict.passed)})
        shown = _metadata(report, factory, attachments)
        yield from publish(context, factory, plan, STAGE, output, upstream, SPECS, audits, attachments, shown)

    return privacy_report


def public_text(partition: Partition) -> list[str]:
    """Text that never saw the corpus, the floor of utility; none where the corpus is that text."""
    return [] if partition.source == SAMPLE else [row["text"] for row in generate(_PUBLIC_TEXTS)]


def claim_of(factory: Factory, plan: Plan, partition: Partition, data_version: str) -> Claim:
    """The ledger of the source, this release last.

    Before it stand all releases of other versions, and what a passing report permits to be released at any time. A
    source for which nothing is claimed has no ledger to keep.
    """
    lake, source = factory.lake, partition.source
    this = Entry(partition.key, "this release", plan.guarantees.get(partition.key))
    if not any(Partition.parse(key).source == source for key in plan.guarantees):
        return Claim(Ledger((this,)))
    spent = {
        (version.partition.key, version.manifest.data_version): name
        for name in lake.releases()
        for version in lake.release(name).versions
        if version.stage == "instruction_set" and version.partition.source == source and version.manifest
    }
    for report in lake.serving(STAGE):
        if report.partition.source == source and report.manifest and report.manifest.figures.get("verdict_passed"):
            spent.setdefault((report.partition.key, report.manifest.upstream["instruction_set"]), "permitted")
    spent.pop((partition.key, data_version), None)
    entries = [Entry(key, name, plan.guarantees.get(key)) for (key, _), name in sorted(spent.items())]
    return Claim(Ledger((*entries, this)))


def rewriting_of(factory: Factory, partition: Partition, delta: float) -> tuple[tuple[str, str], ...]:
    """Lines on differentially private rewriting, whose texts are in no release; none where there are no such texts.

    A version that serves again after a roll back counts once: nothing was drawn for it.
    """
    drawn = {
        (version.partition.key, version.data_version): version.manifest.figures
        for version in factory.lake.versions("masked_corpus")
        if version.manifest is not None and version.partition.source == partition.source
    }
    attached = factory.manifest("masked_corpus", partition).attachments.get(STATEMENT)
    stated = Statement.parse(json.loads(factory.lake.attachment(attached)), STATEMENT) if attached else None
    return lines(stated, drawn.values(), delta)


def last_passed(factory: Factory, partition: Partition, data_version: str) -> list[Row]:
    """Rows of the last report on other data that permitted a release; none where there is none, or it was vacuumed."""
    passed = [
        v.manifest.data_version
        for v in factory.lake.versions(STAGE, partition)
        if v.manifest is not None
        and not v.problem
        and v.manifest.figures.get("verdict_passed")
        and v.manifest.upstream["instruction_set"] != data_version
    ]
    if not passed:
        return []
    try:
        rows: list[Row] = factory.lake.read_version(STAGE, partition, passed[-1]).to_pylist()
    except UnpublishedError:
        return []
    return rows


def _gate(gate: GateResult) -> AuditResult:
    passed = gate.status in ("PASS", "INFO")
    return AuditResult(GATES[gate.name].name, passed, len(gate.statistics), int(not passed), gate.sentence)


def provenance(factory: Factory, plan: Plan, partition: Partition) -> dict[str, object]:
    """What the page says about where the numbers come from: manifests, rejections, overrides; no text."""
    manifests = [factory.manifest(stage, partition) for stage in ATTACKED]
    return {
        "source": partition.source,
        "day": partition.day,
        "stages": [
            {
                "stage": m.stage,
                "data_version": m.data_version,
                "code_version": m.code_version,
                "rows": m.rows,
                "rejected": dict(m.rejected),
                "figures": dict(m.figures),
                "models": dict(m.models),
                "overrides": [o.model_dump() for o in m.overrides],
                "statements": dict(m.statements),
            }
            for m in manifests
        ],
        "seed": plan.policy.seed,
    }


def _metadata(report: Report, factory: Factory, attachments: dict[str, str]) -> dict[str, dg.MetadataValue]:
    plot = base64.b64encode(report.plot_svg().encode()).decode()
    return {
        "verdict": dg.MetadataValue.text(f"{report.verdict.status}: {report.verdict.sentence}"),
        "leak_by_stage": dg.MetadataValue.md(f"![leak by stage](data:image/svg+xml;base64,{plot})"),
        "page": dg.MetadataValue.path(factory.attachment_uri(attachments["privacy_report.html"])),
        "ledger": dg.MetadataValue.md("\n".join(f"- **{label}**: {text}" for label, text in report.ledger)),
        **{f"history/{name}": dg.MetadataValue.float(value) for name, value in _followed(report).items()},
    }


def _followed(report: Report) -> dict[str, float]:
    """The few figures that Dagster draws over versions."""
    known = {f"{s.test}/{s.slice}": s.value for s in report.statistics if s.stage == "instruction_set"}
    return {name.replace("/", "_"): value for name in _FOLLOWED if (value := known.get(name)) is not None}


_FOLLOWED = (
    "identifier_replay/all",
    "verbatim_windows/words_13",
    "membership/documents_bigram_auc",
    "audit/documents",
    "utility/topic_accuracy",
    "utility/next_word_accuracy",
)
