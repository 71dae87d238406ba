"""The hand-written wordings of instructions and questions, read once from `templates.yaml`."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from resources.config import read_yaml
from synth_assets.text.draws import pick


@cache
def wordings() -> Mapping[str, Any]:
    """Instructions by task, and under their own keys `abstain`, `gap_questions` and `count_questions`."""
    templates: Mapping[str, Any] = read_yaml(Path(__file__).with_name("templates.yaml"))
    return templates


def instruct(task: str, slots: Mapping[str, str], seed: int, key: str) -> tuple[str, str]:
    """(template id, instruction) for one example, chosen by its key. Slot values are inserted as they are."""
    options = wordings()[task]
    index = pick(range(len(options)), seed, "template", key)
    abstain = pick(wordings()["abstain"], seed, "abstain", key)
    return f"{task}_{index + 1:02d}", options[index].format(abstain=abstain, **slots)
