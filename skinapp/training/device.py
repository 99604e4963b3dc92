"""Where and in which precision a run computes."""

from __future__ import annotations

from contextlib import AbstractContextManager

import torch
from torch import Tensor


def choose_device() -> torch.device:
    """The GPU where there is one."""
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def has_fast_bfloat16(device: torch.device) -> bool:
    """Whether bfloat16 is computed in hardware; emulated, it is slower than float32."""
    if device.type == "cuda":
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    return bool(torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported())


def mixed_precision(device: torch.device) -> AbstractContextManager[object]:
    """Autocast to bfloat16 where it pays."""
    return torch.autocast(device.type, dtype=torch.bfloat16, enabled=has_fast_bfloat16(device))


def cuda_random_states() -> list[Tensor]:
    """Where each GPU's own source of chance stands; empty where there is none."""
    return torch.cuda.get_rng_state_all() if torch.cuda.is_available() else []
