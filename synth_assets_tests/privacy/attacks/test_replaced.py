"""Raw text that got past masking is seen with certainty, and what masking wrote itself is none."""

import random

from hypothesis import given, settings
from hypothesis import strategies as st

from synth_assets.privacy.evidence.tokens import fold, word_spans
from synth_assets.records import Row
from synth_assets_tests.privacy.worlds import attacked, evidence_of, prose, raw_row

WIDTH = 8


def masked_row(raw: Row, before: str, after: str, kind: str = "PERSON") -> Row:
    start = raw["text"].index(before)
    span = {"start": start, "end": start + len(before), "out_start": start, "out_end": start + len(after)}
    text = raw["text"].replace(before, after)
    return {**raw, "text": text, "refilled_text": text, "spans": [{**span, "type": kind, "action": "surrogate"}]}


def met(raw: list[Row], masked: list[Row], released: str) -> tuple[int, int]:
    outcome = attacked(evidence_of(raw, masked), [released])[f"verbatim_windows/words_{WIDTH}_replaced"]
    assert outcome.confirmed == outcome.hits
    return outcome.hits, outcome.n


def test_raw_words_around_something_replaced_are_met() -> None:
    draw = random.Random(3)
    left, right = prose(draw, 10), prose(draw, 10)
    raw = [raw_row(0, "train", f"{left} Ann Lee {right}"), raw_row(1, "holdout", prose(draw, 30))]
    masked = [masked_row(raw[0], "Ann Lee", "Eva Moss")]
    assert met(raw, masked, f"so {raw[0]['text'].upper()}!") == (1, 1)
    assert met(raw, masked, masked[0]["text"]) == (0, 1)
    assert met(raw, masked, f"{left} {right}") == (0, 1)
    words = raw[0]["text"].split()
    assert met(raw, masked, " ".join(words[5 : 5 + WIDTH])) == (1, 1)
    assert met(raw, masked, " ".join(words[6 : 5 + WIDTH])) == (0, 1)


def test_half_a_name_that_others_have_is_no_proof() -> None:
    draw = random.Random(4)
    left, right = prose(draw, 10), prose(draw, 10)
    raw = [raw_row(0, "train", f"{left} Ann Lee {right}"), raw_row(1, "train", f"Ann Lee {prose(draw, 30)}")]
    assert met(raw, [masked_row(raw[0], "Ann Lee", "Eva Moss")], raw[0]["text"]) == (0, 0)


def test_a_story_that_two_documents_tell_is_no_proof() -> None:
    draw = random.Random(7)
    story = f"{prose(draw, 10)} Ann Lee {prose(draw, 10)}"
    raw = [raw_row(0, "train", story), raw_row(1, "control", story), raw_row(2, "holdout", prose(draw, 30))]
    assert met(raw, [masked_row(raw[0], "Ann Lee", "Eva Moss")], story) == (0, 0)


def test_places_and_dates_are_shared_by_many() -> None:
    draw = random.Random(8)
    raw = [raw_row(0, "train", f"{prose(draw, 10)} Norway {prose(draw, 10)}"), raw_row(1, "holdout", prose(draw, 30))]
    for kind, expected in (("LOCATION", (0, 0)), ("ORGANIZATION", (0, 0)), ("DATE", (0, 0)), ("ID", (1, 1))):
        assert met(raw, [masked_row(raw[0], "Norway", "Kenya", kind)], raw[0]["text"]) == expected


def test_what_the_surrogate_keeps_was_not_taken_away() -> None:
    draw = random.Random(5)
    raw = [raw_row(0, "train", f"{prose(draw, 10)} May {prose(draw, 10)}"), raw_row(1, "holdout", prose(draw, 30))]
    assert met(raw, [masked_row(raw[0], "May", "MAY")], raw[0]["text"]) == (0, 0)


def test_a_sentence_that_masking_wrote_is_not_raw_text() -> None:
    """Two form letters: the surrogate of the second happens to be the original of the first."""
    draw = random.Random(6)
    left, right = prose(draw, 10), prose(draw, 10)
    raw = [raw_row(0, "train", f"{left} Norway {right}"), raw_row(1, "train", f"{left} Chile {right}")]
    masked = [masked_row(raw[0], "Norway", "Kenya"), masked_row(raw[1], "Chile", "Norway")]
    assert met(raw, masked, masked[1]["text"])[0] == 0
    assert met(raw, [masked[0], masked_row(raw[1], "Chile", "Ghana")], raw[0]["text"])[0] == 1


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=80))
def test_word_spans_are_those_of_the_folded_words(text: str) -> None:
    spans = word_spans(text)
    words = fold(text)
    assert len(spans) == len(words)
    for (start, end), word in zip(spans, words, strict=True):
        assert word in "".join(fold(text[start:end])) or fold(text[start:end])[0] == word
        assert 0 <= start < end <= len(text)
