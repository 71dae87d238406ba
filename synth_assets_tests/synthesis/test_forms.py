"""Forms of letters, tables and threads are learned from a few documents, and drawing one always ends."""

from collections.abc import Sequence

import pytest

from synth_assets.synthesis.forms import Forms, fixed_texts, learn, says_something
from synth_assets.synthesis.observed import observe
from synth_assets.synthesis.sketch import Unit
from synth_assets_tests.synthesis.toys import WORDS, draws, masked_row

K = 3
DATE = "⟦DATE⟧"


def forms_of(texts: Sequence[str], k: int = K, words_max: int = 120, labels: Sequence[str | None] = ()) -> Forms:
    given = labels or ["a"] * len(texts)
    documents = [
        observe(masked_row(text, n, label), n) for n, (text, label) in enumerate(zip(texts, given, strict=True))
    ]
    return learn(documents, fixed_texts(documents, k), k, words_max)


def prose(number: int, size: int = 12) -> str:
    return " ".join(WORDS[(number * 5 + place) % len(WORDS)] for place in range(size)).capitalize() + "."


def letter(number: int) -> str:
    salutation = ("Dear Sir or Madam,", "Dear {PERSON 1 Ann Lee},")[number % 2]
    closing = ("Kind regards,", "Yours sincerely,")[number // 2 % 2]
    return f"{salutation}\n\n{prose(number)}\n\n{prose(number + 20)}\n\n{closing}\n{{PERSON 2 Bob Ray}}"


def test_letters_begin_with_a_salutation_and_end_with_a_signature() -> None:
    forms = forms_of([letter(number) for number in range(8)])
    seen = set()
    for rng in draws(1, 60):
        form = forms.draw("a", rng)
        assert form[0].text in ("Dear Sir or Madam,", "Dear ⟦PERSON*⟧,")
        assert form[-2].text in ("Kind regards,", "Yours sincerely,") and form[-1].text == "⟦PERSON⟧"
        assert [unit.before for unit in form] == ["", "\n\n", *["\n\n"] * (len(form) - 3), "\n"]
        assert {unit.kind for unit in form[1:-2]} == {"prose"}
        seen.add((form[0].text, form[-2].text))
    assert len(seen) == 4  # each salutation with each closing, though only these pairs stood in the letters


def test_a_table_keeps_its_rows_in_order() -> None:
    rows = ("| field | value |", "|---|---|", "| holder | {PERSON 1 Ann Lee} |", "| born | {DATE 2 3 May} |")
    forms = forms_of([f"{prose(n)}\n\n" + "\n".join(rows) for n in range(5)])
    for rng in draws(2, 10):
        assert [unit.text for unit in forms.draw("a", rng)[1:]] == [
            *rows[:2],
            "| holder | ⟦PERSON⟧ |",
            "| born | ⟦DATE⟧ |",
        ]


def test_a_thread_keeps_its_head_and_its_quotation() -> None:
    text = "On {DATE 1 3 May}, {PERSON 1 Ann Lee} wrote:\n> We have your message and will answer soon.\n\n"
    forms = forms_of([text + prose(n) for n in range(5)])
    for rng in draws(3, 10):
        first, second, third = forms.draw("a", rng)
        assert first == Unit("", "fixed", "On ⟦DATE⟧, ⟦PERSON⟧ wrote:")
        assert second == Unit("\n", "fixed", "> We have your message and will answer soon.")
        assert (third.before, third.kind) == ("\n\n", "prose")


def test_a_title_and_a_list() -> None:
    items = "- Please bring your card.\n- Please come in time."
    forms = forms_of([f"{WORDS[n].capitalize()} {WORDS[-n]}\n\n{prose(n)}\n\n{items}" for n in range(6)])
    for rng in draws(4, 10):
        form = forms.draw("a", rng)
        assert [unit.kind for unit in form] == ["title", "prose", "fixed", "fixed"]
        assert [unit.text for unit in form[2:]] == items.split("\n")


def test_lines_that_k_subjects_do_not_share_are_left_out() -> None:
    forms = forms_of([f"Dear all,\n\n{prose(n)}\n\nExtension {WORDS[n]}\n\nThanks,\nThe office" for n in range(8)])
    for rng in draws(5, 20):
        assert [unit.text for unit in forms.draw("a", rng)] == ["Dear all,", "", "Thanks,", "The office"]


def test_a_text_of_one_label_is_not_written_under_another() -> None:
    """Five letters of each label; the closing of b is no one's under a."""
    texts = [f"{prose(n)}\n\nThe {label} office" for label in "ab" for n in range(5)]
    forms = forms_of(texts, labels=[label for label in "ab" for _ in range(5)])
    for label in "ab":
        assert {forms.draw(label, rng)[-1].text for rng in draws(6, 20)} == {f"The {label} office"}


def test_prose_words_keep_to_the_limit() -> None:
    forms = forms_of(["\n\n".join(prose(n + 9 * part, 30) for part in range(6)) for n in range(6)], words_max=70)
    for rng in draws(7, 20):
        sizes = [unit.words for unit in forms.draw("a", rng)]
        assert sizes == [30, 30, 10]


def test_where_k_subjects_share_no_beginning_there_is_no_form() -> None:
    forms = forms_of(["Kind regards,", prose(1)])
    assert forms.draw("a", draws(8, 1)[0]) == () == forms.draw("never seen", draws(8, 1)[0])


@pytest.mark.parametrize(
    "texts",
    [
        ["Copper plates"] * 6,
        ["\n".join(["Copper plates are sold here."] * 200)] * 6,
        ["\n".join(["{DATE 1 3 May}"] * 200)] * 6,
        ["\n".join(["---"] * 200)] * 6,
        [f"{word.capitalize()} title" for word in WORDS[:6]],
        [""] * 6,
        ["\n \n\t\n"] * 6,
        ["{PERSON 1 Ann Lee}"] * 6,
        [],
    ],
    ids=["line", "sentence repeated", "slots repeated", "rules repeated", "titles", "empty", "white", "slot", "none"],
)
def test_drawing_ends(texts: list[str]) -> None:
    forms = forms_of(texts)
    for rng in draws(9, 20):
        form = forms.draw("a", rng)
        assert len(form) <= 40


def test_a_fixed_text_stands_as_often_as_k_subjects_have_it_in_one_document() -> None:
    twice = "{PERSON 1 Ann Lee}\n\nI write about my copper plates.\n\n{PERSON 1 Ann Lee}"
    often = "\n".join(["Stock is low today."] * 5)
    forms = forms_of([twice] * 3 + [often] * 2, k=3)
    assert forms.repeats == {"⟦PERSON⟧": 2}
    assert forms_of([often] * 3, k=3).repeats == {"Stock is low today.": 5}
    for rng in draws(10, 20):
        form = forms.draw("a", rng)
        assert sum(unit.text == "⟦PERSON⟧" for unit in form) <= 2


def test_a_form_says_something_where_one_can() -> None:
    address = "{PERSON 1 Ann Lee}\n{ADDRESS 1 5 Low Road}"
    letter = f"{address}\n\nI write about my copper plates."
    forms = forms_of([address] * 4 + [letter] * 4, k=4)
    assert all(says_something(forms.draw("a", rng)) for rng in draws(11, 30))
    assert not says_something(forms_of([address] * 4, k=4).draw("a", draws(12, 1)[0]))
