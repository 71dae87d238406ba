"""The instruction_set stage: draft, filter, split. The filters run in order of cost, the cheapest first."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from resources.expectations.shapes import find_direct
from resources.models.protocols import Models
from resources.progress import Progress, silent
from synth_assets.instructions.example import Dropped, Example, complete, sift, to_rejected, to_row
from synth_assets.instructions.passages import Source, choose_passages, read_sources, split_by_language
from synth_assets.instructions.policy import TASKS, InstructionPolicy
from synth_assets.instructions.selection.chat import check_templates
from synth_assets.instructions.selection.decontamination import decontaminate
from synth_assets.instructions.selection.diversity import cap_per_document, cap_shares, distinct, diverse
from synth_assets.instructions.selection.ifd import select
from synth_assets.instructions.selection.splits import SPLITS, assign, components, drop_shared, without_shared_ngrams
from synth_assets.instructions.tasks.task import Material
from synth_assets.records import Output, Rejected, Row

_STEPS = 5
_CONSTANT = frozenset(recipe for task in TASKS.values() for recipe in task.constant_recipes)


@dataclass
class _Funnel:
    """Examples still in, examples dropped, scores by example id, and figures by name."""

    kept: list[Example]
    dropped: list[Dropped] = field(default_factory=list)
    scores: dict[str, dict[str, float]] = field(default_factory=dict)
    figures: dict[str, int | float] = field(default_factory=dict)

    def take(self, kept: list[Example], dropped: Sequence[Dropped], **scores: Mapping[str, float]) -> None:
        self.kept = kept
        self.dropped += dropped
        for name, values in scores.items():
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
    """Rows of INSTRUCTION_SET, built from published rows. Raw text is never an argument.

    Every refused example is rejected with its reason. Canaries pass through the same filters, and their role stays.

    Args:
        masked: MASKED_CORPUS rows in mode rewritten; empty in modes whose release quotes no masked text.
        augmented: AUGMENTED_CORPUS rows.
        policy: Tasks, filters and splits.
        seed: Every random choice derives from it and a key, never from the order of rows.
        models: Used are the encoder, the causal LM, and the roles of the tasks.
        progress: Called after each task and each group of filters.

    Raises:
        PolicyError: A benchmark file of the policy cannot be read.
    """
    sources, rejected = split_by_language(read_sources(masked, augmented, policy.text.kinds), policy.text.languages)
    passages = choose_passages(sources, policy.text, seed)
    material = Material(sources, passages, policy.text, policy.task, seed, models)
    funnel = _Funnel([])
    for done, name in enumerate(policy.tasks, 1):
        funnel.kept += [complete(draft, seed) for draft in TASKS[name].draft(material, policy.task)]
        progress("draft", done, len(policy.tasks))
    funnel.figures["candidates"] = len(funnel.kept)
    _filter(funnel, policy, seed, models, progress)
    names, splits = _split(funnel, sources, policy, seed)
    progress("select", _STEPS, _STEPS)
    rows = [
        to_row(example, splits[example.id], names[example.draft.source.source_doc], funnel.scores.get(example.id, {}))
        for example in sorted(funnel.kept, key=lambda e: e.id)
    ]
    rejected += [to_rejected(item) for item in funnel.dropped]
    return Output(rows, sorted(rejected, key=lambda r: (r.reason, r.id)), _figures(rows, rejected, funnel.figures))


def _filter(funnel: _Funnel, policy: InstructionPolicy, seed: int, models: Models, progress: Progress) -> None:
    funnel.take(*distinct(funnel.kept))
    funnel.take(*cap_per_document(funnel.kept, policy.caps.per_source_doc, seed))
    funnel.take(*sift(funnel.kept, _refuse_identifiers))
    progress("select", 1, _STEPS)
    funnel.take(*decontaminate(funnel.kept, policy.decontamination))
    progress("select", 2, _STEPS)
    _check_chat(funnel, policy, models)
    progress("select", 3, _STEPS)
    kept, dropped, cosines = diverse(funnel.kept, models.encoder, policy.max_cosine)
    funnel.take(kept, dropped, max_cosine=cosines)
    progress("select", 4, _STEPS)
    kept, dropped, difficulty = select(funnel.kept, models.causal_lm, policy.ifd, seed, _CONSTANT)
    funnel.take(kept, dropped, ifd=difficulty)
    funnel.figures["ifd_scored"] = len(difficulty)


def _refuse_identifiers(example: Example) -> Dropped | None:
    """A text without a direct identifier can be cut so that the rest has the form of one."""
    texts = (example.user, example.draft.output)
    return Dropped(example, "direct_identifier") if any(True for text in texts for _ in find_direct(text)) else None


def _check_chat(funnel: _Funnel, policy: InstructionPolicy, models: Models) -> None:
    if not funnel.kept:
        return
    rows = [{"id": example.id, "messages": example.messages()} for example in funnel.kept]
    check = check_templates(rows, models.causal_lm, policy.max_tokens)
    sound = sift(funnel.kept, lambda e: Dropped(e, check.failures[e.id]) if e.id in check.failures else None)
    implicit = dict.fromkeys(check.tokens, check.implicit_system_tokens)
    funnel.take(*sound, tokens=check.tokens, implicit_system_tokens=implicit)
    funnel.figures["implicit_system_tokens"] = check.implicit_system_tokens


def _split(
    funnel: _Funnel, sources: Sequence[Source], policy: InstructionPolicy, seed: int
) -> tuple[dict[str, str], dict[str, str]]:
    """Component of each source document and split of each example; drops what would leak or exceed a share."""
    links = [(e.draft.source.source_doc, e.draft.linked_doc) for e in funnel.kept if e.draft.linked_doc]
    names = components(sources, links, policy.split.near_duplicate, seed)
    by_example = {e.id: names[e.draft.source.source_doc] for e in funnel.kept}
    unshared = without_shared_ngrams(funnel.kept, by_example)
    by_component = assign(set(by_example.values()), {by_example[name] for name in unshared}, policy.split, seed)
    splits = {name: by_component[component] for name, component in by_example.items()}
    funnel.take(*drop_shared(funnel.kept, splits, unshared))
    funnel.take(*cap_shares(funnel.kept, splits, policy.caps, seed))
    return names, splits


def _figures(
    rows: Sequence[Row], rejected: Sequence[Rejected], figures: Mapping[str, int | float]
) -> dict[str, int | float]:
    """Counts that are safe to show."""
    scored = sorted(row["scores"]["ifd"] for row in rows if "ifd" in row["scores"])
    splits = Counter(row["split"] for row in rows)
    return {
        "rows": len(rows),
        "rejected": len(rejected),
        "documents": len({row["source_doc"] for row in rows}),
        "components": len({row["component"] for row in rows}),
        "canary_rows": sum(row["role"] == "canary" for row in rows),
        "unanswerable": sum(row["recipe"] in _CONSTANT for row in rows),
        "ifd_kept": len(scored),
        "ifd_unscored": len(rows) - len(scored),
        "ifd_median": round(scored[len(scored) // 2], 4) if scored else 0.0,
        **figures,
        **_counted("task", (row["task"] for row in rows)),
        **{f"split_{split}": splits[split] for split in SPLITS},
        **_counted("rejected", (item.reason for item in rejected)),
    }


def _counted(prefix: str, values: Iterable[str]) -> dict[str, int]:
    return {f"{prefix}_{value}": count for value, count in sorted(Counter(values).items())}
