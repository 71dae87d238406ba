"""The report as one HTML page: what is said in which order. Which numbers each picture shows is decided in `views`."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from synth_assets.privacy.page import pictures, views
from synth_assets.privacy.page.hipaa import hipaa_rows
from synth_assets.privacy.page.wp216 import criteria
from synth_assets.privacy.policy import PrivacyPolicy
from synth_assets.privacy.results import Statistic
from synth_assets.privacy.verdict.controls import NEGATIVE, POSITIVE
from synth_assets.privacy.verdict.sentences import percent

if TYPE_CHECKING:
    from synth_assets.privacy.page.report import Report


def render(report: "Report", context: Mapping[str, Any]) -> str:
    """The page; every value is escaped, and nothing is loaded from anywhere."""
    statistics, policy = report.statistics, report.policy
    made = context.get("stages", [])
    environment = Environment(
        loader=PackageLoader("synth_assets.privacy.page", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "percent": _share,
        "number": _number,
        "amount": _amount,
        "figure": _figure,
        "facts": _facts,
        "title_of": views.line_title,
    }
    return environment.get_template("report.html").render(
        style=pictures.STYLE,
        verdict=report.verdict,
        policy=policy,
        settings=policy.model_dump(mode="json"),
        descriptions={name: field.description for name, field in PrivacyPolicy.model_fields.items()},
        residual=views.residual_risk(statistics),
        flow=views.flow(statistics, {m["stage"]: m["rows"] for m in made}),
        panels=views.panels(statistics),
        gates=views.gate_views(report.gates, statistics),
        criteria=criteria(statistics, policy.max_risk),
        hipaa=hipaa_rows(report.handled, statistics, report.masking),
        ledger=report.ledger,
        power=views.power(statistics, policy.power),
        curves=views.curves(statistics),
        trade_off=views.trade_off(statistics),
        utility=views.utility(statistics),
        controls=[s for s in statistics if s.test == "control_release"],
        statistics=statistics,
        stages={**views.STAGES, NEGATIVE: "control −", POSITIVE: "control +"},
        title="Privacy report",
        where=" · ".join(str(context[key]) for key in ("source", "day") if context.get(key)),
        seed=context.get("seed"),
        stages_made=made,
        most_rows=max((m["rows"] for m in made), default=1) or 1,
        overrides=[override for m in made for override in m["overrides"]],
    )


def _share(value: float | None) -> str:
    return "–" if value is None else percent(value)


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


def _amount(value: float) -> str:
    return f"{value:,}" if isinstance(value, int) else f"{value:,.4g}"


def _number(value: float | None) -> str:
    return "–" if value is None else "< 0.0001" if value < 0.0001 else f"= {value:.2g}"
