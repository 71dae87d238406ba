"""Each attack against texts whose leaks are known."""

import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synth_assets.privacy.attacks.nearest_neighbors import distance_votes, nearest_two
from synth_assets.privacy.attacks.verbatim_windows import longest_common_run
from synth_assets.privacy.evidence.identifiers import find_shapes, full_name
from synth_assets.privacy.evidence.passages import Passage, pick
from synth_assets.privacy.evidence.tokens import find, fold, tokenize
from synth_assets.privacy.results import Outcome
from synth_assets_tests.privacy.worlds import attacked, evidence_of, make_world, prose, raw_row


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("write to jo.doe+x@mail.example.org, soon", ["email"]),
        ("call +44 20 7946 0958 or (212) 555-0123", ["phone", "phone"]),
        ("reference QX-123456-7890 and 078-05-1120", ["number", "number"]),
        ("application no. 36110/97 of 12.05.2004", ["number"]),
        ("GB29 NWBK 6016 1331 9268 19", ["iban"]),
        ("from 1999-2004, on 2004-05-12 and 12-05-2004, 1 000 000 people, 1.250.000 in all", []),
        ("paragraphs 103-105, page 12, room 4711, 3,456,789 votes", []),
    ],
)
def test_shapes(text: str, kinds: list[str]) -> None:
    assert sorted(kind for kind, _ in find_shapes(text, 7)) == sorted(kinds)


def test_min_digits_decides_what_a_number_is() -> None:
    assert [find_shapes("file 123456", digits) for digits in (6, 7)] == [[("number", "123456")], []]


@pytest.mark.parametrize(
    ("mention", "name"),
    [("Mr John Smith's", "john smith"), ("José  GARCÍA", "jose garcia"), ("J. Smith", None), ("Dr. Smith", None)],
)
def test_full_names(mention: str, name: str | None) -> None:
    assert full_name(mention) == name


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("jo.doe@mail.org", "mail JO.DOE@MAIL.ORG now"),
        ("+44 1234 567890", "ring 44-1234-567890"),
        ("+44 1234 567890", "ring +441234567890!"),
        ("441234567890", "ring (44) 1234 567 890"),
        ("GB29NWBK60161331926819", "iban GB29 NWBK 6016 1331 9268 19"),
        ("José García", "said jose\n  GARCIA"),
    ],
)
def test_a_value_is_found_however_it_is_written(value: str, text: str) -> None:
    assert find([value], tokenize(["nothing here 12", text])).value.tolist() == [0]


def test_nothing_is_found_across_texts_or_inside_words() -> None:
    assert find(["john smith", "1234567"], tokenize(["john", "smithson john", "smith 91234567"])).value.tolist() == []


@settings(max_examples=60, deadline=None)
@given(st.lists(st.text("ab ", max_size=40), min_size=1, max_size=4), st.integers(1, 13))
def test_windows_are_those_of_a_plain_loop(texts: list[str], width: int) -> None:
    stream = tokenize(texts)
    plain = [tuple(w[i : i + width]) for w in map(fold, texts) for i in range(len(w) - width + 1)]
    hashes, starts = stream.windows(width)
    assert [tuple(stream.words[s : s + width]) for s in starts] == plain
    assert len(set(hashes.tolist())) == len(set(plain))


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**6), st.integers(3, 60))
def test_longest_run_is_found_exactly(seed: int, length: int) -> None:
    draw = random.Random(seed)
    shared = prose(draw, length)
    raw = tokenize([f"{prose(draw, 9)} zzz {shared} yyy {prose(draw, 5)}"])
    release = tokenize([f"{prose(draw, 7)} xxx {shared} www {prose(draw, 20)}"])
    starts = raw.windows(3)[1]
    met = starts[np.isin(raw.hashes_at(starts, 3), release.windows(3)[0])]
    assert longest_common_run(raw, met, 3, release) == length
    assert longest_common_run(raw, met[:0], 3, release) == 0


def test_identifiers_shared_by_two_subjects_are_not_searched() -> None:
    rows = [
        raw_row(0, "train", "only.me@a.org and office@a.org"),
        raw_row(1, "train", "office@a.org"),
        raw_row(2, "train", "half@a.org"),
        raw_row(3, "control", "half@a.org"),
    ]
    found = evidence_of(rows).identifiers
    assert dict(zip(found.values, found.confirmed, strict=True)) == {"only me a org": True, "half a org": False}


def test_a_number_from_a_range_for_fiction_is_never_a_confirmed_replay() -> None:
    found = evidence_of([raw_row(0, "train", "call 212-555-0123 or 212-867-5309")]).identifiers
    assert dict(zip(found.values, found.confirmed, strict=True)) == {"212 555 0123": False, "212 867 5309": True}


