"""What the report promises as a whole: planted leaks are found, nothing is found where nothing is, nothing is told."""

import json
import math
from dataclasses import replace
from html.parser import HTMLParser
from xml.etree import ElementTree

import pytest
import regex

from resources.errors import PolicyError
from resources.models.protocols import Models
from synth_assets.lineage import ATTACKED
from synth_assets.privacy.gates import packaged_gates
from synth_assets.privacy.page.report import Report
from synth_assets.privacy.page.views import line_title, residual_risk
from synth_assets.privacy.policy import PrivacyPolicy
from synth_assets.privacy.stages import STAGES
from synth_assets.records import PRIVACY_REPORT
from synth_assets_tests.privacy.worlds import (
    World,
    fresh,
    line,
    make_world,
    raw_row,
    report_of,
    report_on,
    stage_rows,
    tables,
)

RELEASED = "instruction_set"


def mixed(world: World, share: float) -> list[str]:
    count = math.ceil(share * 120)
    return world.texts("train")[:count] + fresh(1, 120 - count)


def test_a_clean_release_passes(clean: Report) -> None:
    assert clean.verdict.status == "PASS", clean.verdict
    assert clean.verdict.passed and not clean.verdict.reasons


@pytest.mark.parametrize("share", [0.01, 0.05, 0.2])
def test_verbatim_documents_block(world: World, share: float) -> None:
    report = report_on(world, mixed(world, share))
    replay = line(report, f"{RELEASED}/identifier_replay/direct")
    assert not report.verdict.passed
    assert report.verdict.status == "FAIL"
    assert (replay.status, replay.value, replay.control) == ("FAIL", math.ceil(share * 120) / 120, 0.0)
    assert f"{RELEASED}/verbatim_windows/words_50_with_identifier: confirmed_replay" in report.verdict.reasons


def test_one_rewritten_phone_number_blocks(world: World) -> None:
    number = regex.search(r"\+44 (\d+) (\d+)", world.texts("train")[0])
    assert number is not None
    report = report_on(world, [f"{fresh(1, 1)[0]} call 0044{number[1]}.{number[2]}", f"44-{number[1]}-{number[2]}"])
    assert line(report, f"{RELEASED}/identifier_replay/phone").value == pytest.approx(1 / 120)
    assert f"{RELEASED}/identifier_replay/direct: confirmed_replay" in report.verdict.reasons


def test_names_alone_are_found_by_statistics(world: World) -> None:
    names = [regex.search(r"[A-Z]\w+x [A-Z]\w+q", t) for t in world.texts("train")[:30]]
    texts = [f"{text} {name[0]}" for text, name in zip(fresh(1, 30), names, strict=True) if name]
    report = report_on(world, texts)
    assert line(report, f"{RELEASED}/identifier_replay/direct").status == "PASS"
    assert line(report, f"{RELEASED}/identifier_replay/all").status == "FAIL"
    assert report.verdict.reasons == [f"{RELEASED}/identifier_replay/all: excess_over_control"]


def test_phantoms_are_not_leaks(world: World) -> None:
    """Holdout documents cannot have leaked: as many matches as they give do not count against train."""
    sources = world.texts("train")[:6] + world.texts("holdout")[:3]
    names = [regex.search(r"[A-Z]\w+x [A-Z]\w+q", text) for text in sources]
    report = report_on(world, [*fresh(1, 100), *(f"so said {name[0]}" for name in names if name)])
    replay = line(report, f"{RELEASED}/identifier_replay/all")
    assert (replay.value, replay.control) == (0.05, 0.05)
    assert report.verdict.passed


def test_the_controls_void_the_report(world: World) -> None:
    no_control = World([r for r in world.raw if r["split"] != "control"])
    report = report_on(no_control, fresh(1, 40))
    assert (report.verdict.status, report.verdict.passed) == ("VOID", False)
    assert "negative_control/control_release/all: negative_control_missing" in report.verdict.reasons

    leaky = [raw_row(5000 + i, "control", t) for i, t in enumerate(world.texts("train")[:40])]
    report = report_on(World([*no_control.raw, *leaky]), fresh(1, 40))
    assert "negative_control/control_release/all: negative_control_misbehaved" in report.verdict.reasons
    named = "fail 15 of 25 gates (identifier_replay/all, "
    said = line(report, "negative_control/control_release/all").sentence
    assert named in said and ", and 12 more): they see leaks" in said

    blind = {"max_confirmed": 120, "max_replay_excess": 0.9, "identifying_window_words": 90}
    report = report_on(world, fresh(1, 40), **blind)
    assert "positive_control/control_release/all: positive_control_misbehaved" in report.verdict.reasons
    assert report.verdict.status == "VOID"


