"""Are word windows of the raw documents found verbatim in the released text (Lee et al. 2022; Carlini et al. 2021)?

Windows that many subjects share are boilerplate and left out. One vote a subject: whether any of its windows was met.
In a de-identified release, prose of train documents is expected to show; a long window with an identifier, or with
something that masking replaced, must not.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from synth_assets.privacy.attack import Attack
from synth_assets.privacy.evidence.identifiers import Identifiers
from synth_assets.privacy.evidence.passages import Corpus
from synth_assets.privacy.evidence.release import Evidence, Release
from synth_assets.privacy.evidence.tokens import TokenStream, fold, spread, tokenize, word_spans
from synth_assets.privacy.policy import PrivacyPolicy
from synth_assets.privacy.results import Estimate, Outcome
from synth_assets.records import Row

_RARE_LETTERS = 7
_SHARED_TYPES = """
AGE DATE FAMILY HEALTH LOCATION NAME NATIONALITY ORGANIZATION ORIENTATION POLITICS PROFESSION QUANTITY
"""
_SHARED = frozenset(_SHARED_TYPES.split())
"""Types whose values many people share, so that another document may have the same one."""


class Runs(NamedTuple):
    """Runs of words: where each starts in a stream, and its number of words."""

    starts: "np.ndarray"
    widths: "np.ndarray"


class Windows(NamedTuple):
    """Hashes of windows and where they start in the raw stream."""

    hashes: "np.ndarray"
    starts: "np.ndarray"


@dataclass(frozen=True, eq=False)
class RawWords:
    """The raw stream, and the windows that are searched.

    Attributes:
        stream: words of all raw passages.
        subject: of each word, as an index.
        train: whether each word is of a train document.
        holdout: whether each word is of a holdout document.
        distinctive: by window length of the policy, the windows that are no boilerplate.
        replaced: windows of train documents that one subject alone has, containing something that masking replaced and
            that nobody else has, less those that masking wrote itself. Whatever other real text shares is left out, so
            that one hit is proof, and the negative control cannot hit any.
        rare: longer words that one subject of train and holdout alone has.
    """

    stream: TokenStream
    subject: "np.ndarray"
    train: "np.ndarray"
    holdout: "np.ndarray"
    distinctive: Mapping[int, Windows]
    replaced: Windows
    rare: Windows


def raw_words(evidence: Evidence) -> RawWords:
    """Label every word of the raw corpus, and select the windows that are searched."""
    corpus, stream, policy = evidence.corpus, evidence.words, evidence.policy
    passages, sides = corpus.passages, np.array(corpus.side_of, dtype=str)
    index = {subject: i for i, subject in enumerate(sorted({p.subject for p in passages}))}
    subject = np.array([index[p.subject] for p in passages], dtype=np.int64)[stream.owner]
    train, holdout = (sides == "train")[stream.owner], (sides == "holdout")[stream.owner]
    both, spread = train | holdout, policy.boilerplate_subjects
    distinctive = {width: _distinctive(stream, subject, both, width, spread) for width in policy.window_words}
    replaced = _replaced_windows(evidence, subject, train)
    return RawWords(stream, subject, train, holdout, distinctive, replaced, _rare(stream, subject, both))


def _replaced_windows(evidence: Evidence, subject: "np.ndarray", train: "np.ndarray") -> Windows:
    stream, width = evidence.words, evidence.policy.replaced_window_words
    everywhere = np.ones(len(stream.ids), dtype=bool)
    own = _distinctive(stream, subject, everywhere, width, 2)
    runs = replaced_runs(evidence.corpus, stream, evidence.masked)
    telling = np.zeros(len(runs.starts), dtype=bool)
    for size in np.unique(runs.widths[runs.widths < width]).tolist():
        alone = _distinctive(stream, subject, everywhere, size, 2).starts
        telling |= (runs.widths == size) & np.isin(runs.starts, alone)
    around = _covering(runs.starts[telling], runs.widths[telling], width, len(stream.ids))
    held = around[own.starts] & train[own.starts] & ~np.isin(own.hashes, written_windows(evidence.masked, width))
    return Windows(own.hashes[held], own.starts[held])


def replaced_runs(corpus: Corpus, stream: TokenStream, masked: Sequence[Row]) -> Runs:
    """The words of each name, number or address of which masking removed at least one, in the raw stream.

    A word that the surrogate also has was not removed. Places, dates, amounts, occupations, traits and organizations
    are left out: many people share them.

    Args:
        corpus: raw passages by side.
        stream: their words, in the order of `corpus.passages`.
        masked: MASKED_CORPUS rows; a raw document without one counts as unchanged.
    """
    rows = {row["source_doc"]: row for row in masked}
    ends = np.cumsum(np.bincount(stream.owner, minlength=len(corpus.passages)))
    runs: list[tuple[int, int]] = []
    for index, passage in enumerate(corpus.passages):
        row = rows.get(passage.id)
        if row is None or not row.get("spans"):
            continue
        words = np.array(word_spans(passage.text), dtype=np.int64).reshape(-1, 2)
        first = int(ends[index]) - len(words)
        for span in row["spans"]:
            surrogate = set(fold(row["text"][span["out_start"] : span["out_end"]]))
            inside = np.flatnonzero((words[:, 0] < span["end"]) & (span["start"] < words[:, 1])) + first
            if span["type"] not in _SHARED and any(stream.words[i] not in surrogate for i in inside.tolist()):
                runs.append((int(inside[0]), len(inside)))
    pairs = np.array(runs, dtype=np.int64).reshape(-1, 2)
    return Runs(pairs[:, 0], pairs[:, 1])


def written_windows(masked: Sequence[Row], width: int) -> "np.ndarray":
    """Hashes of the windows of `width` words of the masked texts that contain a surrogate.

    A surrogate can be the word that another document has in the same sentence (a country in a form letter). Such a
    window was written by masking and is no raw text that got past it.
    """
    stream = tokenize([row["text"] for row in masked])
    surrogate = np.zeros(len(stream.ids), dtype=bool)
    first = 0
    for row in masked:
        words = np.array(word_spans(row["text"]), dtype=np.int64).reshape(-1, 2)
        for span in row.get("spans") or ():
            if span["action"] != "keep":
                inside = (words[:, 0] < span["out_end"]) & (span["out_start"] < words[:, 1])
                surrogate[first + np.flatnonzero(inside)] = True
        first += len(words)
    hashes, starts = stream.windows(width)
    upto = np.concatenate([[0], np.cumsum(surrogate)])
    written: np.ndarray = np.unique(hashes[upto[starts + width] > upto[starts]])
    return written


def verbatim_windows(release: Release) -> list[Outcome | Estimate]:
    """Subjects met by window length, by rare words, and by windows that hold an identifier or a replaced value."""
    raw, words, policy = release.evidence.once(raw_words), release.words, release.policy
    widths = sorted(set(policy.window_words))
    return [
        *(_prose(width, raw, words, policy) for width in widths),
        _rare_words(raw, words),
        _identifying(raw, release.evidence.identifiers, words, policy),
        _replaced(raw, words, policy),
        _longest_run(widths[0], raw, words),
    ]


def _distinctive(
    stream: TokenStream, subject: "np.ndarray", searched: "np.ndarray", width: int, boilerplate_subjects: int
) -> Windows:
    hashes, starts = stream.windows(width)
    hashes, starts = hashes[searched[starts]], starts[searched[starts]]
    kept = spread(hashes, subject[starts]) < boilerplate_subjects
    return Windows(hashes[kept], starts[kept])


def _outcome(name: str, what: str, windows: Windows, width: int, raw: RawWords, release: TokenStream) -> Outcome:
    """Subjects of train and of holdout of whom one of the windows occurs in the release."""
    hashes, starts = windows
    met = np.isin(hashes, release.windows(width)[0])
    train, holdout = raw.train[starts], raw.holdout[starts]
    return Outcome(
        test="verbatim_windows",
        slice=name,
        hits=_count(raw.subject[starts[met & train]]),
        n=_count(raw.subject[starts[train]]),
        control_hits=_count(raw.subject[starts[met & holdout]]),
        control_n=_count(raw.subject[starts[holdout]]),
        what=what,
    )


def _prose(width: int, raw: RawWords, release: TokenStream, policy: PrivacyPolicy) -> Outcome:
    """Of all who have a window of any length, so that few long documents leave the test of long windows its power."""
    what = f"have {width} words in a row (no boilerplate) that occur in the text"
    outcome = _outcome(f"words_{width}", what, raw.distinctive[width], width, raw, release)
    starts = np.concatenate([windows.starts for windows in raw.distinctive.values()])
    return replace(
        outcome,
        n=_count(raw.subject[starts[raw.train[starts]]]),
        control_n=_count(raw.subject[starts[raw.holdout[starts]]]),
        needs=policy.min_subjects,
        control_needs=policy.min_controls,
        limit=policy.max_overlap_excess,
    )


def _rare(stream: TokenStream, subject: "np.ndarray", searched: "np.ndarray") -> Windows:
    alone = _distinctive(stream, subject, searched, 1, 2)
    long = np.array([len(stream.words[start]) >= _RARE_LETTERS for start in alone.starts.tolist()], dtype=bool)
    return Windows(alone.hashes[long], alone.starts[long])


def _rare_words(raw: RawWords, release: TokenStream) -> Outcome:
    what = f"have a word of {_RARE_LETTERS} letters or more that nobody else has and that occurs in the text"
    return _outcome("rare_word", what, raw.rare, 1, raw, release)


def _identifying(raw: RawWords, identifiers: Identifiers, release: TokenStream, policy: PrivacyPolicy) -> Outcome:
    width = policy.identifying_window_words
    hashes, starts = raw.stream.windows(width)
    fits = identifiers.matches.width <= width
    matches = (identifiers.matches.start[fits], identifiers.matches.width[fits])
    held = _covering(*matches, width, len(raw.stream.ids))[starts]
    what = f"have {width} words in a row, a unique identifier among them, that occur in the text"
    windows = Windows(hashes[held], starts[held])
    outcome = _outcome(f"words_{width}_with_identifier", what, windows, width, raw, release)
    return replace(outcome, confirmed=outcome.hits)


def _replaced(raw: RawWords, release: TokenStream, policy: PrivacyPolicy) -> Outcome:
    width = policy.replaced_window_words
    what = f"have {width} words in a row with a name or number that masking replaced, occurring as they were before"
    outcome = _outcome(f"words_{width}_replaced", what, raw.replaced, width, raw, release)
    return replace(outcome, confirmed=outcome.hits)


def _covering(starts: "np.ndarray", widths: "np.ndarray", width: int, size: int) -> "np.ndarray":
    """For each position: does the window of `width` words from there contain one of the runs (start, width)?"""
    change = np.zeros(size + 1, dtype=np.int64)
    np.add.at(change, np.maximum(0, starts + widths - width), 1)
    np.add.at(change, starts + 1, -1)
    return np.cumsum(change)[:size] > 0


def _longest_run(width: int, raw: RawWords, release: TokenStream) -> Estimate:
    hashes, starts = raw.distinctive[width]
    met = starts[np.isin(hashes, release.windows(width)[0])]
    ours, theirs = (longest_common_run(raw.stream, met[side[met]], width, release) for side in (raw.train, raw.holdout))
    n, control_n = (_count(raw.subject[starts[side[starts]]]) for side in (raw.train, raw.holdout))
    return Estimate(
        test="verbatim_windows",
        slice="longest_run",
        unit="words",
        method="maximum over all subjects",
        sentence=f"{ours:,} words: longest run of words in common (it starts with {width} words that are no "
        f"boilerplate), over {n:,} train subjects; {theirs:,} over {control_n:,} of the control.",
        value=float(ours),
        n=n,
        control=float(theirs),
        control_n=control_n,
    )


def longest_common_run(raw: TokenStream, starts: "np.ndarray", width: int, release: TokenStream) -> int:
    """Words of the longest window at one of `starts` that occurs in the release; 0 if `starts` is empty.

    Every start must already match with `width` words. Lengths are doubled, then bisected; a start that fails at one
    length is not tried at a longer one.
    """
    if len(starts) == 0:
        return 0
    low, high = width, 0  # a window of `low` words is common, one of `high` is not (0: not known yet)
    while high == 0 or high - low > 1:
        middle = (low + high) // 2 if high else 2 * low
        inside = starts[raw.remaining[starts] >= middle]
        survivors = inside[np.isin(raw.hashes_at(inside, middle), release.windows(middle)[0])]
        if len(survivors):
            starts, low = survivors, middle
        else:
            high = middle
    return low


def _count(subjects: "np.ndarray") -> int:
    return len(np.unique(subjects))


ATTACK = Attack(
    title="Verbatim windows",
    asks="Does the text repeat runs of words of a raw document?",
    order=20,
    run=verbatim_windows,
    titles={
        "verbatim_windows/words_*_with_identifier": "{} words in a row with identifier",
        "verbatim_windows/words_*_replaced": "{} words in a row replaced",
        "verbatim_windows/words_*": "{} words in a row",
        "verbatim_windows/rare_word": "Rare words",
        "verbatim_windows/longest_run": "Longest run",
    },
    identity=("verbatim_windows/words_*_with_identifier", "verbatim_windows/words_*_replaced"),
)
