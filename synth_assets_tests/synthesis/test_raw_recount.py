"""From raw text through the masker to prompts: every prompt is public text, a label and words, all shared by k.

Support is recounted from the raw documents, and nothing that identifies anybody in them is shown to the model.
"""

import random
import re
from collections.abc import Sequence

import pytest

from resources.progress import silent
from synth_assets.masking.policy import MaskingPolicy
from synth_assets.masking.stage import mask_corpus
from synth_assets.masking.surrogates.made_up import made_up_values
from synth_assets.records import Row
from synth_assets.synthesis.frames import frames
from synth_assets.synthesis.policy import SynthesisPolicy
from synth_assets.synthesis.prompts import END
from synth_assets.synthesis.stage import Synthesized, synthesize
from synth_assets.text.words import ngrams, words
from synth_assets_tests.masking.helpers import KEYS, RuleModels
from synth_assets_tests.synthesis.toys import WORDS, RecordingLM, sketch_policy, toy_models

K = 4
NOUNS = {frame.noun for frame in frames().values()}
SHARED = {"ordered", "came", "late", "answer", "send", "call"}
FIRST = ("Maria", "Peter", "Susan", "Helen", "David", "Laura")
LAST = ("Thompson", "Robinson", "Mitchell", "Bennett", "Crawford", "Harrison", "Sutton", "Whitaker")


def raw_rows(count: int) -> tuple[list[Row], list[str]]:
    """Letters of `count` people with one to three letters each, and every string that identifies somebody."""
    rng = random.Random(3)
    rows: list[Row] = []
    secrets: list[str] = []
    for person in range(count):
        first, last = FIRST[person % len(FIRST)], LAST[person % len(LAST)]
        mail = f"{first.lower()}.{last.lower()}{person}@mailbox-{person}.com"
        phone = f"(202) 456-{1000 + 37 * person}"
        odd = f"quibble{''.join(rng.choices('bcdfg', k=6))}"  # a word that nobody else has
        secrets += [first, last, mail, phone, odd]
        for letter in range(rng.choice((1, 1, 2, 3))):
            label = ("garden", "kitchen")[(person + letter) % 2]
            pool = WORDS[:10] if label == "garden" else WORDS[7:18]
            about = " and ".join(f"the {word}" for word in rng.sample(pool, 4))
            text = (
                f"Dear Mr {LAST[(person + 3) % len(LAST)]},\n\nI ordered {about} and a {odd} from you. They came "
                f"{'very ' * rng.randrange(3)}late. Please send an answer to {mail} or call {phone}.\n\n"
                f"Kind regards,\n{first} {last}"
            )
            rows.append(
                {"id": f"raw{person}-{letter}", "source_doc": f"doc{person}-{letter}", "subject": f"person{person}",
                 "role": "document", "split": "train", "text": text, "label": label, "language": "en"}
            )  # fmt: skip
    return rows, secrets


@pytest.fixture(scope="module")
def raw() -> tuple[list[Row], list[str]]:
    return raw_rows(24)


@pytest.fixture(scope="module")
def made(raw: tuple[list[Row], list[str]]) -> tuple[Synthesized, RecordingLM]:
    detectors = {"detectors": ("pattern", "cue", "gazetteer"), "refill": {"per_document": 0}}
    masked = mask_corpus(raw[0], MaskingPolicy.parse(detectors, "masking"), 7, KEYS, RuleModels(), silent).rows
    assert len(masked) == len(raw[0])
    lm = RecordingLM()
    policy = SynthesisPolicy(sketch=sketch_policy(K, keywords=4))
    return synthesize(masked, policy, 7, toy_models(lm), made_up_values(KEYS), silent), lm


def public_starts() -> list[str]:
    """All that a prompt can begin with: the examples of a frame."""
    return [
        "".join(
            f"Topic: {example.topic}\nWords: {example.words}\nTitle: {example.title}\n{frame.noun}: {example.text}{END}"
            for example in frame.examples
        )
        for frame in frames().values()
    ]


def asked(prompt: str) -> str:
    """What follows the public examples; all of the prompt for more of a text."""
    (start,) = [start for start in public_starts() if prompt.startswith(start)] or [""]
    return prompt.removeprefix(start)


