"""Which device computes, and in which precision."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Literal

import torch

from artgen.errors import ArtgenError, JobError

if TYPE_CHECKING:
    from artgen.job.model import Job

_DEVICE = re.compile(r"cpu|mps|cuda(:\d+)?", re.ASCII)

Precision = Literal["fp32", "bf16", "fp64"]


def choose_device(wanted: str, where: str = "[train] device") -> torch.device:
    """The device that is asked for; ``auto`` takes CUDA, then MPS, then the CPU.

    Args:
        wanted: auto, cpu, mps, cuda or cuda:N.
        where: the place that asks for it.

    Raises:
        JobError: that is the name of no device.
        ArtgenError: the device is not there.
    """
    if wanted == "auto":
        if torch.cuda.is_available():
            return torch.device("cuda")
        return torch.device("mps" if torch.backends.mps.is_available() else "cpu")
    if not _DEVICE.fullmatch(wanted):
        raise JobError(f"'{wanted}' is no device; there are: auto, cpu, mps, cuda and cuda:N", where=where)
    device = torch.device(wanted)
    missing = (device.type == "cuda" and not torch.cuda.is_available()) or (
        device.type == "mps" and not torch.backends.mps.is_available()
    )
    if missing:
        raise ArtgenError(
            f"this machine has no {device.type} device that torch can use",
            where=where,
            hint="write device = 'auto', or leave it out; `artgen info` shows what there is",
        )
    return device


def device_of(job: Job) -> torch.device:
    """The device that a job is trained on; an error names its line, see `choose_device`."""
    return choose_device(job.train.device, job.place_of("train.device"))


def choose_precision(wanted: str, device: torch.device) -> Precision:
    """``auto`` takes bf16 where the hardware multiplies in it, and fp32 elsewhere; fp64 only who asks for it.

    That is CUDA from Ampere on, and processors with AVX512-BF16 or AMX, where it was seen to train half as fast again.
    Without such instructions bf16 is emulated and slower than fp32.

    Raises:
        ArtgenError: the device does not compute in fp64.
    """
    if wanted == "fp64" and device.type == "mps":
        raise ArtgenError(
            "Metal does not compute in float64", where="[train] precision", hint="write device = 'cpu' beside it"
        )
    if wanted != "auto":
        return {"bf16": "bf16", "fp64": "fp64"}.get(wanted, "fp32")  # type: ignore[return-value]
    if device.type == "cuda":
        return "bf16" if torch.cuda.is_bf16_supported(including_emulation=False) else "fp32"
    if device.type == "cpu":
        has = torch.cpu.get_capabilities()
        return "bf16" if has.get("avx512_bf16") or has.get("amx_bf16") else "fp32"
    return "fp32"


def autocast_for(device: torch.device, precision: Precision) -> Callable[[], Any]:
    """What the networks' forward passes run under."""
    if precision != "bf16":
        return contextlib.nullcontext
    return lambda: torch.autocast(device.type, torch.bfloat16)


def weights_in(precision: str) -> torch.dtype:
    """What weights are kept in, and what networks are handed."""
    return torch.float64 if precision == "fp64" else torch.float32


def memory_in_use(device: torch.device) -> int:
    """Peak bytes on the device so far; 0 where the device does not count them."""
    if device.type == "cuda":
        return torch.cuda.max_memory_allocated(device)
    if device.type == "mps":
        return torch.mps.driver_allocated_memory()
    return 0
