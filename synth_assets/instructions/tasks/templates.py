"""The hand-written instructions, read once from `templates.yaml`."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

from synth_assets.instructions.policy import TASKS
from synth_assets.text.draws import pick

NO_ANSWER = "The text does not say."


@dataclass(frozen=True)
class Templates:
    """Instruction templates by task, the abstention clauses, and question patterns."""

    tasks: Mapping[str, tuple[str, ...]]
    abstain: tuple[str, ...]
    gap_questions: Mapping[str, tuple[str, ...]]
    count_questions: tuple[str, ...]


@cache
def templates() -> Templates:
    """The packaged templates."""
    path = Path(__file__).with_name("templates.yaml")
    data = yaml.safe_load(path.read_text(encoding="utf-8"))
    return Templates(
        tasks={task: tuple(data[task]) for task in TASKS},
        abstain=tuple(data["abstain"]),
        gap_questions={kind: tuple(patterns) for kind, patterns in data["gap_questions"].items()},
        count_questions=tuple(data["count_questions"]),
    )


def instruct(task: str, slots: Mapping[str, str], seed: int, key: str) -> tuple[str, str]:
    """(template id, instruction) for one example, chosen by its key. Slot values are inserted as they are."""
    options = templates().tasks[task]
    index = pick(range(len(options)), seed, "template", key)
    abstain = pick(templates().abstain, seed, "abstain", key)
    return f"{task}_{index + 1:02d}", options[index].format(abstain=abstain, **slots)
