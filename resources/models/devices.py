"""Device, precision, threads, and rows of tokens as tensors."""

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch


def prepare_environment(online: bool) -> None:
    """Set variables that libraries read at import: no network unless a hub model is configured, no extra threads."""
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    os.environ.setdefault("TRANSFORMERS_VERBOSITY", "error")
    os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
    if not online:
        os.environ.setdefault("HF_HUB_OFFLINE", "1")


def cores() -> int:
    """Number of threads to start: the CPUs that this process may use, at most OMP_NUM_THREADS."""
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    wanted = os.environ.get("OMP_NUM_THREADS", "")
    return max(1, min(usable, int(wanted)) if wanted.isdigit() else usable)


def choose_device(name: str) -> "torch.device":
    """The named device; `auto` is the first CUDA device or the CPU. Also sets torch's thread count.

    One thread for each physical core: two only spin on each other's barriers.
    """
    import torch

    physical = torch.cpu.get_capabilities().get("num_physical_cores") or cores()
    torch.set_num_threads(max(1, min(cores(), int(physical))))
    if name != "auto":
        return torch.device(name)
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def choose_dtype(name: str, device: "torch.device") -> "torch.dtype":
    """The named precision; `auto` is bfloat16 where the hardware multiplies it, else float32."""
    import torch

    if name != "auto":
        return torch.bfloat16 if name == "bfloat16" else torch.float32
    features = torch.cpu.get_capabilities()
    fast = device.type == "cuda" or features.get("avx512_bf16") or features.get("amx_bf16")
    return torch.bfloat16 if fast else torch.float32


def padded(
    rows: Sequence[Sequence[int]], device: "torch.device", fill: int = 0, left: bool = False, width: int = 0
) -> "tuple[torch.Tensor, torch.Tensor]":
    """Token ids and their mask (1 for a token, 0 for padding), both (rows, longest row) on `device`.

    Args:
        rows: token ids.
        device: device of the tensors.
        fill: id of the padding.
        left: pad on the left, not on the right.
        width: width of the tensors; default: that of the longest row.
    """
    import torch

    width = width or max(map(len, rows))
    ids = torch.full((len(rows), width), fill, dtype=torch.long)
    mask = torch.zeros_like(ids)
    for i, row in enumerate(rows):
        place = slice(width - len(row), width) if left else slice(len(row))
        ids[i, place] = torch.tensor(row, dtype=torch.long)
        mask[i, place] = 1
    return ids.to(device), mask.to(device)
