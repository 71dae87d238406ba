"""What the rules find without any model, and what they leave alone."""

import pytest

from synth_assets.masking.kinds.registry import find_patterns
from synth_assets.masking.names.cues import find_cues
from synth_assets.masking.names.listed import find_listed_names, find_lower_case_names


def found(text: str, kind: str) -> set[str]:
    rules = (find_patterns, find_cues, find_listed_names, find_lower_case_names)
    mentions = [m for rule in rules for m in rule(text)]
    return {text[m.start : m.end] for m in mentions if m.type == kind and m.score >= 0.4}


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Complaint by Will Mcgee about the desk.", "Will Mcgee"),
        ("Good afternoon Frank,\nthanks.", "Frank"),
        ("Frank wrote on 9 August:\n> hello", "Frank"),
        ("Case note, 13/04/2026 / O'Neill\n\nCame in.", "O'Neill"),
        ("Note of 13/04/2026 / Field\n\nCame in.", "Field"),
        ("Payments go to Rogers, Jessica.", "Rogers, Jessica"),
        ("opened by newton, bill on monday", "newton, bill"),
        ("I spoke to April Parsons this morning.", "April Parsons"),
        ("Yesterday N. Young called.", "N. Young"),
        ("Hope's number is new.", "Hope"),
        ("La señora Edwards me dijo.", "Edwards"),
        ("yesterday mark gould came\nto FLAT 7.", "mark gould"),
    ],
)
def test_people(text: str, name: str) -> None:
    assert name in found(text, "PERSON")


@pytest.mark.parametrize(
    "text",
    [
        "Will you call on May 4? I hope so.",
        "We will, may and must answer by April.",
        "Paris, France and Rome, Italy were visited.",
        "The rose garden and the olive oil are gone.",
        "He wrote on 3 May to the bank.",
        "Good afternoon, and thank you.",
    ],
)
def test_everyday_words_are_nobody(text: str) -> None:
    assert not {name for name in found(text, "PERSON") if name not in ("France", "Paris", "Rome", "Italy")}


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("Sie erreichen mich unter 0171 2723143.", "PHONE", "0171 2723143"),
        ("Send it to 7282 Erin Lakes, please.", "ADDRESS", "7282 Erin Lakes"),
        ("Alameda de Cardoso, 88\nCartaxo\n", "ADDRESS", "Alameda de Cardoso, 88"),
        ("Ich wohne Tom-Kühnert-Weg 3/7.", "ADDRESS", "Tom-Kühnert-Weg 3/7"),
        ("Jane Roe\n1 Megan Brook\nShirleybury\n", "LOCATION", "Shirleybury"),
        ("The client is 59 and retired.", "AGE", "59"),
        ("Being 39, I find it hard.", "AGE", "39"),
        ("I live alone at 75.", "AGE", "75"),
        ("Lowe, Newton and Sims were asked.", "ORGANIZATION", "Lowe, Newton and Sims"),
        ("Roberts and Sons were asked.", "ORGANIZATION", "Roberts and Sons"),
        ("Look at larnby.clinic for it.", "URL", "larnby.clinic"),
        ("It is on www2.quorvex.health/a/b now.", "URL", "www2.quorvex.health/a/b"),
        ("Amazon.Com and QUORVEX.LAW differ.", "URL", "Amazon.Com"),
        ("Amazon.Com and QUORVEX.LAW differ.", "URL", "QUORVEX.LAW"),
    ],
)
def test_other_kinds(text: str, kind: str, value: str) -> None:
    assert value in found(text, kind)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("In 12 European Union countries it is so.", "ADDRESS"),
        ("We open at 9 and close at 18 daily.", "AGE"),
        ("The answer is 42 and no other.", "AGE"),
        ("On 0151 pages.", "PHONE"),
        ("Bread and Butter are here.", "ORGANIZATION"),
        ("She had left.So had he, e.g. at 3.30 in the so.called house.", "URL"),
    ],
)
def test_what_only_looks_like_it(text: str, kind: str) -> None:
    assert not found(text, kind)
