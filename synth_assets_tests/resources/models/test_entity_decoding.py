"""Entities decided for a whole batch are those that spaCy's own decoder finds token by token."""

from typing import Any

import pytest

from resources.models.engine import Engine
from resources.models.engines.entities import spacy as entity_decoding
from resources.models.engines.entities.spacy import EntityDecoder, is_decodable
from synth_assets.sample.documents import generate

Found = list[list[tuple[int, int, str]]]


@pytest.fixture(scope="module")
def nlp(models: Engine) -> Any:
    return models.recognizer.loaded[0]  # type: ignore[attr-defined]


@pytest.fixture(scope="module")
def texts() -> list[str]:
    made = [row["text"] for row in generate(60, seed=5)]
    return [*made, "", " \n ", "Paris", "Paris ", " ".join(made[:6])]


@pytest.fixture(scope="module")
def expected(nlp: Any, texts: list[str]) -> Found:
    return [[(e.start, e.end, e.label_) for e in doc.ents] for doc in nlp.pipe(texts)]


@pytest.mark.models
def test_all_at_once_finds_what_token_by_token_finds(nlp: Any, texts: list[str], expected: Found) -> None:
    assert is_decodable(nlp)
    assert sum(map(len, expected)) > 400
    assert EntityDecoder(nlp).entities([nlp.make_doc(text) for text in texts]) == expected


@pytest.mark.models
@pytest.mark.parametrize("window", [8, 50])
def test_a_document_cut_into_windows_keeps_its_entities(
    nlp: Any, texts: list[str], expected: Found, window: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(entity_decoding, "WINDOW", window)
    assert EntityDecoder(nlp).entities([nlp.make_doc(text) for text in texts]) == expected


@pytest.mark.models
def test_another_pipeline_is_run_as_it_is(nlp: Any) -> None:
    import spacy

    other = spacy.blank("en")
    assert not is_decodable(other)
    other.add_pipe("ner", source=nlp)
    assert is_decodable(other)
    other.add_pipe("entity_ruler")
    assert not is_decodable(other)
