"""When a device has no more memory."""

from __future__ import annotations

import torch


def is_out_of_memory(error: BaseException) -> bool:
    """MPS and the CPU have no exception of their own for it."""
    told = str(error)
    return isinstance(error, torch.OutOfMemoryError) or "out of memory" in told or "allocate memory" in told
