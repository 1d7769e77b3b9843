"""What work costs: CPU time on a processor, which a busy machine does not change much, and wall time on a GPU."""

from __future__ import annotations

import time

import torch


def seconds(device: torch.device) -> float:
    """CPU seconds of this process over all its threads; on a GPU seconds by the clock, after all queued work is done."""
    if device.type != "cuda":
        return time.process_time()
    torch.cuda.synchronize(device)
    return time.perf_counter()
