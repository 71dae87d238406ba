"""The masked_corpus stage: detect, link, replace, plan masks, refill, for rows of the raw corpus.

Only the order of things is here; how each is done belongs to its module.
"""

import json
import random
from collections import Counter, deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import TypeVar

from resources.models.protocols import Models
from resources.progress import Progress
from resources.vault import Keys
from synth_assets.masking.audit import entities_of, hidden_values, stands
from synth_assets.masking.detect import detect
from synth_assets.masking.direct import find_direct
from synth_assets.masking.keyed import DocumentKey, RealValues
from synth_assets.masking.linking import Linked, link, name_words
from synth_assets.masking.mentions import Mention
from synth_assets.masking.plan import make_plan, maskable_characters
from synth_assets.masking.policy import MaskingPolicy
from synth_assets.masking.refill import Refill, Refillable, refill
from synth_assets.masking.replace import Edit, apply
from synth_assets.masking.subjects import spread_names
from synth_assets.masking.surrogates import CLOSED_SETS, DocumentSurrogates
from synth_assets.records import Output, Rejected, Row

T = TypeVar("T")

RECIPE = "surrogates_and_refill"
_SHORTEST_REAL = 3


@dataclass(frozen=True)
class _Masked:
    """A document that was masked safely."""

    row: Row
    text: str
    spans: list[Row]


def mask_corpus(
    rows: Sequence[Row], policy: MaskingPolicy, seed: int, keys: Keys, models: Models, progress: Progress
) -> Output:
    """Mask raw documents of split train; see `records.MASKED_CORPUS` for what comes out.

    The result depends on (rows, policy, seed, keys, models) and not on their order or on batches; which values
    are real, and so never used as surrogates, is known from all rows together.
    """
    order = sorted(range(len(rows)), key=lambda i: rows[i]["id"])
    linked = _detect_all([rows[i] for i in order], policy, models, progress)
    real = RealValues(keys, _real_values([rows[i] for i in order], linked))
    figures: Counter[str] = Counter()
    rejected: list[Rejected] = []
    made: list[Row] = []
    waiting: list[_Masked] = []
    for done, i in enumerate(order, 1):
        key = DocumentKey(keys, seed, rows[i]["source_doc"])
        result = _replace_all(rows[i], linked.popleft(), policy, key, real)
        if isinstance(result, Rejected):
            rejected.append(result)
        else:
            waiting.append(result)
        if len(waiting) == policy.batch_size or done == len(rows):
            made += _finish(waiting, policy, seed, keys, models, real, figures)
            waiting = []
            progress("mask", done, len(rows))
    return Output(made, rejected, _figures(made, rejected, figures))


def _detect_all(rows: Sequence[Row], policy: MaskingPolicy, models: Models, progress: Progress) -> deque[list[Linked]]:
    found: list[list[Mention]] = []
    for batch in _batches(rows, policy.batch_size):
        found += detect([row["text"] for row in batch], models.recognizer, policy)
        progress("detect", len(found), len(rows))
    spread = spread_names([row["text"] for row in rows], [row["subject"] for row in rows], found)
    return deque(link(row["text"], mentions) for row, mentions in zip(rows, spread, strict=True))


def _real_values(rows: Sequence[Row], linked: Iterable[Sequence[Linked]]) -> Iterator[str]:
    """Every detected value, and every word of a name, of all rows."""
    for row, items in zip(rows, linked, strict=True):
        for item in items:
            surface = row["text"][item.mention.start : item.mention.end]
            if item.mention.type in CLOSED_SETS:
                continue
            yield surface
            if item.mention.type in ("PERSON", "ORGANIZATION", "LOCATION"):
                yield from (word for word in name_words(surface) if len(word) >= _SHORTEST_REAL)


def _replace_all(
    row: Row, items: Sequence[Linked], policy: MaskingPolicy, key: DocumentKey, real: RealValues
) -> _Masked | Rejected:
    """The masked text with its spans, or why the document cannot be masked safely."""
    text = row["text"]
    share = sum(item.mention.length for item in items) / max(1, len(text))
    if share > policy.max_identifier_share:
        return _reject(row, "mostly_identifiers", f"share {share:.2f}")
    surrogates = DocumentSurrogates(text, items, policy, key, real)
    edits = []
    for item in items:
        made = surrogates.replacement(text[item.mention.start : item.mention.end], item)
        if made is None:
            return _reject(row, "no_surrogate", f"type {item.mention.type}")
        edits.append(Edit(item.mention.start, item.mention.end, made))
    masked, places = apply(text, edits)
    spans = [_span(item, place, policy) for item, place in zip(items, places, strict=True)]
    kept = [(span["out_start"], span["out_end"]) for span in spans if span["action"] == "keep"]
    made_places = [(span["out_start"], span["out_end"]) for span in spans if span["action"] != "keep"]
    residual = sum(stands(value, masked, made_places) for value in hidden_values(text, spans))
    if residual:
        return _reject(row, "residual_identifier", f"{residual} values")
    direct = [hit for hit in find_direct(masked) if not any(a <= hit[0] and hit[1] <= b for a, b in kept)]
    return _reject(row, "direct_identifier", f"{len(direct)} matches") if direct else _Masked(row, masked, spans)


