from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import Tensor

from artgen.data.artwork import read_artwork
from artgen.engine.paint.keep_colors import coral, match_histogram, with_luminance
from tests.data.sample_pictures import PICTURES


def picture(name: str, side_px: int = 48) -> Tensor:
    (path,) = PICTURES.glob(f"{name}.*")
    return read_artwork(Path(path)).at(side_px, side_px)


def moderate(seed: int, *size: int) -> Tensor:
    """Correlated colours well inside the range, so that nothing has to be clamped."""
    generator = torch.Generator().manual_seed(seed)
    mix = torch.eye(3) + torch.rand(size[0], 3, 3, generator=generator) / 2
    noise = torch.rand(size[0], 3, size[1] * size[2], generator=generator) - 0.5
    return (0.4 * mix @ noise + 0.1 * mix[:, :, :1]).reshape(size[0], 3, *size[1:])


def moments(colours: Tensor) -> tuple[Tensor, Tensor]:
    """Mean (B, 3) and covariance (B, 3, 3) in float64, straight from their definition."""
    x = colours.double().flatten(2)
    centred = x - x.mean(2, keepdim=True)
    return x.mean(2), centred @ centred.mT / x.shape[2]


def luma(colours: Tensor) -> Tensor:
    return torch.einsum("c,bchw->bhw", torch.tensor([0.2126, 0.7152, 0.0722]).double(), colours.double())


def test_after_coral_mean_and_covariance_are_the_contents() -> None:
    style, content = moderate(1, 2, 40, 30), moderate(2, 2, 25, 50)
    got, wanted = moments(coral(style, content)), moments(content)
    torch.testing.assert_close(got[0], wanted[0], atol=1e-6, rtol=0)
    torch.testing.assert_close(got[1], wanted[1], atol=1e-8, rtol=1e-4)


def test_coral_changes_nothing_where_the_colours_are_the_same_already() -> None:
    style = picture("church-at-auvers")
    torch.testing.assert_close(coral(style, style.flip(3)), style, atol=1e-5, rtol=0)


@pytest.mark.parametrize("keep", [coral, match_histogram])
def test_pictures_of_a_batch_never_see_each_other(keep) -> None:
    styles = torch.cat([picture("church-at-auvers"), picture("coffee")])
    contents = torch.cat([picture("astronaut"), picture("chelsea")])
    alone = torch.cat([keep(style[None], content[None]) for style, content in zip(styles, contents, strict=True)])
    torch.testing.assert_close(keep(styles, contents), alone, atol=1e-5, rtol=0)


@pytest.mark.parametrize("keep", [coral, match_histogram])
@pytest.mark.parametrize("flat", ["style", "content", "both", "gray"])
def test_flat_and_grey_pictures_give_colours_in_range(keep, flat: str) -> None:
    style, content = picture("church-at-auvers"), picture("astronaut")
    if flat in ("style", "both"):
        style = torch.full_like(style, 0.3)
    if flat in ("content", "both"):
        content = torch.full_like(content, -0.2)
    if flat == "gray":
        style = style.mean(1, keepdim=True).expand(-1, 3, -1, -1)
    got = keep(style, content)
    assert got.isfinite().all()
    assert got.abs().max() <= 1
    torch.testing.assert_close(got.mean((2, 3)), content.mean((2, 3)), atol=0.25, rtol=0)


def test_grain_of_a_grey_style_is_not_blown_up_into_colours() -> None:
    grey = picture("church-at-auvers").mean(1, keepdim=True).expand(-1, 3, -1, -1)
    grain = (torch.rand(grey.shape, generator=torch.Generator().manual_seed(3)) - 0.5) * 2 / 255
    got = coral(grey + grain, picture("astronaut"))
    assert (got - coral(grey, picture("astronaut"))).abs().mean() < 0.1


