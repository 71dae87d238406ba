"""Makes canaries: invented documents, half planted and half kept out, that show whether training data leaks.

Follows "The Canary's Echo" (Meeus et al., 2025, arXiv:2502.14921). A plausible opening steers generation toward the
canary; an improbable tail leaves traces that no other text leaves. Openings come from public templates, tail words are
used by many subjects, and names and codes are invented, so no canary quotes a document.
"""

import json
import random
import re
from collections import defaultdict
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from resources.keys import Keys
from synth_assets.corpus.policy import CorpusPolicy
from synth_assets.corpus.reading.arrivals import PartitionFiles
from synth_assets.records import Row
from synth_assets.text.words import folded_words, written_words

VOCABULARY = 200  # public words are added to a smaller vocabulary
_COMMON_WORD = re.compile(r"(?<![\w'’])[a-z]{4,12}(?![\w'’])")
_LETTERS = "b br d dr f g gl k kr l m n p qu r s st t tr v z"
_ONSETS = tuple(_LETTERS.split())
_VOWELS = ("a", "e", "i", "o", "u", "ae", "ou")
_CODAS = ("l", "ld", "m", "nd", "r", "rth", "sk", "x", "nt", "v")


def canaries(rows: Sequence[Row], partition: PartitionFiles, policy: CorpusPolicy, seed: int, keys: Keys) -> list[Row]:
    """Make pairs of canaries for a partition; a keyed coin decides which of each pair is planted."""
    public = policy.canary_pairs, list[str](), list(_lines("canary_words.txt"))
    pairs, labels, vocabulary = public if policy.canary_source == "public" else _of_corpus(rows, policy)
    invented: list[Row] = []
    for pair in range(pairs):
        where = (partition.source, partition.day, str(seed), str(pair))
        planted = keys.seed("canary_coin", *where) % 2
        for member in range(2):
            key = keys.hash("canary", *where, str(member))
            draw = random.Random(keys.seed("canary", key))
            text = _text(draw, vocabulary, policy.canary_tail_words)
            label = draw.choice(labels) if labels else None
            invented.append(_row(key, text, label, "train" if member == planted else "canary_out", pair, keys))
    return invented


def _of_corpus(rows: Sequence[Row], policy: CorpusPolicy) -> tuple[int, list[str], list[str]]:
    """Number of pairs, labels and vocabulary that suit a corpus: a share of it, and what many of its subjects use."""
    train = sorted((row for row in rows if row["split"] == "train"), key=lambda row: row["subject"])
    pairs, least = int(policy.max_canary_share * len(train)), policy.canary_vocabulary_subjects
    pairs = min(policy.canary_pairs, pairs)
    words = _used_by([(row["subject"], _COMMON_WORD.findall(row["text"])) for row in train], least) if pairs else []
    labels = _used_by([(row["subject"], [row["label"]]) for row in train if row["label"]], least)
    return pairs, labels, words if len(words) >= VOCABULARY else sorted({*words, *_lines("canary_words.txt")})


def _used_by(uses: Sequence[tuple[str, Sequence[str]]], least: int) -> list[str]:
    """Words used by at least `least` subjects; `uses` must be sorted by subject."""
    subjects: dict[str, int] = defaultdict(int)
    last: dict[str, str] = {}
    for subject, words in uses:
        for word in set(words):
            subjects[word] += last.get(word) != subject
            last[word] = subject
    return sorted(word for word, count in subjects.items() if count >= least)


def _text(draw: random.Random, vocabulary: Sequence[str], tail_words: int) -> str:
    name = f"{_name(draw, 2)} {_name(draw, 3)}"
    code = f"{draw.choice('QXZ')}{draw.choice('JKVW')}-{draw.randrange(10**6):06d}-{draw.randrange(10**4):04d}"
    slots = dict(zip(("first", "second"), draw.sample(vocabulary, 2), strict=True))
    opening = draw.choice(_lines("canary_templates.txt")).format(name=name, code=code, **slots)
    tail = draw.sample(vocabulary, min(tail_words, len(vocabulary)))
    return f"{opening} {' '.join(tail).capitalize()}."


def _name(draw: random.Random, syllables: int) -> str:
    parts = [draw.choice(_ONSETS) + draw.choice(_VOWELS) for _ in range(syllables)]
    return ("".join(parts) + draw.choice(_CODAS)).capitalize()


def _row(key: str, text: str, label: str | None, split: str, pair: int, keys: Keys) -> Row:
    return {
        "id": key,
        "source_doc": key,
        "subject": keys.hash("subject", "", key),
        "role": "canary",
        "split": split,
        "text": text,
        "label": label,
        "language": "en",
        "cluster": key,
        "text_hash": keys.hash("text", " ".join(folded_words(text))),
        "words": len(written_words(text)),
        "recipe": "canary",
        "params": json.dumps({"pair": pair}),
        "scores": {},
    }


@cache
def _lines(name: str) -> tuple[str, ...]:
    return tuple((Path(__file__).parent / name).read_text(encoding="utf-8").split("\n")[:-1])
