"""Are surrogates nobody's real identifiers, do they hide names that were missed, and can refilled words be undone?

Hiding in plain sight (Carrell et al. 2013) works only while an attacker cannot tell a missed original from the
surrogates around it (the parrot attack, Carrell et al. 2019). Whether originals got through belongs to
`identifier_replay`.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import regex

from resources.models.protocols import MaskedLM
from synth_assets.privacy.attacks.masking.infill_recovery import PURPOSE, TEST, infill_recovery
from synth_assets.privacy.evidence.identifiers import Identifiers
from synth_assets.privacy.evidence.matching import find
from synth_assets.privacy.evidence.tokens import fold, tokenize
from synth_assets.privacy.in_force import CUSTOM
from synth_assets.privacy.policy import PrivacyPolicy
from synth_assets.privacy.results import Estimate, Outcome
from synth_assets.privacy.verdict.sentences import percent
from synth_assets.records import Row
from synth_assets.statistics.proportions import Interval, clopper_pearson
from synth_assets.text.draws import order_key

_PLACEHOLDER = regex.compile(r"\[[A-Z]+(?:_[A-Z]+)*_\d+\]")
# numbers and addresses of networks are drawn from ranges kept for fiction, so that they can be told by design
_NAMES = {
    "PERSON": "names of people",
    "ORGANIZATION": "names of organizations",
    "LOCATION": "names of places",
    "NAME": "names of unknown kind",
}
_MISSED = 0.05  # share of names an attacker is assumed to expect unmasked
_CURVE_POINTS = 60


@dataclass(frozen=True, order=True)
class Mention:
    """One replaced mention: what stood in the raw text and what stands in the masked text instead."""

    subject: str
    kind: str
    original: str
    surrogate: str


def surrogate_attacks(
    raw: Sequence[Row], masked: Sequence[Row], found: Identifiers, model: MaskedLM, policy: PrivacyPolicy
) -> list[Outcome | Estimate]:
    """Everything that is asked of the masking stage's own work: collision, tell-tale, infill recovery."""
    mentions = replaced_mentions(raw, masked)
    told = tell_tale(mentions, policy.min_subjects, policy.attribute_subjects, policy.confidence)
    recovered = infill_recovery(masked, model, policy.infill_slots) if policy.infill_slots else []
    return [collision(mentions, found), *told, *recovered]


def replaced_mentions(raw: Sequence[Row], masked: Sequence[Row]) -> list[Mention]:
    """Distinct mentions that got a surrogate, sorted; canaries, placeholders and unchanged mentions are left out.

    Args:
        raw: RAW_CORPUS rows; masked rows without one are passed over.
        masked: MASKED_CORPUS rows.
    """
    texts = {row["source_doc"]: row["text"] for row in raw}
    found = set()
    for row in masked:
        if row["role"] == "canary" or row["source_doc"] not in texts:
            continue
        for span in row["spans"]:
            original = texts[row["source_doc"]][span["start"] : span["end"]]
            made = row["text"][span["out_start"] : span["out_end"]]
            changed = span["action"] == "surrogate" and fold(made) != fold(original)
            if changed and not _PLACEHOLDER.fullmatch(made):
                found.add(Mention(row["subject"], span["type"], original, made))
    return sorted(found)


def collision(mentions: Sequence[Mention], identifiers: Identifiers) -> Outcome:
    """Subjects with a surrogate that is, or contains, a confirmed unique identifier of any subject of any side.

    Names are compared with surrogate names only: a place named like a person is no collision, and neither is a
    street that holds a word of a declared list. It allows no
    hit, for whoever reads the surrogate would take one real person for another.
    """
    words = tokenize([m.surrogate for m in mentions])
    matches = find(identifiers.values, words)
    hit = {
        mentions[text].subject
        for value, text in zip(matches.value.tolist(), words.owner[matches.start].tolist(), strict=True)
        if identifiers.confirmed[value] and _comparable(identifiers.types[value], mentions[text].kind)
    }
    return Outcome(
        test=TEST,
        slice="collision",
        unit="share of subjects",
        hits=len(hit),
        n=len({m.subject for m in mentions}),
        control_hits=0,
        control_n=0,
        who="subjects",
        what="have a surrogate that is a unique identifier of a real subject of the raw corpus",
        confirmed=len(hit),
    )


