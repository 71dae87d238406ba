"""Can one tell from the released text alone who took part? Scores, ROC and low false-positive rates.

Two signals of "The Canary's Echo" (Meeus et al. 2025, arXiv:2502.14921): the likelihood of a text under the bigrams
of the release, and its similarity to the nearest released passage; each minus the same against half of the
control split, which took no part (the reference calibration of RMIA). Two games: the documents of train against those
of the holdout, and planted canaries against those kept out.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from synth_assets.differential_privacy.accounting import epsilon_lower_bound
from synth_assets.privacy.attack import Attack
from synth_assets.privacy.evidence.passages import Side
from synth_assets.privacy.evidence.release import Evidence, Release
from synth_assets.privacy.evidence.tokens import TokenStream, bigram_scores, tokenize
from synth_assets.privacy.evidence.vectors import release_vectors, side_vectors
from synth_assets.privacy.policy import PrivacyPolicy
from synth_assets.privacy.results import Bound, Estimate
from synth_assets.privacy.stages import ALL_BUT_POSITIVE, NEGATIVE
from synth_assets.privacy.verdict.sentences import percent
from synth_assets.statistics import roc

_BLOCK = 1024
_SIGNALS = {"bigram": "the likelihood of its word pairs", "similarity": "its likeness to the nearest passage"}
_RATES = {"tpr_1": 0.01, "tpr_0_1": 0.001}
_WHO = {"documents": "subjects", "canaries": "canaries"}
_GAMES: tuple[tuple[str, Side, Side], ...] = (("documents", "train", "holdout"), ("canaries", "planted", "kept_out"))
_MEASURES = {"auc": "area under the curve", "tpr_1": "recognized at 1% false alarms", "tpr_0_1": "at 0.1% false alarms"}


@dataclass(frozen=True, eq=False)
class Population:
    """Texts of one game whose membership is guessed; the first `members` of them took part.

    `calibration`: score of each text against the reference half of the control split, by signal.
    """

    name: str
    members: int
    stream: TokenStream
    vectors: "np.ndarray"
    calibration: dict[str, "np.ndarray"]


def populations(evidence: Evidence) -> list[Population]:
    """The texts of both games, at most `neighbor_sample` subjects a side, calibrated on the control split."""
    sides = evidence.once(side_vectors)
    chosen_control = zip(sides.chosen["control"], sides.reference, strict=True)
    control = tokenize([p.text for p, used in chosen_control if used])
    played = []
    for name, inside, outside in _GAMES:
        chosen = [*sides.chosen[inside], *sides.chosen[outside]]
        vectors = np.concatenate([sides.vectors[inside], sides.vectors[outside]])
        stream = tokenize([p.text for p in chosen])
        calibration = {
            "bigram": bigram_scores(stream, len(chosen), control),
            "similarity": nearest(vectors, sides.vectors["control"][sides.reference]),
        }
        played.append(Population(name, len(sides.chosen[inside]), stream, vectors, calibration))
    return played


def membership(release: Release) -> Iterator[Estimate | Bound]:
    """Areas, true positive rates, and the epsilon that pairs of documents prove."""
    policy, released = release.policy, release.once(release_vectors)
    for population in release.evidence.once(populations):
        # a negative control holds no canary, and canaries say nothing about false alarms in real text
        if population.name == "canaries" and (policy.min_canaries == 0 or release.stage == NEGATIVE):
            continue
        scores = {
            "bigram": bigram_scores(population.stream, len(population.vectors), released.words),
            "similarity": nearest(population.vectors, released.everything),
        }
        for signal, raw in scores.items():
            yield from _estimates(population, signal, raw - population.calibration[signal], policy)
        if population.name == "documents":
            yield _pairs(population, scores["bigram"] - population.calibration["bigram"], policy)


def nearest(texts: "np.ndarray", passages: "np.ndarray") -> "np.ndarray":
    """Cosine similarity (n,) of each text to its nearest passage; zeros where there is no passage.

    The paper takes the mean over 25 passages, for generators that spread a text over many. Here a document returns in
    few rows, if at all, and further passages only dilute the signal.
    """
    if not len(texts) or not len(passages):
        return np.zeros(len(texts))
    blocks = [(texts[start : start + _BLOCK] @ passages.T).max(axis=1) for start in range(0, len(texts), _BLOCK)]
    return np.concatenate(blocks).astype(np.float64)


def _estimates(population: Population, signal: str, score: "np.ndarray", policy: PrivacyPolicy) -> Iterator[Estimate]:
    members, others = score[: population.members], score[population.members :]
    name, who = f"{population.name}_{signal}", _WHO[population.name]
    needs = policy.min_canaries if population.name == "canaries" else policy.min_subjects
    if not len(members) or not len(others):
        for slice_ in (f"{name}_auc", *(f"{name}_{rate}" for rate in _RATES)):
            yield Estimate("membership", slice_, "share", "", f"There are no {who} to compare.")
        return
    area = roc.area(members, others, policy.confidence)
    yield Estimate(
        test="membership",
        slice=f"{name}_auc",
        unit="area under the curve",
        value=area.value,
        low=area.low,
        high=area.high,
        n=len(members),
        method=f"DeLong {policy.confidence:.0%}; calibrated on half of the control split",
        sentence=f"By {_SIGNALS[signal]}, one of the {len(members):,} {who} that took part ranks above one of the "
        f"{len(others):,} that did not in {percent(area.value)} of comparisons; 50.0% is chance",
        control=0.5,
        control_n=len(others),
        limit=policy.max_auc,
        needs=needs,
        curve=roc.curve(members, others),
    )
    for rate_name, rate in _RATES.items():
        hits, span, p_value = roc.true_positives(members, others, rate, policy.confidence)
        yield Estimate(
            test="membership",
            slice=f"{name}_{rate_name}",
            unit="share of members",
            value=hits / len(members),
            low=span.low,
            high=span.high,
            n=len(members),
            method=f"Clopper-Pearson {policy.confidence:.0%}, threshold taken as given",
            sentence=f"By {_SIGNALS[signal]}, {hits:,} of {len(members):,} {who} ({percent(hits / len(members))}) are "
            f"recognized where at most {rate:.1%} of {len(others):,} others would be accused"
            + ("" if len(others) * rate >= 1 else " (so few others: none is)"),
            control=rate,
            control_n=len(others),
            p_value=p_value,
            limit=policy.max_tpr,
            needs=needs,
        )


def _pairs(population: Population, score: "np.ndarray", policy: PrivacyPolicy) -> Bound:
    """Pairs of one member and one other, of which the half that differs most is guessed, a number fixed in advance.

    The split was drawn at random: given that one of two subjects took part, either did with probability 1/2.
    """
    pairs = min(population.members, len(population.vectors) - population.members)
    lead = score[:pairs] - score[population.members : population.members + pairs]
    guesses = pairs // 2
    chosen = np.argsort(-np.abs(lead), kind="stable")[:guesses]
    right = int(np.sum(lead[chosen] > 0))
    proven, most = (
        epsilon_lower_bound(pairs, guesses, correct, policy.audit_delta, policy.confidence)
        for correct in (right, guesses)
    )
    return Bound(
        "audit",
        "documents",
        proven,
        most,
        right,
        guesses,
        policy.audit_delta,
        policy.max_epsilon,
        f"one document exchanged for another; the {guesses:,} clearest of {pairs:,} pairs guessed",
    )


ATTACK = Attack(
    title="Membership",
    asks="Can one tell from the text alone which documents, and which canaries, took part?",
    order=60,
    run=membership,
    titles={
        **{
            f"membership/{game}_{signal}_{measure}": f"{game.capitalize()}, by {signal}: {words}"
            for game in _WHO
            for signal in _SIGNALS
            for measure, words in _MEASURES.items()
        },
        "audit/documents": "Epsilon, lower bound by pairs of documents",
    },
    stages=ALL_BUT_POSITIVE,
)
