"""Device, precision and threads. Everything that asks torch about the machine is here."""

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch


def prepare_environment(online: bool) -> None:
    """Set what libraries read at import: no network unless a hub model is configured, no thread storms."""
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    os.environ.setdefault("TRANSFORMERS_VERBOSITY", "error")
    os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
    if not online:
        os.environ.setdefault("HF_HUB_OFFLINE", "1")


def cores() -> int:
    """Threads worth starting: CPUs this process may use, bounded by OMP_NUM_THREADS."""
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    wanted = os.environ.get("OMP_NUM_THREADS", "")
    return max(1, min(usable, int(wanted)) if wanted.isdigit() else usable)


def choose_device(name: str) -> "torch.device":
    """The named device; `auto` is the first CUDA device or the CPU. Also sets torch's thread count.

    Two threads a physical core only spin on each other's barriers, so the count is that of physical cores.
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
