"""Null calibration: where nothing leaks, p-values are uniform, and no more is blocked than the stated level."""

import random
from collections import defaultdict
from functools import cache

import numpy as np
import pytest

from resources.progress import silent
from synth_assets.privacy.attacks import linkage, membership, nearest_neighbors
from synth_assets.privacy.evidence.passages import Passage
from synth_assets.privacy.evidence.release import Evidence, Release
from synth_assets.privacy.policy import PrivacyPolicy
from synth_assets.privacy.registry import attacks
from synth_assets.privacy.results import Counted, Estimate, Outcome
from synth_assets.privacy.stages import POSITIVE, RAW, RELEASED
from synth_assets.privacy.verdict.judge import judge, p_value
from synth_assets.records import Row
from synth_assets.statistics import proportions as stats
from synth_assets_tests.privacy.worlds import SMALL_MODELS, raw_row

SEEDS = 200
POLICY = PrivacyPolicy(
    alpha=0.05,
    window_words=(3,),
    replaced_window_words=5,
    boilerplate_subjects=50,
    min_canaries=0,
    min_subjects=10,
    min_controls=10,
    max_detectable=1.0,
)
FIRST = [f"{a}{b}" for a in ("An", "Be", "Ca", "Do", "El", "Fi", "Go") for b in ("ra", "mi", "to")]
LAST = [f"{a}{b}" for a in ("Lo", "Mu", "Ne", "Pa", "Ri", "Su", "Ti") for b in ("rex", "dan", "vik")]
WORDS = [f"{a}{b}" for a in ("ba", "de", "ki", "lo", "mu") for b in ("n", "r", "st", "v")]


def text(draw: random.Random) -> str:
    """Few words and names, so that everything is met by coincidence at times."""
    prose = [draw.choice(WORDS) for _ in range(14)]
    return " ".join([*prose[:7], draw.choice(FIRST), draw.choice(LAST), *prose[7:]])


@cache
def counted(seed: int) -> tuple[Counted, ...]:
    """What the attacks count on a release that was drawn as the corpus was, and independently of it."""
    draw = random.Random(seed)
    sizes = {"train": 60, "holdout": 45, "control": 30}
    raw: list[Row] = [raw_row(i, split, text(draw)) for split, size in sizes.items() for i in range(size)]
    released = [Passage(f"r{i}", f"r{i}", text(draw)) for i in range(25)]
    evidence = Evidence(tables={RAW.name: raw}, policy=POLICY, models=SMALL_MODELS, progress=silent)
    release = Release(evidence=evidence, stage=RELEASED.name, passages=released)
    on_words = [attack for attack in attacks() if POSITIVE in attack.stages]
    tried = (*on_words, nearest_neighbors.ATTACK, membership.ATTACK, linkage.ATTACK)
    return tuple(outcome for attack in tried for outcome in attack.run(release))


def randomized(outcome: Outcome, draw: random.Random) -> float:
    """The exact p-value with its jumps filled in, so that it is uniform and not only no smaller than uniform."""
    more = Outcome(**{**vars(outcome), "hits": outcome.hits + 1})
    upper = p_value(outcome, POLICY.confidence)
    lower = p_value(more, POLICY.confidence) if outcome.hits < outcome.n - outcome.ties else 0.0
    if outcome.null is None:  # the margins of Fisher's test are fixed: one hit more here is one less there
        lower = stats.fisher_p(outcome.hits + 1, outcome.n, outcome.control_hits - 1, outcome.control_n)
    return lower + draw.random() * (upper - lower)


def by_statistic() -> dict[str, list[Counted]]:
    found = defaultdict(list)
    for seed in range(SEEDS):
        for o in counted(seed):
            found[o.name].append(o)
    return found


def test_p_values_are_uniform() -> None:
    from scipy.stats import kstest

    tried = 0
    for name, outcomes in by_statistic().items():
        tested = [o for o in outcomes if isinstance(o, Outcome) and o.n and o.confirmed is None]
        draw = random.Random(name)
        p_values = [randomized(o, draw) for o in tested if o.hits or o.control_hits or o.null is not None]
        if len(p_values) > 100:
            tried += 1
            assert kstest(p_values, "uniform").pvalue > 1e-4, name
    assert tried >= 6


def test_exact_p_values_of_recognized_members_are_not_too_small() -> None:
    for name, outcomes in by_statistic().items():
        exact = [o.p_value for o in outcomes if isinstance(o, Estimate) and o.p_value is not None]
        for level in (0.01, 0.05, 0.1, 0.2, 0.5) if exact else ():
            share = float(np.mean(np.array(exact) <= level))
            assert share <= level + 4 * np.sqrt(level * (1 - level) / len(exact)), (name, level)


def test_intervals_of_areas_cover_chance() -> None:
    for name, outcomes in by_statistic().items():
        areas = [o for o in outcomes if isinstance(o, Estimate) and o.slice.endswith("auc")]
        if areas:
            covered = np.mean([o.low is not None and o.low <= 0.5 <= (o.high or 0.0) for o in areas])
            assert covered > 0.9, name


@pytest.mark.parametrize("stage", ["instruction_set", "negative_control"])
def test_false_blocking_stays_at_the_stated_level(stage: str) -> None:
    """What blocks where text is synthesized: only chance can fail a test."""
    blocked = sum(
        any(s.status == "FAIL" for s in judge(counted(seed), stage, POLICY, "synthesized")) for seed in range(SEEDS)
    )
    assert blocked <= 19  # P[Bin(200, 0.05) > 19] < 0.003
