"""The privacy report as lake rows, as JSON, and as one HTML page. What the page looks like is in `page`."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from synth_assets.privacy.outcome import Statistic, Verdict
from synth_assets.privacy.page import leak_plot, render
from synth_assets.privacy.policy import PrivacyPolicy
from synth_assets.records import Row

SCHEMA_VERSION = 1


@dataclass(frozen=True)
class Report:
    """Judged statistics, in order of stage and test, and the verdict they add up to."""

    statistics: tuple[Statistic, ...]
    verdict: Verdict
    policy: PrivacyPolicy

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
            "statistics": [s.facts for s in self.statistics],
        }
        return json.dumps(content, indent=2, sort_keys=True, allow_nan=False)

    def to_html(self, context: Mapping[str, Any] | None = None) -> str:
        """One self-contained page without scripts and without any text of a document.

        Args:
            context: what the pipeline knows; without it the page leaves the part out. `source`, `day` and
                `seed`; `stages`, a list of mappings with `stage`, `data_version`, `code_version`, `rows`
                (count), `rejected` {reason: count}, `figures` {name: number}, `models` {role: name} and
                `overrides` (a list of mappings).
        """
        return render(self.statistics, self.verdict, self.policy, context or {})

    def plot_svg(self) -> str:
        """Leak by stage, small enough for a metadata entry."""
        return leak_plot(self.statistics, standalone=True)
