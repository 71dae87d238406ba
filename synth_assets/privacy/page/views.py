"""What the page shows of the statistics: titles, groups, and the numbers of each picture. How it looks: `pictures`."""

from collections.abc import Mapping, Sequence
from statistics import median_low
from typing import NamedTuple

from synth_assets.privacy.evidence.passages import RELEASED_STAGE
from synth_assets.privacy.gates import gate_about
from synth_assets.privacy.in_force import CUSTOM
from synth_assets.privacy.page import charts, pictures
from synth_assets.privacy.page.charts import Line, Place
from synth_assets.privacy.page.pictures import Mark, Point
from synth_assets.privacy.results import Statistic
from synth_assets.privacy.verdict.controls import NEGATIVE
from synth_assets.privacy.verdict.gate_results import GateResult
from synth_assets.privacy.verdict.sentences import percent

STAGES = {
    "raw_corpus": "raw",
    "masked_corpus": "masked",
    "augmented_corpus": "augmented",
    RELEASED_STAGE: "instructions",
}
_TITLES = {
    ("identifier_replay", "direct"): "direct identifiers",
    ("identifier_replay", "all"): "any identifier",
    ("identifier_replay", "linked"): "identifiers of one person together",
    ("identifier_replay", "name_part"): "rare parts of names",
    ("identifier_replay", "altered"): "identifiers with one character changed",
    ("identifier_replay", "email"): "e-mail addresses",
    ("identifier_replay", "iban"): "bank accounts",
    ("identifier_replay", "number"): "long numbers",
    ("identifier_replay", "phone"): "phone numbers",
    ("identifier_replay", "person"): "full names",
    ("canaries", "identifiers"): "identifiers of planted documents",
    ("canaries", "echo"): "pairs told apart",
    ("near_copies", "shingles"): "a document inside a passage",
    ("near_copies", "excerpts"): "a passage out of a document",
    ("near_copies", "edit"): "a document with few words changed",
    ("singling_out", "predicates"): "descriptions that fit one row",
    ("linkability", "two_halves"): "two halves of what is known",
    ("attribute_inference", "hidden_value"): "a hidden detail",
    ("k_anonymity", "k_1"): "details that fit exactly one subject",
    ("k_anonymity", "k_below_5"): "details that fit fewer than 5 subjects",
    ("k_anonymity", "k_below_11"): "details that fit fewer than 11 subjects",
    ("surrogates", "collision"): "surrogates that identify somebody else",
    ("surrogates", "tell_tale"): "names told from surrogates",
    ("surrogates", "infill_recovery_top_1"): "refilled words guessed back at once",
    ("surrogates", "infill_recovery_top_5"): "refilled words among five guesses",
    ("history", "worse"): "worse than before",
    ("verbatim_windows", "rare_word"): "rare words",
    ("ledger", "total"): "epsilon of the source",
    ("audit", "canaries"): "epsilon, lower bound by planted documents",
    ("audit", "documents"): "epsilon, lower bound by pairs of documents",
    ("nearest_neighbors", "dcr"): "distance to the closest record",
    ("nearest_neighbors", "nndr"): "ratio of the two nearest distances",
}
_WORDS = {"auc": "area under the curve", "tpr_1": "recognized at 1% false alarms", "tpr_0_1": "at 0.1% false alarms"}


class GateView(NamedTuple):
    """A gate: its result, its blocking statistics with a picture each, and what else it measured."""

    result: GateResult
    blocking: Sequence[tuple[Statistic, str]]
    stated: Sequence[Statistic]


class Stop(NamedTuple):
    """A stage of the data flow: rows, and what an attacker finds there (None: not measured)."""

    label: str
    rows: int | None
    facts: Sequence[tuple[str, str]]


def line_title(statistic: Statistic) -> str:
    """What a line of a test is called on the page."""
    if statistic.test == "control_release":
        return "Real text that took no part" if statistic.stage == NEGATIVE else "The release with planted copies"
    if statistic.slice.startswith(CUSTOM):
        return f"Declared type {statistic.slice.removeprefix(CUSTOM).upper()}"
    known = _TITLES.get((statistic.test, statistic.slice))
    words, _, rest = statistic.slice.removeprefix("words_").partition("_")
    if known is None and words.isdigit():
        return f"{words} words in a row {rest.replace('_', ' ')}".strip()
    if known is None and statistic.test == "membership":
        game, signal, measure = statistic.slice.split("_", 2)
        known = f"{game}, by {signal}: {_WORDS[measure]}"
    if known is None and statistic.test == "reidentification":
        known = _reidentified(statistic.slice)
    return (known or statistic.slice.replace("_", " ")).capitalize()