def _finish(
    masked: Sequence[_Masked],
    policy: MaskingPolicy,
    seed: int,
    keys: Keys,
    models: Models,
    real: RealValues,
    figures: Counter[str],
) -> Iterator[Row]:
    """Rows of a batch with mask plans and refilled words."""
    open_documents = [
        Refillable(
            item.text,
            [(span["out_start"], span["out_end"]) for span in item.spans],
            random.Random(keys.seed("masking_refill", str(seed), item.row["id"])),
        )
        for item in masked
    ]
    refills = (
        refill(open_documents, models.masked_lm, policy.refill, real, figures)
        if policy.refill.per_document
        else [[] for _ in masked]
    )
    for item, words in zip(masked, refills, strict=True):
        rng = random.Random(keys.seed("masking_plan", str(seed), item.row["id"]))
        yield _row(item, words, policy, rng, keys)


def _row(item: _Masked, words: Sequence[Refill], policy: MaskingPolicy, rng: random.Random, keys: Keys) -> Row:
    refilled, places = apply(item.text, [Edit(word.start, word.end, word.word) for word in words])
    entities = entities_of(item.spans)
    masks = make_plan(item.text, entities, policy.plan, rng)
    hidden = sum(mask.end - mask.start for mask in masks)
    raw = item.row
    covered = sum(span["end"] - span["start"] for span in item.spans)
    params = {"kind": policy.plan.kind, "rate": policy.plan.rate, "refills": len(words)}
    return {
        "id": keys.hash("masked_corpus", raw["id"]),
        "source_doc": raw["source_doc"],
        "subject": raw["subject"],
        "role": raw["role"],
        "text": item.text,
        "refilled_text": refilled,
        "label": raw.get("label"),
        "language": raw["language"],
        "spans": item.spans,
        "masks": [asdict(mask) for mask in masks],
        "refills": [
            {"start": word.start, "end": word.end, "out_start": start, "out_end": end, "score": word.score}
            for word, (start, end) in zip(words, places, strict=True)
        ],
        "recipe": RECIPE,
        "params": json.dumps(params, sort_keys=True, separators=(",", ":")),
        "scores": {
            "identifier_share": covered / max(1, len(raw["text"])),
            "mask_rate": hidden / max(1, maskable_characters(item.text, entities)),
        },
    }


def _span(item: Linked, place: tuple[int, int], policy: MaskingPolicy) -> Row:
    mention = item.mention
    return {
        "start": mention.start,
        "end": mention.end,
        "type": mention.type,
        "score": float(mention.score),
        "detector": mention.detector,
        "action": policy.actions.of(mention.type),
        "entity": item.entity,
        "out_start": place[0],
        "out_end": place[1],
    }


def _reject(row: Row, reason: str, detail: str) -> Rejected:
    return Rejected(row["id"], row["source_doc"], row["subject"], row["role"], reason, detail, row["text"])


def _figures(rows: Sequence[Row], rejected: Sequence[Rejected], refused: Counter[str]) -> dict[str, int | float]:
    """Counts that are safe to show."""
    types = Counter(span["type"].lower() for row in rows for span in row["spans"])
    reasons = Counter(item.reason for item in rejected)
    return {
        "documents": len(rows),
        "rejected": len(rejected),
        "mentions": sum(types.values()),
        "masked_characters": sum(s["end"] - s["start"] for row in rows for s in row["spans"] if s["action"] != "keep"),
        "refilled_words": sum(len(row["refills"]) for row in rows),
        **{f"mentions_{kind}": types[kind] for kind in sorted(types)},
        **{f"rejected_{reason}": reasons[reason] for reason in sorted(reasons)},
        **{f"refill_candidates_{reason}": refused[reason] for reason in sorted(refused)},
    }


def _batches(items: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]
