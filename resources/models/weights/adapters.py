"""LoRA adapters, merged into the weights of the model they were trained on. Needs the extra `adaptation` (peft)."""

from pathlib import Path
from typing import Any

from resources.errors import IntegrityError, MachineError
from resources.models.entry import ModelEntry
from resources.models.weights.sources import digest


def with_adapter(model: Any, entry: ModelEntry) -> Any:
    """The model with the adapter of `entry` merged into its weights, or unchanged where there is none.

    Raises:
        MachineError: the adapter's folder or peft is missing.
        IntegrityError: the folder is not the one the registry names.
    """
    if not entry.adapter:
        return model
    folder = Path(entry.adapter).expanduser()
    if not (folder / "adapter_config.json").is_file():
        raise MachineError(f"masked_lm.adapter: {folder} holds no adapter_config.json")
    if (actual := digest(folder)) != entry.adapter_digest:
        raise IntegrityError(f"{folder.name}: sha256 is {actual}, masked_lm.adapter_digest says {entry.adapter_digest}")
    adapted = peft().PeftModel.from_pretrained(model, str(folder), is_trainable=False)
    return adapted.merge_and_unload().eval()


def peft() -> Any:
    """The library peft. Raises MachineError if it is not installed."""
    try:
        import peft
    except ImportError:
        raise MachineError("adapters need peft: pip install 'synth-assets[adaptation]'") from None
    return peft
