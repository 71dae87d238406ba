"""Checkpoints of an interrupted training: adapter and optimizer state as safetensors, encrypted with the home's keys.

A checkpoint is read only by a training with the same fingerprint of data, settings and code.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from resources.errors import IntegrityError
from resources.keys import Keys
from synth_assets.adaptation.private import History

if TYPE_CHECKING:
    import torch

_META = "synth_assets"


@dataclass(frozen=True)
class State:
    """The content of a checkpoint: the number of steps taken, tensors by name, the accountant's history."""

    step: int
    tensors: "dict[str, torch.Tensor]"
    history: History


class Checkpoints:
    """One checkpoint file, replaced atomically.

    Args:
        path: the file.
        keys: keys that encrypt it, because weights may hold parts of the text they were learned from.
        fingerprint: fingerprint of everything that shapes the training.
    """

    def __init__(self, path: Path, keys: Keys, fingerprint: str) -> None:
        self._path = path
        self._keys = keys
        self._fingerprint = fingerprint

    def save(self, state: State) -> None:
        """Write a new file, then replace the old one."""
        from safetensors.torch import save

        meta = json.dumps({"step": state.step, "history": state.history, "fingerprint": self._fingerprint})
        body = save({name: tensor.contiguous().cpu() for name, tensor in state.tensors.items()}, {_META: meta})
        self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        fresh = self._path.with_suffix(".new")
        fresh.write_bytes(self._keys.encrypt(body))
        fresh.replace(self._path)

    def load(self) -> State | None:
        """The last state; None if there is none, or if another training or another key wrote it."""
        from safetensors.torch import load

        if not self._path.is_file():
            return None
        try:
            body = self._keys.decrypt(self._path.read_bytes())
        except IntegrityError:
            return None
        meta = json.loads(json.loads(body[8 : 8 + int.from_bytes(body[:8], "little")])["__metadata__"][_META])
        if meta["fingerprint"] != self._fingerprint:
            return None
        history = [(float(noise), float(rate), int(steps)) for noise, rate, steps in meta["history"]]
        return State(int(meta["step"]), load(body), history)

    def remove(self) -> None:
        """Delete the file; called when the adapter is written."""
        self._path.unlink(missing_ok=True)
