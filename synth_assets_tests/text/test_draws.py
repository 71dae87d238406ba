"""Draws that published rows and overrides depend on: the same inputs give the same ids and choices for ever."""

from synth_assets.text.draws import derive, digest, fraction, order_key, pick, row_id, shuffled


def test_pinned_values() -> None:
    assert digest(7, "example", "qa") == "a9d2aa6a11e6c0cae27f8a554b73dbd8"
    assert row_id("augmented", "x") == "b3e62b5cdd0a48a2745bfb974ba3358f"
    assert derive(7, "folds") == 1907658692628405010
    assert order_key("purpose", "key") == "1e3ceb1968ea4188e07aac91fa19dc50ea11d53b7461de25bedd5456cb150e8e"


def test_parts_do_not_run_together() -> None:
    assert digest(7, "ab", "c") != digest(7, "a", "bc")
    assert row_id("ab", "c") != row_id("a", "bc")


def test_choices_depend_on_seed_and_parts_alone() -> None:
    options = [str(number) for number in range(20)]
    assert 0 <= fraction(7, "a") < 1
    assert pick(options, 7, "a") in options
    assert len({pick(options, seed, "a") for seed in range(50)}) > 10
    assert shuffled(options, 7, "a") == shuffled(options[::-1], 7, "a")
    assert sorted(shuffled(options, 7, "a")) == sorted(options)
