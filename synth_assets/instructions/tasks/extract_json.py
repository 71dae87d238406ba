"""Structured extraction: lists of mentions as JSON, checked against its own schema."""

import json
from collections.abc import Mapping, Sequence

from synth_assets.instructions.example import Draft
from synth_assets.instructions.passages import Passage
from synth_assets.instructions.tasks.mentions import Mention
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


def extract_json(found: Sequence[Passage], mentions: Mapping[str, tuple[Mention, ...]], seed: int) -> list[Draft]:
    """One object a passage that mentions anything of what it is asked for."""
    drafts = []
    for passage in found:
        keys = _keys(passage, seed)
        wanted = [m for m in mentions[passage.key] if m.kind in {KEYS[key] for key in keys}]
        if wanted:
            drafts.append(_draft(passage, keys, wanted))
    return drafts


def conforms(output: str, keys: Sequence[str], text: str) -> bool:
    """Whether `output` is an object with exactly `keys`, each a list of distinct strings that occur in `text`."""
    try:
        data = json.loads(output)
    except ValueError:
        return False
    return isinstance(data, dict) and list(data) == list(keys) and all(_is_list(v, text) for v in data.values())


def _is_list(value: object, text: str) -> bool:
    if not isinstance(value, list) or not all(isinstance(item, str) and item and item in text for item in value):
        return False
    return len(set(value)) == len(value)


def _keys(passage: Passage, seed: int) -> list[str]:
    """A few of the keys, in an order of the passage's own."""
    count = _FEWEST_KEYS + int(fraction(seed, "keys", passage.key) * (len(KEYS) - _FEWEST_KEYS + 1))
    return shuffled(list(KEYS), seed, "keys", passage.key)[:count]


def _draft(passage: Passage, keys: Sequence[str], wanted: Sequence[Mention]) -> Draft:
    text = passage.text
    record = {key: list(dict.fromkeys(text[m.start : m.end] for m in wanted if m.kind == KEYS[key])) for key in keys}
    return Draft(
        source=passage.source,
        task="extract_json",
        recipe="extract_json",
        key=passage.key,
        input=text,
        output=json.dumps(record, ensure_ascii=False),
        gist=text,
        grounding=tuple((m.start, m.end) for m in wanted),
        slots={"keys": ", ".join(f'"{key}"' for key in keys)},
        params={"keys": ",".join(keys), "start": passage.start},
    )
