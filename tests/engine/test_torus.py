"""Textures without a seam: how they grow, and what holds them together."""

from __future__ import annotations

import torch
import torch.nn.functional as F

from artgen.engine.paint.torus import enlarged_around
from artgen.generators.canvas import enlarged
from artgen.losses.config import TotalVariationConfig
from artgen.losses.total_variation import TotalVariation, total_variation


def test_a_rolled_texture_is_enlarged_to_a_rolled_one():
    pixels = torch.rand(2, 3, 24, 40)
    large = enlarged_around(pixels, 36, 60)
    again = enlarged_around(pixels.roll((8, 10), (2, 3)), 36, 60)
    torch.testing.assert_close(again, large.roll((12, 15), (2, 3)), atol=1e-5, rtol=0)
    plain = enlarged(pixels, 36, 60)
    torch.testing.assert_close(large[..., 4:-4, 4:-4], plain[..., 4:-4, 4:-4], atol=1e-5, rtol=0)


def test_the_total_variation_of_a_torus_counts_every_pixel_alike():
    loss = TotalVariation(TotalVariationConfig())
    picture = torch.rand(2, 3, 24, 40, dtype=torch.float64)
    rolled = picture.roll((7, 11), (2, 3))
    torch.testing.assert_close(loss.around(picture), loss.around(rolled))
    inside = total_variation(F.pad(picture, (0, 1, 0, 1), mode="circular"))
    torch.testing.assert_close(loss.around(picture), inside, rtol=0.05, atol=0)
