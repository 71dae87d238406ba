"""The report as one HTML page: what is said in which order, and which numbers each picture shows."""

from collections.abc import Mapping, Sequence
from statistics import median_low
from typing import Any, NamedTuple

from jinja2 import Environment, PackageLoader, StrictUndefined

from synth_assets.privacy import pictures
from synth_assets.privacy.controls import NEGATIVE, POSITIVE
from synth_assets.privacy.outcome import Statistic, Verdict
from synth_assets.privacy.passages import RELEASED_STAGE
from synth_assets.privacy.pictures import Mark, Point
from synth_assets.privacy.policy import PrivacyPolicy
from synth_assets.privacy.sentences import percent

STAGES = {
    "raw_corpus": "raw",
    "masked_corpus": "masked",
    "augmented_corpus": "augmented",
    RELEASED_STAGE: "instructions",
}
TESTS = {
    "identifier_replay": "Personal data replayed",
    "verbatim_windows": "Sentences copied word for word",
    "nearest_neighbors": "Nearness to the documents used",
    "canaries": "Planted documents",
    "audit": "What the planted documents prove",
}
_TITLES = {
    ("identifier_replay", "direct"): "direct identifiers",
    ("identifier_replay", "all"): "any identifier",
    ("identifier_replay", "email"): "e-mail addresses",
    ("identifier_replay", "iban"): "bank accounts",
    ("identifier_replay", "number"): "long numbers",
    ("identifier_replay", "phone"): "phone numbers",
    ("identifier_replay", "person"): "full names",
    ("canaries", "echo"): "pairs told apart",
    ("audit", "one_run"): "epsilon, lower bound",
    ("nearest_neighbors", "dcr"): "distance to the closest record",
    ("nearest_neighbors", "nndr"): "ratio of the two nearest distances",
}


def line_title(statistic: Statistic) -> str:
    """What a line of a test is called on the page."""
    words, _, rest = statistic.slice.removeprefix("words_").partition("_")
    if words.isdigit():
        return f"{words} words in a row {rest.replace('_', ' ')}".strip()
    return _TITLES.get((statistic.test, statistic.slice), statistic.slice.replace("_", " ")).capitalize()


class TestView(NamedTuple):
    """A test of the released stage: its heading and its lines, each with its picture."""

    name: str
    title: str
    lines: Sequence[tuple[Statistic, str]]


def render(statistics: Sequence[Statistic], verdict: Verdict, policy: PrivacyPolicy, context: Mapping[str, Any]) -> str:
    """The page; every value is escaped, and nothing is loaded from anywhere."""
    made = context.get("stages", [])
    environment = Environment(
        loader=PackageLoader("synth_assets.privacy", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"percent": _share, "number": _number, "amount": _amount, "title_of": line_title}
    return environment.get_template("report.html").render(
        style=pictures.STYLE,
        verdict=verdict,
        policy=policy,
        settings=policy.model_dump(mode="json"),
        descriptions={name: field.description for name, field in PrivacyPolicy.model_fields.items()},
        residual=residual_risk(statistics),
        panels=[pictures.svg(body, 340, 206, title) for title, body in _panels(statistics)],
        tests=_tests(statistics),
        controls=[s for s in statistics if s.test == "control_release"],
        statistics=statistics,
        stages={**STAGES, NEGATIVE: "control −", POSITIVE: "control +"},
        title="Privacy report",
        where=" · ".join(str(context[key]) for key in ("source", "day") if context.get(key)),
        seed=context.get("seed"),
        stages_made=made,
        most_rows=max((m["rows"] for m in made), default=1) or 1,
        overrides=[override for m in made for override in m["overrides"]],
    )


def leak_plot(statistics: Sequence[Statistic], standalone: bool) -> str:
    """Leak by stage, four panels, as one picture that needs no style sheet when `standalone`."""
    body = "".join(
        f'<g transform="translate({8 + 348 * (i % 2)} {8 + 210 * (i // 2)})">{drawn}</g>'
        for i, (_, drawn) in enumerate(_panels(statistics))
    )
    legend = (
        '<g transform="translate(20 436)"><circle class="train" cx="0" cy="0" r="4"/><text class="ink" x="10" y="4">'
        'train</text><circle class="control" stroke-width="1.6" cx="60" cy="0" r="4"/><text class="ink" x="70" y="4">'
        "control that took no part</text></g>"
    )
    return pictures.svg(body + legend, 704, 452, "Leak by stage", pictures.STYLE if standalone else "")


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
    joined = "; ".join(parts) or "too little could be measured to state it"
    return f"Residual risk: {joined}; identifiers that neither the patterns nor the recognizer know were not searched."


def _tests(statistics: Sequence[Statistic]) -> list[TestView]:
    released = [s for s in statistics if s.stage == RELEASED_STAGE]
    views = []
    for test, title in TESTS.items():
        lines = [s for s in released if s.test == test]
        top = pictures.nice_top([v for s in lines if s.high is not None for v in (s.high, s.control_high, s.limit)])
        if lines:
            views.append(TestView(test, title, [(s, _picture(s, top)) for s in lines]))
    return views


def _picture(statistic: Statistic, top: float) -> str:
    if statistic.high is None:
        return ""
    train = Mark(statistic.value, statistic.low, statistic.high)
    return pictures.dot_whisker(train, _control(statistic), statistic.limit, top, statistic.sentence)


def _panels(statistics: Sequence[Statistic]) -> list[tuple[str, str]]:
    prose = _prose_slice(statistics)
    canary = next((s.slice for s in statistics if s.test == "canaries" and s.slice != "identifiers"), "")
    wanted = {
        ("identifier_replay", "all"): ("Subjects with a replayed identifier", None),
        ("verbatim_windows", prose): (f"Subjects with {prose.removeprefix('words_')} words in a row", None),
        ("nearest_neighbors", "dcr"): ("Passages nearer to train than to holdout", 0.5),
        ("canaries", canary): ("Canaries that show", None),
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


def _share(value: float | None) -> str:
    return "–" if value is None else percent(value)


def _amount(value: float) -> str:
    return f"{value:,}" if isinstance(value, int) else f"{value:,.4g}"


def _number(value: float | None) -> str:
    return "–" if value is None else "< 0.0001" if value < 0.0001 else f"= {value:.2g}"
