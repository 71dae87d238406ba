"""Every sketch drawn from random corpora is recounted naively from the rows."""

import re
from collections import defaultdict
from collections.abc import Sequence

import pytest

from synth_assets.records import Row
from synth_assets.synthesis.k_anonymous import learn_sketches
from synth_assets.synthesis.observed import PROSE_WORDS, observe
from synth_assets.synthesis.sketch import Sketch, Unit
from synth_assets.synthesis.slots import unslotted
from synth_assets.text.words import words
from synth_assets_tests.synthesis.toys import FlatEncoder, draws, random_corpus, sketch_policy

START, END = ("start",), ("end",)
Step = tuple[object, ...]


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("k", [2, 4])
def test_every_sketch_is_shared_by_k_subjects(seed: int, k: int) -> None:
    rows = random_corpus(seed)
    learned = learn_sketches(rows, sketch_policy(k, keywords=3, words_max=60), FlatEncoder())
    assert learned.themes
    paths = {row["id"]: path(row, learned.fixed) for row in rows}
    for label in learned.themes:
        for rng in draws(seed, 25):
            sketch = learned.sketch(label, rng)
            assert sketch.support is not None and len(keyword_subjects(rows, sketch)) >= sketch.support >= k
            for unit in sketch.form:
                if unit.kind == "fixed":
                    assert len(text_subjects(rows, unit.text)) >= k
            assert_steps_are_shared(rows, paths, sketch, k)
            assert_lengths_are_shared(rows, learned.fixed, sketch, k)


def keyword_subjects(rows: Sequence[Row], sketch: Sketch) -> set[str]:
    held: defaultdict[str, set[str]] = defaultdict(set)
    for row in rows:
        if row["label"] == sketch.label:
            held[row["subject"]] |= set(words(row["text"]))
    return {subject for subject, found in held.items() if found.issuperset(sketch.keywords)}


def text_subjects(rows: Sequence[Row], text: str) -> set[str]:
    """Subjects that wrote the words around the slots of a fixed text, in this order."""
    parts = [re.escape(part) for part in re.split(r"⟦[^⟧]*⟧", text)]
    return {row["subject"] for row in rows if re.search(".*?".join(parts), row["text"])}


def path(row: Row, fixed: frozenset[str]) -> list[Step]:
    units = observe(row, 0).units(fixed)
    return [START, START, *(_bare(unit) for unit in units), END]


def _bare(unit: Unit) -> Step:
    return (unit.before, unit.kind, unit.text)


def kind(step: Step) -> object:
    return START if step == START else step[1]


def assert_steps_are_shared(rows: Sequence[Row], paths: dict[str, list[Step]], sketch: Sketch, k: int) -> None:
    """Each unit of the form follows the same two, the same one or the same kind in documents of k subjects."""
    drawn = [START, START, *(_bare(unit) for unit in sketch.form)]
    for place in range(2, len(drawn)):
        before, last, unit = drawn[place - 2 : place + 1]
        shared = set()
        for row in rows:
            steps = paths[row["id"]]
            for at in range(2, len(steps)):
                if steps[at] == unit and kind(steps[at - 1]) == kind(last):
                    shared.add(row["subject"])
        assert len(shared) >= k, (before, last, unit)


def assert_lengths_are_shared(rows: Sequence[Row], fixed: frozenset[str], sketch: Sketch, k: int) -> None:
    left = 60
    for unit in sketch.form:
        if unit.kind != "prose":
            continue
        shared = {
            row["subject"]
            for row in rows
            if any(u.kind == "prose" and u.words == unit.words for u in observe(row, 0).units(fixed))
        }
        assert unit.words == left or (unit.words in PROSE_WORDS and len(shared) >= k)
        left -= unit.words
    assert left >= 0 and sketch.words == 60 - left


def test_what_one_subject_alone_wrote_is_in_no_sketch() -> None:
    rows = random_corpus(3)
    secret = {
        **rows[0],
        "id": "secret",
        "text": "Xylophone Zanzibar\n\nDear quixotic,\n\nA xylophone in Zanzibar.\n\nYours",
    }
    rows += [{**secret, "id": f"secret{n}", "source_doc": f"x{n}"} for n in range(20)]
    learned = learn_sketches(rows, sketch_policy(2), FlatEncoder())
    for label in learned.themes:
        for rng in draws(9, 100):
            sketch = learned.sketch(label, rng)
            shown = {*sketch.keywords, *words(" ".join(unslotted(unit.text) for unit in sketch.form))}
            assert shown.isdisjoint(("xylophone", "zanzibar", "quixotic", "yours"))
