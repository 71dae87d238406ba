"""National identifiers by Presidio: what is left out to be fast changes nothing of what is found."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synth_assets.masking.kinds.codes import NEEDS, find_national_ids, recognizers
from synth_assets.sample.documents import generate

NINE = "passport 912345678, bank account 12345678, licence A1234567, ABCTY1234D, tax 9123-45, NHS 943 476 5919, SSN 12"


@pytest.mark.parametrize("number", range(len(NEEDS)))
def test_a_recognizer_is_left_out_only_where_it_cannot_match(number: int) -> None:
    known = recognizers(0.0)[number]
    for pattern in known.every.patterns:
        if "(?=.*?" not in pattern.regex:  # a look-ahead to anywhere: hypothesis finds no examples
            _check(pattern.regex.replace("(?i)", ""), known.needs)


def _check(pattern: str, needs: re.Pattern[str]) -> None:
    matches = st.from_regex(
        re.compile(pattern, re.ASCII | re.MULTILINE | re.DOTALL), alphabet=st.characters(codec="ascii")
    )

    @settings(max_examples=10, database=None, derandomize=True)
    @given(matches)
    def check(text: str) -> None:
        assert needs.search(text), pattern

    check()


@pytest.mark.parametrize("text", [NINE, *(row["text"] for row in generate(8, seed=5))])
def test_nothing_above_the_score_is_left_out(text: str) -> None:
    every = [mention for mention in find_national_ids(text) if mention.score >= 0.4]
    assert [mention for mention in find_national_ids(text, 0.4) if mention.score >= 0.4] == every


def test_weak_findings_need_a_context_word() -> None:
    assert [m.score for m in find_national_ids("passport 912345678")] != []
    assert list(find_national_ids("the number 912345678", 0.4)) == []