def _reidentified(name: str) -> str:
    """E.g. adaptive_topic_whole_top_1."""
    attacker = ", after the same masking" if name.startswith("adaptive_") else ""
    feature, amount, measure = name.removeprefix("adaptive_").split("_", 2)
    return f"by {feature}, {amount} text known{attacker}: {'first guess' if measure == 'top_1' else 'mean rank'}"


def gate_views(results: Sequence[GateResult], statistics: Sequence[Statistic]) -> list[GateView]:
    """The gates of a release with their statistics."""
    known = {s.id: s for s in statistics}
    views = []
    for result in results:
        about = [known[name] for name in result.statistics]
        blocking = [s for s in about if s.blocking]
        top = pictures.nice_top([v for s in blocking if s.high is not None for v in (s.high, s.control_high, s.limit)])
        drawn = [(s, _picture(s, top)) for s in blocking]
        views.append(GateView(result, drawn, [s for s in about if not s.blocking]))
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
    known = {s.id: s for s in statistics}
    names = known.get(f"{RELEASED_STAGE}/identifier_replay/all")
    prose = known.get(f"{RELEASED_STAGE}/verbatim_windows/{_prose_slice(statistics)}")
    parts = []
    if names is not None and names.value and names.control is not None:
        parts.append(
            f"unique identifiers of {percent(names.value)} of subjects occur in it (control: {percent(names.control)})"
        )
    if names is not None and names.detectable is not None:
        parts.append(
            f"a leak of unique identifiers at fewer than {percent(names.detectable)} of subjects could stay unseen "
            "by the statistical test"
        )
    if prose is not None and prose.value is not None and prose.control is not None:
        words = prose.slice.removeprefix("words_")
        parts.append(
            f"{percent(prose.value)} of subjects are recognizable as having taken part by {words} words in a row "
            f"(control: {percent(prose.control)})"
        )
    traced = known.get(f"{RELEASED_STAGE}/reidentification/topic_half_top_1")
    if traced is not None and traced.value is not None:
        parts.append(
            f"who knows half of a document finds the row of its person at once in {percent(traced.value)} of cases"
        )
    proven = known.get(f"{RELEASED_STAGE}/audit/documents")
    if proven is not None and proven.value:
        parts.append(f"whatever made it has an epsilon of at least {proven.value:.2f}")
    joined = "; ".join(parts) or "too little could be measured to state it"
    return f"Residual risk: {joined}; identifiers that neither the patterns nor the recognizer know were not searched."


def flow(statistics: Sequence[Statistic], rows: Mapping[str, int]) -> list[Stop]:
    """The way of the data, with what an attacker finds at each stage."""
    wanted = (
        ("identifier_replay", "all", "an identifier"),
        ("identifier_replay", "linked", "two together"),
        (
            "verbatim_windows",
            _prose_slice(statistics),
            f"{_prose_slice(statistics).removeprefix('words_')} words in a row",
        ),
        ("membership", "documents_bigram_auc", "membership, area"),
    )
    known = {(s.stage, s.test, s.slice): s for s in statistics}
    stops = []
    for stage, label in STAGES.items():
        facts = []
        for test, name, words in wanted:
            found = known.get((stage, test, name))
            if found is not None and found.value is not None:
                facts.append((words, percent(found.value)))
        stops.append(Stop(label, rows.get(stage), facts))
    return stops


def panels(statistics: Sequence[Statistic]) -> list[str]:
    """Leak by stage, one picture a measure."""
    return [pictures.svg(body, 340, 206, title) for title, body in _panels(statistics)]


