"""Masking policies by name, read from `presets.yaml`."""

from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files
from typing import Any, Literal

import yaml
from pydantic import Field

from resources.config import StrictModel
from synth_assets.masking.kinds.kind import Action, Kind

PresetName = Literal["minimal", "standard", "careful", "strict", "hipaa-safe-harbor"]


class Preset(StrictModel):
    """A named start of a masking policy."""

    about: str = Field(description="What it is for, in one sentence")
    direct: Action | None = Field(None, description="Action of direct identifiers; none: that of `others`")
    others: Action | None = Field(None, description="Action of every type that is not named; none: the type's own")
    settings: Mapping[str, Any] = Field(description="Keys of the masking section")

    def over(self, kinds: Iterable[Kind]) -> dict[str, Any]:
        """The settings with an action for each of `kinds`."""
        usual = {kind.key: (self.direct if kind.direct else None) or self.others or kind.action for kind in kinds}
        return {**self.settings, "actions": {**usual, **self.settings.get("actions", {})}}


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
