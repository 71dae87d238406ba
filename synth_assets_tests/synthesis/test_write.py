"""Writing with models that obey, that answer nothing, garbage or without end; people; draws by seed and key."""

import random
import re
from collections.abc import Callable

import pytest

from resources.models.protocols import Sampling
from synth_assets.synthesis.frames import frames
from synth_assets.synthesis.guides import Phrases
from synth_assets.synthesis.prompts import END, Prose, prompt, read
from synth_assets.synthesis.sketch import Sketch, Unit
from synth_assets.synthesis.slots import Filler
from synth_assets.synthesis.write import Writer, WritingPolicy, assemble
from synth_assets.text.words import words
from synth_assets_tests.synthesis.toys import (
    RecordingLM,
    drawn_plants,
    numbered_plants,
    toy_models,
)

EXAMPLES = {name: frame.examples for name, frame in frames().items()}
PLAIN = Sketch("tax_law", ("copper", "plate"), 30, (), 5, "note")
TITLED = Sketch("tax_law", ("copper",), 30, (Unit("", "title"), Unit("\n\n", "prose", words=30)), 5, "note")
Answer = Callable[[str, int, Sampling], str]


def writer(lm: RecordingLM, seed: int = 7) -> Writer:
    return Writer(toy_models(lm), WritingPolicy(), drawn_plants(), EXAMPLES, Phrases({}), seed)


def written_by(answer: Answer, *sketches: Sketch) -> tuple[list[str], RecordingLM]:
    lm = RecordingLM(answer)
    return writer(lm).write(sketches, [f"key{n}" for n in range(len(sketches))]), lm


def _after(prompt: str, text: str) -> str:
    """What a model writes that obeys: a title first, or more of the text."""
    return f" Head\nNote: {text}" if prompt.endswith("Title:") else f" {text}"


def filler() -> Filler:
    return Filler(numbered_plants()[0], random.Random(1))


def test_a_prompt_is_examples_then_label_and_words() -> None:
    one, two = EXAMPLES["note"][:2]
    first = f"Topic: {one.topic}\nWords: {one.words}\nTitle: {one.title}\nNote: {one.text}"
    second = f"Topic: {two.topic}\nWords: {two.words}\nTitle: {two.title}\nNote: {two.text}"
    assert prompt(PLAIN, [one, two], Prose()) == f"{first}\n\n{second}\n\nTopic: tax law\nWords: copper, plate\nTitle:"


def test_what_was_begun_is_continued_without_examples() -> None:
    expected = "Topic: tax law\nWords: copper, plate\nTitle: Head\nNote: So far."
    assert prompt(PLAIN, EXAMPLES["note"], Prose("Head", "So far.")) == expected


def test_a_prompt_without_label_names_no_topic() -> None:
    assert "Topic:" not in prompt(Sketch(None, ("copper",), 30, frame="note"), EXAMPLES["note"], Prose())


@pytest.mark.parametrize(
    ("answer", "before", "after"),
    [
        (" Head\nNote: A text.", Prose(), Prose("Head", "A text.")),
        (" Head", Prose(), Prose("Head", "")),
        (" goal, match, red card\nNote: A text.", Prose(), Prose("", "A text.")),
        (" Goals, and a match\nNote: A text.", Prose(), Prose("Goals, and a match", "A text.")),
        (" Head\nLetter: A text.", Prose(), Prose("Head", "")),
        ("", Prose(), Prose()),
        (" More.", Prose("Head", "A text."), Prose("Head", "A text. More.")),
        (" Head\nNote: A text. Topic: roads Words: mud", Prose(), Prose("Head", "A text.")),
        (" More.\nTitle: Mud", Prose("Head", "A text."), Prose("Head", "A text. More.")),
    ],
)
def test_what_a_model_answers_is_read(answer: str, before: Prose, after: Prose) -> None:
    assert read(TITLED, answer, before) == read(PLAIN, answer, before) == after


