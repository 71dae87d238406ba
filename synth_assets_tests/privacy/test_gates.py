"""The gates file, what a mode blocks, what the gates say, and the tables that are made of statistics."""

import re
from collections.abc import Sequence
from dataclasses import replace
from fnmatch import fnmatchcase
from typing import Any

import pytest

from resources.errors import PolicyError
from synth_assets.differential_privacy.ledger import Entry, Guarantee, Ledger
from synth_assets.modes import MODES, STRICTEST
from synth_assets.privacy.gates import gate_about, gate_of, packaged_gates
from synth_assets.privacy.page.leaks import ranked_leaks
from synth_assets.privacy.page.regulations import criteria, hipaa_rows, span_counts
from synth_assets.privacy.page.report import Report
from synth_assets.privacy.policy import PrivacyPolicy
from synth_assets.privacy.results import Statistic
from synth_assets.privacy.verdict.claim import Claim, exchange_epsilon
from synth_assets.privacy.verdict.decide import regressions
from synth_assets.privacy.verdict.floor import FLOORED
from synth_assets.records import InForce, Row
from synth_assets_tests.privacy.worlds import (
    STATED,
    World,
    fresh,
    line,
    make_world,
    report_of,
    report_on,
    stage_rows,
    tables,
)

RELEASED = "instruction_set"
PRIVATE: dict[str, Any] = {"mode": "formal"}


def test_every_statistic_but_most_of_utility_answers_one_gate(clean: Report) -> None:
    for statistic in clean.statistics:
        gates = [
            name
            for name, gate in packaged_gates().items()
            if any(fnmatchcase(statistic.name, pattern) for pattern in gate.about)
        ]
        known = (
            2
            if statistic.slice.endswith("_replaced")
            else int(statistic.test != "utility" or statistic.name in FLOORED)
        )
        assert len(gates) == known, statistic.id
        assert gate_about(statistic.name) == (gates[0] if gates else None)


def test_what_blocks_is_what_the_gate_is_about() -> None:
    for name, gate in packaged_gates().items():
        for patterns in gate.blocks.values():
            for pattern in patterns:
                assert any(fnmatchcase(pattern, about) for about in gate.about), (name, pattern)


def test_each_mode_blocks_all_that_a_weaker_one_does() -> None:
    """Formal adds the ledger and its audit. It lacks what only a filter that knows private text can hold."""
    formal_only = {"G5": ("audit/*",), "G12": ("ledger/*",)}
    for name, gate in packaged_gates().items():
        assert gate.blocks.keys() == MODES.keys()
        for pattern in gate.blocks["rewritten"]:
            assert gate_of(pattern.replace("*", "8"), "synthesized", {}) is not None
        synthesized = [pattern for pattern in gate.blocks["synthesized"] if pattern != "masked_copies/*"]
        assert gate.blocks[STRICTEST] == formal_only.get(name, tuple(synthesized))
        assert name not in formal_only or not synthesized


def test_a_policy_can_make_a_gate_block(world: World) -> None:
    prose = [t.split(" wrote ")[0] for t in world.texts("train")]
    assert report_on(world, prose).verdict.passed
    stricter = report_on(world, prose, gates={"G3": {"rewritten": ["verbatim_windows/words_13"]}})
    assert stricter.verdict.reasons == [f"{RELEASED}/verbatim_windows/words_13: excess_over_control"]
    (gate,) = [g for g in stricter.gates if g.name == "G3"]
    assert (gate.status, gate.blocking) == ("FAIL", True)
    assert "have 13 words in a row" in gate.sentence


def test_a_gate_that_asks_about_nothing_is_a_typo() -> None:
    with pytest.raises(PolicyError, match="gates name gates or tests that do not exist: singling_uot"):
        PrivacyPolicy.parse({"gates": {"G6": {"rewritten": ["singling_uot/*"]}}}, "privacy")
    with pytest.raises(PolicyError, match="do not exist: G66"):
        PrivacyPolicy.parse({"gates": {"G66": {"rewritten": []}}}, "privacy")


