"""Further occurrences of what was found once, and how they are searched for."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from synth_assets.masking.detection.linking import find_forms, find_forms_by_regex, link
from synth_assets.masking.mentions import PATTERN, Mention

WORDS = st.text("aAbÅåéẞſK1.-' ", min_size=1, max_size=5)


@pytest.mark.parametrize(
    ("kind", "value", "again"),
    [
        ("PERSON", "Ida Quillfeather", "Quillfeather"),
        ("PERSON", "Ida Quillfeather", "Ida"),
        ("PERSON", "Ida Quillfeather", "QUILLFEATHER"),
        ("PERSON", "Ida Quillfeather", "ida quillfeather"),
        ("PERSON", "Ida Quillfeather", "iquillfeather"),
        ("PERSON", "Ida Quillfeather", "ida.quillfeather"),
        ("PERSON", "Ida Quillfeather", "quillfeather_ida"),
        ("PROFESSION", "beekeeper", "Beekeepers"),
        ("QUANTITY", "four hectares", "FOUR HECTARES"),
        ("ORGANIZATION", "Larnby Trust", "larnby trust"),
    ],
)
def test_what_is_found_once_is_found_again(kind: str, value: str, again: str) -> None:
    text = f"First {value} here; then {again}’s there."
    linked = link(text, [Mention(6, 6 + len(value), kind, 0.9, "x", PATTERN)])
    assert again in {text[item.mention.start : item.mention.end] for item in linked[1:]}
    assert kind != "PERSON" or len({item.entity for item in linked}) == 1 or not again[0].isupper()


def test_an_acronym_is_its_organization() -> None:
    text = "The Larnby Appeal Tribunal (“LAT”) sat. LAT rose; a lat is a muscle."
    linked = link(text, [Mention(4, 26, "ORGANIZATION", 0.9, "x", PATTERN)])
    assert [text[i.mention.start : i.mention.end] for i in linked] == ["Larnby Appeal Tribunal", "LAT", "LAT"]
    assert len({i.entity for i in linked}) == 1


@given(st.lists(WORDS, max_size=6), st.text("aAbÅåéſK1.-' \n", max_size=40))
def test_forms_are_found_as_an_alternation_finds_them(forms: list[str], text: str) -> None:
    """Both ways of searching, for texts in which every letter folds to one."""
    keys = list(dict.fromkeys(form.casefold() for form in forms if len(form) == len(form.casefold())))
    fast = find_forms(text.casefold(), keys)
    assert fast == list(find_forms_by_regex(text, keys))


def test_a_letter_that_folds_to_two_is_linked_too() -> None:
    assert find_forms_by_regex("Straße, STRASSE, strasser", ["straße"]) == [(0, 6)]