def test_a_document_is_its_form_with_prose_in_its_places() -> None:
    form = (
        Unit("", "title"),
        Unit("\n\n", "fixed", "Dear ⟦PERSON1⟧,"),
        Unit("\n\n", "prose", words=4),
        Unit("\n", "fixed", "| id | ⟦ID⟧ |"),
        Unit("\n\n", "prose", words=8),
        Unit("\n\n", "fixed", "Yours,"),
        Unit("\n", "fixed", "⟦PERSON⟧"),
    )
    sketch = Sketch("a", (), 12, form)
    text = "One two three. Four five six. Seven eight nine. Ten."
    expected = (
        "Head\n\nDear Jane1,\n\nOne two three.\n| id | ID-1 |\n\n"
        "Four five six. Seven eight nine. Ten.\n\nYours,\nJane1 Doe1"
    )
    assert assemble(sketch, Prose("Head", text), filler()) == expected


def test_places_without_text_are_left_out_with_their_separator() -> None:
    sketch = Sketch("a", (), 8, (Unit("", "title"), Unit("\n\n", "prose", words=8), Unit("\n\n", "fixed", "Yours,")))
    assert assemble(sketch, Prose(), filler()) == "Yours,"
    assert assemble(Sketch("a", (), 8), Prose(text="One two."), filler()) == "One two."


def test_a_place_takes_at_least_one_sentence_and_the_last_takes_the_rest_up_to_the_words_wanted() -> None:
    text = "One two three four five six. Seven eight. Nine ten eleven twelve thirteen."
    sketch = Sketch("a", (), 6, (Unit("", "prose", words=2), Unit("\n", "prose", words=2)))
    assert assemble(sketch, Prose(text=text), filler()) == "One two three four five six.\nSeven eight."


def test_a_long_text_is_continued_from_what_was_written() -> None:
    sketch = Sketch("a", ("copper",), 100, frame="note")
    (text,), lm = written_by(
        lambda prompt, seed, _: _after(prompt, f"Part {seed % 9973} " + "word " * 27 + "ends."), sketch
    )
    assert len(lm.prompts) == 3 and 80 <= len(words(text)) <= 110
    assert lm.prompts[1].startswith("Topic: a\nWords: copper\nTitle: Head\nNote: Part ")
    assert lm.prompts[2].startswith(lm.prompts[1] + " Part ")


@pytest.mark.parametrize(
    "answer",
    ["", "   \n ", END, "no end mark", ":::: ~~ \x00 \ufffd", "\n\n\n", "<|im_end|>", "Title: Title: Title:"],
)
@pytest.mark.parametrize("sketch", [PLAIN, TITLED], ids=["plain", "titled"])
def test_nothing_and_garbage_end_in_few_calls_without_text(answer: str, sketch: Sketch) -> None:
    (text,), lm = written_by(lambda *_: answer, sketch)
    assert "\n\n" not in text and len(lm.prompts) <= 3
    assert sketch is TITLED or text == ""


def test_endless_text_is_cut_to_the_words_wanted() -> None:
    endless = " ".join(f"It goes on and on to {number}." for number in range(2000))
    (text,), lm = written_by(lambda prompt, *_: _after(prompt, endless), PLAIN)
    assert 24 <= len(words(text)) <= 30 and len(lm.prompts) == 1


def test_a_sentence_is_written_once() -> None:
    (text,), lm = written_by(lambda prompt, *_: _after(prompt, "It rains. It rains. It RAINS! It was late."), PLAIN)
    assert text == "It rains. It was late." and len(lm.prompts) == 3


def test_one_call_asks_for_all_documents_and_each_is_guided_to_its_own_length() -> None:
    asked: set[Sampling] = set()

    def answer(prompt: str, seed: int, sampling: Sampling) -> str:
        asked.add(sampling)
        return ""

    sizes = (8, 60, 120)
    _, lm = written_by(answer, *(Sketch("a", ("copper",), size, frame="note") for size in sizes))
    (sampling,) = asked
    assert sampling.max_new_tokens == (120 + 30) * 1.5 + 24, "the longest, a long last sentence and a title"
    assert lm.calls == 1 and [guide.words for guide in lm.guides] == list(sizes)


