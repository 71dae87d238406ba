"""Folders of converted public weights, made once and kept: where, under what name, and whether they are still intact.

What is converted belongs to `gguf_conversion` and `mpnet`.
"""

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
    """Where converted public weights are kept: SYNTH_ASSETS_CACHE, else `~/.cache/synth-assets`."""
    return Path(os.environ.get("SYNTH_ASSETS_CACHE") or Path.home() / ".cache" / "synth-assets").expanduser()


def kept_folder(key: str, cache: Path, convert: Callable[[Path], None]) -> Path:
    """The folder under `cache` that `convert` fills with model.safetensors and more, on first use; safe to race.

    Named by the hash of `key`, which says everything that shapes the result. What was made before is verified by its
    own digest.

    Raises:
        MachineError: the cache folder cannot be written.
        IntegrityError: the weights are not those that were written.
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
