"""Synthesis in mode synthesized: from masked rows to documents that nobody wrote."""

import json
import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from resources.models.protocols import Models
from resources.progress import Progress
from synth_assets.records import Output, Rejected, Row
from synth_assets.synthesis.filters import off_label, text_reason
from synth_assets.synthesis.frames import frames
from synth_assets.synthesis.k_anonymous import Learned, learn_sketches
from synth_assets.synthesis.policy import SynthesisPolicy
from synth_assets.synthesis.rows import SYNTHESIZED, synthesized_row
from synth_assets.synthesis.sketch import Sketch
from synth_assets.synthesis.slots import Plants
from synth_assets.synthesis.write import Writer
from synth_assets.text.draws import derive, row_id
from synth_assets.text.near_duplicates import repeated


@dataclass(frozen=True)
class Draft:
    """A written document, and why it is dropped ("": it is kept)."""

    key: str
    sketch: Sketch
    text: str
    reason: str


@dataclass(frozen=True)
class Synthesized:
    """What synthesis made, and what it had learned."""

    output: Output
    learned: Learned

    @property
    def statement(self) -> str:
        """What readers of a report must know."""
        k, lost = self.learned.policy.k, self.learned.unsupported
        missing = f" {lost:,} documents have a label that fewer than {k} subjects have: nothing stands for them."
        return (
            f"k-anonymous prompts, no epsilon: whatever a prompt or a form holds, at least {k} subjects share. Nothing "
            f"is proven about what many prompts tell together.{missing if lost else ''}"
        )


def synthesize(
    rows: Sequence[Row], policy: SynthesisPolicy, seed: int, models: Models, plants: Plants, progress: Progress
) -> Synthesized:
    """Write documents from what k subjects share.

    Args:
        rows: MASKED_CORPUS rows; those in another language than the policy's do not teach.
        policy: sizes, k, filters.
        seed: every random choice derives from it, the ids of the rows and a number.
        models: causal LM, encoder, recognizer.
        plants: make up identifiers for the slots of forms, by type.
        progress: called after each round of writing.
    """
    teaching = [row for row in rows if row["language"] == policy.language]
    learned = learn_sketches(teaching, policy.sketch, models.encoder)
    wanted = (policy.documents or len(teaching)) if learned.themes else 0
    examples = {name: frame.examples for name, frame in frames().items()}
    writer = Writer(models, policy.writing, plants, examples, learned.phrases, seed)
    origin = row_id(SYNTHESIZED, str(seed), *sorted(row["id"] for row in teaching))
    kept: list[Draft] = []
    dropped: list[Draft] = []
    for attempt in range(policy.attempts):
        missing = _missing(learned.labels(wanted), kept) if wanted else []
        if not missing:
            break
        drafts = _write(missing, learned, writer, policy, f"{origin}/{attempt}")
        for draft in _without_repeats(kept, drafts, policy):
            (dropped if draft.reason else kept).append(draft)
        progress(SYNTHESIZED, len(kept), wanted)
    made = [_row(draft, policy.language) for draft in kept]
    rejected = [_rejected(draft) for draft in dropped]
    return Synthesized(Output(made, rejected, _figures(rows, teaching, learned, kept, dropped, wanted)), learned)


def _missing(labels: Sequence[str | None], kept: Sequence[Draft]) -> list[str | None]:
    left = Counter(labels) - Counter(draft.sketch.label for draft in kept)
    return [label for label in sorted(left, key=str) for _ in range(left[label])]


def _write(
    labels: Sequence[str | None], learned: Learned, writer: Writer, policy: SynthesisPolicy, origin: str
) -> list[Draft]:
    """A draft for each label, judged by every filter."""
    keys = [row_id(origin, str(number)) for number in range(len(labels))]
    pairs = zip(labels, keys, strict=True)
    sketches = [learned.sketch(label, random.Random(derive(writer.seed, "sketch", key))) for label, key in pairs]
    texts = writer.write(sketches, keys)
    reasons = [text_reason(text, policy.filters) for text in texts]
    reasons = [r or ("rare_window" if learned.rare.occur_in(t) else "") for t, r in zip(texts, reasons, strict=True)]
    places = [place for place, reason in enumerate(reasons) if not reason]
    off = off_label([texts[p] for p in places], [labels[p] for p in places], learned.means, writer.models.encoder)
    for place, is_off in zip(places, off, strict=True):
        reasons[place] = "label" if is_off else ""
    return [Draft(*parts) for parts in zip(keys, sketches, texts, reasons, strict=True)]


def _without_repeats(kept: Sequence[Draft], drafts: Sequence[Draft], policy: SynthesisPolicy) -> list[Draft]:
    """The drafts; those that repeat one that is kept are dropped."""
    able = [draft for draft in drafts if not draft.reason]
    flags = repeated([draft.text for draft in (*kept, *able)], policy.near_duplicate_max)[len(kept) :]
    again = {draft.key for draft, flag in zip(able, flags, strict=True) if flag}
    return [
        Draft(draft.key, draft.sketch, draft.text, "near_duplicate") if draft.key in again else draft
        for draft in drafts
    ]


def _row(draft: Draft, language: str) -> Row:
    sketch = draft.sketch
    params = {
        "keywords": sketch.keywords,
        "frame": sketch.frame,
        "support": sketch.support,
        "units": len(sketch.form),
    }
    text = json.dumps(params, sort_keys=True, separators=(",", ":"))
    return synthesized_row(draft.key, draft.text, sketch.label, language, text)


def _rejected(draft: Draft) -> Rejected:
    return Rejected(row_id("augmented", draft.key), draft.key, draft.key, "document", draft.reason, text=draft.text)


def _figures(
    rows: Sequence[Row],
    teaching: Sequence[Row],
    learned: Learned,
    kept: Sequence[Draft],
    dropped: Sequence[Draft],
    wanted: int,
) -> dict[str, int | float]:
    """Counts that are safe to show."""
    supports = [draft.sketch.support for draft in kept if draft.sketch.support is not None]
    reasons = Counter(draft.reason for draft in dropped)
    return {
        "rows_in": len(rows),
        "rows_foreign": len(rows) - len(teaching),
        "rows_of_unsupported_labels": learned.unsupported,
        "labels_supported": len(learned.themes),
        "themes": sum(map(len, learned.themes.values())),
        "fixed_texts": len(learned.fixed),
        "phrases": sum(map(len, learned.phrases.following.values())),
        "support_min": min(supports, default=0),
        "documents_wanted": wanted,
        f"rows_{SYNTHESIZED}": len(kept),
        **{f"rejected_{reason}": count for reason, count in sorted(reasons.items())},
    }
