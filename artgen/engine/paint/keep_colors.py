"""Painting in the colours of the content: a style given them beforehand, or only its light and dark taken afterwards.

Pictures are (B, 3, H, W), or (B, 4, H, W) with straight alpha, in [-1, 1]. What is transparent counts for little in
what colours a picture has, and alpha comes out as it went in.
"""

from __future__ import annotations

import torch
from torch import Tensor

from artgen.data.alpha import colours_and_alpha
from artgen.data.srgb import luminance

_LEAST_VARIANCE = (2 / 255) ** 2
"""Of colours along one direction: a spread of one 8-bit level. What lies below is noise and is not stretched."""
_PIECE_PX = 1 << 20
_TINY = torch.finfo(torch.float64).tiny


def coral(style: Tensor, content: Tensor) -> Tensor:
    """A style with the content's mean colour and covariance: whitened by its own, recoloured by the content's.

    Follows B. Sun, J. Feng and K. Saenko, "Return of frustratingly easy domain adaptation" (2016), with symmetric square
    roots as L. Gatys et al., "Preserving color in neural artistic style transfer" (2016), have them for pictures.

    Args:
        style: gets new colours.
        content: has them; of any size.

    Shape:
        (B, C, H, W), that of the style; colours that leave [-1, 1] are clamped
    """
    return _with_alpha_of(style, _recoloured(style, content).clamp_(-1, 1))


def match_histogram(style: Tensor, content: Tensor) -> Tensor:
    """A style that has each amount of red, green and blue as often as the content has.

    Matching channels one by one knows nothing of which go together, and so paints colours that neither picture has.
    Hence the style is first brought to the content's covariance, as by `coral`, and the exact matching of the channels
    only bends what that leaves; it is the linear step of F. Pitié et al., "Automated colour grading using colour
    distribution transfer" (2007), with the marginals after it.

    Args:
        style: gets new colours.
        content: has them; of any size.

    Shape:
        (B, C, H, W), that of the style; no channel leaves the content's range
    """
    recoloured = _recoloured(style, content)
    matched = [
        _matched(start.flatten().cpu(), own.flatten().cpu(), model.flatten().cpu(), shares.flatten().cpu())
        for picture, own, models, shares in zip(recoloured, _alpha(style), content[:, :3], _alpha(content), strict=True)
        for start, model in zip(picture, models, strict=True)
    ]
    return _with_alpha_of(style, torch.stack(matched).view_as(recoloured).to(style))


def with_luminance(painted: Tensor, content: Tensor) -> Tensor:
    """The content's hues as light and as dark as the painting is.

    In Y'CbCr (with the weights of BT.709) this exchanges Y' and keeps Cb and Cr. Where such a colour does not exist,
    hue and lightness are kept and saturation gives way, as clamping channels would change all three.

    Shape:
        (B, C, H, W), that of both
    """
    light, of_content = luminance(painted[:, :3]), luminance(content[:, :3])
    chroma = content[:, :3] - of_content
    tiny = torch.finfo(chroma.dtype).tiny
    upward = (1 - light) / chroma.amax(1, keepdim=True).clamp_min(tiny)
    downward = (1 + light) / (-chroma.amin(1, keepdim=True)).clamp_min(tiny)
    share = torch.minimum(upward, downward).clamp(0, 1)
    return _with_alpha_of(painted, (light + chroma * share).clamp_(-1, 1))


def _recoloured(style: Tensor, content: Tensor) -> Tensor:
    """`coral` without alpha and without clamping."""
    mean, covariance = _moments(style)
    wanted_mean, wanted_covariance = _moments(content)
    mix = _power(wanted_covariance, 0.5) @ _power(covariance, -0.5, least=_LEAST_VARIANCE)
    shift = wanted_mean - mix @ mean
    return (mix.to(style) @ style[:, :3].flatten(2) + shift.to(style)).view(-1, 3, *style.shape[2:])


def _moments(pictures: Tensor) -> tuple[Tensor, Tensor]:
    """Mean colour (B, 3, 1) and covariance (B, 3, 3), in float64 on the CPU: some devices have none."""
    colours, shares = pictures[:, :3].flatten(2), _alpha(pictures)
    amount = first = second = torch.zeros((), dtype=torch.float64)
    for begin in range(0, colours.shape[2], _PIECE_PX):  # else a large picture would be copied at twice its size
        piece = slice(begin, begin + _PIECE_PX)
        x, weights = colours[..., piece].cpu().double(), shares[..., piece].cpu().double()
        amount = amount + weights.sum(2, keepdim=True)
        first = first + (x * weights).sum(2, keepdim=True)
        second = second + (x * weights) @ x.mT
    amount = amount.clamp_min(_TINY)
    mean = first / amount
    return mean, second / amount - mean @ mean.mT


def _power(covariance: Tensor, exponent: float, *, least: float = 0.0) -> Tensor:
    """A symmetric power of symmetric matrices whose eigenvalues are at least `least`."""
    values, vectors = torch.linalg.eigh(covariance)
    power: Tensor = vectors @ torch.diag_embed(values.clamp_min(least) ** exponent) @ vectors.mT
    return power


def _matched(values: Tensor, shares: Tensor, model: Tensor, model_shares: Tensor) -> Tensor:
    """Values changed so that they are distributed as the model's are, order kept; all (N,) or (M,)."""
    seen = model_shares > 0
    if not seen.any():
        return values
    _, quantiles, place = _distribution(values, shares)
    model_levels, model_quantiles, _ = _distribution(model[seen], model_shares[seen])
    upper = torch.searchsorted(model_quantiles, quantiles).clamp(max=len(model_levels) - 1)
    lower = (upper - 1).clamp_min(0)
    step = (model_quantiles[upper] - model_quantiles[lower]).clamp_min(_TINY)
    part = ((quantiles - model_quantiles[lower]) / step).clamp(0, 1)
    return torch.lerp(model_levels[lower].double(), model_levels[upper].double(), part).to(values.dtype)[place]


def _distribution(values: Tensor, shares: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """The levels that occur, rising; what share lies below the middle of each, in 0…1; and the level of each value."""
    levels, place = torch.unique(values, return_inverse=True)
    amounts = torch.zeros(len(levels), dtype=torch.float64).index_add_(0, place, shares.double())
    total = amounts.sum().clamp_min(_TINY)
    return levels, (amounts.cumsum(0) - amounts / 2) / total, place


def _alpha(pictures: Tensor) -> Tensor:
    """How much each pixel counts, (B, 1, H · W) in 0…1."""
    _, alpha = colours_and_alpha(pictures)
    return pictures.new_ones(()).expand(len(pictures), 1, pictures[0, 0].numel()) if alpha is None else alpha.flatten(2)


def _with_alpha_of(pictures: Tensor, colours: Tensor) -> Tensor:
    return torch.cat((colours, pictures[:, 3:]), 1) if pictures.shape[1] == 4 else colours
