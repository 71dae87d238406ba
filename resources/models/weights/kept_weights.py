"""The cache of converted public weights: each conversion is done once, and verified whenever it is loaded."""

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

from resources.errors import IntegrityError, MachineError
from resources.models.weights.sources import digest

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
