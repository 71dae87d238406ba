"""The ledger adds what it must, stops where it must, and a statement with a hole is refused."""

import math

import pytest

from resources.errors import PolicyError
from synth_assets.differential_privacy.accounting import epsilon_of_mu, epsilon_of_rho
from synth_assets.differential_privacy.ledger import NONE_CLAIMED, Entry, Guarantee, Ledger, statement
from synth_assets_tests.privacy.worlds import DELTA, STATED


def guarantee(**changes: object) -> Guarantee:
    return Guarantee.parse({**STATED, **changes}, "guarantee")


def day(number: int, stated: Guarantee | None, source: str = "letters") -> Entry:
    return Entry(f"2026-01-{number:02d}|{source}", f"r{number}", stated)


def test_a_guarantee_is_worth_what_its_noise_is() -> None:
    assert guarantee().epsilon == pytest.approx(4.0, abs=0.01)
    assert guarantee(mu=None, rho=0.3111, delta=1e-6).epsilon == pytest.approx(4.0, abs=1e-3)
    assert Guarantee.model_validate(guarantee().model_dump(mode="json")) == guarantee()


@pytest.mark.parametrize("name", sorted(set(STATED) - {"mu"}))
def test_every_field_must_be_stated(name: str) -> None:
    with pytest.raises(PolicyError, match=name):
        Guarantee.parse({key: value for key, value in STATED.items() if key != name}, "guarantee")


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        *[({n: "  "}, f"{n}: .*must not be empty") for n in ("mechanism", "clip_bound_origin", "accountant", "rng")],
        *[({n: ""}, f"{n}: .*must not be empty") for n in ("pretraining", "code_version")],
        ({"choices": []}, "choices"),
        ({"choices": [{"what": "", "paid": True}]}, "choices"),
        ({"bypasses": []}, "bypasses"),
        ({"bypasses": [" "]}, "bypasses: .*must not be empty"),
        ({"mu": None}, "exactly one of mu .* and rho"),
        ({"rho": 0.1}, "exactly one of mu .* and rho"),
        ({"mu": math.inf}, "mu"),
        ({"sampling_accounted": "poisson", "sampling_executed": "shuffle"}, "'shuffle' .* assumed 'poisson'"),
        ({"unit": "user", "group_size": 3}, "group_size must be 1"),
        ({"unit": "soul"}, "unit"),
        ({"epsilon": 1.0}, "unknown key 'epsilon'"),
    ],
)
def test_a_statement_with_a_hole_is_refused(changes: dict, problem: str) -> None:
    with pytest.raises(PolicyError, match=problem):
        guarantee(**changes)


def test_days_of_a_source_add_in_squares_and_sources_do_not_meet() -> None:
    ledger = Ledger((day(1, guarantee(mu=0.3)), day(2, guarantee(mu=0.4)), day(1, guarantee(mu=2.0), "notes")))
    assert ledger.epsilon("letters", DELTA) == pytest.approx(epsilon_of_mu(0.5, DELTA))
    assert ledger.epsilon("letters", DELTA) > max(epsilon_of_mu(0.3, DELTA), epsilon_of_mu(0.4, DELTA))
    assert ledger.epsilon("notes", DELTA) == pytest.approx(epsilon_of_mu(2.0, DELTA))
    assert ledger.epsilon("elsewhere", DELTA) == 0.0


def test_a_person_pays_for_all_documents() -> None:
    ledger = Ledger((day(1, guarantee(mu=0.1, group_size=20)),))
    assert ledger.epsilon("letters", DELTA) == pytest.approx(epsilon_of_mu(2.0, DELTA))
    concentrated = Ledger((day(1, guarantee(mu=None, rho=0.005, group_size=20)),))
    assert concentrated.epsilon("letters", DELTA) == pytest.approx(epsilon_of_rho(2.0, DELTA))


def test_mu_and_rho_are_added_as_rho() -> None:
    ledger = Ledger((day(1, guarantee(mu=1.0)), day(2, guarantee(mu=None, rho=0.25))))
    assert ledger.epsilon("letters", DELTA) == pytest.approx(epsilon_of_rho(0.75, DELTA))


@pytest.mark.parametrize(
    ("second", "reason"),
    [
        (None, "1 release(s) of this source come from no accounted mechanism"),
        ({"choices": [{"what": "label shares", "paid": False}]}, "1 data-dependent choice(s) were not paid for"),
        ({"fixed_in_advance": False}, "the number of compositions was not fixed in advance"),
        ({"adjacency": "replace_one"}, "the guarantees differ in adjacency and cannot be added"),
        ({"trust_model": "local"}, "the guarantees differ in trust_model and cannot be added"),
    ],
)
def test_what_cannot_be_accounted_has_no_bound_and_says_why(second: dict | None, reason: str) -> None:
    other = None if second is None else guarantee(**second)
    ledger = Ledger((day(1, guarantee()), day(2, other), day(1, guarantee(), "notes")))
    assert ledger.epsilon("letters", DELTA) == math.inf
    assert ledger.gaps("letters") == [reason]
    assert ledger.epsilon("notes", DELTA) < 5 and ledger.gaps("notes") == []
    assert f"Epsilon has no bound: {reason}." in dict(statement(ledger, "letters", DELTA)).values()


@pytest.mark.parametrize("ledger", [Ledger(()), Ledger((day(1, None), day(2, None)))])
def test_no_mechanism_no_claim(ledger: Ledger) -> None:
    rows = dict(statement(ledger, "letters", DELTA))
    assert rows["Differential privacy"] == NONE_CLAIMED + "."
    assert not any("Epsilon =" in text for text in rows.values())


def test_the_statement_shows_every_field() -> None:
    stated = guarantee(
        unit="token", group_size=777, choices=[{"what": "label shares", "paid": False}, {"what": "n", "paid": True}]
    )
    text = "\n".join(f"{label}: {words}" for label, words in statement(Ledger((day(1, stated),)), "letters", DELTA))
    words = [value for value in stated.model_dump().values() if isinstance(value, str)]
    assert len(words) == 11
    for value in (*words, *stated.bypasses, "777", "label shares (NOT PAID)", "n (paid)", "mu = 0.92"):
        assert value in text
    total = dict(statement(Ledger((day(1, guarantee()),)), "letters", 1e-6))["Total for one person"]
    assert total.startswith(f"Epsilon = {epsilon_of_mu(STATED['mu'], 1e-6):.2f} at delta = 1e-06")


def test_pure_guarantees_add_up_where_that_is_less() -> None:
    """64 draws of epsilon 10: 640 by addition, 1,000 and more by zCDP; of epsilon .1 it is the other way round."""
    large = guarantee(mu=None, rho=64 * 100 / 8, pure=640.0)
    assert large.epsilon == 640.0
    assert Ledger((day(1, large), day(2, large))).epsilon("letters", 1e-6) == 1280.0
    small = guarantee(mu=None, rho=64 * 0.01 / 8, pure=6.4)
    assert small.epsilon < 2.0
    mixed = Ledger((day(1, large), day(2, guarantee(mu=None, rho=0.5))))
    assert mixed.epsilon("letters", 1e-6) > 1000
