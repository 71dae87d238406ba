"""How far one value keeps one surrogate: scope, purpose, consistency, the mapping and its secrecy."""

import json
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from resources.errors import IntegrityError, PolicyError
from resources.keys import Keys
from resources.progress import silent
from synth_assets.masking.detection.linking import link
from synth_assets.masking.keys import DocumentKey, RealValues, SourceMapping, open_mapping
from synth_assets.masking.lexicon.gazetteer import gazetteer, locale_and_gender, name_words, people_of, split_possessive
from synth_assets.masking.mentions import MODEL, Mention
from synth_assets.masking.policy import MaskingPolicy
from synth_assets.masking.stage import mask_corpus
from synth_assets.masking.surrogates.replace import DocumentSurrogates
from synth_assets.masking.surrogates.words import WordSurrogates
from synth_assets.records import Output, Row

KEYS, OTHER = Keys.from_secret(b"0" * 32), Keys.from_secret(b"1" * 32)
CORPUS = {"scope": "corpus", "purpose": "follow patients"}
MARKOV = {"consistency": "markov"}
VISIT = "On 3 May 1990 Mrs Anna Smith came to us in person, wrote from anna.smith@clinic.com and rang 202-456-1111."
BILL = "The bill of 9 May 1990 went to Anna Smith, who may still be asked at anna.smith@clinic.com or 202-456-1111."
SERIES = " ".join(["Mrs Anna Smith spoke of the long road to the old house. Smith was heard."] * 12)


def rows_of(*texts: str, first: int = 0) -> list[Row]:
    return [{"id": f"id-{i}", "source_doc": f"doc-{i}", "subject": f"s-{i}", "role": "document", "split": "train",
             "text": text, "label": None, "language": "en"} for i, text in enumerate(texts, first)]  # fmt: skip


def mask(
    rows: Sequence[Row], keys: Keys = KEYS, mapping: SourceMapping | None = None, seed: int = 7, **surrogates: Any
) -> Output:
    settings = {"detectors": ("pattern", "cue", "gazetteer"), "refill": {"per_document": 0}, "surrogates": surrogates}
    models: Any = SimpleNamespace(recognizer=None, masked_lm=None)
    return mask_corpus(rows, MaskingPolicy.parse(settings, "masking"), seed, keys, models, silent, mapping)


def made_of(rows: Sequence[Row], raw: Sequence[Row]) -> list[dict[str, str]]:
    """{value: surrogate} of each document."""
    texts = {row["source_doc"]: row["text"] for row in raw}
    return [
        {texts[row["source_doc"]][s["start"] : s["end"]]: row["text"][s["out_start"] : s["out_end"]]
         for s in row["spans"]}
        for row in rows
    ]  # fmt: skip


def fresh(purpose: str = "follow patients", keys: Keys = KEYS, seed: int = 7) -> SourceMapping:
    return SourceMapping(keys, seed, "letters", purpose)


def test_scope_document_links_nothing() -> None:
    raw = rows_of(VISIT, BILL)
    first, second = made_of(mask(raw).rows, raw)
    assert not set(first.values()) & set(second.values())


def test_scope_corpus_gives_one_surrogate_a_value_but_dates_stay_by_document() -> None:
    raw = rows_of(VISIT, BILL)
    first, second = made_of(mask(raw, mapping=fresh(), **CORPUS).rows, raw)
    shared = set(first) & set(second)
    assert shared >= {"Anna Smith", "anna.smith@clinic.com", "202-456-1111"}
    assert all(first[value] == second[value] != value for value in shared)
    assert first["3 May 1990"].split()[1:] != second["9 May 1990"].split()[1:]


def test_a_later_day_gets_the_surrogates_of_the_first(tmp_path: Path) -> None:
    days = [rows_of(VISIT), rows_of(BILL, first=9)]
    made = []
    for raw in days:
        with open_mapping(tmp_path, KEYS, 7, "letters", "follow patients") as mapping:
            made += made_of(mask(raw, mapping=mapping, **CORPUS).rows, raw)
    assert made[0]["Anna Smith"] == made[1]["Anna Smith"]
    with open_mapping(tmp_path, KEYS, 7, "letters", "follow patients") as mapping:
        assert made_of(mask(days[0], mapping=mapping, **CORPUS).rows, days[0])[0] == made[0]


def test_a_kept_surrogate_that_became_real_is_drawn_again() -> None:
    mapping = fresh()
    raw = rows_of(VISIT)
    (first,) = made_of(mask(raw, mapping=mapping, **CORPUS).rows, raw)
    later = rows_of(BILL + f" Mr {first['Anna Smith']} was there, at {first['202-456-1111']}.", first=5)
    (second,) = made_of(mask(later, mapping=mapping, **CORPUS).rows, later)
    assert not set(second["Anna Smith"].split()) & set(first["Anna Smith"].split())