def test_what_cannot_be_measured_blocks(world: World) -> None:
    small = make_world(2, train=12, holdout=6, control=20)
    report = report_on(small, fresh(1, 12))
    assert f"{RELEASED}/identifier_replay/all: sample_too_small" in report.verdict.reasons
    assert not report.verdict.passed
    no_canaries = make_world(3, canaries=0)
    assert report_on(no_canaries, fresh(1, 40)).verdict.reasons == [
        f"{RELEASED}/canaries/identifiers: sample_too_small"
    ]
    assert report_on(world, []).verdict.reasons == [f"{RELEASED}: nothing_released"]
    empty = report_on(World([]), [])
    assert (empty.verdict.passed, empty.verdict.status) == (False, "VOID")
    assert empty.to_html() and empty.to_json() and empty.plot_svg()


def test_only_the_released_stage_blocks(world: World) -> None:
    masked, _, _ = stage_rows(world.texts("train"), world)
    _, augmented, instructions = stage_rows(fresh(1, 120), world)
    report = report_of(tables(world, masked, augmented, instructions))
    assert line(report, "masked_corpus/identifier_replay/direct").status == "FAIL"
    assert not line(report, "masked_corpus/identifier_replay/direct").blocking
    assert line(report, "raw_corpus/identifier_replay/all").value == 1.0
    assert report.verdict.passed


def test_the_masked_corpus_is_searched_in_both_texts(world: World) -> None:
    masked, augmented, instructions = stage_rows(fresh(1, 120), world)
    masked[0]["refilled_text"] = world.texts("train")[0]
    report = report_of(tables(world, masked, augmented, instructions))
    assert line(report, "masked_corpus/identifier_replay/direct").value == pytest.approx(1 / 120)


def test_the_report_attacks_the_stages_that_the_lineage_says() -> None:
    assert tuple(stage.name for stage in STAGES) == ATTACKED


def test_rows_fit_the_schema(clean: Report) -> None:
    import pyarrow as pa

    table = pa.Table.from_pylist(clean.rows, schema=PRIVACY_REPORT)
    assert table.num_rows == len({row["id"] for row in clean.rows}) == len(clean.statistics)
    assert set(table["status"].to_pylist()) <= {"PASS", "FAIL", "UNAVAILABLE", "STATED"}
    table.validate(full=True)


def test_the_order_of_rows_does_not_matter(world: World, clean: Report) -> None:
    rows = tables(world, *stage_rows(fresh(1, 120), world))
    again = report_of({stage: list(reversed(part)) for stage, part in rows.items()})
    assert again.to_json() == clean.to_json()
    assert again.to_html() == clean.to_html()


def test_no_text_of_a_document_is_told(world: World) -> None:
    texts = world.texts("train")
    report = report_on(world, texts)
    told = " ".join([report.to_html(), report.to_json(), report.plot_svg(), *report.verdict.reasons]).casefold()
    words = {w for t in texts for w in regex.findall(r"\w{7,}", t.casefold())}
    own = set(regex.findall(r"\w{7,}", report_on(world, fresh(9, 120)).to_html().casefold()))
    assert len(words) > 1000
    assert not [w for w in words - own if w in told]


