"""A name that one letter of a person gives away is hidden in all letters of that person, and in nobody else's."""

from collections import defaultdict

from synth_assets.masking.documents import Name, full_names, occurrences
from synth_assets.masking.mentions import MODEL, Mention

NAME = "Kazimierz Dawidczyk"


def person(text: str, name: str = NAME) -> list[Mention]:
    start = text.index(name)
    return [Mention(start, start + len(name), "PERSON", 0.9, "ner", MODEL)]


def spread(texts: list[str], subjects: list[str], found: list[list[Mention]]) -> list[list[str]]:
    names: dict[str, set[Name]] = defaultdict(set)
    for text, subject, mentions in zip(texts, subjects, found, strict=True):
        names[subject] |= full_names(text, mentions)
    return [
        [text[m.start : m.end] for m in [*mentions, *occurrences(text, names[subject])]]
        for text, subject, mentions in zip(texts, subjects, found, strict=True)
    ]


def test_a_full_name_is_found_in_any_casing_and_spacing() -> None:
    first = f"Thanks, {NAME}"
    texts = [first, "the account is held by kazimierz  dawidczyk under", "KAZIMIERZ\nDAWIDCZYK wrote"]
    assert spread(texts, ["a", "a", "a"], [person(first), [], []])[1:] == [
        ["kazimierz  dawidczyk"],
        ["KAZIMIERZ\nDAWIDCZYK"],
    ]


def test_other_people_are_left_alone() -> None:
    first = f"Thanks, {NAME}"
    texts = [first, f"said {NAME.lower()}", "dawidczyk alone", "xkazimierz dawidczyk, kazimierz dawidczyks"]
    assert spread(texts, ["a", "b", "a", "a"], [person(first), [], [], []]) == [[NAME, NAME], [], [], []]


def test_one_word_and_everyday_words_do_not_spread() -> None:
    texts = ["Dear Will Field, dear Ann", "i will field questions, ann says"]
    found = [[*person(texts[0], "Will Field"), *person(texts[0], "Ann")], []]
    assert spread(texts, ["a", "a"], found)[1] == []