def test_replay_counts_subjects_not_values() -> None:
    rows = [raw_row(i, "train", f"a{i}@x.org b{i}@x.org c{i}@x.org") for i in range(10)]
    rows += [raw_row(i, "holdout", f"h{i}@x.org") for i in range(10)]
    result = attacked(evidence_of(rows), ["a0@x.org b0@x.org C0@X.ORG", "a1@x.org", "h5@x.org"])
    direct = result["identifier_replay/direct"]
    assert isinstance(direct, Outcome)
    assert (direct.hits, direct.n, direct.control_hits, direct.control_n, direct.confirmed) == (2, 10, 1, 10, 2)


def test_direct_types_decide_what_is_direct() -> None:
    rows = [raw_row(0, "train", "a0@x.org or 555 123 4567"), raw_row(0, "holdout", "no one")]
    for types, hits in ((("email",), 1), (("phone",), 0)):
        direct = attacked(evidence_of(rows, direct_types=types), ["a0@x.org"])["identifier_replay/direct"]
        assert isinstance(direct, Outcome) and direct.hits == hits


def test_windows_boilerplate_and_identifiers_in_them() -> None:
    draw = random.Random(5)
    footer, story = prose(draw, 20), prose(draw, 30)
    rows = [raw_row(i, "train", f"{prose(draw, 10)} {footer}") for i in range(6)]
    rows += [raw_row(9, "train", f"{story} me@home.net {prose(draw, 30)}")]
    rows += [raw_row(i, "holdout", prose(draw, 40)) for i in range(7)]
    raw = rows[6]["text"]

    def counts(texts: list[str], **settings: object) -> dict[str, tuple[int, int]]:
        result = attacked(evidence_of(rows, **settings), texts)
        return {k.split("/")[1]: (o.hits, o.n) for k, o in result.items() if isinstance(o, Outcome) and "verbatim" in k}

    assert counts([footer])["words_8"] == (0, 7)
    assert counts([footer], boilerplate_subjects=7)["words_8"] == (6, 7)
    assert counts([story])["words_50_with_identifier"] == (0, 1)
    assert counts([raw])["words_50_with_identifier"] == (1, 1)
    assert counts([story + " me@home.net"], identifying_window_words=20)["words_20_with_identifier"] == (1, 1)
    assert counts([raw])["words_13"] == (1, 7)  # of all who have eight words in a row that are no boilerplate
    assert counts([story], window_words=(30, 31))["words_30"][0] == 1
    assert counts([story], window_words=(30, 31))["words_31"][0] == 0


def test_canaries_are_met_only_where_they_are() -> None:
    world = make_world(4, train=6, holdout=3, control=2, canaries=8)
    planted = [r["text"] for r in world.raw if r["role"] == "canary" and r["split"] == "train"]
    result = attacked(evidence_of(world.raw), planted[:3])
    found = {k: (o.hits, o.n, o.control_hits, o.control_n) for k, o in result.items() if isinstance(o, Outcome)}
    assert found["canaries/identifiers"] == (3, 8, 0, 8)
    assert found["canaries/words_8"] == (3, 8, 0, 8)
    assert "canaries/words_12" in attacked(evidence_of(world.raw, canary_words=12), planted)
    assert not [k for k in attacked(evidence_of(world.raw, min_canaries=0), planted) if "canaries" in k]


def test_distance_votes_by_hand() -> None:
    def unit(*degrees: float) -> "np.ndarray":
        angles = np.radians(degrees)
        return np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)

    votes = distance_votes(unit(0, 10, 80, 45), unit(1, 20), unit(89, 70))
    assert votes["dcr"] == (2, 1, 4)
    assert distance_votes(unit(0), unit(1), unit(2))["dcr"].n == 0
    with pytest.raises(ValueError, match="equal size"):
        distance_votes(unit(0), unit(1, 2), unit(3))


def test_nearest_two_is_that_of_a_full_sort() -> None:
    draw = np.random.default_rng(0)
    queries, targets = (v / np.linalg.norm(v, axis=1, keepdims=True) for v in draw.normal(size=(2, 1500, 8)))
    full = np.sort(1 - queries @ targets.T, axis=1)[:, :2]
    assert nearest_two(queries, targets) == pytest.approx(full, abs=1e-9)


def test_one_vote_a_subject_whatever_the_order() -> None:
    passages = [Passage(f"{s}{i}", f"subject{s}", f"text {i}") for s in range(5) for i in range(s + 1)]
    chosen = pick(passages, 3)
    assert len({p.subject for p in chosen}) == 3
    assert pick(passages[::-1], 3) == chosen
    assert pick(passages, 1, frozenset({"subject4"}))[0].subject == "subject4"