def _comparable(kind: str, replaced: str) -> bool:
    """Whether a surrogate of the type `replaced`, in capitals, can be taken for an identifier of type `kind`."""
    if kind.startswith(CUSTOM):
        return kind == CUSTOM + replaced.lower()
    return kind != "person" or replaced == "PERSON"


class _Scored(NamedTuple):
    """Mentions of the test half: score (higher: rather an original), whether it is one, index of its subject."""

    score: "np.ndarray"
    real: "np.ndarray"
    subject: "np.ndarray"


def tell_tale(
    mentions: Sequence[Mention], min_subjects: int = 40, subjects: int = 2000, confidence: float = 0.95
) -> list[Estimate]:
    """How well a classifier tells originals from surrogates: area under the ROC curve, over all names and by type.

    It learns on one half of the subjects, chosen by hash, from letters, words and shape of the mentions, and is
    tested on the other half. 0.5: it cannot tell, so a missed name hides among the surrogates; 1: every missed
    name stands out. The attacker is strong: he has originals to learn from.

    Args:
        mentions: from `replaced_mentions`.
        min_subjects: a type is measured when each half has that many subjects with it.
        subjects: at most so many are used, chosen by hash.
        confidence: of the interval (clustered by subject, Obuchowski 1997).
    """
    chosen = set(sorted({m.subject for m in mentions}, key=lambda subject: order_key(PURPOSE, subject))[:subjects])
    scored = {}
    for kind in _NAMES:
        known = _labelled(mentions, kind, chosen, test=False)
        asked = _labelled(mentions, kind, chosen, test=True)
        if min(len({subject for subject, _, _ in half}) for half in (known, asked)) >= min_subjects:
            scored[kind] = _score(known, asked)
    together = [np.concatenate(part) for part in zip(*scored.values(), strict=True)]
    everything = _Scored(*together) if scored else _Scored(*(np.empty(0) for _ in range(3)))
    return [
        _tell_tale("tell_tale", "names", everything, min_subjects, confidence),
        *(
            _tell_tale(f"tell_tale_{kind.lower()}", _NAMES[kind], found, min_subjects, confidence)
            for kind, found in scored.items()
        ),
    ]


def clustered_auc(
    score: "np.ndarray", positive: "np.ndarray", cluster: "np.ndarray", confidence: float = 0.95
) -> tuple[float, Interval]:
    """Area under the ROC curve with its interval for clustered data (Obuchowski 1997).

    Perfect separation has no variance: the end is then what as many clean trials as there are clusters prove.

    Args:
        score: shape (n,); higher means rather positive.
        positive: bool, shape (n,), with some of both.
        cluster: int, shape (n,): observations of one cluster depend on each other.
        confidence: of the interval.
    """
    from scipy.stats import norm

    ours, theirs = score[positive], score[~positive]
    above = _placements(ours, theirs)
    below = 1.0 - _placements(theirs, ours)
    area = float(above.mean())
    _, code = np.unique(cluster, return_inverse=True)
    size = int(code.max()) + 1
    up = np.bincount(code[positive], above - area, minlength=size)
    down = np.bincount(code[~positive], below - area, minlength=size)
    spread = up / len(ours) + down / len(theirs)
    error = float(np.sqrt(np.sum(spread**2) * size / max(1, size - 1)))
    half = float(norm.ppf((1 + confidence) / 2)) * error
    if error == 0.0:
        half = 1.0 - clopper_pearson(size, size, confidence).low
    return area, Interval(max(0.0, area - half), min(1.0, area + half))


def _labelled(mentions: Sequence[Mention], kind: str, chosen: set[str], test: bool) -> list[tuple[str, str, bool]]:
    """Distinct (subject, text, whether it is an original) of one type in one half of the subjects, sorted."""
    mine = [m for m in mentions if m.kind == kind and m.subject in chosen and _in_test(m.subject) == test]
    found = {(m.subject, m.original, True) for m in mine} | {(m.subject, m.surrogate, False) for m in mine}
    return sorted(found)


