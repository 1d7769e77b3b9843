"""Noise for training, drawn where it is wanted: a large network takes millions of numbers per step.

On a CPU these are `Draws`' own numbers. Elsewhere drawing them on the host would take longer than the step, so the same
kind of generator runs on the device: Philox4x32-10 (J. Salmon et al., "Parallel random numbers: as easy as 1, 2, 3",
2011) in whole-number arithmetic, keyed by seed, purpose and sample as `Draws` is. The noise that a picture's seed names
never comes from here; it is the same on every device.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Mapping

import torch
from torch import Tensor

from artgen.seeding import Draws

_MULTIPLIERS = (0xD2511F53, 0xCD9E8D57)
_KEY_STEPS = (0x9E3779B9, 0xBB67AE85)
_ROUNDS = 10
_MASK = 0xFFFFFFFF
_WORDS = 4


def noise_inputs(
    shapes: Mapping[str, tuple[int, int]], draws: Draws, normal: Callable[[Draws, int], Tensor]
) -> dict[str, Tensor] | None:
    """The noise that a generator paints with, by input; None where it takes none.

    Args:
        shapes: (height, width) of each input, the generator's `noise_shapes`.
        draws: one sample per picture.
        normal: `training_noise`, or `Draws.normal` for numbers that are the same on every device.

    Shape:
        (count, 1, height, width) each
    """
    noise = {
        name: normal(draws.child(f"noise/{name}"), height * width).view(-1, 1, height, width)
        for name, (height, width) in shapes.items()
    }
    return noise or None


def training_noise(draws: Draws, per_sample: int) -> Tensor:
    """Standard normal numbers, float32, a function of the draws alone on one kind of device.

    Shape:
        (count, per_sample), on the device of the draws
    """
    if torch.device(draws.device).type == "cpu":
        return draws.normal(per_sample)
    return normal_on_device(draws, per_sample)


def normal_on_device(draws: Draws, per_sample: int) -> Tensor:
    """The same by the device's own arithmetic, on any device.

    Shape:
        (count, per_sample)
    """
    blocks = -(-per_sample // _WORDS)
    digest = hashlib.blake2b(f"{draws.seed}\0{draws.purpose}".encode(), digest_size=8).digest()
    key = (int.from_bytes(digest[:4], "little"), int.from_bytes(digest[4:], "little"))
    samples = torch.arange(draws.first, draws.first + draws.count, device=draws.device)[:, None]
    block = torch.arange(blocks, device=draws.device)[None, :]
    zeros = torch.zeros(draws.count, blocks, dtype=torch.int64, device=draws.device)
    words = philox((block + zeros, zeros, (samples & _MASK) + zeros, (samples >> 32) + zeros), key)
    return torch.cat([*_box_muller(words[0], words[1]), *_box_muller(words[2], words[3])], dim=1)[:, :per_sample]


def philox(counter: tuple[Tensor, Tensor, Tensor, Tensor], key: tuple[int, int]) -> tuple[Tensor, ...]:
    """Ten rounds of Philox4x32.

    Args:
        counter: four words of 32 bits, each in an int64 tensor.
        key: two words.

    Returns:
        Four random words in int64 tensors.
    """
    c0, c1, c2, c3 = counter
    k0, k1 = key
    for _ in range(_ROUNDS):
        # products wrap around at 64 bits, sign and all, which leaves both halves right
        product0, product1 = c0 * _MULTIPLIERS[0], c2 * _MULTIPLIERS[1]
        c0, c1, c2, c3 = (
            (product1 >> 32 & _MASK) ^ c1 ^ k0,
            product1 & _MASK,
            (product0 >> 32 & _MASK) ^ c3 ^ k1,
            product0 & _MASK,
        )
        k0, k1 = k0 + _KEY_STEPS[0] & _MASK, k1 + _KEY_STEPS[1] & _MASK
    return c0, c1, c2, c3


def _box_muller(one: Tensor, other: Tensor) -> tuple[Tensor, Tensor]:
    """Two words to two normal numbers."""
    radius = (((one >> 8).float() + 1) * 2.0**-24).log().mul(-2).sqrt()
    angle = (other >> 8).float() * (2 * math.pi * 2.0**-24)
    return radius * angle.cos(), radius * angle.sin()
