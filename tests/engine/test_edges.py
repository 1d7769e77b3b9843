"""What a backbone is shown beyond the edges of a canvas, and what comes back of it."""

from __future__ import annotations

import pytest
import torch

from artgen.engine.paint.edges import BORDER_PX, Edges


@pytest.mark.parametrize("edges", [Edges(meet=True), Edges(place_px=16), Edges(place_px=8), Edges()])
def test_slopes_fold_back_as_autograd_has_it(edges: Edges):
    pixels = torch.randn(2, 3, 35, 41, dtype=torch.float64, requires_grad=True)
    shown = edges.surrounded(pixels)
    assert shown.shape[2:] == edges.size(35, 41)
    weights = torch.randn_like(shown)
    (shown * weights).sum().backward()
    assert pixels.grad is not None
    torch.testing.assert_close(edges.folded(weights, (35, 41)), pixels.grad)


def test_a_mirror_image_fills_the_last_places():
    picture = torch.rand(1, 3, 17, 31)
    shown = Edges(place_px=16).surrounded(picture)
    assert shown.shape[2:] == (32, 32)
    torch.testing.assert_close(shown[:, :, :17, :31], picture, rtol=0, atol=0)
    torch.testing.assert_close(shown[:, :, 17:, :31], picture[:, :, 1:16].flip(2), rtol=0, atol=0)
    torch.testing.assert_close(shown[:, :, :17, 31], picture[:, :, :, 29], rtol=0, atol=0)


def test_pictures_of_whole_places_and_those_that_have_none_are_shown_as_they_are():
    edges = Edges(place_px=16)
    for size in ((32, 48), (7, 512)):
        picture = torch.rand(1, 3, *size)
        assert edges.surrounded(picture) is picture


def test_where_edges_meet_the_far_one_counts_where_it_is():
    counted = Edges(meet=True).counted(torch.ones(1, 1, 40, 64))
    assert counted.shape[2:] == Edges(meet=True).size(40, 64)
    assert counted.sum() == 40 * 64
    assert counted[..., BORDER_PX:-BORDER_PX, BORDER_PX:-BORDER_PX].min() == 1
