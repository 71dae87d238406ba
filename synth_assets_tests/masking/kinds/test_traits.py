"""Traits of people by closed lists, names of unknown kind: what is found, left alone, written, and kept by a policy."""

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resources.keys import Keys
from synth_assets.masking.keys import DocumentKey, RealValues
from synth_assets.masking.kinds import traits
from synth_assets.masking.kinds.kind import Maker
from synth_assets.masking.kinds.quantities import find_quantities
from synth_assets.masking.kinds.registry import kinds
from synth_assets.masking.mentions import MODEL, Mention, resolve
from synth_assets.masking.names.capitalized import find_unknown_names
from synth_assets.masking.surrogates.words import WordSurrogates
from synth_assets_tests.masking.helpers import mask_texts

KEY = DocumentKey(Keys.from_secret(b"0" * 32), 7, "document")
NOBODY = RealValues(Keys.from_secret(b"0" * 32))


def found(text: str) -> set[tuple[str, str]]:
    return {(m.type, text[m.start : m.end]) for m in traits.find_traits(text)}


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("He suffers from severe asthma.", "HEALTH", "severe asthma"),
        ("She was treated for a lymphoma.", "HEALTH", "lymphoma"),  # by its ending
        ("They found acute tonsillitis.", "HEALTH", "acute tonsillitis"),
        ("He had Wilson’s disease.", "HEALTH", "Wilson’s disease"),
        ("A chronic kidney infection.", "HEALTH", "chronic kidney infection"),
        ("After two heart transplants he left.", "HEALTH", "heart transplants"),
        ("She has had AIDS for years.", "HEALTH", "AIDS"),
        ("My son is disabled.", "HEALTH", "disabled"),
        ("A deaf woman asked.", "HEALTH", "deaf"),
        ("He had a stroke in May.", "HEALTH", "stroke"),
        ("The Crohn disease came back.", "HEALTH", "Crohn disease"),
        ("I am single again.", "FAMILY", "single"),
        ("Anna was married to a friend.", "FAMILY", "married to"),
        ("He is divorced.", "FAMILY", "divorced"),
        ("Three widowers and a single mother.", "FAMILY", "widowers"),
        ("Three widowers and a single mother.", "FAMILY", "single mother"),
        ("She is a lesbian.", "ORIENTATION", "lesbian"),
        ("Two gay men came.", "ORIENTATION", "gay men"),
        ("He was a communist.", "POLITICS", "communist"),
        ("Her fear of communism.", "POLITICS", "communism"),
        ("Of Kurdish origin.", "NATIONALITY", "Kurdish"),
        ("The Jehovah’s Witnesses met.", "NATIONALITY", "Jehovah’s Witnesses"),
        ("A black man left.", "NATIONALITY", "black"),
        ("An asylum seeker wrote.", "NATIONALITY", "asylum seeker"),
    ],
)
def test_found(text: str, kind: str, value: str) -> None:
    assert (kind, value) in found(text)


@pytest.mark.parametrize(
    "text",
    [
        "The diagnosis and the prognosis came with a diploma.",
        "It aids us; a stroke of luck on a blind date.",
        "My account is disabled, and it is blind to the rest.",
        "They stood in single file and separated the parts.",
        "The communist regime fell.",
        "The disease spread, and this syndrome has no name.",
        "Black coffee and white bread.",
        "the polish on a copt",
    ],
)
def test_left_alone(text: str) -> None:
    assert found(text) == set()


@pytest.mark.parametrize(
    ("written", "pattern"),
    [
        ("asthma", r"[aeiou].+"),
        ("chronic renal failure", r"[^aeiou].+"),
        ("broken legs", r"[^aeiou]\w.*s"),
        ("appendectomy", r"(artificial limb|endoscopy)"),
        ("ASTHMA", r"[A-Z].+"),
        ("Widow", r"[A-Z][a-z ]+"),
        ("single mothers", r".*(s|children)"),
        ("married to", r".* (to|from|with)"),
        ("Kurds", r"[A-Z]\w+s"),
    ],
)
def test_surrogates_keep_number_casing_and_article(written: str, pattern: str) -> None:
    made = traits.vary(written, KEY)
    assert made.casefold() != written.casefold() and re.fullmatch(pattern, made)


