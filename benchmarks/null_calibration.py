"""Are the p-values of the privacy report uniform, and its false alarms as rare as stated, where nothing leaks?

    python benchmarks/null_calibration.py FILE.jsonl [--seeds 200] [--documents 800]

Each seed splits the documents at random into train, holdout, control, and a release of people who took no part; every
attack on words, vectors and attributes runs on that release. Counts have few values, so their p-values jump: the test
of uniformity fills the jumps in at random (a randomized p-value is exactly uniform where the test is exact). Without
that, and for estimates whose p-value comes from an interval, p-values may only be larger than uniform: the shares at or
under .01, .05 and .2 say so. "blocked" is the share of seeds in which any gate of a mode fails.
"""

import argparse
import os
import random
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import corpora
import numpy as np
from planted_leaks import raw_row

from resources.keys import Keys
from resources.models.engine import Engine
from resources.models.registry import load_registry
from resources.progress import silent
from synth_assets.modes import MODES
from synth_assets.privacy.attacks import reidentification
from synth_assets.privacy.evidence.passages import Passage
from synth_assets.privacy.evidence.release import Evidence, Release
from synth_assets.privacy.policy import PrivacyPolicy
from synth_assets.privacy.registry import attacks
from synth_assets.privacy.results import Counted, Estimate, Outcome
from synth_assets.privacy.stages import NEGATIVE, RELEASED
from synth_assets.privacy.verdict.judge import judge, p_value
from synth_assets.statistics import proportions as stats

POLICY = PrivacyPolicy(min_canaries=0)
LEVELS = (0.01, 0.05, 0.2)


def main() -> None:
    """Split, attack, count, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", type=Path, help="JSON Lines with a column `text`")
    parser.add_argument("--seeds", type=int, default=200)
    parser.add_argument("--documents", type=int, default=800)
    arguments = parser.parse_args()
    texts = corpora.texts(arguments.file, arguments.documents)
    p_values: dict[str, list[tuple[float, float | None]]] = defaultdict(list)
    blocked: Counter[str] = Counter()
    keys = Keys.from_secret(os.urandom(32))
    with tempfile.TemporaryDirectory() as folder, Engine(load_registry(), keys, Path(folder)) as models:
        for seed in range(arguments.seeds):
            outcomes = one_seed(seed, texts, models)
            for name, exact, filled in tested(outcomes, random.Random(seed)):
                p_values[name].append((exact, filled))
            for mode in MODES:
                judged = judge(outcomes, RELEASED.name, POLICY, mode)
                blocked[mode] += any(statistic.status == "FAIL" for statistic in judged)
    report(p_values, blocked, arguments.seeds, len(texts))


def one_seed(seed: int, texts: Sequence[str], models: Engine) -> list[Counted]:
    """What every attack counts on a release of people who took no part."""
    order = random.Random(seed).sample(range(len(texts)), len(texts))
    cuts = [int(share * len(order)) for share in (0.4, 0.65, 0.8)]
    train, holdout, control, base = (order[a:b] for a, b in zip([0, *cuts], [*cuts, len(order)], strict=True))
    splits = {"train": train, "holdout": holdout, "control": control}
    raw = [raw_row(i, split, texts[i]) for split, numbers in splits.items() for i in numbers]
    evidence = Evidence(tables={"raw_corpus": raw}, policy=POLICY, models=models, progress=silent)
    released = [Passage(f"r{i}", f"r{i}", texts[i]) for i in base]
    counted: list[Counted] = []
    for attack in attacks():
        if attack.stages != (RELEASED.name,):  # those need the masking stage
            # nobody can be re-identified unless the passages go under the names of candidates
            stage = NEGATIVE if attack is reidentification.ATTACK else RELEASED.name
            counted += attack.run(Release(evidence=evidence, stage=stage, passages=released))
    return counted


def tested(outcomes: Sequence[Counted], draw: random.Random) -> Iterator[tuple[str, float, float | None]]:
    """Name, p-value, and randomized p-value where counts gave it, of every statistic that has one."""
    for o in outcomes:
        name = o.name
        if isinstance(o, Outcome) and o.n and o.confirmed is None and (o.hits or o.control_hits or o.null is not None):
            yield name, p_value(o, 0.95), randomized(o, draw)
        elif isinstance(o, Estimate) and o.limit is not None and o.value is not None and o.low is not None:
            yield name, p_value(o, 0.95), None


def randomized(outcome: Outcome, draw: random.Random) -> float:
    """The exact p-value with its jumps filled in."""
    upper = p_value(outcome, 0.95)
    if outcome.null is None:  # the margins of Fisher's test are fixed: one hit more here is one less there
        lower = stats.fisher_p(outcome.hits + 1, outcome.n, outcome.control_hits - 1, outcome.control_n)
    else:
        more = replace(outcome, hits=outcome.hits + 1)
        lower = p_value(more, 0.95) if outcome.hits < outcome.n - outcome.ties else 0.0
    return lower + draw.random() * (upper - lower)


def report(
    found: dict[str, list[tuple[float, float | None]]], blocked: Counter[str], seeds: int, documents: int
) -> None:
    from scipy.stats import kstest

    print(f"{documents} documents, {seeds} seeds without a leak\n")
    print("| statistic | seeds | p <= .01 | p <= .05 | p <= .2 | uniform (KS p) |")
    print("| --- | ---: | ---: | ---: | ---: | ---: |")
    for name, pairs in sorted(found.items()):
        exact = np.array([pair[0] for pair in pairs])
        filled = [pair[1] for pair in pairs if pair[1] is not None]
        shares = " | ".join(f"{(exact <= level).mean():.3f}" for level in LEVELS)
        uniform = f"{kstest(filled, 'uniform').pvalue:.3f}" if len(filled) >= 50 else "-"
        print(f"| {name} | {len(pairs)} | {shares} | {uniform} |")
    print("\n| mode | blocked |\n| --- | ---: |")
    for mode in MODES:
        print(f"| {mode} | {blocked[mode] / seeds:.3f} |")


if __name__ == "__main__":
    main()
