"""Masking policies by name, read from `presets.yaml`. What their settings mean belongs to `policy`."""

from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files
from typing import Any, Literal

import yaml
from pydantic import Field

from resources.config import StrictModel

PresetName = Literal["minimal", "standard", "careful", "strict", "hipaa-safe-harbor"]


class Preset(StrictModel):
    """A named start of a masking policy."""

    about: str = Field(description="What it is for, in one sentence")
    others: Literal["surrogate", "mask", "keep"] = Field(description="Action of every type that is not named")
    settings: Mapping[str, Any] = Field(description="Keys of the masking section")

    def over(self, types: Iterable[str]) -> dict[str, Any]:
        """The settings with an action for each of `types`, the keys of `actions`."""
        named = self.settings.get("actions", {})
        return {**self.settings, "actions": {**dict.fromkeys(types, self.others), **named}}


@cache
def packaged_presets() -> Mapping[str, Preset]:
    """The presets of `presets.yaml`, in its order; the names are those of PresetName."""
    text = files("synth_assets.masking").joinpath("presets.yaml").read_text(encoding="utf-8")
    return {name: Preset.parse(body, f"presets.yaml: {name}") for name, body in yaml.safe_load(text).items()}


def merged(base: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """`base` with the keys of `over`; mappings are merged key by key."""
    both = {
        key: merged(base[key], value) if isinstance(base.get(key), Mapping) and isinstance(value, Mapping) else value
        for key, value in over.items()
    }
    return {**base, **both}