@given(st.integers(0, 10**6))
def test_a_surrogate_is_another_member_of_its_group(number: int) -> None:
    key = KEY.part("case", number)
    for kind, group in (("HEALTH", "illness"), ("FAMILY", "person"), ("ORIENTATION", "status"), ("POLITICS", "person")):
        members = traits.members(kind, group)
        value = members[number % len(members)]
        assert traits.vary(value, key) in set(members) - {value}


def test_singular_and_plural_stay_one() -> None:
    assert traits.vary("Tamils", KEY) == traits.vary("Tamil", KEY) + "s"


@pytest.mark.parametrize("kind", ["HEALTH", "FAMILY", "ORIENTATION", "POLITICS"])
def test_what_is_no_trait_becomes_a_placeholder(kind: str) -> None:
    maker = Maker(KEY, NOBODY, WordSurrogates(KEY, NOBODY, ()))
    assert kinds()[kind].surrogate(kinds()[kind], "a sound sleeper", maker) == ""
    assert kinds()[kind].closed


def names(text: str) -> set[str]:
    return {text[m.start : m.end] for m in find_unknown_names(text)}


def test_letters_beyond_ascii_are_letters() -> None:
    assert names("He lived near Łódź and wrote to Şükrü.") == {"Łódź", "Şükrü"}
    assert names("She had it in a café, and no élan at all.") == set()


def test_what_is_left_of_a_name_beside_another_finding_is_hidden_too() -> None:
    text = "He stood between Quorvex and Smith all day."
    name = next(m for m in find_unknown_names(text) if text[m.start : m.end] == "Quorvex and Smith")
    smith = Mention(text.index("Smith"), text.index(" all"), "PERSON", 0.9, "ner", MODEL)
    rest, person = sorted(resolve(text, [name, smith]), key=lambda mention: mention.start)
    assert (rest.type, person) == ("NAME", smith)
    assert text[rest.start : rest.end].startswith("Quorvex")


def test_many_numbers_in_words_take_no_time() -> None:
    began = time.process_time()
    assert list(find_quantities("twenty five " * 400 + "x")) == []
    assert time.process_time() - began < 5


def test_a_capital_inside_a_sentence_makes_a_name() -> None:
    assert names("We went with Quorvex to the Larnby Marsh Fund.") == {"Quorvex", "Larnby Marsh Fund"}


@pytest.mark.parametrize(
    "text",
    [
        "Quorvex came first.",  # the beginning of a sentence has a capital anyway
        "We saw a Heron, and the heron saw us.",
        "The Court and the Ministry of Justice agreed with it.",
        "They wrote ID and API on it.",
        "It said Unavailable with no Description.",
        "Wir haben die Rechnung nicht mit der Antwort erhalten.",
    ],
)
def test_a_capital_that_makes_no_name(text: str) -> None:
    assert names(text) == set()


SENTENCES = {
    "health": ("It was epilepsy that kept him from the house.", "epilepsy"),
    "family": ("His neighbor, a widower, kept the house.", "widower"),
    "orientation": ("He told us that he was bisexual and left the house.", "bisexual"),
    "politics": ("They took him for an anarchist in the house.", "anarchist"),
    "name": ("They had bought a vruntel and a Quorvex for the house.", "Quorvex"),
}


@pytest.mark.parametrize("kind", SENTENCES)
def test_actions_of_traits(kind: str) -> None:
    text, value = SENTENCES[kind]
    kept, masked = (mask_texts(text, actions={kind: action}).rows[0]["text"] for action in ("keep", "mask"))
    assert kept == text and f"[{kind.upper()}_" in masked
    assert value not in mask_texts(text).rows[0]["text"]


def test_planted_traits_are_members_of_the_lists() -> None:
    from random import Random

    rng = Random(1)
    for kind in ("HEALTH", "FAMILY", "ORIENTATION", "POLITICS"):
        assert all(traits.vary(kinds()[kind].plant(rng), KEY) for _ in range(20))
