"""Where everything in one picture is in another: dense optical flow, warping along it, and where it can be trusted.

A flow (B, 2, H, W) says for every pixel of the first picture how far right and down it is found in the second, so that
`warp(second, flow)` lies on the first.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import kornia
import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

Flow = Callable[[Tensor, Tensor], Tensor]
"""From two batches of pictures (B, 3, H, W) in [-1, 1] to the flow from the first to the second."""

_SEARCHED_PX = 480
"""Larger pictures are halved until their long side is no longer: what moves is seen as well there, far sooner."""
_COARSEST_PX = 8
_ITERATIONS = 3
_WINDOW = (13, 13)
_SIGMA = (2.5, 2.5)
_FLAT = 1e-4
"""Squared slope, of a picture in 0…1, below which a place says nothing and follows its neighbours."""


def best_flow() -> tuple[str, Flow]:
    """The best way to find the flow that works here, and its name: OpenCV's DIS, or Lucas-Kanade."""
    return ("dis", dis) if _has_dis() else ("lucas-kanade", lucas_kanade)


def _has_dis() -> bool:
    """Whether OpenCV can be imported, which takes libraries of the system, and has what is wanted of it."""
    try:
        import cv2
    except (ImportError, AttributeError):  # the latter where it was built for another numpy
        return False
    return hasattr(cv2, "DISOpticalFlow_create")


def warp(pictures: Tensor, flow: Tensor, mode: str = "bilinear") -> Tensor:
    """Fetch every pixel from where the flow says it is; beyond the border the border is repeated.

    Shape:
        (B, C, H, W) and (B, 2, H, W) -> (B, C, H, W)
    """
    height, width = flow.shape[2:]
    rows = torch.arange(height, device=flow.device, dtype=flow.dtype)[:, None]
    columns = torch.arange(width, device=flow.device, dtype=flow.dtype)
    warped: Tensor = kornia.geometry.transform.remap(
        pictures, flow[:, 0] + columns, flow[:, 1] + rows, mode=mode, padding_mode="border", align_corners=True
    )
    return warped


def consistent(there: Tensor, back: Tensor) -> Tensor:
    """Where a flow and the flow back lead to where they began: 1 there, 0 where something is hidden or was missed.

    The limit is that of N. Sundaram, T. Brox and K. Keutzer (2010): it grows with how far things move.

    Shape:
        (B, 2, H, W) twice -> (B, 1, H, W)
    """
    returned = warp(back, there)
    miss = (there + returned).square().sum(1, keepdim=True)
    far = there.square().sum(1, keepdim=True) + returned.square().sum(1, keepdim=True)
    return (miss < 0.01 * far + 0.5).to(there.dtype)


def lucas_kanade(first: Tensor, second: Tensor) -> Tensor:
    """Flow by B. Lucas and T. Kanade (1981), at every pixel, iterated, from a coarse pyramid level to the fine ones.

    Every pixel takes the motion u that explains best how its Gaussian window changed (least squares of the linearised
    brightness): ``Σ w ∇I ∇Iᵀ u = Σ w ∇I (∇I·u₀ − I_t)``, where u₀ is each neighbour's motion so far.

    Shape:
        (B, 3, H, W) twice, in [-1, 1] -> (B, 2, H, W) in pixels
    """
    size = first.shape[2:]
    halvings = max(0, math.ceil(math.log2(max(size) / _SEARCHED_PX)))
    levels = max(0, int(math.log2(min(size) / _COARSEST_PX)))
    pyramids = [_pyramid(pictures, max(levels, halvings)) for pictures in (first, second)]
    flow = first.new_zeros(len(first), 2, *pyramids[0][-1].shape[2:])
    for before, after in zip(*(pyramid[halvings:][::-1] for pyramid in pyramids), strict=True):
        flow = _refined(_resized(flow, before.shape[2:]), before, after)
    return _resized(flow, size)


def _pyramid(pictures: Tensor, levels: int) -> list[Tensor]:
    """The pictures in grey, 0…1, the whole size first."""
    grey = kornia.color.rgb_to_grayscale(pictures.float()) / 2 + 0.5
    pyramid: list[Tensor] = kornia.geometry.transform.build_pyramid(grey, levels + 1)
    return pyramid


def _refined(flow: Tensor, before: Tensor, after: Tensor) -> Tensor:
    """A better flow at one level of the pyramid."""
    slope = kornia.filters.spatial_gradient(before)[:, 0]
    across, down = slope[:, :1], slope[:, 1:]
    xx, xy, yy = _window(torch.cat((across * across, across * down, down * down), 1)).chunk(3, 1)
    xx, yy = xx + _FLAT, yy + _FLAT
    determinant = xx * yy - xy * xy
    for _ in range(_ITERATIONS):
        change = warp(after, flow) - before
        explained = slope * ((slope * flow).sum(1, keepdim=True) - change)
        right, lower = _window(explained + _FLAT * flow).chunk(2, 1)
        flow = torch.cat((yy * right - xy * lower, xx * lower - xy * right), 1) / determinant
    return flow


def _window(maps: Tensor) -> Tensor:
    blurred: Tensor = kornia.filters.gaussian_blur2d(maps, _WINDOW, _SIGMA, "replicate")
    return blurred


def _resized(flow: Tensor, size: torch.Size) -> Tensor:
    """A flow in another size, in pixels of that size."""
    height, width = flow.shape[2:]
    factor = flow.new_tensor([size[1] / width, size[0] / height])[:, None, None]
    return F.interpolate(flow, size, mode="bilinear", align_corners=False) * factor


def dis(first: Tensor, second: Tensor) -> Tensor:
    """Flow by OpenCV's Dense Inverse Search (T. Kroeger et al., 2016), on the processor.

    Shape:
        (B, 3, H, W) twice, in [-1, 1] -> (B, 2, H, W) in pixels
    """
    import cv2

    search = cv2.DISOpticalFlow_create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    pairs = zip(_grey_bytes(first), _grey_bytes(second), strict=True)
    flows = [torch.from_numpy(search.calc(before, after, None)).permute(2, 0, 1) for before, after in pairs]
    return torch.stack(flows).to(first.device)


def _grey_bytes(pictures: Tensor) -> np.ndarray[tuple[int, int, int], np.dtype[np.uint8]]:
    grey = kornia.color.rgb_to_grayscale(pictures.float())[:, 0]
    return np.asarray(((grey + 1) * 127.5).round().clamp(0, 255).to(torch.uint8).cpu())