def test_prompts_hold_public_text_label_and_words_alone(made: tuple[Synthesized, RecordingLM]) -> None:
    prompts = made[1].prompts
    assert len(prompts) >= 24
    for prompt in prompts:
        found = re.fullmatch(r"Topic: (garden|kitchen)\nWords: ([a-z, ]+)\nTitle:(?P<own>.*)", asked(prompt), re.DOTALL)
        assert found and set(found[2].split(", ")) <= set(WORDS) | SHARED
        # What follows is what the model itself wrote: a title and made-up words.
        assert re.fullmatch(rf"| About \w+\n(?:{'|'.join(NOUNS)}): The [a-z .T]+", found["own"])


def test_guides_hold_words_of_the_prompt_and_phrases_that_k_subjects_wrote(
    raw: tuple[list[Row], list[str]], made: tuple[Synthesized, RecordingLM]
) -> None:
    assert len(made[1].guides) == len(made[1].prompts)
    writers: dict[tuple[str, ...], set[str]] = {}
    for row in raw[0]:
        for size in (3, 4):
            for gram in ngrams(words(row["text"]), size):
                writers.setdefault(gram, set()).add(row["subject"])
    for prompt, guide in zip(made[1].prompts, made[1].guides, strict=True):
        assert set(guide.keywords) <= set(re.findall(r"^Words: (.*)$", asked(prompt), re.MULTILINE)[0].split(", "))
    phrases = made[1].guides[0].phrases
    assert phrases.following and all(guide.phrases == phrases for guide in made[1].guides)
    for context, following in phrases.following.items():
        for word in following:
            assert len(writers[(*context, word.casefold())]) >= K


def test_k_subjects_raw_documents_hold_label_and_words_of_every_prompt(
    raw: tuple[list[Row], list[str]], made: tuple[Synthesized, RecordingLM]
) -> None:
    fewest = 10**9
    for prompt in made[1].prompts:
        topic, listed = re.findall(r"^(?:Topic|Words): (.*)$", asked(prompt), re.MULTILINE)
        shared = raw_subjects(raw[0], topic, listed.split(", "))
        assert len(shared) >= K
        fewest = min(fewest, len(shared))
    assert fewest <= K + 2  # prompts come near the limit, so that the recount could fail


def raw_subjects(rows: Sequence[Row], label: str, keywords: Sequence[str]) -> set[str]:
    held: dict[str, set[str]] = {}
    for row in rows:
        if row["label"] == label:
            held.setdefault(row["subject"], set()).update(words(row["text"]))
    return {subject for subject, found in held.items() if found.issuperset(keywords)}


def test_nothing_that_identifies_anybody_is_shown_or_written(
    raw: tuple[list[Row], list[str]], made: tuple[Synthesized, RecordingLM]
) -> None:
    secrets = [secret for secret in raw[1] if secret not in FIRST and secret not in LAST]
    names = re.compile(rf"\b(?:{'|'.join((*FIRST, *LAST))})\b", re.IGNORECASE)
    for prompt in made[1].prompts:
        last = asked(prompt)
        assert not any(secret in last for secret in secrets) and not names.search(last)
    for row in made[0].output.rows:
        assert not any(secret in row["text"] for secret in secrets)


def test_nobody_wrote_thirteen_words_in_a_row_that_are_released(
    raw: tuple[list[Row], list[str]], made: tuple[Synthesized, RecordingLM]
) -> None:
    assert len(made[0].output.rows) >= 20
    writers: dict[tuple[str, ...], set[str]] = {}
    for row in raw[0]:
        for gram in ngrams(words(row["text"]), 13):
            writers.setdefault(gram, set()).add(row["subject"])
    released = {gram for row in made[0].output.rows for gram in ngrams(words(row["text"]), 13)}
    assert all(len(writers[gram]) >= K for gram in released & writers.keys())
    texts = [row["text"] for row in made[0].output.rows]
    assert all(re.search(r"^[^\n]+,\n\nThe [^\n]+\n\nKind regards,\n[^\n]+$", text) for text in texts)
