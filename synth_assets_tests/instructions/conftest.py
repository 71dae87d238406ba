"""Fixtures for tests of the instruction set."""

from synth_assets_tests.instructions.toys import corpus, make_augmented, make_masked, small_models

__all__ = ["corpus", "make_augmented", "make_masked", "small_models"]
