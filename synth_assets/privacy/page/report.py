"""The privacy report as lake rows, as JSON, and as one HTML page."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, Template

from synth_assets.modes import ReleasePolicy, mode_sentence
from synth_assets.privacy.gates import GateResult, gate_results, tested_by
from synth_assets.privacy.page import mapping, trade_off, views
from synth_assets.privacy.page.drawing import STYLE
from synth_assets.privacy.page.regulations import criteria, hipaa_rows
from synth_assets.privacy.policy import PrivacyPolicy
from synth_assets.privacy.registry import attacks
from synth_assets.privacy.results import Statistic, Verdict
from synth_assets.privacy.stages import CONTROL_RELEASE, LABELS, NEGATIVE, RELEASED, STAGES
from synth_assets.privacy.verdict.sentences import percent
from synth_assets.records import UNKNOWN, InForce, Row

SCHEMA_VERSION = 3


@dataclass(frozen=True)
class Report:
    """Judged statistics, by stage and test, and the verdict on them.

    Attributes:
        statistics: of all stages and both control releases.
        verdict: whether the release may go out.
        policy: they were judged by.
        release: the mode of the release, and the permission that it needs.
        handled: spans of the masking stage, by type and action.
        ledger: (label, text) of the epsilon that was spent.
        masking: the masking policy in force.
    """

    statistics: tuple[Statistic, ...]
    verdict: Verdict
    policy: PrivacyPolicy
    release: ReleasePolicy
    handled: Mapping[str, Mapping[str, int]]
    ledger: Sequence[tuple[str, str]]
    masking: InForce = UNKNOWN

    @property
    def gates(self) -> list[GateResult]:
        """The answer to each gate."""
        return gate_results(self.statistics, self.release.mode, self.policy.gates)

    @property
    def rows(self) -> list[Row]:
        """Rows of records.PRIVACY_REPORT."""
        return [s.row for s in self.statistics]

    def to_json(self) -> str:
        """The report for programs, byte for byte the same for the same input."""
        content = {
            "schema_version": SCHEMA_VERSION,
            "verdict": asdict(self.verdict),
            "release": {**self.release.model_dump(mode="json"), "claim": mode_sentence(self.release.mode)},
            "policy": self.policy.model_dump(mode="json"),
            "gates": [asdict(gate) for gate in self.gates],
            "wp216": [
                {"title": c.title, "answer": c.answer, "statistics": [s.id for s in c.statistics]}
                for c in criteria(self.statistics, self.policy.max_risk)
            ],
            "hipaa": [
                {**row._asdict(), "residual": row.residual.id if row.residual else None}
                for row in hipaa_rows(self.handled, self.statistics, self.masking)
            ],
            "ledger": [list(line) for line in self.ledger],
            "statistics": [s.facts for s in self.statistics],
        }
        return json.dumps(content, indent=2, sort_keys=True, allow_nan=False)

    def to_html(self, context: Mapping[str, Any] | None = None) -> str:
        """One self-contained page without scripts and without any text of a document; every value is escaped.

        Args:
            context: what the pipeline knows; the page leaves out what is missing. `source`, `day` and `seed`;
                `stages`, a list of mappings with `stage`, `data_version`, `code_version`, `rows` (count), `rejected`
                {reason: count}, `figures` {name: number}, `models` {role: name}, `overrides` (a list of mappings)
                and, optional, `statements` {about: sentence}.
        """
        return _template().render(**_shown(self, context or {}))

    def plot_svg(self) -> str:
        """Leak by stage, small enough for a metadata entry."""
        return views.leak_plot(self.statistics)

    def mapping_svg(self) -> str:
        """Own rows found by stage, small enough for a metadata entry."""
        return mapping.plot(self.statistics)


def _shown(report: Report, context: Mapping[str, Any]) -> dict[str, Any]:
    """Every variable of the template."""
    statistics, policy = report.statistics, report.policy
    stages = context.get("stages", [])
    return {
        "style": STYLE,
        "verdict": report.verdict,
        "mode": report.release.mode,
        "claim": mode_sentence(report.release.mode),
        "permission": report.release.rewritten,
        "policy": policy,
        "settings": policy.model_dump(mode="json"),
        "descriptions": {name: field.description for name, field in PrivacyPolicy.model_fields.items()},
        "residual": views.residual_risk(statistics),
        "tested_by": tested_by(),
        "flow": views.flow(statistics, {m["stage"]: m["rows"] for m in stages}),
        "panels": views.panels(statistics),
        "mapping": mapping.view(statistics, policy),
        "gates": views.gate_views(report.gates, statistics),
        "attacks": attacks(),
        "criteria": criteria(statistics, policy.max_risk),
        "hipaa": hipaa_rows(report.handled, statistics, report.masking),
        "ledger": report.ledger,
        "power": views.power(statistics, policy.power),
        "curves": views.curves(statistics),
        "trade_off": trade_off.view(statistics),
        "utility": views.utility(statistics),
        "controls": [s for s in statistics if s.test == CONTROL_RELEASE],
        "negative": NEGATIVE,
        "statistics": statistics,
        "labels": LABELS,
        "attacked": [stage.name for stage in STAGES],
        "released": RELEASED.name,
        "title": "Privacy report",
        "where": " · ".join(str(context[key]) for key in ("source", "day") if context.get(key)),
        "seed": context.get("seed"),
        "made_from": stages,
        "most_rows": max((m["rows"] for m in stages), default=1) or 1,
        "overrides": [override for m in stages for override in m["overrides"]],
    }


def _template() -> Template:
    environment = Environment(
        loader=PackageLoader("synth_assets.privacy.page", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "percent": lambda value: "–" if value is None else percent(value),
        "number": _number,
        "amount": lambda value: f"{value:,}" if isinstance(value, int) else f"{value:,.4g}",
        "figure": _figure,
        "facts": _facts,
        "title_of": views.line_title,
        "label_of": LABELS.__getitem__,
    }
    return environment.get_template("report.html")


def _figure(value: float | None, unit: str) -> str:
    """A value in its unit: shares as percentages, epsilon and areas with two decimals, sizes as whole numbers."""
    if value is None:
        return "–"
    if unit.startswith("share"):
        return percent(value)
    return f"{value:,.0f}" if unit in ("words", "gates failed") else f"{value:.2f}"


def _facts(statistic: Statistic) -> str:
    """p-values and limit in one line."""
    parts = [f"p {_number(statistic.p_value)}"] if statistic.p_value is not None else []
    parts += [f"Holm-adjusted {_number(statistic.p_adjusted)}"] if statistic.p_adjusted is not None else []
    parts += [f"limit {_figure(statistic.limit, statistic.unit)}"] if statistic.limit is not None else []
    return " · ".join(parts)


def _number(value: float | None) -> str:
    return "–" if value is None else "< 0.0001" if value < 0.0001 else f"= {value:.2g}"
