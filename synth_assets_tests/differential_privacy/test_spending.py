"""Draws are written down before they are made; days compose in parallel because a person takes part in one."""

from pathlib import Path

import pytest

from resources.errors import PolicyError
from resources.keys import Keys
from resources.lake.journal import Journal
from resources.lake.store import Lake
from synth_assets.differential_privacy.ledger import Guarantee, Ledger
from synth_assets.differential_privacy.shifts import Shift, calibrated, epsilon_of_shifts, rho_of_shifts
from synth_assets.differential_privacy.spending import Permit, Spending
from synth_assets_tests.privacy.worlds import STATED

DELTA = 1e-6
SHIFTS = calibrated(4.0, 1e-5, (4, 8, 1), (2 / 9, 4 / 9, 1 / 3))
MONDAY, TUESDAY = "2026-01-05|letters", "2026-01-06|letters"


def guarantee(shifts: tuple[Shift, ...] = SHIFTS, **changes: object) -> Guarantee:
    stated = {
        **STATED,
        "unit": "user",
        "mu": None,
        "rho": rho_of_shifts(shifts),
        "shifts": shifts,
        "one_partition": True,
    }
    return Guarantee.parse({**stated, **changes}, "guarantee")


@pytest.fixture
def spending(tmp_path: Path, keys: Keys) -> Spending:
    return Spending(Journal(Lake(tmp_path, keys), "letters"))


def permit(spending: Spending, partition: str, subjects: str, most: float = 8.0) -> Permit:
    return spending.permit(partition, "v", guarantee(), list(subjects), most, DELTA)


def total(spending: Spending) -> float:
    return Ledger(tuple(draw.entry for draw in spending.draws())).epsilon("letters", DELTA)


def test_a_person_votes_on_the_day_of_the_first_draw_only(spending: Spending) -> None:
    assert permit(spending, MONDAY, "abc").subjects == set("abc")
    assert permit(spending, TUESDAY, "bcd").subjects == {"d"}
    assert permit(spending, MONDAY, "abde").subjects == set("abe"), "d took part on the other day"
    assert [draw.partition for draw in spending.draws()] == [MONDAY, TUESDAY, MONDAY]


def test_days_compose_in_parallel_and_draws_of_a_day_add_up(spending: Spending) -> None:
    one, two = epsilon_of_shifts(SHIFTS, DELTA), epsilon_of_shifts(SHIFTS * 2, DELTA)
    permit(spending, MONDAY, "ab")
    assert total(spending) == one == pytest.approx(4.47, abs=0.01)
    permit(spending, TUESDAY, "bc")
    assert total(spending) == one
    permit(spending, MONDAY, "ab")
    assert total(spending) == two > 1.4 * one


@pytest.mark.parametrize("order", [(MONDAY, TUESDAY), (TUESDAY, MONDAY)])
@pytest.mark.parametrize("gone", "abcd")
def test_without_one_person_all_other_days_are_as_they_were(
    tmp_path: Path, keys: Keys, order: tuple[str, str], gone: str
) -> None:
    """Two histories, one without a person: who votes differs in that person, and for the draws of one day only."""
    days = {MONDAY: "abc", TUESDAY: "bcd"}
    histories = []
    for name, absent in (("with", ""), ("without", gone)):
        book = Spending(Journal(Lake(tmp_path / name, keys), "letters"))
        draws = (*order, order[0], order[1])
        histories.append([(day, permit(book, day, days[day].replace(absent, ""), 99.0).subjects) for day in draws])
    differing = {day for (day, mine), (_, other) in zip(*histories, strict=True) if mine != other}
    assert len(differing) == 1
    assert all(mine - other <= {gone} and other <= mine for (_, mine), (_, other) in zip(*histories, strict=True))


def test_a_draw_beyond_the_budget_is_refused_before_anything_is_written(spending: Spending) -> None:
    permit(spending, MONDAY, "a")
    permit(spending, MONDAY, "a")
    with pytest.raises(
        PolicyError, match=r"total would be epsilon = 8\.4. .* budget of the source is 8: nothing was drawn"
    ):
        permit(spending, MONDAY, "a")
    assert len(spending.draws()) == 2
    permit(spending, TUESDAY, "b")


def test_a_draw_is_spent_when_it_is_permitted_whatever_happens_next(tmp_path: Path, keys: Keys) -> None:
    """Nothing is told of how a draw ended, so that a crash or a refused gate cannot give it back."""
    permit(Spending(Journal(Lake(tmp_path, keys), "letters")), MONDAY, "a")
    reopened = Spending(Journal(Lake(tmp_path, keys), "letters"))
    assert [draw.guarantee for draw in reopened.draws()] == [guarantee()]
    assert reopened.draws()[0].data_version == "v"


def test_two_writers_do_not_both_take_a_person(tmp_path: Path, keys: Keys, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another draw is written between reading and writing: the second reads again, and the person abstains."""
    book = Spending(Journal(Lake(tmp_path, keys), "letters"))
    append, raced = Journal.append, []

    def late(self: Journal, entry: dict[str, object], after: int) -> bool:
        if not raced:
            raced.append(True)
            permit(book, TUESDAY, "ab")
        return append(self, entry, after)

    monkeypatch.setattr(Journal, "append", late)
    assert permit(book, MONDAY, "ab").subjects == set()
    assert [draw.partition for draw in book.draws()] == [TUESDAY, MONDAY]


def test_a_draw_for_which_a_person_may_come_twice_is_refused(spending: Spending) -> None:
    with pytest.raises(PolicyError, match="one partition"):
        spending.permit(MONDAY, "v", guarantee(one_partition=False), ["a"], 8.0, DELTA)
    assert spending.draws() == []


def test_rho_must_be_that_of_the_counts() -> None:
    with pytest.raises(PolicyError, match="rho must be that of the shifts"):
        guarantee(rho=0.1)
