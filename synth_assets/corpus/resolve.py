"""Which documents stay, and on which side: duplicates, near-duplicate clusters, splits.

A document is compared only with those before it (by day, file, position) that stayed. So the decision about it never
changes when later documents arrive, and days may be computed in any order.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from operator import itemgetter

from resources.keys import Keys
from synth_assets.corpus.index import Entries
from synth_assets.corpus.policy import CorpusPolicy
from synth_assets.text.near_duplicates import Neighbors


@dataclass(frozen=True)
class Decision:
    """What becomes of a document: kept in a split and a cluster, or rejected with a `reason`."""

    id: str
    subject: str
    reason: str = ""
    detail: str = ""
    split: str = ""
    cluster: str = ""


def split_of(subject: str, policy: CorpusPolicy, keys: Keys) -> str:
    """The split of a subject: a keyed hash against the shares, so a subject keeps its split forever."""
    point = int(keys.hash("split", subject), 16) / 16**32
    if point < policy.holdout_share:
        return "holdout"
    return "control" if point < policy.holdout_share + policy.control_share else "train"


def resolve(entries: Entries, policy: CorpusPolicy, keys: Keys) -> list[Decision]:
    """Decide about every document, in order."""
    neighbors = Neighbors(entries.signatures, policy.link_threshold)
    by_text: dict[str, str] = {}
    kept_ids: set[str] = set()
    decisions: list[Decision] = []
    for i, (key, text_hash) in enumerate(zip(entries.ids, entries.text_hashes, strict=True)):
        if text_hash in by_text:
            decision = Decision(key, entries.subjects[i], "exact_duplicate", f"of {by_text[text_hash]}")
        elif key in kept_ids:
            decision = Decision(key, entries.subjects[i], "duplicate_id")
        else:
            decision = _place(i, neighbors.of(i), entries, decisions, policy, keys)
        decisions.append(decision)
        if decision.reason:
            continue
        by_text[text_hash] = key
        kept_ids.add(key)
        neighbors.add(i)
    return decisions


def _place(
    i: int,
    near: Sequence[tuple[int, float]],
    entries: Entries,
    decisions: Sequence[Decision],
    policy: CorpusPolicy,
    keys: Keys,
) -> Decision:
    key, subject = entries.ids[i], entries.subjects[i]
    nearest, similarity = max(near, key=itemgetter(1), default=(0, 0.0))  # the first of equals
    if near and similarity >= policy.duplicate_threshold:
        return Decision(key, subject, "near_duplicate", f"of {decisions[nearest].id}, similarity {similarity:.2f}")
    linked = [decisions[other] for other, value in near if value >= policy.link_threshold]
    # without a subject of its own a document shares that of the document it resembles, or is its own
    subject = subject or (linked[0].subject if linked else keys.hash("subject", "", key))
    split = split_of(subject, policy, keys)
    across = next((other for other in linked if other.split != split), None)
    if across:
        return Decision(key, subject, "linked_across_splits", f"to {across.id} in {across.split}")
    return Decision(key, subject, split=split, cluster=linked[0].cluster if linked else key)