def leak_plot(statistics: Sequence[Statistic]) -> str:
    """Leak by stage, four panels, as one picture that needs no style sheet."""
    body = "".join(
        f'<g transform="translate({8 + 348 * (i % 2)} {8 + 210 * (i // 2)})">{drawn}</g>'
        for i, (_, drawn) in enumerate(_panels(statistics))
    )
    legend = (
        '<g transform="translate(20 436)"><circle class="train" cx="0" cy="0" r="4"/><text class="ink" x="10" y="4">'
        'train</text><circle class="control" stroke-width="1.6" cx="60" cy="0" r="4"/><text class="ink" x="70" y="4">'
        "control that took no part</text></g>"
    )
    return pictures.svg(body + legend, 704, 452, "Leak by stage", pictures.STYLE)


def power(statistics: Sequence[Statistic], level: float) -> str:
    """The power of every blocking gate against the share of leaking subjects; empty where nothing was tested."""
    lines = [Line(f"{gate_about(s.test, s.slice)} {line_title(s).lower()}", s.power) for s in statistics if s.power]
    if not lines:
        return ""
    return pictures.svg(charts.power_chart(lines, level), 340, charts.height(len(lines)), "Power of the gates")


def curves(statistics: Sequence[Statistic]) -> list[tuple[str, str]]:
    """ROC curves of the released stage beside those of the raw corpus, one chart a game."""
    drawn = []
    for game, title in (("documents", "Documents that took part"), ("canaries", "Planted documents")):
        lines = [
            Line(f"{STAGES[s.stage]}, {s.slice.split('_')[1]}: area {s.value:.2f}", s.curve)
            for stage in ("raw_corpus", RELEASED_STAGE)
            for s in statistics
            if s.stage == stage and s.test == "membership" and s.slice.startswith(game) and s.curve
        ]
        if lines:
            drawn.append((title, pictures.svg(charts.roc_chart(lines), 340, charts.height(len(lines)), title)))
    return drawn


def trade_off(statistics: Sequence[Statistic]) -> str:
    """Privacy against utility over the stages; empty where one of them was not measured at two stages."""
    known = {(s.stage, s.test, s.slice): s.value for s in statistics}
    name = next(
        (n for n in ("topic_accuracy", "next_word_accuracy", "frontier") if known.get(("raw_corpus", "utility", n))), ""
    )
    ceiling = known.get(("raw_corpus", "utility", name))
    places = []
    for stage, label in STAGES.items():
        use, leak = known.get((stage, "utility", name)), known.get((stage, "membership", "documents_bigram_auc"))
        if use is not None and leak is not None and ceiling:
            places.append(Place(label, abs(2 * leak - 1), use / ceiling))
    if len(places) < 2:
        return ""
    return pictures.svg(
        charts.trade_off_chart(places), 340, charts.height(len(places)), "Privacy against utility over the stages"
    )


def _picture(statistic: Statistic, top: float) -> str:
    if statistic.high is None or not statistic.unit.startswith("share"):
        return ""
    train = Mark(statistic.value, statistic.low, statistic.high)
    return pictures.dot_whisker(train, _control(statistic), statistic.limit, top, statistic.sentence)


def _panels(statistics: Sequence[Statistic]) -> list[tuple[str, str]]:
    prose = _prose_slice(statistics)
    wanted = {
        ("identifier_replay", "all"): ("Subjects with a replayed identifier", None),
        ("verbatim_windows", prose): (f"Subjects with {prose.removeprefix('words_')} words in a row", None),
        ("nearest_neighbors", "dcr"): ("Passages nearer to train than to holdout", 0.5),
        ("membership", "documents_bigram_auc"): ("Members ranked above others", 0.5),
    }
    drawn = []
    for (test, name), (title, null) in wanted.items():
        lines = {s.stage: s for s in statistics if (s.test, s.slice) == (test, name)}
        points = [
            Point(label, Mark(lines[stage].value, lines[stage].low, lines[stage].high), _control(lines[stage]))
            for stage, label in STAGES.items()
            if stage in lines
        ]
        if points:
            drawn.append((title, pictures.panel(title, points, null)))
    return drawn


def _prose_slice(statistics: Sequence[Statistic]) -> str:
    widths = {int(s.slice[6:]) for s in statistics if s.test == "verbatim_windows" and s.slice[6:].isdigit()}
    return f"words_{median_low(sorted(widths))}" if widths else ""


def _control(statistic: Statistic) -> Mark:
    return Mark(statistic.control, statistic.control_low, statistic.control_high)
