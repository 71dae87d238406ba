"""Builds the rows of one raw_corpus partition: scans its files, resolves duplicates, assigns splits, plants canaries.

A document is compared only with the kept documents before it (by day, file, position). Its decision therefore never
changes when later documents arrive, and days may be computed in any order.
"""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from operator import itemgetter
from pathlib import Path

from resources.keys import Keys
from resources.progress import Progress
from synth_assets.corpus.canaries import canaries
from synth_assets.corpus.index import Entries, Index
from synth_assets.corpus.policy import CorpusPolicy
from synth_assets.corpus.reading.arrivals import PartitionFiles
from synth_assets.corpus.reading.sources import SourceConfig
from synth_assets.corpus.scan import Clean, Scan
from synth_assets.corpus.splits import SPLITS, split_of
from synth_assets.records import Output, Rejected, Row
from synth_assets.text.near_duplicates import Neighbors


@dataclass(frozen=True)
class Decision:
    """The decision about a document: kept in a split and a cluster, or rejected with a `reason`."""

    id: str
    subject: str
    reason: str = ""
    detail: str = ""
    split: str = ""
    cluster: str = ""


def resolve(entries: Entries, policy: CorpusPolicy, keys: Keys) -> list[Decision]:
    """Return the decision about each document, in order."""
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
    # a document without a subject takes that of the document it resembles, or becomes its own subject
    subject = subject or (linked[0].subject if linked else keys.hash("subject", "", key))
    split = split_of(subject, policy, keys)
    across = next((other for other in linked if other.split != split), None)
    if across:
        return Decision(key, subject, "linked_across_splits", f"to {across.id} in {across.split}")
    return Decision(key, subject, split=split, cluster=linked[0].cluster if linked else key)


def build_raw_corpus(
    partition: PartitionFiles,
    earlier: Sequence[PartitionFiles],
    source: SourceConfig,
    policy: CorpusPolicy,
    seed: int,
    keys: Keys,
    index_dir: Path,
    progress: Progress,
) -> Output:
    """Read, clean, deduplicate and split one partition, and plant its canaries.

    Args:
        partition: the files to read.
        earlier: other partitions; documents are compared with those of the same source and an earlier day.
        source: the meaning of the source's columns.
        policy: thresholds and shares.
        seed: seed of the canaries; splits depend on the key alone.
        keys: hashes ids, subjects and texts.
        index_dir: cache of hashes and signatures by partition; may be deleted at any time.
        progress: receives the number of bytes read.

    Returns:
        Rows of `RAW_CORPUS` in order of (file, position), then canaries. The order in which partitions are
        materialized does not matter.

    Raises:
        DataError: the partition has no readable file.
    """
    index = Index(index_dir, source, policy, keys)
    before = [p for p in earlier if p.source == partition.source and p.day < partition.day]
    known = [index.entries(p, progress) for p in sorted(before)]
    digest = index.digest(partition)  # before reading, so that a file changed meanwhile does not match it

    clean: list[Clean] = []
    rejected: list[Rejected] = []
    for item in Scan(partition, source, policy, keys, progress).documents():
        (clean if isinstance(item, Clean) else rejected).append(item)  # type: ignore[arg-type]
    entries = Entries.of(clean, policy.permutations)
    index.store(partition, entries, digest)

    decisions = resolve(Entries.joined([*known, entries]), policy, keys)
    own = list(zip(clean, decisions[len(decisions) - len(clean) :], strict=True))
    rows = [_row(document, decision) for document, decision in own if not decision.reason]
    rejected += [
        Rejected(d.rejected_id, d.id, d.subject, "document", decision.reason, decision.detail, d.text, d.label)
        for d, decision in own
        if decision.reason
    ]
    planted = canaries(rows, partition, policy, seed, keys)
    return Output(rows + planted, rejected, _figures(partition, rows, rejected, planted))


def _row(document: Clean, decision: Decision) -> Row:
    return {
        "id": document.id,
        "source_doc": document.id,
        "subject": decision.subject,
        "role": "document",
        "split": decision.split,
        "text": document.text,
        "label": document.label,
        "language": document.language,
        "cluster": decision.cluster,
        "text_hash": document.text_hash,
        "words": document.words,
        "recipe": "normalize",
        "params": json.dumps(_origin(document), sort_keys=True),
        "scores": document.scores,
    }


def _origin(document: Clean) -> dict[str, str | int]:
    """File, position, and whether the source gave the subject or it was inferred from other documents."""
    subject = "given" if document.subject else "inferred"
    return {"file": document.file, "position": document.position, "subject": subject}


def _figures(
    partition: PartitionFiles, rows: Sequence[Row], rejected: Sequence[Rejected], planted: Sequence[Row]
) -> dict[str, int | float]:
    splits = Counter(row["split"] for row in [*rows, *planted])
    reasons = Counter(item.reason for item in rejected)
    canaries_in = sum(row["split"] == "train" for row in planted)
    return {
        "files": len(partition.files),
        "bytes": sum(path.stat().st_size for path in partition.files if path.is_file()),
        "rows_in": len(rows) + len(rejected),
        "documents": len(rows),
        "rejected": len(rejected),
        **{f"rejected_{reason}": reasons[reason] for reason in sorted(reasons)},
        **{split: splits[split] - (canaries_in if split == "train" else 0) for split in SPLITS},
        "subjects": len({row["subject"] for row in rows}),
        "clusters": len({row["cluster"] for row in rows}),
        "words": sum(row["words"] for row in rows),
        "canaries_planted": canaries_in,
        "canaries_kept_out": len(planted) - canaries_in,
    }
