"""Translator, encoder, recognizer and tagger keep what the stages rely on."""

from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from resources.errors import PolicyError
from resources.keys import Keys
from resources.models.engine import Engine
from resources.models.engines.entities.spacy import SCORE
from resources.models.engines.translator import MAX_WORDS, pieces_of
from resources.models.entry import ModelEntry
from resources.models.registry import load_registry
from resources.models.weights.sources import digest


@pytest.mark.models
def test_placeholders_survive_the_round_trip(models: Engine) -> None:
    sentences = [
        "[PERSON_1] called the bank about a new card.",
        "The letter from [ORGANIZATION_1] was sent to [PERSON_2] in [LOCATION_1].",
        "Please ask [PERSON_1] whether [PERSON_2] has paid.",
    ]
    there = models.translator.translate(sentences, "en", "pt")
    back = models.translator.translate(there, "pt", "en")
    for before, after in zip(sentences, back, strict=True):
        assert placeholders(before) == placeholders(after)


def placeholders(text: str) -> Counter[str]:
    return Counter(word.strip(".,?") for word in text.split() if word.startswith("["))


@pytest.mark.models
def test_no_is_not_turned_into_not(models: Engine) -> None:
    """The package's Python layer writes "não" (not) for "no" (in the)."""
    out = models.translator.translate(
        ["The patient was admitted to the hospital.", "The cat sat on the mat."], "en", "pt"
    )
    assert all(" no " in text for text in out)
    assert not any("não" in text for text in out)


@pytest.mark.models
def test_lines_and_long_sentences_arrive_whole(models: Engine) -> None:
    clause = "the company opened a new office in the north of the country, "
    out = models.translator.translate([f"First line.\n\n  Second line.\n{clause * 10}and that is all."], "en", "pt")[0]
    assert out.count("\n") == 3
    assert "\n\n  " in out
    assert len(out.rsplit("\n", 1)[1].split()) > 80


@pytest.mark.models
def test_only_served_pairs(models: Engine) -> None:
    with pytest.raises(PolicyError, match="en-pt"):
        models.translator.translate(["Hallo."], "de", "en")


@given(st.text(alphabet="ab ,\n\t", max_size=400), st.integers(1, 120))
def test_pieces_join_to_the_text_and_are_short(noise: str, words: int) -> None:
    text = noise + " word," * words + "\n" + " word" * words + "  "
    pieces = pieces_of(text)
    assert "".join(pieces) == text
    assert max(len(piece.split()) for piece in pieces) <= MAX_WORDS


@pytest.mark.models
def test_vectors_are_unit_and_order_by_meaning(models: Engine) -> None:
    texts = [
        "The cat sat on the mat.",
        "A cat was sitting on a rug.",
        "Interest rates rose by one percent.",
        "",
        "x " * 900,
    ]
    vectors = models.encoder.encode(texts)
    assert vectors.shape == (5, 384)
    assert vectors.dtype == np.float32
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(np.ones(5), abs=1e-5)
    assert vectors[0] @ vectors[1] > 0.6 > 0.3 > vectors[0] @ vectors[2]
    assert models.encoder.encode([]).shape == (0, 384)


@pytest.mark.models
def test_a_vector_hardly_moves_with_its_batch(models: Engine) -> None:
    alone = models.encoder.encode(["A sentence of its own."])[0]
    beside = models.encoder.encode(["A sentence of its own!", "Another, and much longer, sentence beside it. " * 5])[0]
    again = models.encoder.encode(["A sentence of its own."])[0]
    assert np.array_equal(alone, again)
    assert alone @ beside > 0.9


@pytest.mark.models
def test_a_vector_encoded_alone_depends_on_its_text_to_the_last_bit(models: Engine) -> None:
    text, other = "A sentence of its own.", "Another, and much longer, sentence beside it. " * 5
    models.encoder.encode([other, text])  # a cached vector that shared a batch is not taken
    both, one = models.encoder.encode_alone([text, other]), models.encoder.encode_alone([text])
    assert both.shape == (2, 384)
    assert np.array_equal(both[0], one[0])
    assert both[0] @ models.encoder.encode([text])[0] > 0.999
    assert models.encoder.encode_alone([]).shape == (0, 384)


@pytest.mark.models
def test_the_encoder_knows_whole_words_most_frequent_first(models: Engine) -> None:
    words = [word for word in models.encoder.words if word.isalpha() and len(word) > 2]
    assert words.index("time") < words.index("election") < words.index("chassis")
    assert len(words) > 15_000
    assert not any(word.startswith("##") for word in models.encoder.words)


@pytest.mark.models
def test_entities_have_code_point_offsets_and_our_types(models: Engine) -> None:
    text = "Zoë 😀 wrote: John Smith of Microsoft flew to Paris on Monday."
    rows = models.recognizer.recognize([text, "nothing here"])
    found = {(text[e.start : e.end], e.type) for e in rows[0]}
    assert {("John Smith", "PERSON"), ("Paris", "LOCATION"), ("Monday", "DATE"), ("Microsoft", "ORGANIZATION")} <= found
    assert {(e.score, e.detector) for e in rows[0]} == {(SCORE, "spacy")}
    assert [e.start for e in rows[0]] == sorted(e.start for e in rows[0])
    assert rows[1] == []


@pytest.mark.models
def test_tags_tell_number_and_tense(models: Engine) -> None:
    text = "Zoë 😀 rejected two old offers."
    (tags,) = models.tagger.tag([text])
    assert {(text[t.start : t.end], t.tag) for t in tags} >= {
        ("rejected", "VBD"), ("two", "CD"), ("old", "JJ"), ("offers", "NNS"), (".", "."),
    }  # fmt: skip


def test_a_pipeline_without_a_tagger_is_refused(keys: Keys, tmp_path: Path) -> None:
    import spacy

    spacy.blank("en").to_disk(tmp_path / "blank")
    fields = {"source": "local", "engine": "spacy", "license": "none", "path": str(tmp_path / "blank")}
    entry = ModelEntry.parse(fields | {"digest": digest(tmp_path / "blank")}, "test")
    registry = load_registry() | {"tagger": entry}
    with Engine(registry, keys, tmp_path / "cache") as engine, pytest.raises(PolicyError, match="no component"):
        engine.tagger.tag(["a text"])


@pytest.mark.models
def test_real_sentences_round_trip_close_in_meaning(models: Engine, corpora: Path) -> None:
    """Mean cosine of the round trip on news sentences; the reference measured 0.92 on held-out prose."""
    import json

    lines = (corpora / "news.jsonl").open(encoding="utf-8")
    texts = [json.loads(line)["text"] for line, _ in zip(lines, range(30), strict=False)]
    sentences = [text.split(". ")[2].strip() + "." for text in texts]
    sentences = [sentence for sentence in sentences if 6 <= len(sentence.split()) <= 35 and "\n" not in sentence]
    back = models.translator.translate(models.translator.translate(sentences, "en", "pt"), "pt", "en")
    cosines = (models.encoder.encode(sentences) * models.encoder.encode(back)).sum(1)
    assert len(sentences) >= 12
    assert cosines.mean() > 0.85
