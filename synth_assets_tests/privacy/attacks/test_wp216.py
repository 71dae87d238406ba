"""Singling out, linkability, inference and k-anonymity: on tables worked out by hand, and on made-up people."""

import random
from collections import Counter
from collections.abc import Sequence

import pytest
import regex

from resources.models.protocols import Entity
from synth_assets.privacy.attacks import criteria
from synth_assets.privacy.attacks.k_anonymity import fitting, k_anonymity
from synth_assets.privacy.attacks.risk import Rate, RiskAttack, Tally, paired_difference, risk, success_rate
from synth_assets.privacy.evidence.attributes import AttributeReader, AttributeTables, Subject, Table, attributes
from synth_assets.privacy.evidence.passages import Corpus, Passage
from synth_assets.privacy.policy import PrivacyPolicy
from synth_assets.privacy.results import Estimate

POLICY = PrivacyPolicy(min_attacks=500)
RISKS = (criteria.SINGLING_OUT_RISK, criteria.LINKABILITY_RISK, criteria.INFERENCE_RISK)
_PLANTED = regex.compile(r"\b[A-Z][a-z]+(?:(burg)|( Works)|(ish))\b")
_KINDS = ("LOCATION", "ORGANIZATION", "NORP")
_JOBS = ("teacher", "nurse", "driver", "lawyer", "farmer", "priest", "chef", "pilot")


class PlantedNames:
    """Finds places (...burg), organizations (... Works) and nationalities (...ish); counts what it was asked."""

    fingerprint = "planted"

    def __init__(self) -> None:
        self.asked: list[str] = []

    def recognize(self, texts: Sequence[str]) -> list[list[Entity]]:
        self.asked += texts
        return [
            [
                Entity(*m.span(), kind, 1.0, "planted")
                for m in _PLANTED.finditer(text)
                for kind, g in zip(_KINDS, m.groups(), strict=True)
                if g
            ]
            for text in texts
        ]


def person(draw: random.Random) -> str:
    def name() -> str:  # a few are common and most are rare, as in life
        return "".join(chr(97 + c) for c in divmod(int(400 * draw.random() ** 2), 26)).capitalize()

    he, his = draw.choice((("He", "his"), ("She", "her")))
    return (
        f"The {name()}ish {draw.choice(_JOBS)}, aged {draw.randrange(20, 90)}, lives in {name()}burg and works for "
        f"{name()} Works since {draw.choice(('May', 'July', 'October'))} {draw.randrange(1960, 2020)}. "
        f"{he} spent {his} ${10 ** draw.randrange(2, 7)} in {name()}burg."
    )


def people(seed: str, count: int) -> tuple[Passage, ...]:
    draw = random.Random(seed)
    return tuple(Passage(f"{seed}/{i}", f"who/{seed}/{i}", person(draw)) for i in range(count))


def world(seed: int, size: int = 120) -> tuple[Corpus, AttributeTables]:
    sides = {side: people(f"{side}{seed}", size) for side in ("train", "holdout", "control")}
    corpus = Corpus({**sides, "planted": (), "kept_out": ()})  # type: ignore[dict-item]
    return corpus, AttributeTables.of(corpus, PlantedNames())


def all_outcomes(tables: AttributeTables, released: Sequence[Passage]) -> dict[str, Estimate]:
    table = tables.release(released)
    risks = [attack.estimate(table, tables, POLICY) for attack in RISKS]
    return {e.name: e for e in (*risks, *k_anonymity(table, tables, POLICY))}


def table(*rows: set[tuple[str, str]]) -> Table:
    return tuple(Subject(f"s{i}", frozenset(row)) for i, row in enumerate(rows))  # type: ignore[arg-type]


