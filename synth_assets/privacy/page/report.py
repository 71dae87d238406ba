"""The privacy report as lake rows, as JSON, and as one HTML page. What the page looks like is in `page`."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from synth_assets.privacy.page.hipaa import hipaa_rows
from synth_assets.privacy.page.render import render
from synth_assets.privacy.page.views import leak_plot
from synth_assets.privacy.page.wp216 import criteria
from synth_assets.privacy.policy import PrivacyPolicy
from synth_assets.privacy.results import Statistic, Verdict
from synth_assets.privacy.verdict.gate_results import GateResult, gate_results
from synth_assets.records import UNKNOWN, InForce, Row

SCHEMA_VERSION = 2


@dataclass(frozen=True)
class Report:
    """Judged statistics, in order of stage and test, and the verdict they add up to.

    `handled`: spans of the masking stage, by type and action. `ledger`: (label, text) of what was spent on epsilon.
    `masking`: what the masking policy in force does.
    """

    statistics: tuple[Statistic, ...]
    verdict: Verdict
    policy: PrivacyPolicy
    handled: Mapping[str, Mapping[str, int]]
    ledger: Sequence[tuple[str, str]]
    masking: InForce = UNKNOWN

    @property
    def gates(self) -> list[GateResult]:
        """What each gate says."""
        return gate_results(self.statistics, self.policy)

    @property
    def rows(self) -> list[Row]:
        """Rows of records.PRIVACY_REPORT."""
        return [s.row for s in self.statistics]

    def to_json(self) -> str:
        """The machine-readable report, byte for byte the same for the same input."""
        content = {
            "schema_version": SCHEMA_VERSION,
            "verdict": asdict(self.verdict),
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
        """One self-contained page without scripts and without any text of a document.

        Args:
            context: what the pipeline knows; without it the page leaves the part out. `source`, `day` and
                `seed`; `stages`, a list of mappings with `stage`, `data_version`, `code_version`, `rows`
                (count), `rejected` {reason: count}, `figures` {name: number}, `models` {role: name},
                `overrides` (a list of mappings) and, optional, `statements` {about: sentence}.
        """
        return render(self, context or {})

    def plot_svg(self) -> str:
        """Leak by stage, small enough for a metadata entry."""
        return leak_plot(self.statistics)
