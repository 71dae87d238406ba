"""Stage 5: attacks on every stage, controls, the verdict and its page."""

import base64
import json
import re
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import dagster as dg

from resources.errors import UnpublishedError
from resources.lake.journal import Journal
from resources.lake.model import Manifest, Partition
from synth_assets.differential_privacy.ledger import Entry, Ledger
from synth_assets.differential_privacy.rewriting.statement import STATEMENT, Statement, lines
from synth_assets.differential_privacy.spending import Spending
from synth_assets.differential_privacy.statement import draw_behind
from synth_assets.factory.mode import same_mode
from synth_assets.factory.stage import EVERY_ATTACKED_STAGE, AuditSpec, Stage, StageResult, StageRun
from synth_assets.masking.detection.detect import in_force
from synth_assets.modes import today_utc
from synth_assets.privacy.gates import GateResult, packaged_gates
from synth_assets.privacy.measure import ReportInput, measure
from synth_assets.privacy.page.report import Report
from synth_assets.privacy.stages import AUGMENTED, RELEASED
from synth_assets.privacy.verdict.claim import Claim
from synth_assets.records import PRIVACY_REPORT, AuditResult, Output, Row
from synth_assets.sample.documents import SAMPLE, generate

if TYPE_CHECKING:
    from resources.factory import Factory
    from synth_assets.factory.policy import Policy

_PUBLIC_TEXTS = 2000
VERDICT = AuditSpec("verdict_permits_release", "The report's verdict permits a release", critical=False)
GATES = {
    name: AuditSpec(f"{name}_{re.sub('[^a-z]+', '_', gate.title.lower())}", gate.asks, critical=False)
    for name, gate in packaged_gates().items()
}


def _report(run: StageRun) -> StageResult:
    same_mode(run, "augmented_corpus", "instruction_set")
    aside = rewriting_lines(run.factory, run.partition, run.policy.privacy.ledger_delta)
    claim = claim_of(run.factory, run.partition, run.upstream[RELEASED.name])
    report = measure(
        ReportInput(
            tables={stage: run.read(stage) for stage in run.stage.upstream},
            policy=run.policy.privacy,
            release=run.policy.release,
            refused=run.policy.release.refusal(today_utc()),
            models=run.models,
            progress=run.progress,
            claim=replace(claim, aside=aside),
            public=public_text(run.partition),
            last_passed=last_passed(run.factory, run.partition, run.upstream[RELEASED.name]),
            masking=in_force(run.policy.masking, run.models),
        )
    )
    lake = run.factory.lake
    attachments = {
        "privacy_report.html": lake.attach(report.to_html(provenance(run)).encode(), ".html"),
        "privacy_report.json": lake.attach(report.to_json().encode(), ".json"),
    }
    verdict = report.verdict
    failed = int(not verdict.passed)
    audits = [
        AuditResult(VERDICT.name, verdict.passed, len(report.rows), failed, verdict.sentence),
        *(_gate(gate) for gate in report.gates),
    ]
    figures = {"verdict_passed": int(verdict.passed), "verdict_unmeasured": int(verdict.status == "NOT MEASURABLE")}
    output = Output(report.rows, [], figures)
    page = run.factory.attachment_uri(attachments["privacy_report.html"])
    return StageResult(output, audits, attachments=attachments, metadata=_metadata(report, page))


def public_text(partition: Partition) -> list[str]:
    """Text that never saw the corpus, the floor of utility; none where the corpus is that text."""
    return [] if partition.source == SAMPLE else [row["text"] for row in generate(_PUBLIC_TEXTS)]


def claim_of(factory: "Factory", partition: Partition, data_version: str) -> Claim:
    """The ledger of the source, this release last.

    Before it stand all draws of the source, also those that were refused, and what no draw made: releases of other
    versions, and versions that a passing report permits to release at any time. A source for which nothing was ever
    drawn has no ledger to keep.
    """
    lake = factory.lake
    draws = {draw.number: draw.entry for draw in Spending(Journal(lake, partition.source)).draws()}
    behind = draw_behind(lake, factory.manifest(RELEASED.name, partition), AUGMENTED.name) if draws else None
    mine = Entry(partition.key, "this release", draws.pop(behind).guarantee if behind is not None else None)
    if not draws and behind is None:
        return Claim(Ledger((mine,)))
    out = _out(factory, partition.source)
    out.pop((partition.key, data_version), None)
    unaccounted = [
        Entry(key, name, None)
        for (key, _), (name, manifest) in sorted(out.items())
        if draw_behind(lake, manifest, AUGMENTED.name) is None
    ]
    return Claim(Ledger((*draws.values(), *unaccounted, mine)))