A, B, C = ("place", "a"), ("place", "b"), ("place", "c")
NURSE, JUDGE = ("occupation", "nurse"), ("occupation", "judge")
OLD, YOUNG, MID = ("age", "80"), ("age", "20"), ("age", "50")
MAN, WOMAN = ("gender", "m"), ("gender", "f")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("She is 45 years old; her son is aged 7.", {("gender", "f"), ("age", "40"), ("age", "0")}),
        ("He and she were there.", set()),
        ("On 12 May 2004", {("month", "2004-05"), ("year", "2004")}),
        ("in Oct. 1999", {("month", "1999-10"), ("year", "1999")}),
        ("May 3rd, 2001, 2001-06-30", {("month", "2001-05"), ("month", "2001-06"), ("year", "2001")}),
        ("05/31/1987 or 31.05.1987", {("month", "1987-05"), ("year", "1987")}),
        ("EUR 5,000 and $3.5 million and 40 pounds", {("money", "1e3"), ("money", "1e6"), ("money", "1e1")}),
        ("two Nurses of the Abburg Dé Works", {("occupation", "nurse"), ("place", "abburg")}),
        ("case no. 1999/45, 12.2004 units, id 20045", set()),
    ],
)  # fmt: skip
def test_attributes_of_a_text(text: str, expected: set[tuple[str, str]]) -> None:
    assert attributes(text, PlantedNames().recognize([text])[0]) == expected


def test_names_are_folded_and_placeholders_are_no_names() -> None:
    text = "[PLACE_1] and The  ÖST Sea"
    entities = [Entity(1, 8, "LOCATION", 1, ""), Entity(14, 26, "LOCATION", 1, ""), Entity(14, 26, "PERSON", 1, "")]
    assert attributes(text, entities) == {("place", "ost sea")}


def test_each_distinct_text_is_recognized_once() -> None:
    recognizer = PlantedNames()
    reader = AttributeReader(recognizer)
    assert reader.read(["in Abburg", "in Cdburg", "in Abburg"])[2] == {("place", "abburg")}
    reader.read(["in Cdburg"])
    assert sorted(recognizer.asked) == ["in Abburg", "in Cdburg"]


def test_a_table_has_one_row_a_subject_and_equal_sides() -> None:
    train = (Passage("1", "x", "in Abburg"), Passage("2", "x", "in 1999"), Passage("3", "y", "in Cdburg"))
    sides = {"train": train, "holdout": (Passage("4", "z", "a nurse"),), "control": (), "planted": (), "kept_out": ()}
    tables = AttributeTables.of(Corpus(sides), PlantedNames())  # type: ignore[arg-type]
    assert (len(tables.train), len(tables.holdout)) == (1, 1)
    x = AttributeTables.of(Corpus({**sides, "holdout": train}), PlantedNames()).train  # type: ignore[dict-item]
    assert {row.subject: row.values for row in x} == {
        "x": {("place", "abburg"), ("year", "1999")},
        "y": {("place", "cdburg")},
    }


def test_a_release_has_one_row_a_subject_the_union_of_its_columns_without_canaries() -> None:
    _, tables = world(0, 5)
    released = [
        Passage("r1", "x", "in Abburg"),
        Passage("r1", "x", "in 1999"),
        Passage("r2", "y", "a nurse"),
        Passage("r3", "z", "in Cdburg", canary=True),
    ]
    assert {row.subject: row.values for row in tables.release(released)} == {
        "x": {("place", "abburg"), ("year", "1999")},
        "y": {("occupation", "nurse")},
    }
    assert len(tables.release([*released, Passage("r4", "x", "in Cdburg")])) == 2


def test_success_rate_is_wilson() -> None:
    # z² = 3.8415: 1.92073 / 503.8415, the value that the literature gives for no hit in 500
    assert success_rate(0, 500) == pytest.approx((0.0038122, 0.0038122), abs=1e-6)
    assert success_rate(50, 100) == pytest.approx((0.5, 0.0961688), abs=1e-6)
    with pytest.raises(ValueError, match="at least one attack"):
        success_rate(0, 0)


