"""Rows and small deterministic models for tests of the instruction set and of releases."""

import re
from collections.abc import Callable, Mapping, Sequence
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from resources.models.protocols import Entity, Likelihood
from synth_assets.text.draws import digest, fraction

NAMES = (
    ("Maria Silva", "PERSON"), ("John Baker", "PERSON"), ("Aisha Khan", "PERSON"), ("Peter Holm", "PERSON"),
    ("Oslo", "LOCATION"), ("Lisbon", "LOCATION"), ("Leeds", "LOCATION"), ("Porto", "LOCATION"),
    ("Northern Bank", "ORGANIZATION"), ("River Trust", "ORGANIZATION"), ("Harbor Clinic", "ORGANIZATION"),
)  # fmt: skip


class ListRecognizer:
    """Finds the names above, exactly."""

    fingerprint = "list"

    def recognize(self, texts: Sequence[str]) -> list[list[Entity]]:
        return [
            sorted(
                (
                    Entity(m.start(), m.end(), kind, 0.85, "list")
                    for name, kind in NAMES
                    for m in re.finditer(re.escape(name), text)
                ),
                key=lambda entity: entity.start,
            )
            for text in texts
        ]


class BagEncoder:
    """Hashed bag of words, normalized."""

    fingerprint = "bag"

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        vectors = np.zeros((len(texts), 256), dtype=np.float32)
        for row, text in enumerate(texts):
            for word in re.findall(r"\w+", text.lower()) or ["-"]:
                vectors[row, int(fraction(0, word) * 256)] += 1
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def likelihood(text: str, known: list[str]) -> Likelihood:
    """What `CopyLM` answers for a text after a prefix of the words `known`."""
    words = re.findall(r"\w+", text)
    unknown = 3.0 if len(known) > 40 else 4.0
    costs = [(1.0 if len(word) < 6 else 2.0) if word in known else unknown for word in words]
    return Likelihood(-sum(costs), len(words))


class CopyLM:
    """A word the prefix holds costs 1 nat, or 2 from six letters on, any other 4, or 3 after a long prefix.

    The chat template is SmolLM2's.
    """

    fingerprint = "copy"

    def generate(self, prompts: Sequence[str], sampling: Any, seeds: Any = None) -> list[str]:
        raise AssertionError("answers are never generated")

    def log_likelihood(self, texts: Sequence[str], prefixes: Sequence[str] | None = None) -> list[Likelihood]:
        given = prefixes or [""] * len(texts)
        return [likelihood(text, re.findall(r"\w+", prefix)) for text, prefix in zip(texts, given, strict=True)]

    def render_chat(self, messages: Sequence[Mapping[str, str]], add_generation_prompt: bool = False) -> str:
        head = (
            "" if messages[0]["role"] == "system" else "<|im_start|>system\nYou are a helpful AI assistant<|im_end|>\n"
        )
        turns = "".join(f"<|im_start|>{m['role']}\n{m['content']}<|im_end|>\n" for m in messages)
        return head + turns + ("<|im_start|>assistant\n" if add_generation_prompt else "")

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return [len(re.findall(r"<\|\w+\|>|\w+|[^\w\s]", text)) for text in texts]


@pytest.fixture
def small_models() -> SimpleNamespace:
    return SimpleNamespace(causal_lm=CopyLM(), encoder=BagEncoder(), recognizer=ListRecognizer())


def pick(options: Sequence[Any], *key: str) -> Any:
    return options[int(fraction(1, *key) * len(options))]


def story(number: int) -> str:
    """A little report about invented people; every number gives another one."""

    def one(options: Sequence[str], place: str) -> str:
        return str(pick(options, str(number), place))

    people = [name for name, kind in NAMES if kind == "PERSON"]
    places = [name for name, kind in NAMES if kind == "LOCATION"]
    bodies = [name for name, kind in NAMES if kind == "ORGANIZATION"]
    goods = ("wooden boats", "school desks", "garden tools", "medical records", "railway sleepers", "winter coats")
    verbs = ("repaired", "ordered", "inspected", "donated", "counted", "replaced")
    moods = ("carefully", "reluctantly", "publicly", "secretly", "eagerly")
    weather = ("stormy", "unusually bright", "bitterly frozen", "humid and restless", "perfectly calm")
    tag = digest(1, str(number))[:6]
    end = f"{1 + number % 28} March {1990 + number % 30}"
    return (
        f"{one(people, 'a')} was seen near the {one(weather, 'b')} harbor in {one(places, 'c')}. "
        f"The {one(bodies, 'd')} {one(verbs, 'e')} {10 + number} {one(goods, 'f')} {one(moods, 'g')}. "
        f"According to note {tag}, the committee {one(verbs, 'h')} everything before the evening. "
        f"{one(people, 'i')} said the {one(moods, 'j')} prepared plan of {one(bodies, 'k')} would "
        f"cost ${1000 + number * 7} in {1980 + number % 40}. "
        f"Local residents {one(verbs, 'l')} their {one(goods, 'm')} and discussed matters {one(moods, 'n')}. "
        f"The {one(weather, 'o')} season around {one(places, 'p')} ended on {end}."
    )


def ids(*tables: Sequence[dict[str, Any]]) -> set[str]:
    """Ids of the rows of all tables."""
    return {row["id"] for table in tables for row in table}


def masked_row(number: int, text: str | None = None, **changes: Any) -> dict[str, Any]:
    body = story(number) if text is None else text
    words = [m.span() for m in re.finditer(r"[a-z]{6,}", body)][::3]
    return {
        "id": f"m{number:04d}",
        "source_doc": f"d{number:04d}",
        "subject": f"s{number:04d}",
        "role": "document",
        "text": body,
        "refilled_text": body.replace("evening", "morning"),
        "label": ("harbor", "finance")[number % 2],
        "language": "en",
        "spans": [],
        "masks": [
            {"start": a, "end": b, "kind": "word", "unit": i, "corruption": "mask"} for i, (a, b) in enumerate(words)
        ],
        "refills": [],
        "recipe": "mask",
        "params": "{}",
        "scores": [],
        **changes,
    }


def augmented_row(parent: dict[str, Any], **changes: Any) -> dict[str, Any]:
    text = parent["text"].replace("was seen near", "was noticed close to").replace("discussed matters", "talked")
    return {
        **{name: parent[name] for name in ("source_doc", "subject", "role", "label", "language")},
        "id": "a" + parent["id"][1:],
        "parent": parent["id"],
        "text": text,
        "sentences": 6,
        "sentences_changed": 2,
        "recipe": "back_translation",
        "params": "{}",
        "scores": [],
        **changes,
    }


@pytest.fixture
def corpus() -> Callable[..., tuple[list[dict[str, Any]], list[dict[str, Any]]]]:
    def make(count: int = 60, **changes: Any) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
        masked = [masked_row(number, **changes) for number in range(count)]
        return masked, [augmented_row(row) for row in masked]

    return make


@pytest.fixture
def make_masked() -> Callable[..., dict[str, Any]]:
    return masked_row


@pytest.fixture
def make_augmented() -> Callable[..., dict[str, Any]]:
    return augmented_row
