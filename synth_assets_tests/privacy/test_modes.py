"""The report names the mode of its release, and a permission that has expired blocks whatever was found."""

import json
from dataclasses import replace

import pytest

from synth_assets.modes import MODES, Mode, mode_sentence
from synth_assets.privacy.page.report import Report
from synth_assets.privacy.results import verdict_of
from synth_assets.privacy.verdict.decide import decide
from synth_assets_tests.modes import PERMISSION, released_in

EXPIRED = "the permission to keep the mapping expired"


@pytest.mark.parametrize("mode", MODES)
def test_page_and_file_name_the_mode_and_its_permission(clean: Report, mode: Mode) -> None:
    report = replace(clean, release=released_in(mode))
    told = json.loads(report.to_json())["release"]
    permission = PERMISSION if mode == "rewritten" else None
    assert told == {"mode": mode, "egress": "forbidden", "rewritten": permission, "claim": mode_sentence(mode)}
    page = report.to_html()
    sentence = mode_sentence(mode).replace("'", "&#39;")
    top, _, below = page.partition("<h2>What this release is, and is not</h2>")
    assert sentence in top
    assert sentence in below.partition("<h2>How it was made</h2>")[2]
    assert ("the mapping between a document and its rows is kept" in below) == (mode == "rewritten")
    assert ("no bound on the influence of one person is claimed" in below) == (mode != "formal")
    assert (f"until {PERMISSION['expires']}, permitted by a.tester: a test" in below) == (mode == "rewritten")


@pytest.mark.parametrize(
    ("mode", "said"),
    [
        ("synthesized", "nor a row that points to the document of one person."),
        ("formal", "to the document of one person, and the epsilon on the ledger is within its budget."),
        ("rewritten", "The mapping between a document and its rows is kept, and that a document took part is not hid"),
    ],
)
def test_a_verdict_that_permits_says_what_the_mode_claims(clean: Report, mode: Mode, said: str) -> None:
    assert said in decide(clean.statistics, 120, mode).sentence


def test_an_expired_permission_fails_a_report_that_found_nothing(clean: Report) -> None:
    passed = decide(clean.statistics, 120, "rewritten")
    assert passed == clean.verdict and passed.passed
    refused = decide(clean.statistics, 120, "rewritten", EXPIRED)
    assert (refused.passed, refused.status) == (False, "FAIL")
    assert refused.reasons == ["release: not_permitted"]
    assert refused.sentence == f"The release is blocked: {EXPIRED}."


def test_a_leak_and_an_expired_permission_are_both_named(clean: Report) -> None:
    leak = next(s for s in clean.statistics if s.blocking and s.stage == "instruction_set")
    leaky = [replace(s, status="FAIL", reason="confirmed_replay") if s is leak else s for s in clean.statistics]
    verdict = decide(leaky, 120, "rewritten", EXPIRED)
    assert verdict.reasons == [f"{leak.id}: confirmed_replay", "release: not_permitted"]
    assert verdict.sentence == f"The release is blocked: 1 of the blocking tests found a leak and {EXPIRED}."


def test_too_few_people_is_no_leak(clean: Report) -> None:
    """Both block; only one of them says that something was found."""
    first, second = [s for s in clean.statistics if s.blocking and s.stage == "instruction_set"][:2]
    few = replace(first, status="UNAVAILABLE", reason="underpowered")
    leak = replace(second, status="FAIL", reason="confirmed_replay")
    others = [s for s in clean.statistics if s not in (first, second)]

    unmeasured = decide([*others, few, second], 120, "synthesized")
    assert (unmeasured.passed, unmeasured.status) == (False, "NOT MEASURABLE")
    assert unmeasured.sentence.startswith("No leak was found, but too few people took part")
    assert "1 of the blocking tests could not measure" in unmeasured.sentence
    page = replace(clean, verdict=unmeasured).to_html()
    assert 'class="verdict not-measurable"' in page and "<b>NOT MEASURABLE</b>" in page

    leaking = decide([*others, few, leak], 120, "synthesized")
    assert (leaking.passed, leaking.status) == (False, "FAIL")


@pytest.mark.parametrize(
    ("figures", "verdict"),
    [
        ({"verdict_passed": 1, "verdict_unmeasured": 0}, "PASS"),
        ({"verdict_passed": 0, "verdict_unmeasured": 1}, "NOT MEASURABLE"),
        ({"verdict_passed": 0, "verdict_unmeasured": 0}, "FAIL"),
        ({"verdict_passed": 0}, "FAIL"),  # of reports before the third verdict
    ],
)
def test_commands_read_the_verdict_from_the_figures(figures: dict[str, int], verdict: str) -> None:
    assert verdict_of(figures) == verdict