def test_risk_is_what_the_control_leaves() -> None:
    # (0.5 - 0.2) / 0.8; errors 0.1 / 0.8 and 0.5 / 0.64 * 0.05
    assert risk(Rate(0.5, 0.1), Rate(0.2, 0.05)) == pytest.approx((0.375, 0.2440385, 0.5059615), abs=1e-6)
    assert risk(Rate(0.1, 0.01), Rate(0.3, 0.01)) == (0.0, 0.0, 0.0)
    assert risk(Rate(0.99, 0.01), Rate(0.0, 0.0)).high == 1.0


def test_paired_difference() -> None:
    # center 8 / 102, error 1.959964 * sqrt(13 - 64 / 102) / 102
    assert paired_difference(10, 2, 100) == pytest.approx((0.08, 0.0108425, 0.1460203), abs=1e-6)
    assert paired_difference(0, 0, 50).value == 0.0
    with pytest.raises(ValueError, match="at least one row"):
        paired_difference(0, 0, 0)


def test_a_risk_line_says_main_control_and_guessing() -> None:
    linked = RiskAttack("t", "s", "{side} subjects are linked", lambda *_: Tally(0, 0, 0, 0, 0.0))
    line = linked.line(Tally(30, 100, 10, 100, 0.05), POLICY)
    assert line.value == pytest.approx((31.92073 - 11.92073) / (103.84146 - 11.92073), abs=1e-5)
    assert (line.control, line.limit, line.needs, line.n) == (0.1, 0.1, 500, 100)
    assert "30 of 100 (30.0%) train subjects are linked; control 10 of 100 (10.0%)" in line.sentence
    assert "guessing 5.0%" in line.sentence
    assert "found nothing" not in line.sentence
    weak = linked.line(Tally(5, 100, 1, 100, 0.05), POLICY)
    assert "found nothing" in weak.sentence
    empty = linked.line(Tally(0, 0, 0, 0, 0.0), POLICY)
    assert (empty.value, empty.low, empty.n) == (None, None, 0)


def test_predicates_fit_one_row_alone() -> None:
    release = table({A, NURSE}, {A, NURSE}, {B}, {A, JUDGE}, set())
    found = criteria.unique_predicates(release)
    assert len(found) == 2  # the twins fit each other; the last says nothing
    assert (B,) in found
    assert any(JUDGE in guess for guess in found)


def test_singling_out_counts_who_is_alone_on_either_side() -> None:
    train, holdout = table({A, OLD}, {B}, {B, OLD}), table({C}, {B}, {C, B})
    assert criteria.count_singled_out(table({A}, {B}, {C}), train, holdout)[:4] == (1, 3, 0, 3)
    with pytest.raises(ValueError, match="equal size"):
        criteria.count_singled_out(table({A}), train, table({C}))


def test_linked_needs_one_nearest_row_for_both_halves() -> None:
    release = table({A, NURSE, OLD}, {B, JUDGE, YOUNG}, {C, MID}, {C, WOMAN})
    targets = table(
        {A, OLD},  # both halves meet in row 0
        {B, OLD},  # one in row 1, one in row 0
        {C, MID},  # its first half is tied between rows 2 and 3
        {A, NURSE},  # has no second half
        {("place", "nowhere"), OLD},  # is like nobody in its first half
    )
    assert criteria.linked(targets, release) == (1, 4)
    assert criteria.linked(targets, ()) == (0, 0)


def hiding(kind: str, values: set[tuple[str, str]]) -> Table:
    """A target with these values of which that type is hidden."""
    named = (Subject(f"t{i}", frozenset(values)) for i in range(100))  # type: ignore[arg-type]
    return (next(target for target in named if criteria.hidden(target) == kind),)