def test_a_form_without_prose_asks_the_model_nothing() -> None:
    (text,), lm = written_by(lambda *_: "Never.", Sketch("a", ("copper",), 0, (Unit("", "fixed", "Hello ⟦PERSON1⟧"),)))
    assert lm.prompts == [] and re.fullmatch(r"Hello Jane", text)


def test_people_whom_a_model_names_are_replaced_wherever_they_stand() -> None:
    met = "In May, Tony Blair met Mr Brown. At last Tony Blair left Mr Brown and Angela Merkel"
    answer = f" Tony Blair speaks\nNote: {met}{' too' * 8}."
    (text,), _ = written_by(lambda *_: answer, TITLED)
    assert not re.search("Tony|Blair|Brown|Angela|Merkel", text)
    names = re.findall(r"Jane \w+", text)
    assert names[0] == names[1] == names[2] != names[3] and len(names) == 4
    surnames = re.findall(r"Mr (\w+)", text)
    assert surnames[0] == surnames[1] and text.split("\n")[0] == f"{names[0]} speaks"


def test_one_word_of_a_name_becomes_the_same_word_of_the_made_up_name() -> None:
    answer = "Tony Blair spoke. Asked by Mr Blair and Mr Tony, he said no. To Mr Brown he said more than to Mr Blair."
    (text,), _ = written_by(lambda prompt, *_: _after(prompt, answer), PLAIN)
    (full,) = set(re.findall(r"Jane \w+(?= spoke)", text))
    first, last = full.split()
    assert text.startswith(f"{full} spoke. Asked by Mr {last} and Mr {first}, he said no. To Mr ")
    assert text.endswith(f"to Mr {last}.") and "Brown" not in text


def test_a_made_up_name_is_not_replaced_again() -> None:
    plants = {"PERSON": lambda rng: "Ann Lee"}
    lm = RecordingLM(lambda *_: " Head\nNote: In May, Bob Ray met Mr Ann. It rained.")
    (text,) = Writer(toy_models(lm), WritingPolicy(), plants, EXAMPLES, Phrases({}), 7).write([PLAIN], ["key"])
    assert text.startswith("In May, Ann Lee met Mr Lee.")


def test_a_name_over_the_end_of_the_title_leaves_title_and_text_apart() -> None:
    (text,), _ = written_by(lambda *_: f" A talk with Tony\nNote: Blair said nothing{' at all' * 15}.", TITLED)
    title, _, body = text.partition("\n\n")
    assert title.startswith("A talk with") and body.endswith("at all.")


def test_the_same_words_for_seed_and_key_in_any_order_and_batch() -> None:
    sketches = [PLAIN, TITLED, Sketch("b", ("silver", "lamp"), 110, (), 5, "news"), Sketch("b", (), 8, (), 5, "post")]
    keys = ["k0", "k1", "k2", "k3"]
    together = writer(RecordingLM()).write(sketches, keys)
    assert writer(RecordingLM()).write(sketches[::-1], keys[::-1]) == together[::-1]
    assert [writer(RecordingLM()).write([s], [k])[0] for s, k in zip(sketches, keys, strict=True)] == together
    assert all(
        one != other for one, other in zip(together, writer(RecordingLM(), 8).write(sketches, keys), strict=True)
    )
    assert writer(RecordingLM()).write([PLAIN, PLAIN], ["k0", "k9"])[0] == together[0]
    assert len(set(writer(RecordingLM()).write([PLAIN] * 5, list("abcde")))) == 5


def test_no_sketches_no_documents() -> None:
    assert writer(RecordingLM()).write([], []) == []
