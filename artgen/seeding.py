"""Random numbers that are a function of (seed, purpose, sample index) and of nothing else.

A counter-based generator (Philox 4x64-10; J. Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", 2011) is
keyed by the seed and the purpose, and each sample owns a fixed stretch of its counter. So a number does not depend on
the batch it is drawn in, on the process, or on what was drawn before: resuming and sharding need no saved state.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

_WORDS_PER_COUNT = 4
_FLOATS_PER_COUNT = 2 * _WORDS_PER_COUNT


@dataclass(frozen=True)
class Draws:
    """The random numbers of `count` consecutive samples, from sample index `first` on.

    Args:
        seed: the job's seed, or a picture's own.
        purpose: what they are for; other purposes are independent.
        first: global index of the first sample.
        count: how many samples.
        device: where the tensors are wanted. The numbers are drawn on the CPU and are the same everywhere.
    """

    seed: int
    purpose: str
    first: int = 0
    count: int = 1
    device: torch.device | str = "cpu"

    def child(self, purpose: str) -> Draws:
        """Independent numbers for the same samples."""
        return Draws(self.seed, f"{self.purpose}/{purpose}", self.first, self.count, self.device)

    def uniform(self, per_sample: int) -> Tensor:
        """Uniform numbers in [0, 1), float32.

        Shape:
            (count, per_sample)
        """
        bits = self._bits(per_sample, "uniform")
        return self._tensor((bits >> np.uint32(8)).astype(np.float32) * np.float32(2.0**-24))

    def normal(self, per_sample: int) -> Tensor:
        """Standard normal numbers, float32, by the Box-Muller formula in float64.

        Shape:
            (count, per_sample)
        """
        pairs = -(-per_sample // 2)
        bits = self._bits(2 * pairs, "normal").astype(np.float64)
        radius = np.sqrt(-2.0 * np.log((bits[:, :pairs] + 1.0) * 2.0**-32))
        angle = bits[:, pairs:] * (2.0 * np.pi * 2.0**-32)
        numbers = np.concatenate((radius * np.cos(angle), radius * np.sin(angle)), axis=1)
        return self._tensor(numbers[:, :per_sample].astype(np.float32))

    def _bits(self, per_sample: int, form: str) -> np.ndarray[tuple[int, int], np.dtype[np.uint32]]:
        counts = -(-per_sample // _FLOATS_PER_COUNT)
        text = f"{self.seed}\0{self.purpose}\0{form}\0{per_sample}"
        key = int.from_bytes(hashlib.blake2b(text.encode(), digest_size=16).digest(), "little")
        philox = np.random.Philox(key=key, counter=self.first * counts)
        words = philox.random_raw(self.count * counts * _WORDS_PER_COUNT).astype("<u8")
        return words.view("<u4").reshape(self.count, counts * _FLOATS_PER_COUNT)[:, :per_sample]

    def _tensor(self, numbers: np.ndarray[tuple[int, ...], np.dtype[np.float32]]) -> Tensor:
        return torch.from_numpy(np.ascontiguousarray(numbers)).to(self.device, non_blocking=True)


def permutation(seed: int, purpose: str, index: int, size: int) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """A shuffled order of `size` things, a function of (seed, purpose, index) alone."""
    keys = Draws(seed, f"{purpose}/{index}", 0, 1)._bits(2 * size, "order")[0]
    return np.argsort(np.ascontiguousarray(keys).view("<u8"), kind="stable")


def derived_seed(seed: int, purpose: str) -> int:
    """A seed for torch's own generator, a function of the job's seed and the purpose."""
    digest = hashlib.blake2b(f"{seed}\0{purpose}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "little") >> 1


def seed_torch(seed: int, device: torch.device) -> None:
    """Seed torch's own generators of the processor and of one device.

    `torch.manual_seed` would also queue a call, with a stack trace, for every kind of device that is not there.
    """
    torch.default_generator.manual_seed(seed)
    if device.type == "cuda":
        torch.cuda.manual_seed(seed)
    elif device.type == "mps":
        torch.mps.manual_seed(seed)
