"""Are word windows of the raw documents found verbatim in the released text (Lee et al. 2022; Carlini et al. 2021)?

Windows found at many subjects are boilerplate and left out. One vote a subject: whether any of its
windows was met. In a de-identified release prose of train documents is expected to show; what must
not show is a long window that contains somebody's identifier.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from synth_assets.privacy.evidence.identifiers import Identifiers
from synth_assets.privacy.evidence.passages import Corpus
from synth_assets.privacy.evidence.replaced import replaced_runs, written_windows
from synth_assets.privacy.evidence.tokens import TokenStream
from synth_assets.privacy.policy import PrivacyPolicy
from synth_assets.privacy.results import Extent, Outcome
from synth_assets.records import Row

_RARE_LETTERS = 7


class Windows(NamedTuple):
    """Hashes of windows and where they start in the raw stream."""

    hashes: "np.ndarray"
    starts: "np.ndarray"


@dataclass(frozen=True, eq=False)
class RawWords:
    """The raw stream with, for each word, its subject (index) and whether its text is train, holdout or neither.

    `distinctive`: for each window length of the policy, the windows that are no boilerplate.
    `replaced`: the windows of train that only one subject of any side has, with something in them that masking
    replaced and that nobody else has, less those that masking wrote itself. Whatever real text shares is out, the
    control split's too, so that one hit is proof and the negative control can say nothing about this test.
    `rare`: the longer words that only one subject of train and holdout has.
    """

    stream: TokenStream
    subject: "np.ndarray"
    train: "np.ndarray"
    holdout: "np.ndarray"
    distinctive: Mapping[int, Windows]
    replaced: Windows
    rare: Windows


def raw_words(corpus: Corpus, stream: TokenStream, masked: Sequence[Row], policy: PrivacyPolicy) -> RawWords:
    """Label every word of the raw stream (which holds `corpus.passages` in order); `masked`: MASKED_CORPUS rows."""
    passages, sides = corpus.passages, np.array(corpus.side_of, dtype=str)
    index = {subject: i for i, subject in enumerate(sorted({p.subject for p in passages}))}
    subject = np.array([index[p.subject] for p in passages], dtype=np.int64)[stream.owner]
    train, holdout = (sides == "train")[stream.owner], (sides == "holdout")[stream.owner]
    spread = policy.boilerplate_subjects
    distinctive = {w: _distinctive(stream, subject, train | holdout, w, spread) for w in policy.window_words}
    width, everywhere = policy.replaced_window_words, np.ones(len(stream.ids), dtype=bool)
    own = _distinctive(stream, subject, everywhere, width, 2)
    runs = replaced_runs(corpus, stream, masked)
    telling = np.zeros(len(runs.starts), dtype=bool)
    for size in np.unique(runs.widths[runs.widths < width]).tolist():
        alone = _distinctive(stream, subject, everywhere, size, 2).starts
        telling |= (runs.widths == size) & np.isin(runs.starts, alone)
    around = _covering(runs.starts[telling], runs.widths[telling], width, len(stream.ids))
    held = around[own.starts] & train[own.starts] & ~np.isin(own.hashes, written_windows(masked, width))
    replaced = Windows(own.hashes[held], own.starts[held])
    return RawWords(stream, subject, train, holdout, distinctive, replaced, _rare(stream, subject, train | holdout))


def verbatim_windows(
    raw: RawWords, identifiers: Identifiers, release: TokenStream, policy: PrivacyPolicy
) -> list[Outcome | Extent]:
    """Subjects met by window length, the same for windows with an identifier, and the longest common run."""
    widths = sorted(set(policy.window_words))
    prose: list[Outcome | Extent] = [_prose(width, raw, release, policy) for width in widths]
    identifying = _identifying(raw, identifiers, release, policy)
    rare = _rare_words(raw, release)
    return [*prose, rare, identifying, _replaced(raw, release, policy), _longest_run(widths[0], raw, release)]


def _distinctive(
    stream: TokenStream, subject: "np.ndarray", searched: "np.ndarray", width: int, boilerplate_subjects: int
) -> Windows:
    hashes, starts = stream.windows(width)
    hashes, starts = hashes[searched[starts]], starts[searched[starts]]
    if len(starts) == 0:
        return Windows(hashes, starts)
    order = np.lexsort((subject[starts], hashes))
    ordered, owners = hashes[order], subject[starts][order]
    new_window = np.concatenate([[True], ordered[1:] != ordered[:-1]])
    new_owner = new_window | np.concatenate([[True], owners[1:] != owners[:-1]])
    code = np.cumsum(new_window) - 1
    kept = np.sort(order[np.bincount(code, new_owner)[code] < boilerplate_subjects])
    return Windows(hashes[kept], starts[kept])


def _prose(width: int, raw: RawWords, release: TokenStream, policy: PrivacyPolicy) -> Outcome:
    hashes, starts = raw.distinctive[width]
    met = np.isin(hashes, release.windows(width)[0])
    train, holdout = raw.train[starts], raw.holdout[starts]
    return Outcome(
        test="verbatim_windows",
        slice=f"words_{width}",
        unit="share of subjects",
        hits=_count(raw.subject[starts[met & train]]),
        n=_count(raw.subject[starts[train]]),
        control_hits=_count(raw.subject[starts[met & holdout]]),
        control_n=_count(raw.subject[starts[holdout]]),
        who="subjects",
        what=f"have {width} words in a row (no boilerplate) that occur in the text",
        needs=policy.min_subjects if width == min(policy.window_words) else 0,
        control_needs=policy.min_controls if width == min(policy.window_words) else 0,
        limit=policy.max_overlap_excess,
    )


def _rare(stream: TokenStream, subject: "np.ndarray", searched: "np.ndarray") -> Windows:
    alone = _distinctive(stream, subject, searched, 1, 2)
    long = np.array([len(stream.words[start]) >= _RARE_LETTERS for start in alone.starts.tolist()], dtype=bool)
    return Windows(alone.hashes[long], alone.starts[long])


def _rare_words(raw: RawWords, release: TokenStream) -> Outcome:
    hashes, starts = raw.rare
    met = np.isin(hashes, release.windows(1)[0])
    train, holdout = raw.train[starts], raw.holdout[starts]
    return Outcome(
        test="verbatim_windows",
        slice="rare_word",
        unit="share of subjects",
        hits=_count(raw.subject[starts[met & train]]),
        n=_count(raw.subject[starts[train]]),
        control_hits=_count(raw.subject[starts[met & holdout]]),
        control_n=_count(raw.subject[starts[holdout]]),
        who="subjects",
        what=f"have a word of {_RARE_LETTERS} letters or more that nobody else has and that occurs in the text",
    )


def _identifying(raw: RawWords, identifiers: Identifiers, release: TokenStream, policy: PrivacyPolicy) -> Outcome:
    width = policy.identifying_window_words
    hashes, starts = raw.stream.windows(width)
    held = _holding(identifiers, width, len(raw.stream.ids))[starts]
    hashes, starts = hashes[held], starts[held]
    met = np.isin(hashes, release.windows(width)[0])
    train, holdout = raw.train[starts], raw.holdout[starts]
    hits = _count(raw.subject[starts[met & train]])
    return Outcome(
        test="verbatim_windows",
        slice=f"words_{width}_with_identifier",
        unit="share of subjects",
        hits=hits,
        n=_count(raw.subject[starts[train]]),
        control_hits=_count(raw.subject[starts[met & holdout]]),
        control_n=_count(raw.subject[starts[holdout]]),
        who="subjects",
        what=f"have {width} words in a row, a unique identifier among them, that occur in the text",
        confirmed=hits,
        needs=0,
    )


def _replaced(raw: RawWords, release: TokenStream, policy: PrivacyPolicy) -> Outcome:
    width = policy.replaced_window_words
    hashes, starts = raw.replaced
    hits = _count(raw.subject[starts[np.isin(hashes, release.windows(width)[0])]])
    return Outcome(
        test="verbatim_windows",
        slice=f"words_{width}_replaced",
        unit="share of subjects",
        hits=hits,
        n=_count(raw.subject[starts]),
        control_hits=0,
        control_n=0,
        who="subjects",
        what=f"have {width} words in a row with a name or number that masking replaced, occurring as they were before",
        confirmed=hits,
    )


def _holding(identifiers: Identifiers, width: int, size: int) -> "np.ndarray":
    """For each start position: does the window of `width` words from there contain a whole unique identifier?"""
    starts, widths = identifiers.matches.start, identifiers.matches.width
    fits = widths <= width
    return _covering(starts[fits], widths[fits], width, size)


def _covering(starts: "np.ndarray", widths: "np.ndarray", width: int, size: int) -> "np.ndarray":
    """For each position: does the window of `width` words from there contain one of the runs (start, width)?"""
    change = np.zeros(size + 1, dtype=np.int64)
    np.add.at(change, np.maximum(0, starts + widths - width), 1)
    np.add.at(change, starts + 1, -1)
    return np.cumsum(change)[:size] > 0


def _longest_run(width: int, raw: RawWords, release: TokenStream) -> Extent:
    hashes, starts = raw.distinctive[width]
    met = starts[np.isin(hashes, release.windows(width)[0])]
    train, holdout = raw.train[starts], raw.holdout[starts]
    return Extent(
        test="verbatim_windows",
        slice="longest_run",
        unit="words",
        value=float(longest_common_run(raw.stream, met[raw.train[met]], width, release)),
        n=_count(raw.subject[starts[train]]),
        control=float(longest_common_run(raw.stream, met[raw.holdout[met]], width, release)),
        control_n=_count(raw.subject[starts[holdout]]),
        what=f"longest run of words in common (it starts with {width} words that are no boilerplate)",
    )


def longest_common_run(raw: TokenStream, starts: "np.ndarray", width: int, release: TokenStream) -> int:
    """Longest window that starts at one of `starts` and is found in the release; 0 if `starts` is empty.

    Every start must already match with `width` words. Lengths are doubled, then bisected; a start that
    fails at one length is not tried at a longer one.
    """
    if len(starts) == 0:
        return 0
    low, high = width, 0  # a window of `low` words is common, one of `high` is not (0: not known yet)
    while high == 0 or high - low > 1:
        middle = (low + high) // 2 if high else 2 * low
        survivors = _matching(raw, starts, middle, release)
        if len(survivors):
            starts, low = survivors, middle
        else:
            high = middle
    return low


def _matching(raw: TokenStream, starts: "np.ndarray", width: int, release: TokenStream) -> "np.ndarray":
    inside = starts[raw.remaining[starts] >= width]
    matching: np.ndarray = inside[np.isin(raw.hashes_at(inside, width), release.windows(width)[0])]
    return matching


def _count(subjects: "np.ndarray") -> int:
    return len(np.unique(subjects))
