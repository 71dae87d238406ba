"""The one-run audit against published and hand-computed values, and against releases whose leak is known."""

import math
import random

import pytest

from synth_assets.modes import Mode
from synth_assets.privacy.attacks.canaries import CanaryPairs, echo
from synth_assets.privacy.evidence.tokens import tokenize
from synth_assets.privacy.page.report import Report
from synth_assets.privacy.policy import PrivacyPolicy
from synth_assets.privacy.results import Bound, Outcome
from synth_assets_tests.privacy.worlds import attacked, evidence_of, fresh, line, make_world, prose, report_on

POLICY = PrivacyPolicy()


def told_apart(seed: int, texts: list[str], canaries: int = 150) -> tuple[Outcome, Bound]:
    world = make_world(seed, train=5, holdout=5, control=5, canaries=canaries)
    texts = texts or [r["text"] for r in world.raw if r["split"] == "train"]
    pair_test, bound = echo(CanaryPairs.of(evidence_of(world.raw)), tokenize(texts), POLICY)
    assert isinstance(pair_test, Outcome) and isinstance(bound, Bound)
    return pair_test, bound


def test_a_release_of_everything_gives_every_pair_away() -> None:
    apart, bound = told_apart(1, [])
    assert (apart.hits, apart.n, apart.ties) == (150, 150, 0)
    assert bound.value == bound.most > 3


def test_a_release_of_other_people_gives_nothing_away() -> None:
    """Over 20 worlds of 150 pairs the share told apart is that of a fair coin, and no epsilon is proven."""
    draw = random.Random(9)
    found = [told_apart(seed, [prose(draw, 3000)]) for seed in range(20)]
    share = sum(apart.hits + apart.ties / 2 for apart, _ in found) / (20 * 150)
    assert share == pytest.approx(0.5, abs=3 * 0.5 / math.sqrt(20 * 150))
    assert sum(bound.value > 0 for _, bound in found) <= 4  # each with probability .05


def test_an_empty_release_is_all_ties_and_proves_nothing() -> None:
    world = make_world(3, train=5, holdout=5, control=5, canaries=8)
    pairs = CanaryPairs.of(evidence_of(world.raw))
    silent_release = list(echo(CanaryPairs(pairs.stream, pairs.pairs, 0 * pairs.calibration), tokenize([]), POLICY))
    assert [getattr(o, "ties", None) for o in silent_release] == [8, None]
    assert silent_release[1].value == 0.0


def test_a_formal_release_is_blocked_by_what_is_proven_and_not_by_what_could_not_be() -> None:
    """40 pairs prove more than 1.00; 6 pairs, all guessed, could prove no more than .54: they are stated."""
    leaky = make_world(5, train=60, holdout=40, control=40, canaries=40)
    copied = [r["text"] for r in leaky.raw if r["split"] == "train"]
    name = "instruction_set/audit/canaries"

    def report(canaries: int, mode: Mode = "formal", **settings: object) -> Report:
        world = make_world(5, train=60, holdout=40, control=40, canaries=canaries)
        return report_on(world, copied, mode=mode, **settings)

    proven = report(40)
    assert f"{name}: epsilon_proven" in proven.verdict.reasons
    assert (line(proven, name).status, line(proven, name).blocking) == ("FAIL", True)
    for blind in (report(6), report(40, max_epsilon=9.0)):
        audit = line(blind, name)
        assert (audit.status, audit.blocking, audit.reason) == ("STATED", False, "could_not_contradict")
        assert audit.sentence.endswith(
            "(too few pairs to contradict an epsilon of this size, so that nothing is passed)."
        )
        assert not [reason for reason in blind.verdict.reasons if reason.startswith(name)]
    assert line(report(40, "synthesized"), name).reason == ""


def test_a_gate_whose_audits_are_too_small_is_stated() -> None:
    world = make_world(5, train=60, holdout=40, control=40, canaries=6)
    gates = {gate.name: gate for gate in report_on(world, fresh(1, 60), mode="formal", max_epsilon=9.0).gates}
    assert (gates["G5"].status, gates["G5"].blocking) == ("STATED", False)
    assert gates["G5"].sentence == "Stated, not passed: nothing of it blocks here; 2 statistics are measured."


def test_the_audit_is_stated_with_its_ceiling() -> None:
    world = make_world(5, train=60, holdout=40, control=40, canaries=10)
    report = report_on(world, [r["text"] for r in world.raw if r["split"] == "train"])
    (audit,) = [s for s in report.statistics if s.id == "instruction_set/audit/canaries"]
    assert audit.status == "STATED"
    assert audit.value == pytest.approx(1.05, abs=0.01)
    assert "10 of 10 pairs were guessed correctly. The most that 10 pairs could prove is 1.05" in audit.sentence
    assert audit.sentence in report.to_html()


def test_no_canaries_no_audit() -> None:
    world = make_world(5, train=5, holdout=5, control=5, canaries=0)
    assert not [name for name in attacked(evidence_of(world.raw), ["some words"]) if name.startswith("audit")]