def _out(factory: "Factory", source: str) -> dict[tuple[str, str], tuple[str, Manifest]]:
    """What left or may leave, by partition and data version: the name of its release, and its manifest."""
    lake, stage = factory.lake, RELEASED.name
    known = {(v.partition.key, v.data_version): v.manifest for v in lake.versions(stage) if v.manifest}
    names = {
        (version.partition.key, version.data_version): name
        for name in lake.releases()
        for version in lake.release(name).versions
        if version.stage == stage and version.partition.source == source
    }
    for report in lake.serving(STAGE.name):
        if report.partition.source == source and report.manifest and report.manifest.figures.get("verdict_passed"):
            names.setdefault((report.partition.key, report.manifest.upstream[stage]), "permitted")
    return {key: (name, known[key]) for key, name in names.items() if key in known}


def rewriting_lines(factory: "Factory", partition: Partition, delta: float) -> tuple[tuple[str, str], ...]:
    """Lines on differentially private rewriting, whose texts are in no release; none where there are no such texts.

    A version that serves again after a roll back counts once: nothing was drawn for it.
    """
    lake = factory.lake
    drawn = {
        (version.partition.key, version.data_version): version.manifest.figures
        for version in lake.versions("masked_corpus")
        if version.manifest is not None and version.partition.source == partition.source
    }
    attached = factory.manifest("masked_corpus", partition).attachments.get(STATEMENT)
    stated = Statement.parse(json.loads(lake.attachment(attached)), STATEMENT) if attached else None
    return lines(stated, drawn.values(), delta)


def last_passed(factory: "Factory", partition: Partition, data_version: str) -> list[Row]:
    """Rows of the last report on other data that permitted a release; none where there is none, or it was vacuumed."""
    lake, stage = factory.lake, STAGE.name
    passed = [
        v.manifest.data_version
        for v in lake.versions(stage, partition)
        if v.manifest is not None
        and not v.problem
        and v.manifest.figures.get("verdict_passed")
        and v.manifest.upstream[RELEASED.name] != data_version
    ]
    if not passed:
        return []
    try:
        rows: list[Row] = lake.read_version(stage, partition, passed[-1]).to_pylist()
    except UnpublishedError:
        return []
    return rows


def provenance(run: StageRun) -> dict[str, object]:
    """What the page says about where the numbers come from: manifests, rejections, overrides; no text."""
    manifests = [run.factory.manifest(stage, run.partition) for stage in run.stage.upstream]
    return {
        "source": run.partition.source,
        "day": run.partition.day,
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
        "seed": run.policy.seed,
    }


def _gate(gate: GateResult) -> AuditResult:
    passed = gate.status in ("PASS", "STATED")
    return AuditResult(GATES[gate.name].name, passed, len(gate.statistics), int(not passed), gate.sentence)


def _metadata(report: Report, page: str) -> dict[str, dg.MetadataValue]:
    return {
        "verdict": dg.MetadataValue.text(f"{report.verdict.status}: {report.verdict.sentence}"),
        "leak_by_stage": _picture("leak by stage", report.plot_svg()),
        "mapping_by_stage": _picture("own rows found, by stage", report.mapping_svg()),
        "page": dg.MetadataValue.path(page),
        "ledger": dg.MetadataValue.md("\n".join(f"- **{label}**: {text}" for label, text in report.ledger)),
        **{f"history/{name}": dg.MetadataValue.float(value) for name, value in _followed(report).items()},
    }


def _picture(label: str, svg: str) -> dg.MetadataValue:
    return dg.MetadataValue.md(f"![{label}](data:image/svg+xml;base64,{base64.b64encode(svg.encode()).decode()})")


def _followed(report: Report) -> dict[str, float]:
    """The few figures that Dagster draws over versions."""
    known = {s.name: s.value for s in report.statistics if s.stage == RELEASED.name}
    return {name.replace("/", "_"): value for name in _FOLLOWED if (value := known.get(name)) is not None}


_FOLLOWED = (
    "identifier_replay/all",
    "verbatim_windows/words_13",
    "linkage/agreed",
    "membership/documents_bigram_auc",
    "audit/documents",
    "utility/topic_accuracy",
    "utility/next_word_accuracy",
)


def _audits(policy: "Policy") -> Sequence[AuditSpec]:
    """Advice only: a report that says no must be published, or nobody could read why. The release asks the verdict."""
    return [VERDICT, *GATES.values()]


STAGE = Stage(
    name="privacy_report",
    short="report",
    description=(
        "What an attacker gets from every stage, beside what he gets about people whose data never went in.\n\n"
        "The verdict gates the release; the page and its numbers are published whatever it says."
    ),
    schema=PRIVACY_REPORT,
    method=_report,
    policy=("privacy", "masking.custom", "release"),  # it searches for what masking declares; it shows the permission
    upstream=EVERY_ATTACKED_STAGE,
    audits=_audits,
    roles=("recognizer", "encoder", "masked_lm"),
    optional_roles=lambda policy: ["zero_shot"] if policy.masking.needs_zero_shot else [],
    attacked=False,
)