def test_gates_say_the_worst_of_what_blocks(clean: Report, world: World) -> None:
    by_name = {g.name: g for g in clean.gates}
    assert by_name.keys() == packaged_gates().keys()
    assert {n for n, g in by_name.items() if g.status == "PASS"} == {"G1", "G2", "G3", "G4", "G10"}
    assert {n for n, g in by_name.items() if not g.blocking} == {"G5", "G6", "G7", "G8", "G9", "G12", "G13", "G14"}
    leaky = {g.name: g for g in report_on(world, world.texts("train")).gates}
    assert leaky["G1"].status == "FAIL"
    assert "have unique direct identifiers" in leaky["G1"].sentence
    strict = {g.name: g.status for g in report_on(world, fresh(1, 120), **PRIVATE).gates}
    assert strict["G12"] == "UNAVAILABLE"
    assert [name for name, status in strict.items() if status == "STATED"] == ["G6", "G8", "G13"]
    broken = report_of(written(world, fresh(1, 120)), mode="synthesized")
    assert [g.name for g in broken.gates if g.status == "STATED"] == ["G5", "G6", "G8", "G12", "G13"]
    assert broken.verdict.passed, broken.verdict


def test_a_release_whose_rows_belong_to_nobody_can_pass_and_a_copy_of_somebody_cannot() -> None:
    """By default settings, although the text tells no details of anybody, and six canaries show little."""
    world = make_world(21, train=150, holdout=120, control=60)
    good = report_of(written(world, fresh(1, 150)), mode="synthesized")
    assert good.verdict.passed, good.verdict
    assert {g.name: g.status for g in good.gates if g.name in ("G3", "G4", "G7")} == dict.fromkeys(
        ("G3", "G4", "G7"), "PASS"
    )
    traced = line(good, f"{RELEASED}/reidentification/topic_half_top_1")
    assert (traced.status, traced.blocking, traced.value) == ("STATED", False, None)
    assert line(good, f"{RELEASED}/linkage/topic").blocking
    assert "It is broken as far as this attack sees." in good.to_html()
    prose = [text.split(" wrote ")[0] for text in world.texts("train")]
    kept = report_of(written(world, prose), mode="synthesized")
    assert f"{RELEASED}/linkage/topic: excess_over_control" in kept.verdict.reasons
    assert "It is kept." in kept.to_html()


def test_a_few_copied_masked_documents_block_a_synthesized_release() -> None:
    """Three of 150: too few for a comparison with the holdout, certain by words that one masked subject alone has."""
    world = make_world(21, train=150, holdout=120, control=60)
    texts = [re.sub(r"wrote .* that", "wrote somebody that", text) for text in world.texts("train")[:3]]
    leaky = report_of(written(world, [*texts, *fresh(1, 147)]), mode="synthesized")
    assert leaky.verdict.reasons == [f"{RELEASED}/masked_copies/words_13: confirmed_replay"]
    assert line(leaky, f"{RELEASED}/masked_copies/words_13").value == 3 / 150
    assert {g.name for g in leaky.gates if g.status == "FAIL"} == {"G3"}


def written(world: World, texts: Sequence[str]) -> dict[str, Sequence[Row]]:
    """Tables of a release whose rows are nobody's: masked documents of train, then these texts."""
    masked, _, _ = stage_rows([re.sub(r"wrote .* that", "wrote that", text) for text in world.texts("train")], world)
    _, *later = stage_rows(texts, world)
    nobody = [
        [{**row, "subject": f"synthetic/{i}", "source_doc": f"synthetic/{i}"} for i, row in enumerate(rows)]
        for rows in later
    ]
    return tables(world, masked, *nobody)


def claimed(**changes: object) -> Claim:
    guarantee = Guarantee.parse({**STATED, **changes}, "guarantee")
    return Claim(Ledger((Entry("2026-01-01|letters", "this release", guarantee),)))


def test_a_claim_stands_on_the_ledger_and_is_audited(world: World) -> None:
    quiet = report_on(world, fresh(1, 120), claimed(), **PRIVATE)
    total = line(quiet, f"{RELEASED}/ledger/total")
    assert (total.status, total.value) == ("PASS", pytest.approx(4.6, abs=0.2))
    assert "is claimed for this exchange" in line(quiet, f"{RELEASED}/audit/documents").sentence
    assert any("Gaussian votes" in text for _, text in quiet.ledger)
    assert "Gaussian votes" in quiet.to_html()
    spent = report_on(world, fresh(1, 120), claimed(), max_total_epsilon=2.0, **PRIVATE)
    assert f"{RELEASED}/ledger/total: over_budget" in spent.verdict.reasons


