"""Is a surrogate somebody's real identifier, do surrogates hide what masking missed, and can refills be undone?

Hiding in plain sight (Carrell et al. 2013) works only while an attacker cannot tell a missed original from the
surrogates around it (the parrot attack, Carrell et al. 2019).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import regex

from resources.models.protocols import MaskedLM, Slot
from synth_assets.masked_lm.windows import slot_of
from synth_assets.privacy.attack import Attack
from synth_assets.privacy.evidence.identifiers import CUSTOM, Identifiers
from synth_assets.privacy.evidence.release import Release
from synth_assets.privacy.evidence.tokens import find, fold, tokenize
from synth_assets.privacy.results import Estimate, Outcome
from synth_assets.privacy.stages import RAW, RELEASED
from synth_assets.privacy.verdict.sentences import percent
from synth_assets.records import Row
from synth_assets.statistics import roc
from synth_assets.text.draws import order_key

_PLACEHOLDER = regex.compile(r"\[[A-Z]+(?:_[A-Z]+)*_\d+\]")
# surrogate numbers and network addresses come from ranges kept for fiction, and are meant to be recognizable
_NAMES = {
    "PERSON": "names of people",
    "ORGANIZATION": "names of organizations",
    "LOCATION": "names of places",
    "NAME": "names of unknown kind",
}
_GUESSES = (1, 5)
_CONTEXT = 240  # characters a side, at least; as much as the masking stage shows the model by default
_MISSED = 0.05  # share of names an attacker is assumed to expect unmasked


@dataclass(frozen=True, order=True)
class Mention:
    """One replaced mention: the original in the raw text, and the surrogate in the masked text."""

    subject: str
    kind: str
    original: str
    surrogate: str


def surrogates(release: Release) -> list[Outcome | Estimate]:
    """What the masking stage's surrogates give away, whatever is released: they go out with it."""
    evidence, policy = release.evidence, release.policy
    mentions = replaced_mentions(evidence.tables[RAW.name], evidence.masked)
    hidden = tell_tale(mentions, policy.min_subjects, policy.attribute_subjects, policy.confidence)
    return [collision(mentions, evidence.identifiers), *hidden]


def replaced_mentions(raw: Sequence[Row], masked: Sequence[Row]) -> list[Mention]:
    """Distinct mentions that got a surrogate, sorted; canaries, placeholders and unchanged mentions are left out.

    Args:
        raw: RAW_CORPUS rows; masked rows without one are passed over.
        masked: MASKED_CORPUS rows.
    """
    texts = {row["source_doc"]: row["text"] for row in raw}
    mentions = set()
    for row in masked:
        if row["role"] == "canary" or row["source_doc"] not in texts:
            continue
        for span in row["spans"]:
            original = texts[row["source_doc"]][span["start"] : span["end"]]
            surrogate = row["text"][span["out_start"] : span["out_end"]]
            changed = span["action"] == "surrogate" and fold(surrogate) != fold(original)
            if changed and not _PLACEHOLDER.fullmatch(surrogate):
                mentions.add(Mention(row["subject"], span["type"], original, surrogate))
    return sorted(mentions)