@pytest.mark.parametrize("keep", [coral, match_histogram])
def test_transparent_places_say_nothing_of_colours(keep) -> None:
    style, content = moderate(1, 1, 32, 32), moderate(2, 1, 32, 32)
    wanted = keep(style, content)
    alpha = torch.ones(1, 1, 64, 32)
    alpha[:, :, 32:] = -1

    def half_hidden(colours: Tensor, hidden: float) -> Tensor:
        return torch.cat((torch.cat((colours, torch.full_like(colours, hidden)), 2), alpha), 1)

    got = keep(half_hidden(style, 0.9), half_hidden(content, -0.8))
    torch.testing.assert_close(got[:, :3, :32], wanted, atol=1e-5, rtol=0)
    assert torch.equal(got[:, 3:], alpha)


def test_after_matching_histograms_the_sorted_values_are_the_contents() -> None:
    style, content = moderate(1, 2, 40, 30), moderate(2, 2, 30, 40)
    got = match_histogram(style, content)
    torch.testing.assert_close(got.flatten(2).sort(2)[0], content.flatten(2).sort(2)[0], atol=1e-6, rtol=0)


def test_histograms_match_whatever_the_sizes() -> None:
    got = match_histogram(picture("church-at-auvers", 64), content := picture("astronaut", 40))
    shares = torch.linspace(0.02, 0.98, 25)
    for channel in range(3):
        quantiles = [torch.quantile(one[0, channel].flatten(), shares) for one in (got, content)]
        torch.testing.assert_close(quantiles[0], quantiles[1], atol=0.02, rtol=0)
        assert content[0, channel].min() <= got[0, channel].min()
        assert got[0, channel].max() <= content[0, channel].max()


def test_flat_areas_stay_flat_when_histograms_are_matched() -> None:
    style = moderate(1, 1, 32, 32)
    style[:, :, :8] = style[:, :, :1, :1]
    got = match_histogram(style, picture("astronaut"))
    assert (got[:, :, :8].flatten(2).amax(2) - got[:, :, :8].flatten(2).amin(2)).max() < 1e-6


def test_matching_histograms_keeps_which_colours_go_together() -> None:
    style, content = picture("coffee"), picture("astronaut")
    got, wanted = (torch.corrcoef(one[0].flatten(1)) for one in (match_histogram(style, content), content))
    torch.testing.assert_close(got, wanted, atol=0.1, rtol=0)


def test_luminance_is_the_paintings_and_chroma_the_contents() -> None:
    painted, content = moderate(1, 2, 32, 32), moderate(2, 2, 32, 32)
    got = with_luminance(painted, content).double()
    torch.testing.assert_close(luma(got), luma(painted), atol=1e-6, rtol=0)
    chroma = got - luma(got)[:, None], content - luma(content)[:, None]
    torch.testing.assert_close(chroma[0], chroma[1], atol=1e-6, rtol=0)


def test_a_picture_that_was_not_painted_on_keeps_its_colours() -> None:
    content = picture("astronaut")
    torch.testing.assert_close(with_luminance(content, content), content, atol=1e-6, rtol=0)


def test_colours_that_do_not_exist_lose_saturation_but_neither_lightness_nor_hue() -> None:
    painted, content = picture("church-at-auvers"), picture("astronaut")
    content[:, :, :8] = torch.tensor([1.0, -1.0, -1.0])[:, None, None]  # no red is that light
    painted[:, :, :8] = 0.8
    got = with_luminance(painted, content).double()
    assert got.abs().max() <= 1
    torch.testing.assert_close(luma(got), luma(painted), atol=1e-5, rtol=0)
    chroma, wanted = got - luma(got)[:, None], content.double() - luma(content)[:, None]
    along = torch.nn.functional.cosine_similarity(chroma, wanted, dim=1)
    assert along[wanted.norm(dim=1).gt(0.05) & chroma.norm(dim=1).gt(0.01)].min() > 0.999
    assert (chroma.norm(dim=1) <= wanted.norm(dim=1) + 1e-5).all()


def test_the_painting_keeps_its_alpha() -> None:
    painted = picture("fox")
    assert painted.shape[1] == 4
    got = with_luminance(painted, picture("astronaut"))
    assert torch.equal(got[:, 3:], painted[:, 3:])
