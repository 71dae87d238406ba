"""Structured extraction: lists of mentions as JSON, checked against its own schema."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from resources.config import StrictModel
from synth_assets.instructions.example import Draft
from synth_assets.instructions.passages import Passage
from synth_assets.instructions.tasks.mentions import Mention
from synth_assets.instructions.tasks.task import Material, Task, TaskAudit
from synth_assets.records import Row
from synth_assets.text.draws import fraction, shuffled

KEYS: Mapping[str, str] = {
    "people": "person",
    "organizations": "organization",
    "places": "place",
    "dates": "date",
    "numbers": "number",
    "amounts": "amount",
}
_FEWEST_KEYS = 2


def extract_json(material: Material, _: StrictModel) -> list[Draft]:
    """One object per passage that mentions any of what it is asked for."""
    drafts = []
    for passage in material.passages:
        keys = _keys(passage, material.seed)
        kinds = {KEYS[key] for key in keys}
        wanted = [mention for mention in material.mentions[passage.key] if mention.kind in kinds]
        if wanted:
            drafts.append(_draft(passage, keys, wanted))
    return drafts


def conforms(output: str, keys: Sequence[str], text: str) -> bool:
    """Whether `output` is an object with exactly `keys`, each a list of distinct strings that occur in `text`."""
    data = _parse(output)
    if data is None or list(data) != list(keys) or not all(isinstance(values, list) for values in data.values()):
        return False
    copied = all(isinstance(item, str) and item and item in text for values in data.values() for item in values)
    return copied and all(len(set(values)) == len(values) for values in data.values())


def _parse(output: str) -> dict[str, Any] | None:
    try:
        data = json.loads(output)
    except ValueError:
        return None
    return data if isinstance(data, dict) else None


def _keys(passage: Passage, seed: int) -> list[str]:
    """Some of the keys, in an order that depends on the passage."""
    count = _FEWEST_KEYS + int(fraction(seed, "keys", passage.key) * (len(KEYS) - _FEWEST_KEYS + 1))
    return shuffled(list(KEYS), seed, "keys", passage.key)[:count]


def _draft(passage: Passage, keys: Sequence[str], wanted: Sequence[Mention]) -> Draft:
    text = passage.text
    record = {key: list(dict.fromkeys(text[m.start : m.end] for m in wanted if m.kind == KEYS[key])) for key in keys}
    return Draft(
        source=passage.source,
        task=EXTRACT_JSON.name,
        recipe="extract_json",
        key=passage.key,
        input=text,
        output=json.dumps(record, ensure_ascii=False),
        gist=passage.prose,
        grounding=tuple((m.start, m.end) for m in wanted),
        slots={"keys": ", ".join(f'"{key}"' for key in keys)},
        params={"keys": ",".join(keys), "start": passage.start},
    )


def _lists_its_spans(row: Row, spans: Sequence[str]) -> bool:
    data = _parse(row["output"])
    if data is None or not all(isinstance(values, list) for values in data.values()):
        return False
    return {str(item) for values in data.values() for item in values} == set(spans)


EXTRACT_JSON = Task(
    name="extract_json",
    order=5,
    purpose="extraction",
    category="token-classification",
    draft=extract_json,
    grounded=_lists_its_spans,
    roles=("recognizer",),
    audits=(
        TaskAudit(
            "structured_answers_are_valid",
            "Every structured answer is JSON with the keys asked for, copied from the text.",
            lambda row: conforms(row["output"], json.loads(row["params"])["keys"].split(","), row["input"]),
        ),
    ),
    limitations=(
        "Entities come from a recognizer and patterns: a structured answer can miss a mention the recognizer missed.",
    ),
)
