"""Masked rows written by hand, random small corpora, and models that record what they are asked."""

import random
import re
from collections import Counter
from collections.abc import Callable, Sequence
from types import SimpleNamespace
from typing import Any

import numpy as np

from resources.models.protocols import Entity, Sampling
from synth_assets.records import Row
from synth_assets.synthesis.guides import SketchGuide
from synth_assets.synthesis.policy import SketchPolicy
from synth_assets.synthesis.prompts import END
from synth_assets.synthesis.slots import Plants
from synth_assets.text.draws import derive

_SPAN = re.compile(r"\{(?P<keep>=?)(?P<type>[A-Z_]+) (?P<entity>\d+) (?P<surface>[^{}]*)\}")
WORDS = (  # noqa: SIM905 (fifty lines otherwise)
    "amber anchor barley basket beacon bottle candle canyon castle cellar cherry cobalt copper cotton dagger desert "
    "ember falcon feather forest garlic ginger hammer harbor hazel island jasmine kettle ladder lantern lemon linen "
    "magnet maple marble meadow mirror needle nutmeg olive orchard oyster paddle pebble pepper pigeon pillow planet "
    "pocket quarry rabbit raven ribbon saddle saffron salmon shovel silver spider sponge stable summit timber tulip "
    "tunnel turnip valley velvet walnut whistle willow window winter wizard zebra"
).split()
"""Words that no frame and no fixed text holds."""


def masked_row(text: str, number: int = 0, label: str | None = "a", subject: str = "", language: str = "en") -> Row:
    """A MASKED_CORPUS row. `{TYPE 1 Anna}` is a surrogate of entity 1; with = before the type, a kept value."""
    plain, spans = "", []
    done = 0
    for match in _SPAN.finditer(text):
        plain += text[done : match.start()]
        start, plain = len(plain), plain + match["surface"]
        spans.append(
            {"type": match["type"], "entity": int(match["entity"]), "action": "keep" if match["keep"] else "surrogate",
             "start": start, "end": len(plain), "out_start": start, "out_end": len(plain)}
        )  # fmt: skip
        done = match.end()
    return {
        "id": f"m{number:04d}",
        "source_doc": f"d{number:04d}",
        "subject": subject or f"s{number:04d}",
        "role": "document",
        "text": plain + text[done:],
        "label": label,
        "language": language,
        "spans": spans,
    }


def masked_rows(texts: Sequence[str], label: str | None = "a", first: int = 0) -> list[Row]:
    """A row, and a subject, for each text."""
    return [masked_row(text, first + number, label) for number, text in enumerate(texts)]


def sketch_policy(k: int = 3, **settings: Any) -> SketchPolicy:
    """One theme a label, unless `settings` say otherwise."""
    return SketchPolicy(**{"k": k, "theme_documents": 10_000, **settings})


def random_corpus(seed: int, subjects: int = 14) -> list[Row]:
    """Documents of a few forms; some words, lines and forms are shared by many subjects, others by one."""
    rng = random.Random(seed)
    rows: list[Row] = []
    for subject in range(subjects):
        for _ in range(rng.choice((1, 1, 1, 2, 3))):
            label = rng.choice(("a", "a", "b", "b", "c", None))
            rows.append(masked_row(_random_text(rng, label), len(rows), label, f"s{subject:04d}"))
    return rows


def _random_text(rng: random.Random, label: str | None) -> str:
    pool = WORDS[:12] if label == "a" else WORDS[8:24]
    own = rng.sample(WORDS[24:], 4)
    parts = []
    if rng.random() < 0.4:
        parts.append(" ".join(word.capitalize() for word in rng.sample(own, 2)))
    if rng.random() < 0.7:
        parts.append(rng.choice(("Dear {PERSON 1 Ann},", "Good morning,", "To whom it may concern,")))
    for _ in range(rng.choice((1, 1, 2, 3))):
        size = rng.choice((4, 4, 9, 20))
        chosen = [rng.choice(pool) if rng.random() < 0.8 else rng.choice(own) for _ in range(size)]
        parts.append(" ".join(["We saw", *chosen]) + ".")
        if rng.random() < 0.3:
            parts[-1] += " Please answer within two weeks."
    if rng.random() < 0.3:
        parts.append(f"| item | {rng.choice(own)} |\n| date | {{DATE 2 May 3}} |")
    if rng.random() < 0.6:
        parts.append("Kind regards,\n{PERSON 2 Bob Stone}")
    return rng.choice(("\n\n", "\n")).join(parts)


