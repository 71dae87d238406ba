"""A draw from rows to statement: permitted before it is made, of those who may vote, in text that quotes nobody."""

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from resources.errors import PolicyError
from resources.keys import Keys
from resources.lake.journal import Journal
from resources.lake.store import Lake
from synth_assets.differential_privacy.spending import Spending
from synth_assets.differential_privacy.statement import Statement
from synth_assets.records import Row
from synth_assets.synthesis.formal.draw import Account, Private, Writer, draw
from synth_assets.synthesis.formal.mechanism import FormalResult, planned
from synth_assets.synthesis.sketch import Sketch
from synth_assets_tests.synthesis.formal.toy import WORDS, Recorder, corpus, encode, policy

MONDAY, TUESDAY = "2026-01-05|letters", "2026-01-06|letters"


class Encoder:
    """The toy encoder, which remembers what it was asked to encode alone."""

    fingerprint = "toy"
    words = WORDS

    def __init__(self) -> None:
        self.alone: list[str] = []

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        assert not any("zyxwv" in text for text in texts), "private documents are encoded alone"
        return encode(texts)

    def encode_alone(self, texts: Sequence[str]) -> np.ndarray:
        self.alone += texts
        return encode(texts)


def rows(first: int, last: int) -> list[Row]:
    """Documents of subjects `first` to `last`, of whom every tenth is in the holdout."""
    return [
        {
            "id": f"d{number}",
            "source_doc": f"d{number}",
            "subject": f"subject {number}",
            "role": "document",
            "split": "train",
            "text": f"zyxwv {document.text}",
            "label": document.label,
            "params": json.dumps({"subject": "given"}),
        }
        for number, document in enumerate(corpus(last))
        if number >= first
    ]


def split_of(subject: str) -> str:
    return "holdout" if subject.endswith("0") else "train"


@pytest.fixture
def spending(tmp_path: Path, keys: Keys) -> Spending:
    return Spending(Journal(Lake(tmp_path, keys), "letters"))


def drawn(
    spending: Spending, keys: Keys, part: str, own: list[Row], encoder: Encoder, recorder: Recorder, most: float = 8.0
) -> tuple[FormalResult, Statement]:
    account = Account(spending, part, "raw", "code", most, 1e-6)
    settings = policy(vocabulary=(), words=8)
    return draw(Private(own, [], keys, split_of), account, Writer(recorder.write, encoder), settings, seed=1)


def test_a_draw_states_what_it_cost_and_is_written_down(spending: Spending, keys: Keys) -> None:
    encoder, recorder = Encoder(), Recorder()
    result, statement = drawn(spending, keys, MONDAY, rows(0, 300), encoder, recorder)
    assert len(result.passages) == 12
    assert statement.executed == planned(policy())
    assert [found.guarantee for found in spending.draws()] == [statement.guarantee]
    assert (statement.draw, statement.partition) == (0, MONDAY)
    assert len(encoder.alone) == 270, "one document of each train subject"
    assert Statement.parse(json.loads(statement.model_dump_json()), "statement") == statement


def test_nothing_private_reaches_the_writer_or_the_statement(spending: Spending, keys: Keys) -> None:
    recorder = Recorder()
    result, statement = drawn(spending, keys, MONDAY, rows(0, 300), Encoder(), recorder)
    for public in (repr(recorder.seen), repr(result), statement.model_dump_json()):
        assert "zyxwv" not in public
        assert "270" not in public and "300" not in public
    assert all(isinstance(sketch, Sketch) and sketch.support is None for sketch in recorder.seen[0])  # type: ignore[attr-defined]


def test_who_voted_on_one_day_abstains_on_the_next(spending: Spending, keys: Keys) -> None:
    drawn(spending, keys, MONDAY, rows(0, 200), Encoder(), Recorder())
    encoder = Encoder()
    drawn(spending, keys, TUESDAY, rows(100, 300), encoder, Recorder())
    assert len(encoder.alone) == 90, "of subjects 100 to 299 those of train who were not there on Monday"
    again = Encoder()
    drawn(spending, keys, MONDAY, rows(0, 300), again, Recorder())
    assert len(again.alone) == 180


def test_a_draw_beyond_the_budget_reads_no_vote(spending: Spending, keys: Keys) -> None:
    encoder, recorder = Encoder(), Recorder()
    with pytest.raises(PolicyError, match="nothing was drawn"):
        drawn(spending, keys, MONDAY, rows(0, 100), encoder, recorder, most=4.0)
    assert (encoder.alone, recorder.seen, spending.draws()) == ([], [], [])


def test_a_writer_that_fails_has_spent_the_draw(spending: Spending, keys: Keys) -> None:
    class Broken(Recorder):
        def write(self, sketches: Sequence[Sketch]) -> list[str | None]:
            raise RuntimeError("the endpoint is gone")

    with pytest.raises(RuntimeError, match="endpoint"):
        drawn(spending, keys, MONDAY, rows(0, 100), Encoder(), Broken())
    assert len(spending.draws()) == 1