def collision(mentions: Sequence[Mention], identifiers: Identifiers) -> Outcome:
    """Subjects with a surrogate that is, or contains, a confirmed unique identifier of any subject of any side.

    Names are compared with surrogate names only: a place named like a person is no collision, and neither is a street
    that contains a word of a declared list. No hit is allowed, because a reader would take one real person for another.
    """
    words = tokenize([m.surrogate for m in mentions])
    matches = find(identifiers.values, words)
    hit = {
        mentions[text].subject
        for value, text in zip(matches.value.tolist(), words.owner[matches.start].tolist(), strict=True)
        if identifiers.confirmed[value] and _comparable(identifiers.types[value], mentions[text].kind)
    }
    return Outcome(
        test="surrogates",
        slice="collision",
        hits=len(hit),
        n=len({m.subject for m in mentions}),
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

    It is trained on the letters, words and shape of the mentions of one half of the subjects, chosen by hash, and
    tested on the other half. 0.5: it cannot tell, so a missed name hides among the surrogates; 1: every missed name
    stands out. The attacker is strong, because originals to learn from are at hand.

    Args:
        mentions: from `replaced_mentions`.
        min_subjects: a type is measured when each half has that many subjects with it.
        subjects: at most so many are used, chosen by hash.
        confidence: of the interval (clustered by subject, Obuchowski 1997).
    """
    chosen = set(sorted({m.subject for m in mentions}, key=draw)[:subjects])
    scored = {}
    for kind in _NAMES:
        known = _labeled(mentions, kind, chosen, test=False)
        asked = _labeled(mentions, kind, chosen, test=True)
        if min(len({subject for subject, _, _ in half}) for half in (known, asked)) >= min_subjects:
            scored[kind] = _score(known, asked)
    together = [np.concatenate(part) for part in zip(*scored.values(), strict=True)]
    everything = _Scored(*together) if scored else _Scored(*(np.empty(0) for _ in range(3)))
    return [
        _tell_tale("tell_tale", "names", everything, min_subjects, confidence),
        *(
            _tell_tale(f"tell_tale_{kind.lower()}", _NAMES[kind], names, min_subjects, confidence)
            for kind, names in scored.items()
        ),
    ]


def _labeled(mentions: Sequence[Mention], kind: str, chosen: set[str], test: bool) -> list[tuple[str, str, bool]]:
    """Distinct (subject, text, whether it is an original) of one type in one half of the subjects, sorted."""
    half = {subject for subject in chosen if (int(draw(subject), 16) % 2 == 1) == test}
    mine = [m for m in mentions if m.kind == kind and m.subject in half]
    return sorted({(m.subject, m.original, True) for m in mine} | {(m.subject, m.surrogate, False) for m in mine})


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
    subject = [int(draw(subject)[:15], 16) for subject, _, _ in asked]
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
        return Estimate("surrogates", name, "AUC", method, sentence, needs=needs)
    area = roc.clustered_area(scored.score, scored.real, scored.subject, confidence)
    originals, surrogates = scored.score[scored.real], scored.score[~scored.real]
    points = roc.operating_points(originals, surrogates)
    return Estimate(
        test="surrogates",
        slice=name,
        unit="AUC",
        value=area.value,
        low=area.low,
        high=area.high,
        n=n,
        method=method,
        sentence=f"A classifier ranks an original above a surrogate in {percent(area.value)} ({percent(area.low)} to "
        f"{percent(area.high)}) of pairs of {what}, over {n:,} subjects; 50.0% if it cannot tell. If masking had "
        f"missed {percent(_MISSED)} of them, it would find {percent(_detected(points))} of the missed ones at one "
        "false alarm a find.",
        control=0.5,
        needs=needs,
        curve=roc.curve(originals, surrogates),
    )


def _detected(points: "np.ndarray") -> float:
    """The largest true positive rate at precision 1/2 or better, if originals were as rare as missed names."""
    even = _MISSED * points[:, 1] >= (1 - _MISSED) * points[:, 0]
    return float(points[even, 1].max())


def infill_recovery(masked: Sequence[Row], model: MaskedLM, slots: int = 60) -> list[Outcome]:
    """How often the masked LM that refilled a word recovers the original, as its first and among its first 5 guesses.

    The attacker hides the refilled word again and asks the same model, knowing that the released word is not the
    original. One word a subject. The control is coincidence: whether the guesses contain the original of another
    subject's word of the same (or nearest) length.

    Args:
        masked: MASKED_CORPUS rows.
        model: the masked LM of the masking stage.
        slots: at most so many words, chosen by hash; the embedded model takes about 0.3 s for one.
    """
    asked = _refilled(masked, slots)
    answers = model.fill([word.slot for word in asked], max(_GUESSES) + 1) if asked else []
    guesses = [
        [c for c in (candidate.text.strip().casefold() for candidate in candidates) if c != word.released]
        for word, candidates in zip(asked, answers, strict=True)
    ]
    phantoms = [_phantom(word, asked) for word in asked]
    return [_recovery(most, asked, phantoms, guesses) for most in _GUESSES]


class _Refilled(NamedTuple):
    """One refilled word: the slot as released, the released word, and the original word."""

    subject: str
    slot: Slot
    released: str
    original: str


def _refilled(masked: Sequence[Row], slots: int) -> list[_Refilled]:
    by_subject: dict[str, tuple[str, _Refilled]] = {}
    for row in masked:
        for edit in row["refills"] if row["role"] != "canary" else ():
            drawn = draw(f"{row['id']}/{edit['start']}")
            if row["subject"] not in by_subject or drawn < by_subject[row["subject"]][0]:
                text, place = row["refilled_text"], (edit["out_start"], edit["out_end"])
                slot = slot_of(text, place, _CONTEXT)
                released = text[slice(*place)].casefold()
                original = row["text"][edit["start"] : edit["end"]].casefold()
                by_subject[row["subject"]] = (drawn, _Refilled(row["subject"], slot, released, original))
    chosen = sorted(by_subject, key=draw)[:slots]
    return [by_subject[subject][1] for subject in chosen]


def _phantom(word: _Refilled, asked: Sequence[_Refilled]) -> str | None:
    """Another subject's original, nearest in length, drawn by hash; None if there is none."""
    others = {o.original for o in asked if o.subject != word.subject} - {word.original, word.released}
    length = len(word.original)
    return min(others, key=lambda o: (abs(len(o) - length), draw(f"{word.subject}/{o}")), default=None)


def _recovery(
    most: int, asked: Sequence[_Refilled], phantoms: Sequence[str | None], guesses: Sequence[Sequence[str]]
) -> Outcome:
    top = [ranked[:most] for ranked in guesses]
    return Outcome(
        test="surrogates",
        slice=f"infill_recovery_top_{most}",
        unit="share of refilled words",
        hits=sum(word.original in first for word, first in zip(asked, top, strict=True)),
        n=len(asked),
        control_hits=sum(phantom in first for phantom, first in zip(phantoms, top, strict=True)),
        control_n=sum(phantom is not None for phantom in phantoms),
        who="refilled words",
        what=f"have their original among the first {most} guesses of the same masked LM"
        if most > 1
        else "have their original as the first guess of the same masked LM",
    )


def draw(key: str) -> str:
    """Hex digest by which subjects and words are chosen, the same for every release."""
    return order_key("synth_assets.privacy.surrogates", key)


def _infill_run(release: Release) -> list[Outcome]:
    slots = release.policy.infill_slots
    return infill_recovery(release.evidence.masked, release.evidence.models.masked_lm, slots) if slots else []


SURROGATES = Attack(
    title="Surrogates",
    asks="Is a surrogate somebody's real identifier, and do surrogates hide the names that were missed?",
    order=120,
    run=surrogates,
    titles={
        "surrogates/collision": "Surrogates that identify somebody else",
        "surrogates/tell_tale": "Names told from surrogates",
        **{
            f"surrogates/tell_tale_{kind.lower()}": f"{words.capitalize()} told from surrogates"
            for kind, words in _NAMES.items()
        },
    },
    stages=(RELEASED.name,),
)
INFILL = Attack(
    title="Infill recovery",
    asks="Can the masked LM that refilled a word recover the original?",
    order=121,
    run=_infill_run,
    titles={
        "surrogates/infill_recovery_top_1": "Refilled words recovered by the first guess",
        "surrogates/infill_recovery_top_*": "Refilled words among the first {} guesses",
    },
    stages=(RELEASED.name,),
)
