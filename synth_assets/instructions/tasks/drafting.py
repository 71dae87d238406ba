"""Runs the wanted tasks over the passages."""

from collections.abc import Callable, Mapping, Sequence

from resources.models.protocols import Models
from resources.progress import Progress
from synth_assets.instructions.example import Draft
from synth_assets.instructions.passages import Source, passages
from synth_assets.instructions.policy import InstructionPolicy
from synth_assets.instructions.tasks.classify import classify
from synth_assets.instructions.tasks.cloze import cloze
from synth_assets.instructions.tasks.extract_json import extract_json
from synth_assets.instructions.tasks.mentions import find_mentions
from synth_assets.instructions.tasks.qa import extractive_qa
from synth_assets.instructions.tasks.rewrite import rewrite
from synth_assets.instructions.tasks.summarize import summarize

_NEED_MENTIONS = {"extractive_qa", "extract_json", "cloze"}


def draft_all(
    found: Sequence[Source], policy: InstructionPolicy, seed: int, models: Models, progress: Progress
) -> list[Draft]:
    """Drafts of every task of the policy. Models are touched only by the tasks that need them."""
    cut = passages(found, policy.text, seed)
    mentions = {}
    if cut and _NEED_MENTIONS.intersection(policy.tasks):
        spans = find_mentions(cut, models.recognizer, policy.task.min_entity_score)
        mentions = dict(zip((passage.key for passage in cut), spans, strict=True))
    recipes: Mapping[str, Callable[[], list[Draft]]] = {
        "extractive_qa": lambda: extractive_qa(cut, mentions, policy.task, seed),
        "summarize": lambda: summarize(cut, models.encoder, policy.task),
        "rewrite": lambda: rewrite(found, policy.text, seed),
        "classify": lambda: classify(cut, policy.task, seed),
        "extract_json": lambda: extract_json(cut, mentions, seed),
        "cloze": lambda: cloze(cut, mentions, policy.task.cloze_blanks, seed),
    }
    drafts: list[Draft] = []
    for done, task in enumerate(policy.tasks, 1):
        drafts += recipes[task]()
        progress("draft", done, len(policy.tasks))
    return drafts
