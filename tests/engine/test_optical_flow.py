from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import kornia
import pytest
import torch
import torch.nn.functional as F
from PIL import Image
from torch import Tensor

from artgen.outputs.repaint.optical_flow import Flow, best_flow, consistent, dis, lucas_kanade, warp
from artgen.outputs.repaint.steady import Steady, as_tensor

SIDE = 128
BORDER = 12
OPENCV = importlib.util.find_spec("cv2") is not None
FLOWS = [
    pytest.param(lucas_kanade, id="lucas-kanade"),
    pytest.param(dis, id="dis", marks=pytest.mark.skipif(not OPENCV, reason="OpenCV is not installed")),
]


def photograph(pictures: Path, name: str, width: int = SIDE, height: int = SIDE) -> Tensor:
    with Image.open(pictures / name) as image:
        scaled = image.convert("RGB").resize((width, height), Image.Resampling.LANCZOS)
    return as_tensor(torch.tensor(list(scaled.tobytes()), dtype=torch.uint8).view(height, width, 3).numpy(), CPU)


CPU = torch.device("cpu")


def textured(picture: Tensor) -> Tensor:
    """Places whose surroundings change in both directions, away from the border: there motion can be seen."""
    slope = kornia.filters.spatial_gradient(kornia.color.rgb_to_grayscale(picture) / 2 + 0.5)[:, 0]
    across, down = slope[:, :1], slope[:, 1:]
    xx, xy, yy = (
        kornia.filters.gaussian_blur2d(product, (13, 13), (2.5, 2.5))[0, 0]
        for product in (across * across, across * down, down * down)
    )
    weaker = (xx + yy) / 2 - (((xx - yy) / 2) ** 2 + xy * xy).sqrt()
    inside = torch.zeros_like(weaker, dtype=torch.bool)
    inside[BORDER:-BORDER, BORDER:-BORDER] = True
    return inside & (weaker > 1e-3)


def motion(kind: str) -> Tensor:
    """(1, 2, SIDE, SIDE): a shift by 4.3 and -2.6 pixels, or a zoom by 4 % about the middle."""
    if kind == "shift":
        return torch.tensor([4.3, -2.6]).view(1, 2, 1, 1).expand(1, 2, SIDE, SIDE).clone()
    offset = (torch.arange(SIDE) - (SIDE - 1) / 2) * 0.04
    return torch.stack((offset.expand(SIDE, SIDE), offset[:, None].expand(SIDE, SIDE)))[None]


@pytest.mark.parametrize("flow", FLOWS)
@pytest.mark.parametrize("kind", ["shift", "zoom"])
@pytest.mark.parametrize("name", ["astronaut.jpg", "chelsea.jpg"])
def test_a_known_motion_is_found_within_half_a_pixel(flow: Flow, kind: str, name: str, pictures: Path):
    second = photograph(pictures, name)
    known = motion(kind)
    first = warp(second, known, mode="bicubic")
    places = textured(first)
    assert places.float().mean() > 0.05
    miss = (flow(first, second) - known).square().sum(1).sqrt()[0][places]
    assert miss.quantile(0.95) < 0.5
    assert miss.mean() < 0.25


def test_every_pair_of_a_batch_has_its_own_flow(pictures: Path):
    one, other = photograph(pictures, "astronaut.jpg", 64, 48), photograph(pictures, "chelsea.jpg", 64, 48)
    there = lucas_kanade(torch.cat((one, other)), torch.cat((other, one)))
    assert torch.allclose(there[:1], lucas_kanade(one, other), atol=1e-4)
    assert torch.allclose(there[1:], lucas_kanade(other, one), atol=1e-4)


def test_large_pictures_are_searched_at_a_smaller_size_and_the_flow_is_in_their_own_pixels(pictures: Path):
    second = F.interpolate(photograph(pictures, "astronaut.jpg"), scale_factor=8, mode="bicubic").clamp(-1, 1)
    first = torch.roll(second, shifts=(-12, 20), dims=(2, 3))
    flow = lucas_kanade(first, second)[0, :, 200:-200, 200:-200]
    assert flow.shape[1:] == (8 * SIDE - 400,) * 2
    assert flow[0].median() == pytest.approx(-20, abs=1)
    assert flow[1].median() == pytest.approx(12, abs=1)


def test_what_is_hidden_is_not_trusted(pictures: Path):
    background = photograph(pictures, "chelsea.jpg")
    patch = photograph(pictures, "astronaut.jpg", 48, 48)
    first, second = background.clone(), background.clone()
    first[:, :, 40:88, 30:78] = patch
    second[:, :, 40:88, 40:88] = patch
    trusted = consistent(lucas_kanade(second, first), lucas_kanade(first, second))[0, 0]
    uncovered = trusted[44:84, 31:38]
    unmoved = trusted[100:120, 20:108]
    assert unmoved.mean() > 0.9
    assert uncovered.mean() < 0.5


def test_the_flow_of_opencv_is_taken_where_it_is_installed():
    assert best_flow() == (("dis", dis) if OPENCV else ("lucas-kanade", lucas_kanade))


@pytest.mark.parametrize(
    "broken",
    ["", "raise ImportError('libGL.so.1: cannot open shared object file')", "raise AttributeError('_ARRAY_API')"],
)
def test_an_opencv_that_is_broken_is_not_taken(broken: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "cv2.py").write_text(broken, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setitem(sys.modules, "cv2", None)  # so that what is there now is put back afterwards
    monkeypatch.delitem(sys.modules, "cv2")
    assert best_flow() == ("lucas-kanade", lucas_kanade)


def flicker(strength: float, frames: list[Tensor], step: int) -> float:
    """How far a pan that is painted with fresh noise on every frame differs from itself moved along."""
    steady, noise = Steady(strength, lucas_kanade), torch.Generator().manual_seed(1)
    before: Tensor | None = None
    differences = []
    for filmed in frames:
        painted = (filmed + 0.2 * torch.randn(filmed.shape, generator=noise)).clamp(-1, 1)
        written = steady.blended(filmed, painted)
        if before is not None:
            differences.append((before[..., step:] - written[..., :-step]).abs().mean().item())
        steady.remember(filmed, written)
        before = written
    return sum(differences) / len(differences)


def test_a_pan_flickers_less_the_more_it_is_smoothed(pictures: Path):
    wide = photograph(pictures, "astronaut.jpg", 160, 64)
    frames = [wide[..., 3 * index : 3 * index + 96] for index in range(6)]
    none, half, strong = (flicker(strength, frames, 3) for strength in (0.0, 0.5, 0.8))
    assert half < 0.7 * none
    assert strong < half


def test_a_hard_cut_does_not_bleed(pictures: Path):
    before, after = photograph(pictures, "astronaut.jpg"), photograph(pictures, "chelsea.jpg")
    steady = Steady(0.9, lucas_kanade)
    steady.remember(before, torch.ones_like(before))
    assert (steady.blended(after, after) - after).abs().max() < 0.02


def test_no_strength_leaves_every_frame_as_it_is_painted(pictures: Path):
    filmed = photograph(pictures, "astronaut.jpg")
    steady = Steady(0.0, lucas_kanade)
    steady.remember(filmed, -filmed)
    assert torch.equal(steady.blended(filmed, filmed.flip(3)), filmed.flip(3))