class FlatEncoder:
    """Every text is like every other one."""

    fingerprint = "flat"

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        return np.ones((len(texts), 1), np.float32)


class TopicEncoder:
    """A dimension for each of some words: the direction of a text is which of them it holds."""

    fingerprint = "topic"

    def __init__(self, *names: str) -> None:
        self._names = names

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        vectors = np.array([[text.count(name) + 1e-3 for name in self._names] for text in texts], np.float32)
        vectors = vectors.reshape(len(texts), len(self._names))
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


class NameRecognizer:
    """Finds three people, even over the end of a line, and a capitalized word after "Mr"."""

    fingerprint = "names"

    def recognize(self, texts: Sequence[str]) -> list[list[Entity]]:
        pattern = r"\b(?:Tony\sBlair|Angela\sMerkel|Bob\sRay)\b|(?<=Mr )[A-Z][a-z]+\b"
        found = ([match.span() for match in re.finditer(pattern, text)] for text in texts)
        return [[Entity(start, end, "PERSON", 0.9, "names") for start, end in spans] for spans in found]


class RecordingLM:
    """Answers by a function of prompt and seed, and keeps every prompt and what guided the answer."""

    fingerprint = "recording"

    def __init__(self, answer: "Callable[[str, int, Sampling], str] | None" = None) -> None:
        self.calls = 0
        self.prompts: list[str] = []
        self.guides: list[SketchGuide] = []
        self._answer = answer or obedient

    def generate(
        self, prompts: Sequence[str], sampling: Sampling, seeds: Sequence[int], guides: Sequence[SketchGuide]
    ) -> list[str]:
        assert sampling.stop == (END,)
        self.calls += 1
        self.prompts += prompts
        self.guides += guides
        return [self._answer(prompt, seed, sampling) for prompt, seed in zip(prompts, seeds, strict=True)]


def keywords_of(prompt: str) -> list[str]:
    """The words that the last part of a prompt asks for."""
    return re.findall(r"^Words: (.*)$", prompt, re.MULTILINE)[-1].split(", ")


def obedient(prompt: str, seed: int, sampling: Sampling) -> str:
    """Sentences with the words asked for and invented ones, as many as the tokens allow, drawn by the seed."""
    rng = random.Random(seed)

    def sentence() -> str:
        invented = ["".join(rng.choices("bdfgklmnprstv", k=1) + rng.choices("aeiou", k=1)) * 2 for _ in range(6)]
        used = [*invented, rng.choice(keywords_of(prompt))]
        rng.shuffle(used)
        return f"The {' '.join(used)}."

    text = " ".join(sentence() for _ in range(max(1, int(sampling.max_new_tokens / 1.5 / 8))))
    if not prompt.endswith("Title:"):
        return f" {text}"
    noun = re.findall(r"^(?!Topic|Words|Title)(\w+): ", prompt, re.MULTILINE)[-1]
    return f" About {rng.choice(keywords_of(prompt))}\n{noun}: {text}"


def toy_models(lm: RecordingLM, encoder: Any = None) -> Any:
    return SimpleNamespace(causal_lm=lm, encoder=encoder or FlatEncoder(), recognizer=NameRecognizer())


def numbered_plants() -> tuple[Plants, Counter[str]]:
    """Plants whose values say type and number (Jane1 Doe1, DATE-1), and how often each type was made up."""
    made: Counter[str] = Counter()

    def plant(kind: str) -> Callable[[random.Random], str]:
        def make(rng: random.Random) -> str:
            made[kind] += 1
            return f"Jane{made[kind]} Doe{made[kind]}" if kind == "PERSON" else f"{kind}-{made[kind]}"

        return make

    return {kind: plant(kind) for kind in ("PERSON", "DATE", "ID")}, made


def drawn_plants() -> Plants:
    """Plants whose values depend on the random numbers alone."""
    return {
        "PERSON": lambda rng: f"Jane {rng.choice(('Pike', 'Rowe', 'Lunt', 'Vane'))}{rng.randrange(10**6)}",
        "DATE": lambda rng: f"{rng.randrange(1, 29)} June {rng.randrange(1950, 2020)}",
    }


def draws(seed: int, count: int) -> list[random.Random]:
    """Independent sources of random numbers."""
    return [random.Random(derive(seed, "test", str(number))) for number in range(count)]
