"""Does the release repeat words of a masked document that nobody else has?

Counts of copied windows are compared with the holdout, whose documents no stage has read: a copy of a few documents is
then hard to tell from coincidence. Text made from what k subjects share, however, cannot hold a run of words that one
subject alone has in masked text: one hit is proof. Runs with a surrogate are left out, because a fresh one can be the
same by coincidence.
"""

import numpy as np

from synth_assets.privacy.attack import Attack
from synth_assets.privacy.attacks.verbatim_windows import Windows, written_windows
from synth_assets.privacy.evidence.release import Evidence, Release
from synth_assets.privacy.evidence.tokens import spread, tokenize
from synth_assets.privacy.results import Outcome
from synth_assets.privacy.stages import AUGMENTED, POSITIVE, RELEASED


def masked_windows(evidence: Evidence) -> Windows:
    """The windows of `copied_words` words that one masked subject alone has; the starts are indices of subjects.

    What masking wrote and what a raw document of somebody else also has is left out, so that no other text can hit any.
    """
    width, masked = evidence.policy.copied_words, evidence.masked
    number = {subject: i for i, subject in enumerate(sorted({row["subject"] for row in masked}))}
    stream = tokenize([row["text"] for row in masked])
    hashes, starts = stream.windows(width)
    subject = np.array([number[row["subject"]] for row in masked], dtype=np.int64)[stream.owner[starts]]
    raw = evidence.words
    others, at = raw.windows(width)
    sides = np.array(evidence.corpus.side_of, dtype=str)[raw.owner[at]]
    outside = others[np.isin(sides, ("holdout", "control", "kept_out"))]
    alone = (
        (spread(hashes, subject) == 1) & ~np.isin(hashes, outside) & ~np.isin(hashes, written_windows(masked, width))
    )
    return Windows(hashes[alone], subject[alone])


def masked_copies(release: Release) -> list[Outcome]:
    """Subjects of whom a window of masked text occurs in the release."""
    hashes, subject = release.evidence.once(masked_windows)
    width = release.policy.copied_words
    hits = len(np.unique(subject[np.isin(hashes, release.words.windows(width)[0])]))
    return [
        Outcome(
            test="masked_copies",
            slice=f"words_{width}",
            hits=hits,
            n=len(np.unique(subject)),
            what=f"have {width} words in a row in their masked text that nobody else has and that occur in the text",
            confirmed=hits,
        )
    ]


ATTACK = Attack(
    title="Copies of masked text",
    asks="Does the text repeat words of a masked document that nobody else has?",
    order=25,
    run=masked_copies,
    titles={"masked_copies/words_*": "{} words in a row of one masked subject"},
    # masked text holds itself
    stages=(AUGMENTED.name, RELEASED.name, POSITIVE),
)
