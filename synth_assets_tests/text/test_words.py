"""Words, foldings, stems and n-grams by hand."""

import pytest

from synth_assets.text.words import cased_words, folded_words, ngrams, shingles, stem, words, written_words


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("It’s a well-known case.", ["it's", "a", "well", "known", "case"]),
        ("At 10:30 he paid 1,000.50, twice.", ["at", "10:30", "he", "paid", "1,000.50", "twice"]),
        ("The 2nd of 3m, U.S.", ["the", "2nd", "of", "3m", "u", "s"]),
        ("Straße e\u0301t\u00e9 हिन्दी", ["strasse", "e\u0301t\u00e9", "हिन्दी"]),
        ("?! …", []),
    ],
)
def test_words_by_hand(text: str, expected: list[str]) -> None:
    assert words(text) == expected


def test_cased_words_keep_what_words_fold() -> None:
    assert cased_words("It’s O'Brien") == ["It’s", "O'Brien"]


def test_written_words_count_letters_of_unspaced_scripts() -> None:
    assert written_words("two words, 中文") == ["two", "words,", "中", "文"]


def test_forms_of_a_word_share_a_stem() -> None:
    assert stem("opened") == stem("opening") == stem("opens") == "open"
    assert stem("sing") == "sing"


def test_ngrams_by_hand() -> None:
    assert ngrams("abc", 2) == [("a", "b"), ("b", "c")]
    assert ngrams("ab", 3) == []


def test_shingles_and_folding():
    assert shingles(["a", "b", "c"], 2) == ["a b", "b c"]
    assert shingles(["a", "b"], 5) == ["a b"]
    assert folded_words("Ｓtraße, 2nd!") == ["strasse", "2nd"]
    assert folded_words("?! …") == ["?!", "..."]
