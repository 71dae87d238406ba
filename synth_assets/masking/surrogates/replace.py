"""Masked texts: every mention replaced, and why a document cannot be masked safely."""

from collections import Counter
from collections.abc import Iterator, Sequence

from resources.expectations.shapes import find_direct
from synth_assets.masking.audit import hidden_values, remains
from synth_assets.masking.detection.documents import LinkedDocuments
from synth_assets.masking.detection.linking import Linked
from synth_assets.masking.documents import PAGE, Task, batches
from synth_assets.masking.keys import DocumentKey, RealValues, SourceMapping
from synth_assets.masking.policy import MaskingPolicy
from synth_assets.masking.surrogates.document import DocumentSurrogates
from synth_assets.records import Rejected, Row
from synth_assets.text.edits import Edit, apply

_MASKED, _REJECTED = "masked", "rejected"


class Replaced:
    """All documents with their mentions replaced, and those that could not be masked safely, by raw id.

    Args:
        task: documents, policy, keys, and where results are kept.
        documents: the mentions.
        real: values that no surrogate may equal.
        mapping: of the source, for scope "corpus".
    """

    def __init__(self, task: Task, documents: LinkedDocuments, real: RealValues, mapping: SourceMapping | None) -> None:
        self.reasons: Counter[str] = Counter()
        self._scratch = task.scratch
        done = 0
        for page in batches(documents, PAGE):
            shelves: dict[str, list[tuple[str, Row]]] = {_MASKED: [], _REJECTED: []}
            for row, items in page:
                key = DocumentKey(task.keys, task.seed, row["source_doc"])
                surrogates = DocumentSurrogates(row["text"], items, task.policy, key, real, mapping)
                result = _replace_all(row, items, task.policy, surrogates)
                if isinstance(result, Rejected):
                    self.reasons[result.reason] += 1
                    shelves[_REJECTED].append((row["id"], vars(result)))
                else:
                    shelves[_MASKED].append((row["id"], {"text": result[0], "spans": result[1]}))
                done += 1
                task.progress("surrogates", done, len(task.documents))
            for shelf, values in shelves.items():
                self._scratch.put(shelf, values)

    def __len__(self) -> int:
        return self._scratch.count(_MASKED)

    def masked(self) -> Iterator[tuple[str, Row]]:
        """Raw id, and the masked `text` with its `spans`."""
        return self._scratch.items(_MASKED)

    def rejected(self) -> Iterator[Rejected]:
        """Documents that cannot be masked safely."""
        return (Rejected(**values) for _, values in self._scratch.items(_REJECTED))


def _replace_all(
    row: Row, items: Sequence[Linked], policy: MaskingPolicy, surrogates: DocumentSurrogates
) -> tuple[str, list[Row]] | Rejected:
    """The masked text with its spans, or why the document cannot be masked safely."""
    text = row["text"]
    share = sum(item.mention.length for item in items) / max(1, len(text))
    if share > policy.max_identifier_share:
        return _reject(row, "mostly_identifiers", f"share {share:.2f}")
    edits = []
    for item in items:
        replacement = surrogates.replacement(text[item.mention.start : item.mention.end], item)
        if replacement is None:
            return _reject(row, "no_surrogate", f"type {item.mention.type}")
        edits.append(Edit(item.mention.start, item.mention.end, replacement))
    masked, places = apply(text, edits)
    spans = [_span(item, place, policy) for item, place in zip(items, places, strict=True)]
    kept = [(span["out_start"], span["out_end"]) for span in spans if span["action"] == "keep"]
    replaced = [(span["out_start"], span["out_end"]) for span in spans if span["action"] != "keep"]
    residual = sum(remains(value, masked, replaced) for value in hidden_values(text, spans))
    if residual:
        return _reject(row, "residual_identifier", f"{residual} values")
    direct = [hit for hit in find_direct(masked) if not any(a <= hit[0] and hit[1] <= b for a, b in kept)]
    return _reject(row, "direct_identifier", f"{len(direct)} matches") if direct else (masked, spans)


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
