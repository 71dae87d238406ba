"""What the page shows of the statistics: titles, groups, and the numbers of each picture."""

from collections.abc import Mapping, Sequence
from statistics import median_low
from typing import NamedTuple

from synth_assets.privacy.gates import GateResult, gate_about
from synth_assets.privacy.page import charts
from synth_assets.privacy.page.charts import Line, Panel, Point
from synth_assets.privacy.page.drawing import Mark, nice_top
from synth_assets.privacy.registry import title_of
from synth_assets.privacy.results import Statistic
from synth_assets.privacy.stages import CONTROL_RELEASE, LABELS, NEGATIVE, RAW, RELEASED, STAGES
from synth_assets.privacy.verdict.sentences import percent

_MEMBERSHIP = "membership/documents_bigram_auc"
_OTHER_TITLES = {"ledger/total": "Epsilon of the source", "history/worse": "Worse than before"}


class GateView(NamedTuple):
    """A gate: its result, its judged statistics with a picture each, and the other statistics that answer it."""

    result: GateResult
    judged: Sequence[tuple[Statistic, str]]
    stated: Sequence[Statistic]


class Stop(NamedTuple):
    """A stage of the data flow: its rows (None: not known), and what an attacker finds there."""

    label: str
    rows: int | None
    facts: Sequence[tuple[str, str]]


def line_title(statistic: Statistic) -> str:
    """What the page calls a statistic."""
    if statistic.test == CONTROL_RELEASE:
        return "Real text that took no part" if statistic.stage == NEGATIVE else "The release with planted copies"
    title = title_of(statistic.name) or _OTHER_TITLES.get(statistic.name)
    return title or statistic.slice.replace("_", " ").capitalize()


def gate_views(results: Sequence[GateResult], statistics: Sequence[Statistic]) -> list[GateView]:
    """The gates of a release with their statistics."""
    known = {s.id: s for s in statistics}
    views = []
    for result in results:
        about = [known[name] for name in result.statistics]
        judged = [s for s in about if s.status != "STATED"]
        top = nice_top([v for s in judged if s.high is not None for v in (s.high, s.control_high, s.limit)])
        drawn = [(s, _picture(s, top)) for s in judged]
        views.append(GateView(result, drawn, [s for s in about if s.status == "STATED"]))
    return views


def utility(statistics: Sequence[Statistic]) -> list[tuple[str, dict[str, Statistic]]]:
    """By slice, the utility of each stage."""
    slices: dict[str, dict[str, Statistic]] = {}
    for statistic in statistics:
        if statistic.test == "utility":
            slices.setdefault(statistic.slice, {})[statistic.stage] = statistic
    return list(slices.items())


def residual_risk(statistics: Sequence[Statistic]) -> str:
    """What may still leak although every test passed, in one sentence."""
    known = {s.name: s for s in statistics if s.stage == RELEASED.name and s.value is not None}
    parts = []
    names = known.get("identifier_replay/all")
    if names is not None and names.value and names.control is not None:
        parts.append(
            f"unique identifiers of {percent(names.value)} of subjects occur in it (control: {percent(names.control)})"
        )
    if names is not None and names.detectable is not None:
        parts.append(
            f"a leak of unique identifiers at fewer than {percent(names.detectable)} of subjects could stay unseen "
            "by the statistical test"
        )
    width = _prose_width(statistics)
    prose = known.get(f"verbatim_windows/words_{width}")
    if prose is not None and prose.value is not None and prose.control is not None:
        parts.append(
            f"{percent(prose.value)} of subjects are recognizable as having taken part by {width} words in a row "
            f"(control: {percent(prose.control)})"
        )
    traced = known.get("linkage/agreed")
    if traced is not None and traced.value is not None and traced.control is not None:
        parts.append(
            f"an attacker who knows half of everybody's documents finds the row of {percent(traced.value)} of subjects "
            f"(control: {percent(traced.control)})"
        )
    proven = known.get("audit/documents")
    if proven is not None and proven.value:
        parts.append(f"whatever made it has an epsilon of at least {proven.value:.2f}")
    joined = "; ".join(parts) or "too little could be measured to state it"
    return f"Residual risk: {joined}; identifiers that neither the patterns nor the recognizer know were not searched."


