"""The second picture of the page: is the mapping from people to rows broken? Own rows found by stage, beside chance."""

from collections.abc import Sequence
from typing import Literal, NamedTuple

from synth_assets.privacy.page import charts
from synth_assets.privacy.page.charts import Panel
from synth_assets.privacy.page.views import line_title, panel_of
from synth_assets.privacy.policy import PrivacyPolicy
from synth_assets.privacy.results import Statistic
from synth_assets.privacy.stages import RELEASED
from synth_assets.privacy.verdict.sentences import percent
from synth_assets.statistics.proportions import holm

Answer = Literal["It is kept.", "It is broken as far as this attack sees.", "This could not be settled."]

_TEST = "linkage"


class MappingView(NamedTuple):
    """The answer for the released stage, why, and a picture of every feature by stage."""

    answer: Answer
    sentence: str
    pictures: Sequence[str]


def view(statistics: Sequence[Statistic], policy: PrivacyPolicy) -> MappingView:
    """What the page shows and says of linkage.

    The mapping is kept if the excess of any feature is significant after Holm's adjustment, whatever the mode gates. It
    is broken as far as the attack sees if none is, and each could have shown an excess of `max_detectable`.
    """
    pictures = [charts.panel_svg(panel) for panel in _panels(statistics)]
    found = [s for s in statistics if s.stage == RELEASED.name and s.test == _TEST and s.excess is not None]
    if not found:
        return MappingView("This could not be settled.", "There is nobody to attack on one of the sides.", pictures)
    adjusted = holm([1.0 if s.p_value is None else s.p_value for s in found])
    seen = [s for s, p in zip(found, adjusted, strict=True) if p < policy.alpha]
    if seen:
        worst = max(seen, key=lambda s: s.excess or 0.0)
        return MappingView("It is kept.", f"{_counted(worst)}: more than chance explains.", pictures)
    worst = max(found, key=lambda s: s.excess or 0.0)
    visible = [s.detectable for s in found if s.detectable is not None]
    few = any(s.n < policy.min_subjects or s.control_n < policy.min_controls for s in found)
    if few or len(visible) < len(found) or max(visible) > policy.max_detectable:
        said = f"{_counted(worst)}: chance explains it, but so few subjects or rows could hide a link."
        return MappingView("This could not be settled.", said, pictures)
    said = f"{_counted(worst)}: chance explains it."
    power = (
        f" By the most sensitive feature, {percent(min(visible))} more than chance would have been seen with "
        f"{policy.power:.0%} probability."
    )
    return MappingView("It is broken as far as this attack sees.", said + power, pictures)


def plot(statistics: Sequence[Statistic]) -> str:
    """Every feature by stage as one picture that needs no style sheet."""
    return charts.sheet(_panels(statistics), "Own rows found, by stage")


def _panels(statistics: Sequence[Statistic]) -> list[Panel]:
    """One a feature, all with the same axis."""
    titles = {s.name: line_title(s) for s in statistics if s.test == _TEST}
    drawn = [panel_of(statistics, name, title) for name, title in titles.items()]
    panels = [panel for panel in drawn if panel]
    top = max((charts.panel_top(panel) for panel in panels), default=None)
    return [panel._replace(top=top) for panel in panels]


def _counted(statistic: Statistic) -> str:
    how = line_title(statistic).removeprefix("Own row found ")
    ours, chance = percent(statistic.value or 0.0), percent(statistic.control or 0.0)
    return f"In the released stage the own row of {ours} of train subjects is found {how} (chance: {chance})"
