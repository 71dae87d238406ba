"""Words of one masked subject are found in a release, and what others have or masking wrote is not taken for them."""

import random

from synth_assets.privacy.results import Outcome
from synth_assets_tests.privacy.attacks.test_replaced import masked_row
from synth_assets_tests.privacy.worlds import attacked, evidence_of, prose, raw_row

WIDTH = 13


def test_thirteen_words_of_one_subject_are_met_and_twelve_are_not() -> None:
    draw = random.Random(4)
    raw = [raw_row(i, "train", prose(draw, 40)) for i in range(3)]
    shared, public = prose(draw, 20), prose(draw, 20)
    raw += [raw_row(i, "train", f"{prose(draw, 3)} {shared}") for i in (3, 4)]
    raw += [raw_row(5, "train", public), raw_row(0, "holdout", public)]
    evidence = evidence_of(raw, raw)

    def met(*texts: str) -> tuple[int, int]:
        outcome = attacked(evidence, texts)[f"masked_copies/words_{WIDTH}"]
        assert isinstance(outcome, Outcome) and outcome.confirmed == outcome.hits and outcome.control_n == 0
        return outcome.hits, outcome.n

    words = raw[0]["text"].split()
    measured = 5  # the sixth subject has no words but those of the holdout
    assert met(" ".join(words[7:20])) == (1, measured)
    assert met(" ".join(words[7:19])) == (0, measured)
    assert met(raw[0]["text"].upper(), f"so {raw[2]['text']}!") == (2, measured)
    assert met(shared, public) == (0, measured)


def test_a_surrogate_can_be_drawn_again_and_is_no_copy() -> None:
    draw = random.Random(5)
    left, right = prose(draw, 9), prose(draw, 9)
    raw = raw_row(0, "train", f"{left} Ann Lee {right}")
    masked = masked_row(raw, "Ann Lee", "Eva Moss")
    outcome = attacked(evidence_of([raw], [masked]), [masked["text"]])[f"masked_copies/words_{WIDTH}"]
    assert (outcome.hits, outcome.n) == (0, 0)
    long = raw_row(1, "train", f"{left} Ann Lee {prose(draw, WIDTH)}")
    copied = masked_row(long, "Ann Lee", "Eva Moss")
    outcome = attacked(evidence_of([long], [copied]), [copied["text"]])[f"masked_copies/words_{WIDTH}"]
    assert (outcome.hits, outcome.n) == (1, 1)
