"""Each filter keeps a good rewriting and drops the traps that similarity does not see."""

import pytest

from synth_assets.augmentation.filters.facts import sides
from synth_assets.augmentation.filters.filter import Pair
from synth_assets.augmentation.judging import first_reason
from synth_assets.augmentation.policy import FILTERS, AugmentationPolicy

_POLICY = AugmentationPolicy()
_LONG = "The council of the town met on the first floor to discuss the budget of the coming season and the roads"

KEEP = [
    ("The mill closed because of the heavy rain.", "Because of heavy rain, the mill was closed."),
    ("Ann paid three pounds on Friday.", "On Friday, Ann paid three pounds."),
    ("He did not open the letter.", "He didn't open the letter."),
    ("Sales rose sharply in March.", "Sales increased sharply in March."),
    ("The chief executive met the US envoy in Lisbon.", "In Lisbon, the chief executive met the US envoy."),
    ("They sent [PERSON_1] a copy by post.", "A copy was sent to [PERSON_1] by them by post."),
]
DROP = [
    ("format", "The mill closed early.", "The mill closed early"),
    ("format", "The mill closed early.", "Here is a paraphrase of it: the mill closed early."),
    ("format", "The mill closed early.", "The [X1] mill closed early."),
    ("format", 'He said "wait" to the clerk.', 'He said "wait to the clerk.'),
    ("format", "The mill closed early.", "The mill\nclosed early."),
    ("format", "Is the mill closed?", "The mill is closed."),
    ("degenerate", "I saw the race there.", "I saw the race that saw the race that saw the race there."),
    ("degenerate", "The gate was shut.", "The gate gate gate gate gate was shut."),
    ("protected", "Write to bob@example.org today.", "Write to rob@example.org today."),
    ("protected", "The rent is three pounds.", "The rent is 3 pounds."),
    ("numbers", "The tenant must give two days' notice.", "The tenant must give three days' notice."),
    ("numbers", "The tenant must give a few days' notice.", "The tenant must give a few, three days' notice."),
    ("numbers", "He was first in the race.", "He was third in the race."),
    ("numbers", "Half of the people left.", "A third of the people left."),
    ("dates", "He was discharged on Friday.", "He was discharged on Monday."),
    ("dates", "It opened in March again.", "It opened in April again."),
    ("negation", "The court accepted the claim.", "The court has not accepted the claim."),
    ("negation", "She couldn't open the door.", "She could open the door."),
    ("negation", "They left without a word.", "They left with a word."),
    ("names", "He moved to Lisbon with Ann.", "He moved to Paris with Ann."),
    ("names", "He moved to the coast.", "He moved to the coast of Spain."),
    ("capitals", "He met the British voters.", "He met british voters."),
    ("grammar", "He left on 30 September.", "He left in 30 September."),
    ("polarity", "Give them your help for their child.", "Give them your help for your child."),
    ("polarity", "Sleep improves memory in older adults.", "Sleep improves memory in younger adults."),
    ("polarity", "Profits increased a lot.", "Profits decreased a lot."),
    ("polarity", "The museum is closed until next spring.", "The museum is closed until next week."),
    ("polarity", "You must return the shoes.", "You may return the shoes."),
    ("polarity", "All members voted.", "Some members voted."),
    ("polarity", "He phoned his bank.", "She phoned her bank."),
    ("polarity", "They do everything they can.", "They do everything you can."),
    ("polarity", "I am disappointed with the service.", "I am happy with the service."),
    ("length", _LONG + ".", "The council met on the first floor."),
    ("content", "The engine of the car broke down.", "A vehicle motor stopped working."),
]


def reasons(source: str, rewriting: str) -> set[str]:
    return {each.reason for each in FILTERS if each.drops(Pair(source, rewriting), _POLICY)}


@pytest.mark.parametrize(("source", "rewriting"), KEEP)
def test_a_faithful_rewriting_is_kept(source: str, rewriting: str) -> None:
    assert first_reason(Pair(source, rewriting), _POLICY) is None


@pytest.mark.parametrize(("reason", "source", "rewriting"), DROP)
def test_a_trap_is_dropped_for_its_reason(reason: str, source: str, rewriting: str) -> None:
    assert reason in reasons(source, rewriting)


def test_every_filter_has_a_trap() -> None:
    drops = {reason for _, source, rewriting in DROP for reason in reasons(source, rewriting)}
    assert drops == {reason for reason, _, _ in DROP} == {each.reason for each in FILTERS}


def test_a_lost_term_is_dropped() -> None:
    pair = Pair("We met van dyke there.", "We met a painter there.", ("van dyke",))
    assert first_reason(pair, _POLICY) == "protected"


def test_words_that_stay_are_unchanged() -> None:
    assert first_reason(Pair("The mill closed.", "The mill closed!"), _POLICY) == "unchanged"


def test_what_the_source_repeats_may_be_repeated() -> None:
    text = "It is a job, it is a duty, it is a joy to us."
    assert first_reason(Pair(text, text.replace("joy", "pleasure")), _POLICY) is None


@pytest.mark.parametrize(
    ("change", "source", "rewriting", "reason"),
    [
        (
            {"length_ratio_max": 1.2},
            "The mill closed in a storm.",
            "The mill was closed in the storm that came.",
            "length",
        ),
        (
            {"length_ratio_min": 0.95},
            "The old mill was closed in a big storm.",
            "The old mill closed in a big storm.",
            "length",
        ),
        ({"content_recall_min": 0.9}, "The mill shut in a big storm.", "The mill shut in a large storm.", "content"),
        (
            {"distinct_bigrams_min": 0.95},
            "The old mill is by the road.",
            "By the road and by the old mill.",
            "degenerate",
        ),
        ({"repeated_trigram_max": 1}, "The mill is old.", "The mill is old and the mill is old.", "degenerate"),
        ({"compression_max": 1.05}, "The mill closed early on that day.", _LONG + ".", "degenerate"),
    ],
)
def test_thresholds_decide(change: dict[str, float], source: str, rewriting: str, reason: str) -> None:
    strict = AugmentationPolicy(**change)
    assert first_reason(Pair(source, rewriting), strict) == reason
    assert first_reason(Pair(source, rewriting), _POLICY) != reason


def test_the_country_is_no_pronoun() -> None:
    assert sides("They told us so.").keys() == {"subject:they", "subject:we"}
    assert sides("The US told them so.").keys() == {"subject:they"}
