"""Protected strings come back as they were, or the rewriting is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from synth_assets.augmentation.protection import protect, protected_counts, without_protected


@pytest.mark.parametrize(
    "original",
    [
        "https://example.org/a?b=c",
        "anna.b@example.org",
        "[PERSON_1]",
        "{{name}}",
        "`rm -rf`",
        "@anna",
        "#15",
        "$1,200.50",
        "£479m",
        "12%",
        "10.8 %",
        "5 °C",
        "250mg",
        "+44 20 7946 0958",
        "18403/91",
        "AB-1234-X",
        "2004",
        "😀👍",
        "12:30",
    ],
)
def test_it_becomes_one_token_and_comes_back(original: str) -> None:
    sentence = f"We sent {original} to them."
    protected = protect(sentence)
    assert protected.text == "We sent [X1] to them."
    assert protected.restore("They got [X1] from us.") == f"They got {original} from us."


def test_terms_are_whole_words_and_the_longest_wins() -> None:
    protected = protect("Ann Lee and Ann met Annette.", ("Ann", "Ann Lee"))
    assert protected.text == "[X1] and [X2] met Annette."
    assert protected.originals == ("Ann Lee", "Ann")


@pytest.mark.parametrize(
    "rewriting",
    [
        "Only [X1] came.",
        "[X1] and [X1] and [X2].",
        "[X1], [X2] and [X3].",
        "Neither.",
        "per[X1] and [X2]",
        "[X1] [X2]s",
    ],
)
def test_missing_doubled_unknown_or_glued_tokens_refuse(rewriting: str) -> None:
    assert protect("He paid 10% of 20 euros.").restore(rewriting) is None


def test_order_and_inner_spaces_may_change() -> None:
    assert protect("He paid 10% of 20 euros.").restore("Of 20: [ x2 ] he paid [X1].") == "Of 20: 20 he paid 10%."


def test_a_literal_token_in_the_source_is_itself_protected() -> None:
    protected = protect("The tag [X7] stays, as 3 does.")
    assert protected.text == "The tag [X1] stays, as [X2] does."
    assert protected.restore(protected.text) == "The tag [X7] stays, as 3 does."


@given(st.text(max_size=120), st.lists(st.text(min_size=1, max_size=8), max_size=3))
def test_the_untouched_text_restores_to_itself(text: str, terms: list[str]) -> None:
    protected = protect(text, terms)
    assert protected.restore(protected.text) == text


def test_counts_and_removal_see_the_same_strings() -> None:
    text = "Ann paid 5% and 5% to bob@example.org."
    assert protected_counts(text, ("Ann",)) == {"Ann": 1, "5%": 2, "bob@example.org": 1}
    assert without_protected(text, ("Ann",)).split() == ["paid", "and", "to", "."]