def test_a_claim_that_the_audit_contradicts_blocks(world: World) -> None:
    copied = [r["text"] for r in world.raw if r["split"] == "train"]
    small = report_on(world, copied, claimed(mu=0.05), **PRIVATE)
    audit = line(small, f"{RELEASED}/audit/documents")
    claim = exchange_epsilon(Guarantee.parse({**STATED, "mu": 0.05}, "guarantee"), 1e-5)
    assert audit.limit == pytest.approx(claim)
    assert (audit.status, audit.reason) == ("FAIL", "epsilon_proven")
    assert audit.value is not None and audit.value > (claim or 0)


def test_claims_are_compared_for_the_same_exchange_only() -> None:
    def exchange(**changes: object) -> float | None:
        return exchange_epsilon(Guarantee.parse({**STATED, **changes}, "guarantee"), 1e-5)

    replaced, added = exchange(adjacency="replace_one"), exchange(adjacency="add_remove")
    assert replaced == pytest.approx(4.0, abs=0.01)
    assert added is not None and replaced is not None and added > 2 * replaced
    assert exchange(unit="token") is None
    assert exchange(adjacency="substitution") is None
    assert exchange(fixed_in_advance=False) is None
    assert exchange_epsilon(None, 1e-5) is None


@pytest.mark.parametrize("stage", ["masked_corpus", "augmented_corpus", "instruction_set"])
@pytest.mark.parametrize("slice_", ["email", "phone"])
def test_a_leak_is_ranked_first_where_it_was_put_in(world: World, clean: Report, stage: str, slice_: str) -> None:
    """Ten e-mail addresses (or phone numbers) put into one stage of one source; later stages inherit them."""
    import regex

    pattern = {"email": r"\S+@\S+", "phone": r"\+44 \d+ \d+"}[slice_]
    found = [regex.search(pattern, text) for text in world.texts("train")[:10]]
    texts = fresh(1, 120)
    leaky = [f"{t} {m.group()}" for t, m in zip(texts, found, strict=False) if m] + texts[10:]
    stages = ["masked_corpus", "augmented_corpus", "instruction_set"]
    rows = [stage_rows(leaky if stages.index(stage) <= i else texts, world)[i] for i in range(3)]
    report = report_of(tables(world, *rows))
    first, *rest = ranked_leaks({"2026-01-01|clean": clean.rows, "2026-01-01|leaky": report.rows})
    assert (first.partition, first.stage) == ("2026-01-01|leaky", stage)
    assert first.introduced == pytest.approx(10 / 120)
    tops = {leak.statistic for leak in (first, *rest) if leak.introduced == first.introduced}
    assert f"identifier_replay/{slice_}" in tops
    others = {"email", "phone", "person"} - {slice_}
    assert not any(f"identifier_replay/{other}" in tops for other in others)


def test_criteria_of_wp216_follow_the_lower_ends(clean: Report) -> None:
    def risk(test: str, slice_: str, low: float | None) -> Statistic:
        base = line(clean, f"{RELEASED}/identifier_replay/all")
        high = None if low is None else low + 0.03
        span = {"low": low, "high": high, "excess_low": None, "excess_high": None}
        return Statistic(**{**vars(base), "test": test, "slice": slice_, **span})

    statistics = [risk("singling_out", "predicates", 0.3), risk("linkability", "two_halves", 0.05)]
    statistics += [
        risk("reidentification", "topic_whole_top_1", 0.9),
        risk("attribute_inference", "hidden_value", None),
    ]
    assert [c.answer for c in criteria(statistics, 0.1)] == ["shown", "not seen", "not measured"]
    assert [c.answer for c in criteria(statistics, 0.5)] == ["not seen", "not seen", "not measured"]
    linked = replace(risk("linkage", "topic", 0.4), excess_low=0.12, excess_high=0.2)
    assert [c.answer for c in criteria([*statistics, linked], 0.1)][1] == "shown"
    assert [c.answer for c in criteria([*statistics, linked], 0.3)][1] == "not seen"
    assert [c.answer for c in criteria(statistics, 0.31)] == ["not settled", "not seen", "not measured"]