def _score(known: Sequence[tuple[str, str, bool]], asked: Sequence[tuple[str, str, bool]]) -> _Scored:
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    model = make_pipeline(
        TfidfVectorizer(analyzer=_features, sublinear_tf=True, dtype=np.float64),
        LogisticRegression(C=10.0, max_iter=200),
    )
    model.fit([text for _, text, _ in known], [real for _, _, real in known])
    score = model.decision_function([text for _, text, _ in asked])
    subject = [int(order_key(PURPOSE, subject)[:15], 16) for subject, _, _ in asked]
    return _Scored(np.asarray(score), np.array([real for _, _, real in asked]), np.array(subject, dtype=np.int64))


def _features(text: str) -> Iterator[str]:
    """Words, runs of 2 to 4 characters, and the shape: which letters are capital, what is neither."""
    words = text.split()
    yield from (f"word {word.casefold()}" for word in words)
    yield "shape " + " ".join(regex.sub(r"\p{Ll}+", "x", regex.sub(r"\p{Lu}{2,}", "XX", word)) for word in words)
    yield f"words {len(words)}"
    framed = f"^{text.casefold()}$"
    for width in (2, 3, 4):
        yield from (framed[i : i + width] for i in range(len(framed) - width + 1))


def _tell_tale(name: str, what: str, scored: _Scored, needs: int, confidence: float) -> Estimate:
    n = len(np.unique(scored.subject))
    method = f"clustered AUC (Obuchowski), {confidence:.0%}; trained on the other half of the subjects"
    if n == 0:
        sentence = f"Too few {what} were replaced to tell whether surrogates differ from originals."
        return Estimate(TEST, name, "AUC", None, None, None, 0, method, sentence, needs=needs)
    area, span = clustered_auc(scored.score, scored.real, scored.subject, confidence)
    curve = _roc(scored.score, scored.real)
    return Estimate(
        test=TEST,
        slice=name,
        unit="AUC",
        value=area,
        low=span.low,
        high=span.high,
        n=n,
        method=method,
        sentence=f"A classifier ranks an original above a surrogate in {percent(area)} ({percent(span.low)} to "
        f"{percent(span.high)}) of pairs of {what}, over {n:,} subjects; 50.0% if it cannot tell. If masking had "
        f"missed {percent(_MISSED)} of them, it would find {percent(_found(curve))} of the missed ones at one false "
        "alarm a find.",
        control=0.5,
        needs=needs,
        curve=_thinned(curve),
    )


def _placements(ours: "np.ndarray", theirs: "np.ndarray") -> "np.ndarray":
    """For each of ours the share of theirs that is lower, ties half."""
    ordered = np.sort(theirs)
    lower, upto = np.searchsorted(ordered, ours, "left"), np.searchsorted(ordered, ours, "right")
    return np.asarray((lower + upto) / (2 * len(theirs)))


def _roc(score: "np.ndarray", real: "np.ndarray") -> "np.ndarray":
    """False and true positive rates at every threshold, shape (thresholds + 1, 2), rising."""
    order = np.argsort(-score, kind="stable")
    last = np.append(np.diff(score[order]) != 0, True)
    false, true = np.cumsum(~real[order])[last] / np.sum(~real), np.cumsum(real[order])[last] / np.sum(real)
    return np.concatenate([np.zeros((1, 2)), np.stack([false, true], axis=1)])


def _found(curve: "np.ndarray") -> float:
    """The largest true positive rate at precision 1/2 or better, if originals were as rare as missed names."""
    even = _MISSED * curve[:, 1] >= (1 - _MISSED) * curve[:, 0]
    return float(curve[even, 1].max())


def _thinned(curve: "np.ndarray") -> tuple[tuple[float, float], ...]:
    places = np.unique(np.linspace(0, len(curve) - 1, _CURVE_POINTS).round().astype(np.int64))
    return tuple((float(x), float(y)) for x, y in curve[places])


def _in_test(subject: str) -> bool:
    return int(order_key(PURPOSE, subject), 16) % 2 == 1
