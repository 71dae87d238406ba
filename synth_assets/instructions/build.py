"""The instruction_set stage: draft, sift, split. The order of the sieves is by cost, the cheapest first."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from resources.expectations.shapes import find_direct
from resources.models.protocols import Models
from resources.progress import Progress, silent
from synth_assets.instructions.example import Dropped, Example, complete, to_rejected, to_row
from synth_assets.instructions.passages import Source, served, sources
from synth_assets.instructions.policy import InstructionPolicy
from synth_assets.instructions.selection.caps import distinct, per_source_doc, shares
from synth_assets.instructions.selection.chat import check_templates
from synth_assets.instructions.selection.components import components
from synth_assets.instructions.selection.decontamination import decontaminate
from synth_assets.instructions.selection.diversity import diverse
from synth_assets.instructions.selection.ifd import select
from synth_assets.instructions.selection.splits import SPLITS, assign, exclusive, without_shared_ngrams
from synth_assets.instructions.tasks.drafting import draft_all
from synth_assets.records import Output, Row

_STEPS = 5


@dataclass
class _Funnel:
    """Examples still in, examples dropped, scores by example id and figures by name."""

    kept: list[Example]
    dropped: list[Dropped] = field(default_factory=list)
    scores: dict[str, dict[str, float]] = field(default_factory=dict)
    figures: dict[str, int | float] = field(default_factory=dict)

    def sift(self, kept: list[Example], dropped: list[Dropped]) -> None:
        self.kept = kept
        self.dropped += dropped

    def score(self, name: str, values: Mapping[str, float]) -> None:
        for example, value in values.items():
            self.scores.setdefault(example, {})[name] = float(value)


def build_instruction_set(
    masked: Sequence[Row],
    augmented: Sequence[Row],
    policy: InstructionPolicy,
    seed: int,
    models: Models,
    progress: Progress = silent,
) -> Output:
    """Rows of INSTRUCTION_SET made from published masked and augmented rows; raw text is never an argument.

    Every refused example is in `rejected` with its reason; canaries pass through the same sieves and
    stay tagged by their role.

    Raises:
        PolicyError: a benchmark file of the policy cannot be read.
    """
    found, rejected = served(sources(masked, augmented, policy.text), policy.text)
    drafts = draft_all(found, policy, seed, models, progress)
    funnel = _Funnel([complete(draft, seed) for draft in drafts])
    funnel.figures["candidates"] = len(drafts)
    _sift(funnel, policy, seed, models, progress)
    names, splits = _split(funnel, found, policy, seed)
    progress("select", _STEPS, _STEPS)
    rows = [_row(example, names, splits, funnel) for example in sorted(funnel.kept, key=lambda e: e.id)]
    rejected += [to_rejected(item) for item in funnel.dropped]
    return Output(rows, sorted(rejected, key=lambda r: (r.reason, r.id)), _figures(rows, rejected, funnel.figures))


def _sift(funnel: _Funnel, policy: InstructionPolicy, seed: int, models: Models, progress: Progress) -> None:
    funnel.sift(*distinct(funnel.kept))
    funnel.sift(*per_source_doc(funnel.kept, policy.caps.per_source_doc, seed))
    _refuse_identifiers(funnel)
    progress("select", 1, _STEPS)
    funnel.sift(*decontaminate(funnel.kept, policy.decontamination))
    progress("select", 2, _STEPS)
    _check_chat(funnel, policy, models)
    progress("select", 3, _STEPS)
    kept, dropped, cosines = diverse(funnel.kept, models.encoder, policy.max_cosine)
    funnel.sift(kept, dropped)
    funnel.score("max_cosine", cosines)
    progress("select", 4, _STEPS)
    kept, dropped, difficulty = select(funnel.kept, models.causal_lm, policy.ifd, seed)
    funnel.sift(kept, dropped)
    funnel.score("ifd", difficulty)
    funnel.figures["ifd_scored"] = len(difficulty)


def _refuse_identifiers(funnel: _Funnel) -> None:
    """A text without a direct identifier can still be cut so that what is left has the shape of one."""

    def shows(example: Example) -> bool:
        return any(True for text in (example.user, example.draft.output) for _ in find_direct(text))

    refused = [example for example in funnel.kept if shows(example)]
    names = {example.id for example in refused}
    kept = [example for example in funnel.kept if example.id not in names]
    funnel.sift(kept, [Dropped(example, "direct_identifier") for example in refused])


def _check_chat(funnel: _Funnel, policy: InstructionPolicy, models: Models) -> None:
    if not funnel.kept:
        return
    rows = [{"id": example.id, "messages": example.messages()} for example in funnel.kept]
    check = check_templates(rows, models.causal_lm, policy.max_tokens)
    dropped = [Dropped(e, check.failures[e.id]) for e in funnel.kept if e.id in check.failures]
    funnel.sift([e for e in funnel.kept if e.id not in check.failures], dropped)
    funnel.score("tokens", check.tokens)
    funnel.score("implicit_system_tokens", dict.fromkeys(check.tokens, check.implicit_system_tokens))
    funnel.figures["implicit_system_tokens"] = check.implicit_system_tokens


def _split(
    funnel: _Funnel, found: Sequence[Source], policy: InstructionPolicy, seed: int
) -> tuple[dict[str, str], dict[str, str]]:
    """Component of each source document and split of each example; drops what would leak or crowd."""
    linked = [(e.draft.source.source_doc, e.draft.linked_doc) for e in funnel.kept if e.draft.linked_doc]
    names = components(found, linked, policy.split.near_duplicate, seed)
    by_example = {e.id: names[e.draft.source.source_doc] for e in funnel.kept}
    alone = exclusive(funnel.kept, by_example)
    by_component = assign(set(by_example.values()), {by_example[name] for name in alone}, policy.split, seed)
    splits = {name: by_component[component] for name, component in by_example.items()}
    funnel.sift(*without_shared_ngrams(funnel.kept, splits, alone))
    funnel.sift(*shares(funnel.kept, splits, policy.caps, seed))
    return names, splits


def _row(example: Example, names: Mapping[str, str], splits: Mapping[str, str], funnel: _Funnel) -> Row:
    return to_row(
        example, splits[example.id], names[example.draft.source.source_doc], funnel.scores.get(example.id, {})
    )


def _figures(
    rows: Sequence[Row], rejected: Sequence[object], figures: Mapping[str, int | float]
) -> dict[str, int | float]:
    """Counts that are safe to show."""
    scored = sorted(row["scores"]["ifd"] for row in rows if "ifd" in row["scores"])
    reasons = Counter(getattr(item, "reason", "") for item in rejected)
    tasks = Counter(row["task"] for row in rows)
    splits = Counter(row["split"] for row in rows)
    return {
        "rows": len(rows),
        "rejected": len(rejected),
        "documents": len({row["source_doc"] for row in rows}),
        "components": len({row["component"] for row in rows}),
        "canary_rows": sum(row["role"] == "canary" for row in rows),
        "unanswerable": sum(row["recipe"] == "qa_unanswerable" for row in rows),
        "ifd_kept": len(scored),
        "ifd_unscored": len(rows) - len(scored),
        "ifd_median": round(scored[len(scored) // 2], 4) if scored else 0.0,
        **figures,
        **{f"task_{task}": count for task, count in sorted(tasks.items())},
        **{f"split_{split}": splits[split] for split in SPLITS},
        **{f"rejected_{reason}": count for reason, count in sorted(reasons.items())},
    }