@pytest.mark.parametrize(
    "other",
    [
        {"keys": OTHER},
        {"seed": 8},
        {"purpose": "another study"},
    ],
    ids=["secret", "seed", "purpose"],
)
def test_secret_seed_and_purpose_decide_what_is_written(other: dict[str, Any]) -> None:
    raw = rows_of(VISIT)
    rest = {key: value for key, value in other.items() if key != "purpose"}
    stated = CORPUS | {key: value for key, value in other.items() if key == "purpose"}
    (first,) = made_of(mask(raw, mapping=fresh(), **CORPUS).rows, raw)
    (second,) = made_of(mask(raw, mapping=fresh(**other), **rest, **stated).rows, raw)
    for value in ("Mrs Anna Smith", "Anna Smith", "anna.smith@clinic.com"):
        if value in first:
            assert first[value] != second[value]


@pytest.mark.parametrize("how", [{}, MARKOV])
def test_another_secret_gives_other_surrogates(tmp_path: Path, how: dict[str, Any]) -> None:
    raw = rows_of(VISIT)
    before = mask(raw, Keys.open(tmp_path), **how).rows[0]["text"]
    assert mask(raw, Keys.open(tmp_path), **how).rows[0]["text"] == before
    other = mask(raw, Keys.from_secret(b"1" * 32), **how)
    (first,), (second,) = made_of(mask(raw, **how).rows, raw), made_of(other.rows, raw)
    assert other.rows[0]["text"] != before
    assert all(first[value] != second[value] for value in ("Anna Smith", "anna.smith@clinic.com"))


def test_the_mapping_is_encrypted_private_and_of_one_secret(tmp_path: Path) -> None:
    raw = rows_of(VISIT)
    with open_mapping(tmp_path / "mappings", KEYS, 7, "letters", "follow patients") as mapping:
        output = mask(raw, mapping=mapping, **CORPUS)
    (path,) = (tmp_path / "mappings").glob("*.vault")
    stored = path.read_bytes()
    inside = KEYS.decrypt(stored)
    (made,) = made_of(output.rows, raw)
    for value in {*made, *made.values(), "Anna", "Smith", "letters", "patients"}:
        assert value.encode() not in stored and value not in path.name
    assert b"Anna" not in inside and b"smith" not in inside.lower() and b"202-456" not in inside
    assert path.stat().st_mode & 0o077 == 0 and path.parent.stat().st_mode & 0o077 == 0
    with pytest.raises(IntegrityError):
        OTHER.decrypt(stored)
    with open_mapping(tmp_path / "mappings", OTHER, 7, "letters", "follow patients") as other:
        assert other.get("WORD", "anna") is None
    path.write_bytes(stored[:-1] + bytes([stored[-1] ^ 1]))
    with pytest.raises(IntegrityError), open_mapping(tmp_path / "mappings", KEYS, 7, "letters", "follow patients"):
        pass


@pytest.mark.parametrize("how", [{}, MARKOV, CORPUS])
def test_rows_and_figures_hold_no_value(how: dict[str, Any]) -> None:
    raw = rows_of(VISIT, BILL)
    output = mask(raw, mapping=fresh() if how is CORPUS else None, **how)
    told = json.dumps([output.rows, dict(output.figures), [vars(r) for r in output.rejected]], default=str)
    assert output.rows and not [v for v in ("Anna", "Smith", "202-456", "clinic.com", "1990") if v in told]


@pytest.mark.parametrize(
    ("settings", "problem"),
    [
        ({"scope": "corpus"}, "state its purpose"),
        ({"scope": "corpus", "purpose": "  "}, "state its purpose"),
        ({"purpose": "a study"}, "for scope corpus only"),
        ({**CORPUS, **MARKOV}, "needs consistency consistent"),
        ({"scope": "source"}, "surrogates.scope"),
        ({"consistency": "random"}, "surrogates.consistency"),
        ({"keep": 1.5}, "surrogates.keep"),
        ({"kep": 0.5}, "did you mean 'keep'"),
        ({**CORPUS, "purpose": "x" * 501}, "surrogates.purpose"),
    ],
)
def test_wrong_settings_are_errors(settings: dict[str, Any], problem: str) -> None:
    with pytest.raises(PolicyError, match=problem):
        MaskingPolicy.parse({"surrogates": settings}, "masking")


def test_scope_corpus_without_a_mapping_is_an_error() -> None:
    with pytest.raises(PolicyError, match="mapping"):
        mask(rows_of(VISIT), **CORPUS)


def test_what_is_stated_follows_the_settings() -> None:
    stated = [MaskingPolicy.parse({"surrogates": s}, "masking").surrogates.statement for s in ({}, CORPUS, MARKOV)]
    assert len(set(stated)) == 3 and "follow patients" in stated[1] and "0.5" in stated[2]


