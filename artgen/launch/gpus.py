"""Which GPUs of this machine there are and what each can hold, without torch."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass

_ASKED = ("--query-gpu=index,uuid,memory.total,memory.used", "--format=csv,noheader,nounits")


@dataclass(frozen=True)
class Gpu:
    """One of them.

    Attributes:
        name: as CUDA_VISIBLE_DEVICES takes it.
        free_bytes: memory that nobody had taken when it was asked for.
    """

    name: str
    free_bytes: int


def visible_gpus() -> list[Gpu]:
    """The NVIDIA GPUs that this process may use, in the order in which it counts them; none where there is no driver."""
    said = os.environ.get("CUDA_VISIBLE_DEVICES")
    tool = shutil.which("nvidia-smi")
    if tool is None or said == "":
        return []
    try:
        told = subprocess.run([tool, *_ASKED], capture_output=True, text=True, timeout=30, check=True).stdout  # noqa: S603 (the driver's own tool)
    except (OSError, subprocess.SubprocessError):
        return []
    rows = [[field.strip() for field in line.split(",")] for line in told.splitlines() if line.strip()]
    there = {index: Gpu(index, _mebibytes(total) - _mebibytes(used)) for index, _, total, used in rows}
    if said is None:
        return list(there.values())
    by_uuid = {uuid: there[index] for index, uuid, _, _ in rows}
    found = []
    for name in (name.strip() for name in said.split(",")):
        gpu = there.get(name) or next((gpu for uuid, gpu in by_uuid.items() if uuid.startswith(name)), None)
        if gpu is None:
            break  # CUDA, too, sees none from the first unknown name on
        found.append(Gpu(name, gpu.free_bytes))
    return found


def _mebibytes(text: str) -> int:
    return int(text) * 2**20 if text.isdigit() else 0