def test_hipaa_has_its_18_rows_and_counts_what_was_done(clean: Report) -> None:
    spans = [{"type": "PERSON", "action": "surrogate"}, {"type": "PERSON", "action": "keep"}]
    spans += [{"type": "EMAIL", "action": "mask"}, {"type": "BADGE", "action": "mask"}]
    actions = {"PERSON": "surrogate", "DATE": "keep", "AGE": "mask", "BADGE": "mask"}
    letters = {"A": ("PERSON",), "C": ("DATE", "AGE"), "F": ("EMAIL",), "R": ("ID", "CASE")}
    told = InForce(actions, ("BADGE",), safe_harbor=letters)
    rows = hipaa_rows(span_counts([{"spans": spans}, {"spans": []}]), clean.statistics, told)
    assert "".join(row.letter for row in rows) == "ABCDEFGHIJKLMNOPQR"
    by_letter = {row.letter: row for row in rows}
    assert (by_letter["A"].replaced, by_letter["F"].replaced, by_letter["D"].replaced) == (1, 1, 0)
    assert (by_letter["A"].kept, by_letter["F"].kept, by_letter["P"].kept) == (1, 0, None)
    assert (by_letter["R"].replaced, by_letter["R"].types) == (1, ("ID", "CASE", "BADGE"))
    assert [by_letter[letter].action for letter in "ACDP"] == [
        "surrogate",
        "DATE keep, AGE mask",
        "",
        "cannot be seen in text",
    ]
    assert by_letter["F"].residual is line(clean, f"{RELEASED}/identifier_replay/email")
    assert (by_letter["P"].replaced, by_letter["P"].measured) == (None, "not in text")
    assert (by_letter["G"].residual, by_letter["G"].measured) == (None, "none unique in the corpus")


def test_declared_types_are_searched_and_named(world: World) -> None:
    """Every document gets a badge of its own; a release that keeps some shows them under the declared type."""
    badge = re.compile(r"badge [a-z]{9}")
    raw = [{**r, "text": f"{r['text']} Her badge {_letters(i)} was lost."} for i, r in enumerate(world.raw)]

    def find(texts: Sequence[str]) -> list[list[tuple[int, int, str]]]:
        return [[(*m.span(), "BADGE") for m in badge.finditer(text)] for text in texts]

    marked = World(raw)
    rows = stage_rows([f"so it was {t[-40:]}" for t in marked.texts("train")[:30]] + fresh(3, 90), marked)
    told = InForce({}, ("BADGE",), find)
    found = report_of(tables(marked, *rows), masking=told)
    statistic = line(found, f"{RELEASED}/identifier_replay/custom_badge")
    assert statistic.value == 30 / len({r["subject"] for r in raw if r["split"] == "train" and r["role"] == "document"})
    assert statistic.control == 0
    assert "declared type BADGE" in statistic.sentence
    assert "Declared type BADGE" in found.to_html() and "custom_badge" in found.to_json()
    without = report_of(tables(marked, *rows))
    assert not [s for s in without.statistics if s.slice == "custom_badge"]


def _letters(number: int) -> str:
    return "".join(chr(97 + int(digit)) for digit in f"{number * 7919 % 10**9:09d}")


def test_what_got_worse_is_named_and_noise_is_not(clean: Report, world: World) -> None:
    assert regressions(clean.rows, clean.rows) == []
    assert regressions([], clean.rows) == []
    assert regressions(clean.rows, report_on(world, fresh(2, 120)).rows) == []
    leaky = report_on(world, [*world.texts("train")[:40], *fresh(1, 80)])
    worse = regressions(clean.rows, leaky.rows)
    names = {change.statistic for change in worse}
    assert f"{RELEASED}/identifier_replay/email" in names
    assert all(change.after > change.before for change in worse if "/utility/" not in change.statistic)
    rows = stage_rows([*world.texts("train")[:40], *fresh(1, 80)], world)
    policy = PrivacyPolicy.parse({"gates": {"G13": {"rewritten": ["history/*"]}}}, "privacy")
    again = report_of(tables(world, *rows), policy, last_passed=clean.rows)
    assert f"{RELEASED}/history/worse: got_worse" in again.verdict.reasons
    assert line(clean, f"{RELEASED}/history/worse").value is None
    assert f"{RELEASED}/identifier_replay/email" not in {c.statistic for c in regressions(leaky.rows, clean.rows)}
