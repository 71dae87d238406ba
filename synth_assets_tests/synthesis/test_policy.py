"""A policy that could only fail after a draw was paid for is refused before."""

import pytest

from resources.errors import PolicyError
from synth_assets.synthesis.frames import frames
from synth_assets.synthesis.policy import SynthesisPolicy


def test_an_unknown_frame_is_named_with_the_known_ones() -> None:
    with pytest.raises(PolicyError, match="lettr") as told:
        SynthesisPolicy.parse({"formal": {"frames": ["letter", "lettr"]}}, "policy.yaml")
    assert all(name in str(told.value) for name in frames())


def test_known_frames_pass() -> None:
    assert SynthesisPolicy.parse({"formal": {"frames": ["letter"]}}, "policy.yaml").formal.frames == ("letter",)
