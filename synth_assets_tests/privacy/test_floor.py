"""Utility is judged against its floor: advice that blocks nothing, unless a policy says so."""

import random
from dataclasses import replace

import pytest

from synth_assets.privacy.page.report import Report
from synth_assets.privacy.policy import PrivacyPolicy
from synth_assets.privacy.results import Statistic, Status
from synth_assets.privacy.verdict.floor import above_floor
from synth_assets_tests.privacy.worlds import World, fresh, line, report_of, stage_rows, tables

RELEASED = "instruction_set"


def statistic(name: str, value: float | None, half: float, floor: float | None, floor_half: float = 0.0) -> Statistic:
    known, of_floor = value is not None, floor is not None
    return Statistic(
        stage=RELEASED,
        test="utility",
        slice=name,
        value=value,
        low=value - half if value is not None else None,
        high=value + half if value is not None else None,
        control=floor,
        control_low=floor - floor_half if floor is not None else None,
        control_high=floor + floor_half if floor is not None else None,
        unit="share of holdout subjects",
        n=100 * known,
        control_n=100 * of_floor,
        method="normal",
        sentence="So it is.",
    )


@pytest.mark.parametrize(
    ("value", "half", "floor", "floor_half", "status"),
    [
        (0.60, 0.03, 0.50, 0.04, "PASS"),  # .10 above; the difference is known to .05
        (0.60, 0.06, 0.51, 0.08, "FAIL"),  # .09 above; the difference is known to .10
        (0.50, 0.01, 0.60, 0.01, "FAIL"),
    ],
)
def test_the_interval_of_the_difference_decides(
    value: float, half: float, floor: float, floor_half: float, status: Status
) -> None:
    (judged,) = above_floor([statistic("frontier", value, half, floor, floor_half)], PrivacyPolicy(), "synthesized")
    assert judged.status == status
    assert judged.excess == pytest.approx(value - floor)
    assert judged.excess_low == pytest.approx(value - floor - (half**2 + floor_half**2) ** 0.5)
    assert not judged.blocking
    assert judged.reason == ("" if status == "PASS" else "floor_not_beaten")


def test_topics_are_judged_where_there_are_labels_and_the_frontier_says_if_nothing_can_be() -> None:
    topic, frontier = statistic("topic_accuracy", 0.8, 0.05, 0.3), statistic("frontier", 0.7, 0.05, 0.1)
    words = statistic("next_word_accuracy", 0.2, 0.01, 0.1)

    def statuses(*given: Statistic) -> list[Status]:
        return [s.status for s in above_floor(given, PrivacyPolicy(), "formal")]

    assert statuses(topic, frontier, words) == ["PASS", "PASS", "STATED"]
    unlabeled, alone = replace(topic, value=None), replace(frontier, control=None)
    assert statuses(unlabeled, frontier) == ["STATED", "PASS"]
    assert statuses(topic, alone) == ["PASS", "STATED"]
    assert statuses(unlabeled, alone) == ["STATED", "UNAVAILABLE"]


def labeled_report(world: World, texts: list[str], policy: PrivacyPolicy | None = None) -> Report:
    """Documents of the world about one of two topics each, which a word tells; as many of each."""
    draw = random.Random(0)

    def told(text: str, number: int) -> dict[str, str]:
        label = ("gardens", "travel")[number % 2]
        return {"text": f"{text} {label}word {draw.choice(('a', 'b'))}", "label": label}

    raw = [{**row, **told(row["text"], n)} if row["role"] == "document" else row for n, row in enumerate(world.raw)]
    labeled = World(raw)
    rows = stage_rows(texts, labeled)
    return report_of(tables(labeled, *rows), policy)


def test_text_that_teaches_topics_beats_the_floor_and_other_text_does_not_and_neither_blocks(world: World) -> None:
    names = {"gardens": "gardensword", "travel": "travelword"}
    order = [row["label"] for row in _labeled_train(world)]
    teaching = [f"{text} {names[label]}" for text, label in zip(fresh(1, 120), order, strict=False)]
    good, poor = labeled_report(world, teaching), labeled_report(world, fresh(1, 120))
    key = f"{RELEASED}/utility/topic_accuracy"
    assert (line(good, key).status, line(poor, key).status) == ("PASS", "FAIL")
    gates = {name: {g.name: g for g in report.gates}["G14"] for name, report in (("good", good), ("poor", poor))}
    assert (gates["good"].status, gates["poor"].status) == ("PASS", "FAIL")
    assert not gates["poor"].blocking
    assert not [reason for reason in poor.verdict.reasons if "utility" in reason]
    assert "advice, blocks nothing" in poor.to_html()
    asked = PrivacyPolicy.parse({"gates": {"G14": {"rewritten": ["utility/topic_accuracy"]}}}, "privacy")
    assert f"{key}: floor_not_beaten" in labeled_report(world, fresh(1, 120), asked).verdict.reasons


def _labeled_train(world: World) -> list[dict[str, str]]:
    labels = [("gardens", "travel")[number % 2] for number in range(len(world.raw))]
    return [
        {"label": label}
        for row, label in zip(world.raw, labels, strict=True)
        if row["split"] == "train" and row["role"] == "document"
    ]