def flow(statistics: Sequence[Statistic], rows: Mapping[str, int]) -> list[Stop]:
    """The data flow, with what an attacker finds at each stage."""
    width = _prose_width(statistics)
    wanted = {
        "identifier_replay/all": "an identifier",
        "identifier_replay/linked": "two together",
        f"verbatim_windows/words_{width}": f"{width} words in a row",
        "linkage/agreed": "the own row",
        _MEMBERSHIP: "membership, area",
    }
    known = {s.id: s.value for s in statistics}
    return [
        Stop(
            stage.label,
            rows.get(stage.name),
            [
                (words, percent(value))
                for name, words in wanted.items()
                if (value := known.get(f"{stage.name}/{name}")) is not None
            ],
        )
        for stage in STAGES
    ]


def panels(statistics: Sequence[Statistic]) -> list[str]:
    """Leak by stage, one picture a measure."""
    return [charts.panel_svg(panel) for panel in _panels(statistics)]


def leak_plot(statistics: Sequence[Statistic]) -> str:
    """Leak by stage, four panels, as one picture that needs no style sheet."""
    return charts.sheet(_panels(statistics), "Leak by stage")


def panel_of(statistics: Sequence[Statistic], name: str, title: str, null: float | None = None) -> Panel | None:
    """A statistic (test/slice) by stage; None where no stage has it."""
    known = {s.stage: s for s in statistics if s.name == name}
    lines = [(stage.label, known.get(stage.name)) for stage in STAGES]
    points = [Point(label, Mark(s.value, s.low, s.high), _control(s)) for label, s in lines if s]
    return Panel(title, points, null) if points else None


def power(statistics: Sequence[Statistic], level: float) -> str:
    """The power of every blocking gate against the share of leaking subjects; empty where nothing was tested."""
    lines = [Line(f"{gate_about(s.name)} {line_title(s).lower()}", s.power) for s in statistics if s.power]
    return charts.power_chart(lines, level) if lines else ""


def curves(statistics: Sequence[Statistic]) -> list[tuple[str, str]]:
    """ROC curves of the released stage beside those of the raw corpus, one chart a game."""
    pictures = []
    for game, title in (("documents", "Documents that took part"), ("canaries", "Planted documents")):
        lines = [
            Line(f"{LABELS[s.stage]}, {s.slice.split('_')[1]}: area {s.value:.2f}", s.curve)
            for stage in (RAW.name, RELEASED.name)
            for s in statistics
            if s.stage == stage and s.test == "membership" and s.slice.startswith(game) and s.curve
        ]
        if lines:
            pictures.append((title, charts.roc_chart(lines, title)))
    return pictures


def _picture(statistic: Statistic, top: float) -> str:
    if statistic.high is None or not statistic.unit.startswith("share"):
        return ""
    train = Mark(statistic.value, statistic.low, statistic.high)
    return charts.dot_whisker(train, _control(statistic), statistic.limit, top, statistic.sentence)


def _panels(statistics: Sequence[Statistic]) -> list[Panel]:
    width = _prose_width(statistics)
    wanted = {
        "identifier_replay/all": ("Subjects with a replayed identifier", None),
        f"verbatim_windows/words_{width}": (f"Subjects with {width} words in a row", None),
        "nearest_neighbors/dcr": ("Passages nearer to train than to holdout", 0.5),
        _MEMBERSHIP: ("Members ranked above others", 0.5),
    }
    drawn = [panel_of(statistics, name, title, null) for name, (title, null) in wanted.items()]
    return [panel for panel in drawn if panel]


def _prose_width(statistics: Sequence[Statistic]) -> int:
    """The middle one of the window lengths; 0 where none was searched."""
    names = [s.slice.removeprefix("words_") for s in statistics if s.test == "verbatim_windows"]
    return median_low(sorted({int(name) for name in names if name.isdigit()}) or [0])


def _control(statistic: Statistic) -> Mark:
    return Mark(statistic.control, statistic.control_low, statistic.control_high)
