"""The layers of StyleGAN2 against their formulas in float64."""

from __future__ import annotations

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch.func import functional_call

from artgen.layers.equalized import EqualizedConv2d, EqualizedLinear
from artgen.layers.filtered import Blur, Upsample
from artgen.layers.mapping import Mapping
from artgen.layers.modulated import ModulatedConv2d, ModulatedToPicture
from tests.bench.modulated import grouped

TAPS = np.array([1.0, 3.0, 3.0, 1.0]) / 8


def double(*shape: int) -> torch.Tensor:
    return torch.randn(*shape, dtype=torch.float64)


def layer(inputs: int = 3, outputs: int = 4, **options: object) -> ModulatedConv2d:
    torch.manual_seed(1)
    made = ModulatedConv2d(inputs, outputs, 5, **options).double()
    torch.nn.init.normal_(made.bias)
    torch.nn.init.constant_(made.noise_strength, 0.7)
    return made


def test_one_shared_convolution_is_the_same_as_weights_of_each_samples_own():
    modulated = layer(gain=1.5)
    x, w = double(3, 3, 6, 5), double(3, 5)
    torch.testing.assert_close(modulated(x, w), grouped(modulated, x, w))


def test_a_style_changes_its_own_sample_only_and_its_size_is_divided_out():
    modulated = layer()
    x, w = double(2, 3, 4, 4), double(2, 5)
    torch.testing.assert_close(modulated(x, w)[:1], modulated(x[:1], w[:1]))
    with torch.no_grad():
        before = modulated(x, w)
        modulated.affine.weight *= 100
        modulated.affine.bias *= 100
    torch.testing.assert_close(modulated(x, w), before)


def test_doubling_is_zeros_between_the_pixels_then_the_filter_then_the_convolution():
    modulated = layer(doubled=(10, 9))  # an odd side is cut
    x, w = double(2, 3, 5, 5), double(2, 5)
    style = modulated.affine(w)
    spread = torch.zeros(2, 3, 10, 10, dtype=torch.float64)
    spread[:, :, ::2, ::2] = x * style[:, :, None, None]
    filtered = F.conv2d(
        F.pad(spread, (8, 8, 8, 8)), 4 * torch.from_numpy(np.outer(TAPS, TAPS)).expand(3, 1, 4, 4), groups=3
    )
    # the convolution is transposed, so its kernel is turned round
    y = F.conv2d(filtered, modulated.weight.transpose(0, 1).flip(2, 3))
    norm = torch.einsum("bi,iohw->bo", style**2, modulated.weight**2).sqrt()
    expected = F.leaky_relu(y / norm[:, :, None, None] + modulated.bias[:, None, None], 0.2) * 2**0.5
    actual = modulated(x, w)
    assert actual.shape == (2, 4, 10, 9)
    # the two orders differ at the border only, in what lies beyond it
    torch.testing.assert_close(actual[:, :, 2:-2, 2:-1], expected[:, :, 7:-7, 7:-7][:, :, :6, :6])


@pytest.mark.parametrize("doubled", [None, (6, 5)], ids=["same", "doubled"])
def test_gradients_of_the_modulated_convolution_are_right_to_the_second(doubled):
    modulated = layer(2, 2, doubled=doubled)
    names = ["weight", "bias", "noise_strength", "affine.weight", "affine.bias"]
    values = [modulated.get_parameter(name).detach().requires_grad_() for name in names]
    x, w = double(2, 2, 3, 3).requires_grad_(), double(2, 5).requires_grad_()
    noise = double(2, 1, *(doubled or (3, 3)))

    def paint(x, w, *values):
        return functional_call(modulated, dict(zip(names, values, strict=True)), (x, w, noise))

    assert torch.autograd.gradcheck(paint, (x, w, *values))
    assert torch.autograd.gradgradcheck(paint, (x, w, *values))


def test_colours_are_a_modulated_convolution_of_one_pixel_without_demodulation():
    torch.manual_seed(0)
    shown = ModulatedToPicture(6, 3, 5, gain=0.5).double()
    x, w = double(2, 6, 4, 3).requires_grad_(), double(2, 5).requires_grad_()
    expected = F.conv2d(x * shown.affine(w)[:, :, None, None], shown.weight[:, :, None, None]) * 0.5 * 6**-0.5
    torch.testing.assert_close(shown(x, w), expected + shown.bias[:, None, None])
    assert torch.autograd.gradcheck(shown, (x, w))
    assert torch.autograd.gradgradcheck(shown, (x, w))


def test_the_blur_is_the_binomial_filter():
    torch.manual_seed(0)
    x = double(1, 2, 5, 6)
    padded = np.pad(x.numpy(), ((0, 0), (0, 0), (2, 2), (2, 2)))
    expected = np.zeros((1, 2, 6, 7))
    for row in range(4):
        for column in range(4):
            expected += TAPS[row] * TAPS[column] * padded[:, :, row : row + 6, column : column + 7]
    np.testing.assert_allclose(Blur(padding=2).double()(x).numpy(), expected, rtol=1e-12)


def test_upsampling_is_bilinear_inside_the_border():
    torch.manual_seed(0)
    x = double(1, 2, 5, 6)
    bilinear = F.interpolate(x, scale_factor=2, mode="bilinear")
    torch.testing.assert_close(Upsample().double()(x)[..., 1:-1, 1:-1], bilinear[..., 1:-1, 1:-1])


def test_equalised_layers_keep_the_variance_and_start_from_unit_weights():
    torch.manual_seed(0)
    linear, convolution = EqualizedLinear(256, 512, bias=1.0, lr_multiplier=0.01), EqualizedConv2d(64, 128, 3, gain=2)
    assert linear.weight.std().item() == pytest.approx(100, rel=0.02)
    assert convolution.weight.std().item() == pytest.approx(1, rel=0.02)
    from_linear, from_convolution = linear(torch.randn(64, 256)), convolution(torch.randn(8, 64, 16, 16))
    assert from_linear.std().item() == pytest.approx(1, rel=0.05)
    assert from_linear.mean().item() == pytest.approx(1, rel=0.05)
    assert from_convolution.std().item() == pytest.approx(2, rel=0.05)


def test_the_mapping_takes_no_notice_of_the_latents_length_and_w_has_unit_size():
    torch.manual_seed(0)
    mapping = Mapping(256, 2, 0)
    z = torch.randn(64, 256)
    w = mapping(z)
    torch.testing.assert_close(mapping(z * 7), w, rtol=1e-4, atol=1e-5)
    assert 0.8 < w.square().mean().sqrt() < 1.25
    with torch.autocast("cpu", torch.bfloat16):
        assert torch.equal(mapping(z), w), "full precision also under autocast"


def test_half_precision_stays_close_and_finite_also_for_large_styles():
    torch.manual_seed(0)
    modulated = ModulatedConv2d(32, 16, 8)
    x, w = torch.randn(4, 32, 8, 8), torch.randn(4, 8) * 1e4
    with torch.autocast("cpu", torch.bfloat16):
        half = modulated(x.bfloat16(), w)
    assert half.dtype == torch.bfloat16
    full = modulated(x, w)
    assert (half - full).abs().mean() < 0.02 * full.abs().mean()