def names_in_force(**surrogates: Any) -> list[str]:
    raw = rows_of(SERIES)
    (row,) = mask(raw, **surrogates).rows
    return [row["text"][s["out_start"] : s["out_end"]] for s in row["spans"] if s["type"] == "PERSON"]


def test_consistent_is_one_name_and_a_chain_changes_it() -> None:
    assert len({name.split()[-1] for name in names_in_force()}) == 1
    changes = [
        sum(a.split()[-1] != b.split()[-1] for a, b in pairwise(names_in_force(keep=keep, **MARKOV)))
        for keep in (1.0, 0.5, 0.0)
    ]
    assert changes[0] == 0 and 4 <= changes[1] <= 19 and changes[2] == 23


def test_a_surname_alone_follows_the_full_name_in_force() -> None:
    names = names_in_force(keep=0.5, **MARKOV)
    kept = [(a, b) for a, b in pairwise(names) if len(a.split()) > len(b.split()) and a.split()[-1] == b]
    drawn = [b for a, b in pairwise(names) if len(a.split()) > len(b.split()) and a.split()[-1] != b]
    assert kept and drawn
    assert not set(drawn) & {word for name in names for word in name.split()[:-1]}
    last = [name.split()[-1] for name in names]
    runs = [name for i, name in enumerate(last) if i == 0 or last[i - 1] != name]
    assert len(runs) == len(set(runs))  # a name that was given up never returns


def test_a_chain_keeps_dates_and_ages() -> None:
    text = "Anna Smith, aged 47, came on 3 May 1961 and on 10 May 1961, aged 47, with the other papers of the house."
    raw = rows_of(text)
    (one,), (other,) = made_of(mask(raw, **MARKOV, keep=0.0).rows, raw), made_of(mask(raw).rows, raw)
    assert {k: v for k, v in one.items() if k[0].isdigit()} == {k: v for k, v in other.items() if k[0].isdigit()}


@pytest.mark.parametrize(
    ("name", "gender", "language"),
    [
        ("Maria Rossi", "f", "it_IT"),
        ("Mrs Bianchi", "f", "it_IT"),
        ("Giovanni Bianchi", "m", "it_IT"),
        ("Krisztián Szabó", "m", "hu_HU"),
    ],
)
def test_gender_and_locale_of_a_name_are_kept(name: str, gender: str, language: str) -> None:
    from synth_assets.masking.lexicon.gazetteer import LOCALES

    words = [word for word in name_words(name) if len(word) > 1]
    locale, found = locale_and_gender(name, words)
    assert (LOCALES[locale], found) == (language, gender)
    made = WordSurrogates(DocumentKey(KEYS, 7, name), RealValues(KEYS), [name]).person(name)
    assert made.split()[-1] in people_of(locale).surnames
    if len(words) > 1:
        assert gazetteer().gender[made.split()[0].casefold()] in (gender, "")


@pytest.mark.parametrize("ending", ["'s", "’s", "'S"])
def test_possessives_follow_the_name(ending: str) -> None:
    words = WordSurrogates(DocumentKey(KEYS, 7, "d"), RealValues(KEYS), ["Anna Smith", f"Smith{ending}"])
    surname = words.person("Anna Smith").split()[-1]
    assert words.person(f"Smith{ending}") == surname + ending
    assert words.organization(f"Smith{ending} Bakery").startswith(surname + ending)


@pytest.mark.parametrize(
    ("word", "parts"), [("O'Brien", ("O'Brien", "")), ("'s", ("'s", "")), ("Jess’s", ("Jess", "’s")), ("a", ("a", ""))]
)
def test_split_possessive(word: str, parts: tuple[str, str]) -> None:
    assert split_possessive(word) == parts


hostile = st.text(st.sampled_from("abXYßİ'’s-. ́12ק文​\U0001f600"), min_size=1, max_size=12)


@settings(max_examples=120, deadline=None)
@given(st.lists(hostile, min_size=1, max_size=5), st.sampled_from([{}, MARKOV, CORPUS]))
def test_any_name_gets_a_surrogate_that_is_not_it(names: list[str], how: dict[str, Any]) -> None:
    text = " | ".join(names)
    places = [(sum(len(n) + 3 for n in names[:i]), name) for i, name in enumerate(names)]
    mentions = [Mention(at, at + len(name), "PERSON", 1.0, "test", MODEL) for at, name in places]
    policy = MaskingPolicy.parse({"surrogates": how}, "masking")
    mapping = fresh() if how is CORPUS else None
    linked = link(text, mentions)
    made = DocumentSurrogates(text, linked, policy, DocumentKey(KEYS, 7, "d"), RealValues(KEYS, names), mapping)
    for item in linked:
        surface = text[item.mention.start : item.mention.end]
        written = made.replacement(surface, item)
        assert written is None or written.casefold() != surface.casefold()