class Page(HTMLParser):
    """Collects addresses, scripts, and tags that stay open."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.loads: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.loads += [str(v) for k, v in attrs if k in ("src", "href", "srcset", "data") or str(v).startswith("http")]
        self.loads += [tag] if tag in ("script", "iframe", "link", "img", "object") else []
        if tag not in ("meta", "br", "line", "circle", "rect", "polyline"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in ("line", "circle", "rect", "polyline"):
            assert self.open.pop() == tag


CONTEXT = {
    "source": "letters",
    "day": "2026-05-01",
    "seed": 1234567,
    "stages": [
        {
            "stage": RELEASED,
            "data_version": "dv-one",
            "code_version": "cv-two",
            "rows": 4242,
            "rejected": {"too_short": 17},
            "figures": {"questions": 3141},
            "models": {"encoder": "<script>alert(1)</script>"},
            "overrides": [{"reason": "<b>looked</b> at by hand"}],
            "statements": {"surrogates": "Linked to follow <patients>"},
        }
    ],
}


def test_the_page_is_one_piece(clean: Report) -> None:
    page = Page()
    html = clean.to_html(CONTEXT)
    page.feed(html)
    assert page.open == []
    assert page.loads == []
    assert "url(" not in html and "@import" not in html and "http" not in html
    assert "prefers-color-scheme:dark" in html and 'name="viewport"' in html
    for shown in ("letters · 2026-05-01", "1234567", "4,242", "too short", "17", "dv-one", "cv-two", "3,141"):
        assert shown in html
    assert "<h3>Surrogates</h3><p>Linked to follow &lt;patients&gt;.</p>" in html
    assert "<script>" not in html and "&lt;script&gt;" in html and "&lt;b&gt;looked" in html


def test_every_line_has_its_words_and_its_picture(clean: Report) -> None:
    html = clean.to_html()
    released = [s for s in clean.statistics if s.stage == RELEASED]
    asked = {about.partition("/")[0] for gate in packaged_gates().values() for about in gate.about}
    assert {s.test for s in released} == {*asked, "utility"} - {"control_release"}
    assert not [s.id for s in released if s.test != "utility" and str(line_title(s)) not in html]
    assert all(s.sentence.replace("'", "&#39;") in html for s in released)
    assert html.count('class="whisker"') == sum(s.high is not None for s in released if s.blocking)
    assert residual_risk(clean.statistics).replace("'", "&#39;") in html
    assert residual_risk(()) == residual_risk([])


def test_replays_too_few_to_block_are_stated_in_the_residual_risk(clean: Report) -> None:
    gate = line(clean, f"{RELEASED}/identifier_replay/all")
    assert "occur in it" not in residual_risk([gate])
    few = replace(gate, value=0.0125, control=0.0)
    assert "unique identifiers of 1.2% of subjects occur in it (control: 0.0%)" in residual_risk([few])


def test_the_plot_is_small_and_valid(clean: Report) -> None:
    plot = clean.plot_svg()
    assert len(plot) < 60_000
    assert ElementTree.fromstring(plot).tag.endswith("svg")


def test_json_is_versioned_and_complete(clean: Report) -> None:
    content = json.loads(clean.to_json())
    assert content["schema_version"] == 3
    assert content["verdict"]["status"] == "PASS"
    assert {s["id"] for s in content["statistics"]} == {row["id"] for row in clean.rows}
    assert content["policy"] == PrivacyPolicy().model_dump(mode="json")


def test_unknown_keys_and_nonsense_are_refused() -> None:
    with pytest.raises(PolicyError, match="did you mean 'alpha'"):
        PrivacyPolicy.parse({"alhpa": 0.1}, "privacy")
    with pytest.raises(PolicyError, match="3 or longer"):
        PrivacyPolicy.parse({"window_words": [2]}, "privacy")


@pytest.mark.models
def test_the_embedded_models_serve_the_report(models: Models) -> None:
    few = make_world(1, train=30, holdout=15, control=15)
    text = "Yesterday Maria Gonzalez from the housing office wrote to me about the broken heating in my flat."
    raw, others, policy = [*few.raw, raw_row(777, "train", text)], fresh(1, 20), PrivacyPolicy(neighbor_sample=20)
    hidden, shown = (
        report_of(tables(World(raw), *stage_rows([released, *others], few)), policy, models=models)
        for released in (text.replace("Maria Gonzalez", "Anna Peters"), text)
    )
    person = f"{RELEASED}/identifier_replay/person"
    assert line(shown, person).value > line(hidden, person).value  # type: ignore[operator]
    assert line(hidden, f"{RELEASED}/nearest_neighbors/dcr").n > 0
