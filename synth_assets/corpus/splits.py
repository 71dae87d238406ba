"""The split of a subject, which depends on the subject alone."""

from resources.keys import Keys
from synth_assets.corpus.policy import CorpusPolicy

SPLITS = ("train", "holdout", "control")


def split_of(subject: str, policy: CorpusPolicy, keys: Keys) -> str:
    """Split of a subject by its keyed hash, so that a subject always has the same split."""
    point = int(keys.hash("split", subject), 16) / 16**32
    if point < policy.holdout_share:
        return "holdout"
    return "control" if point < policy.holdout_share + policy.control_share else "train"
