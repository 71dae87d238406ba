"""The masked_corpus stage: detect, link, replace, plan masks, refill, for rows of the raw corpus.

Only the order of things is here; how each is done belongs to its module. No step holds more than some documents; what
one step leaves to the next is on disk (`resources.scratch`). In memory stay, for each real value, 8 bytes.
"""

import random
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from resources.errors import PolicyError
from resources.keys import Keys
from resources.models.protocols import Models
from resources.progress import Progress
from resources.scratch import Scratch
from synth_assets.differential_privacy.rewriting.rewriting import Rewriting
from synth_assets.masking.detection.documents import Found, FoundInDocuments
from synth_assets.masking.documents import Documents, Task
from synth_assets.masking.keys import RealValues, SourceMapping
from synth_assets.masking.missed.estimate import Missed, estimate_missed
from synth_assets.masking.missed.report import figures as missed_figures
from synth_assets.masking.policy import MaskingPolicy
from synth_assets.masking.rows import finish, row_id
from synth_assets.masking.surrogates.replace import Replaced
from synth_assets.records import Output, Rejected, Row


@dataclass(frozen=True, kw_only=True)
class MaskedOutput(Output):
    """The stage's output with the estimate of what was missed."""

    missed: Missed


class Masking:
    """Raw documents of split train masked; see `records.MASKED_CORPUS` for what comes out.

    The result depends on (documents, policy, seed, keys, models) and not on their order or on batches; which values
    are real, and so never used as surrogates, is known from all documents together. `dp_text` is the exception: it is
    drawn anew by every call, without a seed.

    Args:
        task: documents, policy, seed, keys that surrogates are drawn from, models, and who is told how far it is.
        mapping: what earlier documents of the source wrote, for scope "corpus", and where new surrogates are kept.

    Raises:
        PolicyError: scope "corpus" without a mapping.
    """

    def __init__(self, task: Task, mapping: SourceMapping | None = None) -> None:
        if task.policy.surrogates.scope == "corpus" and mapping is None:
            raise PolicyError("surrogates.scope corpus needs the mapping of a source")
        self._task = task
        found = Found(task)
        documents = FoundInDocuments(found, task.documents.roles["document"])
        rng = random.Random(task.keys.seed("masking_missed", str(task.seed)))
        self.missed = estimate_missed(documents, task.policy, task.models.recognizer, rng)
        self._real = RealValues(task.keys, found.real_values())
        self._replaced = Replaced(task, found, self._real, mapping)
        self.reasons = self._replaced.reasons
        self._counts: Counter[str] = Counter()
        self._types: Counter[str] = Counter()
        self._refused: Counter[str] = Counter()
        self._rewriting = self._prepared()

    def rows(self) -> Iterator[Row]:
        """The masked rows, to be taken once."""
        made = finish(self._task, self._replaced, self._real, self._refused)
        for row in self._rewriting.rows(made) if self._rewriting else made:
            self._count(row)
            yield row

    def rejected(self) -> Iterator[Rejected]:
        """Documents that cannot be masked safely."""
        return self._replaced.rejected()

    def figures(self) -> dict[str, int | float]:
        """Counts that are safe to show; those of rows are of the rows taken so far."""
        types, reasons, refused = self._types, self.reasons, self._refused
        return {
            "documents": self._counts["documents"],
            "rejected": reasons.total(),
            "mentions": types.total(),
            "masked_characters": self._counts["masked_characters"],
            "refilled_words": self._counts["refilled_words"],
            **{f"mentions_{kind}": types[kind] for kind in sorted(types)},
            **{f"rejected_{reason}": reasons[reason] for reason in sorted(reasons)},
            **{f"refill_candidates_{reason}": refused[reason] for reason in sorted(refused)},
            **missed_figures(self.missed),
            **(self._rewriting.figures() if self._rewriting else {}),
        }

    def _prepared(self) -> Rewriting | None:
        task = self._task
        if task.policy.dp_rewriting.variant == "off":
            return None
        subjects = ((row_id(task, name), task.documents[name]["subject"]) for name, _ in self._replaced.masked())
        return Rewriting(
            subjects, task.policy.dp_rewriting, task.models.token_model, task.policy.batch_size, task.progress
        )

    def _count(self, row: Row) -> None:
        self._types.update(span["type"].lower() for span in row["spans"])
        hidden = (span["end"] - span["start"] for span in row["spans"] if span["action"] != "keep")
        self._counts.update(documents=1, masked_characters=sum(hidden), refilled_words=len(row["refills"]))


def mask_corpus(
    rows: Sequence[Row],
    policy: MaskingPolicy,
    seed: int,
    keys: Keys,
    models: Models,
    progress: Progress,
    mapping: SourceMapping | None = None,
) -> MaskedOutput:
    """All of `Masking` at once, for rows that memory holds."""
    with Scratch() as scratch:
        task = Task(Documents(rows, scratch), scratch, policy, seed, keys, models, progress)
        masking = Masking(task, mapping)
        made = list(masking.rows())
        return MaskedOutput(made, list(masking.rejected()), masking.figures(), missed=masking.missed)
