"""The masked_corpus stage: detect, link, replace, plan masks, refill, for rows of the raw corpus.

Only the order of things is here; how each is done belongs to its module.
"""

import json
import random
from collections import Counter, deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import TypeVar

from resources.errors import PolicyError
from resources.models.protocols import Models
from resources.progress import Progress
from resources.vault import Keys
from synth_assets.masking.audit import entities_of, hidden_values, stands
from synth_assets.masking.collocations import Collocations
from synth_assets.masking.custom_detection import find_custom
from synth_assets.masking.detect import detect
from synth_assets.masking.direct import find_direct
from synth_assets.masking.dp_rewriting import rewrite_rows
from synth_assets.masking.keyed import DocumentKey, RealValues
from synth_assets.masking.linking import Linked, link, name_words
from synth_assets.masking.mapping import SourceMapping
from synth_assets.masking.mentions import Mention
from synth_assets.masking.missed import Missed, estimate_missed
from synth_assets.masking.missed_report import figures as missed_figures
from synth_assets.masking.plan import make_plan, maskable_characters
from synth_assets.masking.policy import MaskingPolicy
from synth_assets.masking.refill import Refill, refill
from synth_assets.masking.refill_words import Refillable
from synth_assets.masking.replace import Edit, apply
from synth_assets.masking.subjects import spread_names
from synth_assets.masking.surrogates import CLOSED_SETS, DocumentSurrogates
from synth_assets.records import Output, Rejected, Row

T = TypeVar("T")

RECIPE = "surrogates_and_refill"
_SHORTEST_REAL = 3


@dataclass(frozen=True, kw_only=True)
class MaskedOutput(Output):
    """The stage's output with the estimate of what was missed."""

    missed: Missed


@dataclass(frozen=True)
class _Masked:
    """A document that was masked safely."""

    row: Row
    text: str
    spans: list[Row]


def mask_corpus(
    rows: Sequence[Row],
    policy: MaskingPolicy,
    seed: int,
    keys: Keys,
    models: Models,
    progress: Progress,
    mapping: SourceMapping | None = None,
) -> MaskedOutput:
    """Mask raw documents of split train; see `records.MASKED_CORPUS` for what comes out.

    The result depends on (rows, policy, seed, keys, models) and not on their order or on batches; which values
    are real, and so never used as surrogates, is known from all rows together. `dp_text` is the exception: it is
    drawn anew by every call, without a seed.

    Args:
        rows: raw documents.
        policy: what is done.
        seed: of the policy.
        keys: what surrogates are drawn from.
        models: recognizer and masked LM.
        progress: told how far it is.
        mapping: what earlier documents of the source wrote, for scope "corpus", and where new surrogates are kept.

    Raises:
        PolicyError: scope "corpus" without a mapping.
    """
    if policy.surrogates.scope == "corpus" and mapping is None:
        raise PolicyError("surrogates.scope corpus needs the mapping of a source")
    order = sorted(range(len(rows)), key=lambda i: rows[i]["id"])
    linked = _detect_all([rows[i] for i in order], policy, models, progress)
    real = RealValues(keys, real_values([rows[i] for i in order], linked))
    figures: Counter[str] = Counter()
    rejected: list[Rejected] = []
    # Canaries are made up: what is missed in them is missed for nobody.
    documents = [
        (rows[i]["text"], items) for i, items in zip(order, linked, strict=True) if rows[i]["role"] == "document"
    ]
    missed = estimate_missed(
        documents, policy, models.recognizer, random.Random(keys.seed("masking_missed", str(seed)))
    )
    del documents
    masked: list[_Masked] = []
    for done, i in enumerate(order, 1):
        items = linked.popleft()
        key = DocumentKey(keys, seed, rows[i]["source_doc"])
        surrogates = DocumentSurrogates(rows[i]["text"], items, policy, key, real, mapping)
        result = _replace_all(rows[i], items, policy, surrogates)
        if isinstance(result, Rejected):
            rejected.append(result)
        else:
            masked.append(result)
        progress("surrogates", done, len(rows))
    made = _finish(masked, policy, seed, keys, models, real, figures, progress)
    spent: dict[str, int | float] = {}
    if policy.dp_rewriting.variant != "off":
        made, spent = rewrite_rows(made, policy.dp_rewriting, models.token_model, policy.batch_size, progress)
    shown = _figures(made, rejected, figures) | missed_figures(missed) | spent
    return MaskedOutput(made, rejected, shown, missed=missed)


def _detect_all(rows: Sequence[Row], policy: MaskingPolicy, models: Models, progress: Progress) -> deque[list[Linked]]:
    found: list[list[Mention]] = []
    for batch in _batches(rows, policy.batch_size):
        texts = [row["text"] for row in batch]
        found += detect(texts, models.recognizer, policy, find_custom(texts, policy, models))
        progress("detect", len(found), len(rows))
    spread = spread_names([row["text"] for row in rows], [row["subject"] for row in rows], found)
    return deque(link(row["text"], mentions) for row, mentions in zip(rows, spread, strict=True))


def real_values(rows: Sequence[Row], linked: Iterable[Sequence[Linked]]) -> Iterator[str]:
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
    row: Row, items: Sequence[Linked], policy: MaskingPolicy, surrogates: DocumentSurrogates
) -> _Masked | Rejected:
    """The masked text with its spans, or why the document cannot be masked safely."""
    text = row["text"]
    share = sum(item.mention.length for item in items) / max(1, len(text))
    if share > policy.max_identifier_share:
        return _reject(row, "mostly_identifiers", f"share {share:.2f}")
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
    progress: Progress,
) -> list[Row]:
    """Rows with mask plans and refilled words."""
    made: list[Row] = []
    collocations = _collocations(masked, policy)
    for batch in _batches(masked, policy.batch_size):
        open_documents = [
            Refillable(
                item.text,
                [(span["out_start"], span["out_end"]) for span in item.spans],
                random.Random(keys.seed("masking_refill", str(seed), item.row["id"])),
            )
            for item in batch
        ]
        refills = (
            refill(open_documents, models, policy.refill, real, figures)
            if policy.refill.per_document
            else [[] for _ in batch]
        )
        for item, words in zip(batch, refills, strict=True):
            rng = random.Random(keys.seed("masking_plan", str(seed), item.row["id"]))
            made.append(_row(item, words, policy, rng, keys, collocations))
        progress("refill", len(made), len(masked))
    return made


def _collocations(masked: Sequence[_Masked], policy: MaskingPolicy) -> Collocations | None:
    """The collocations of the masked texts, where plans ask for them."""
    if policy.plan.kind != "pmi":
        return None
    return Collocations.learn(((item.text, entities_of(item.spans)) for item in masked), policy.plan)


def _row(
    item: _Masked,
    words: Sequence[Refill],
    policy: MaskingPolicy,
    rng: random.Random,
    keys: Keys,
    collocations: Collocations | None,
) -> Row:
    refilled, places = apply(item.text, [Edit(word.start, word.end, word.word) for word in words])
    entities = entities_of(item.spans)
    masks = make_plan(item.text, entities, policy.plan, rng, collocations)
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
        "dp_text": None,
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
            "mask_rate": hidden / max(1, maskable_characters(item.text, entities, policy.plan.punctuation)),
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
        "action": policy.action_of(mention.type),
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
