import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synth_assets.corpus.normalize import normalize

NASTY = "\u200b\u200d\u200c\ufeff\u00ad\u202e\x00\x1b[0m\r\n\x85\u2028\u00a0\u3000\ud800e\u0301\u00c3\u0192\u00c2\u00a9"
NASTY += "\u00e2\u20ac\u0153Ab1 .-\u2022\n\t\U0001f469\U0001f3fd\u2695\ufe0f\U000e0041"


@given(st.one_of(st.text(max_size=80), st.text(alphabet=NASTY, max_size=40)))
@settings(max_examples=400, deadline=None)
def test_normalizing_twice_changes_nothing_and_the_result_is_clean(text):
    once = normalize(text)
    assert normalize(once) == once
    once.encode("utf-8")
    assert unicodedata.is_normalized("NFC", once)
    assert not any(unicodedata.category(c) == "Cc" and c not in "\n\t" for c in once)
    assert "\n\n\n" not in once
    assert all(line == line.rstrip(" \t") for line in once.split("\n"))


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        ("The caf\u00c3\u00a9 isn\u00e2\u20ac\u2122t open", "The caf\u00e9 isn\u2019t open"),
        ("J\u200bo\u200dh\u00adn\ufeff", "John"),
        ("cafe\u0301", "caf\u00e9"),
        ("a\r\nb\rc\u2028d", "a\nb\nc\nd"),
        ("a  \n\n\n\n\tb\n", "a\n\n\tb"),
        ("- one\n- two\n\n1. three", "- one\n- two\n\n1. three"),
        ("\u201cquoted\u201d \ufb01ne &lt;b&gt;", "\u201cquoted\u201d \ufb01ne &lt;b&gt;"),
        ("\x1b[31mred\x1b[0m \x07bell", "red bell"),
        ("10\u00a0km", "10 km"),
        ("\u202egnp.exe", "gnp.exe"),
        ("\U0001f469\U0001f3fd\u200d\u2695\ufe0f", "\U0001f469\U0001f3fd\u200d\u2695\ufe0f"),
        ("\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645", "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645"),
    ],
)
def test_repairs(raw, clean):
    assert normalize(raw) == clean