@pytest.mark.parametrize(
    ("target", "guess"),
    [
        ({A, NURSE, OLD}, OLD),
        ({B, JUDGE, MAN, OLD}, YOUNG),
        ({C, OLD}, None),  # no row shares what is known
        ({A, MAN}, None),  # the nearest row says nothing of the hidden type
    ],
)
def test_the_hidden_value_is_read_from_the_nearest_row(
    target: set[tuple[str, str]], guess: tuple[str, str] | None
) -> None:
    release = table({A, NURSE, OLD}, {B, JUDGE, YOUNG}, {B, OLD})
    frequency = Counter(value for row in release for value in row.values)
    kind = "gender" if MAN in target and OLD not in target else "age"
    assert criteria.guesses(hiding(kind, target), release, frequency) == [guess]


def test_guessing_names_the_most_frequent_value_of_the_release() -> None:
    release = table({A, OLD}, {B, OLD}, {C, YOUNG})
    train = hiding("age", {A, OLD}) + hiding("age", {C, MID}) + table({A})
    tally = criteria.count_inferred(release, train, hiding("place", {C, YOUNG}))
    assert tally == (1, 2, 1, 1, 0.5)


def test_k_counts_the_subjects_that_fit_every_type() -> None:
    subjects = table({A, OLD}, {A, B, YOUNG}, {B, OLD, MAN}, {A})
    rows = table({A, OLD}, {B}, {A, B, OLD}, {C, OLD}, {A, OLD, YOUNG})
    assert fitting(rows, subjects).tolist() == [1, 2, 2, 0, 2]
    assert fitting((), subjects).tolist() == []


def test_the_raw_corpus_as_release_is_seen_by_every_attack() -> None:
    corpus, tables = world(1)
    found = all_outcomes(tables, corpus.sides["train"])
    for name in ("singling_out/predicates", "linkability/two_halves", "attribute_inference/hidden_value"):
        line = found[name]
        assert line.low is not None and line.limit is not None and line.low > 0.5 > line.limit, name
        assert line.control is not None and line.control < 0.3
        assert "found nothing" not in line.sentence
    alone = found["k_anonymity/k_1"]
    assert alone.low is not None and alone.low > 0.5
    assert alone.p_value is not None and alone.p_value < 1e-6


def test_without_names_nobody_is_linked_but_figures_still_single_out() -> None:
    corpus, tables = world(2)
    hidden = regex.compile(r"\S+burg|\S+ Works|\S+ish")
    masked = [Passage(p.id, p.subject, hidden.sub("[NAME]", p.text)) for p in corpus.sides["train"]]
    found = all_outcomes(tables, masked)
    assert found["linkability/two_halves"].low == 0.0
    assert found["singling_out/predicates"].low > 0.5  # type: ignore[operator]


def test_text_of_others_is_quiet_over_many_worlds() -> None:
    lines = []
    for seed in range(20):
        corpus, tables = world(100 + seed)
        lines += list(all_outcomes(tables, corpus.sides["control"]).values())
    gated = [line for line in lines if line.limit is not None]
    assert len(gated) == 80
    # both-sided 95% intervals: one in forty lies above zero by chance, and none above its limit
    assert [e.name for e in gated if e.low > e.limit] == []  # type: ignore[operator]
    assert sum(e.low > 0 for e in gated) <= 6  # type: ignore[operator]


def test_the_order_of_the_input_does_not_matter() -> None:
    corpus, tables = world(3, 60)
    shuffled = Corpus({side: tuple(reversed(found)) for side, found in corpus.sides.items()})
    again = AttributeTables.of(shuffled, PlantedNames())
    released = [*corpus.sides["train"][:30], *corpus.sides["control"][:30]]
    assert all_outcomes(tables, released) == all_outcomes(again, released[::-1])


def test_nothing_released_gives_no_value_and_no_error() -> None:
    _, tables = world(4, 10)
    assert {e.value for e in all_outcomes(tables, []).values()} == {None}


def test_no_sentence_shows_a_value() -> None:
    corpus, tables = world(5, 40)
    values = {v for row in tables.train for kind, v in row.values if kind in ("place", "organization", "nationality")}
    for line in all_outcomes(tables, corpus.sides["train"]).values():
        assert not values & set(line.sentence.casefold().split())
