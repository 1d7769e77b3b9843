"""Canvases are painted in the memory there is."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest
import torch

from artgen.engine.paint.memory import Plan, StepBytes, choose_plan, free_bytes, measured_step
from artgen.engine.paint.peak import PeakBytes
from artgen.errors import ArtgenError
from artgen.losses.total_variation import total_variation
from artgen.sight.demands import PixelDemand, gradient
from tests.engine.looks import ThreeLayers, content_of, demand_of, loss_of, noise_of, sight_of

GB = 10**9
LAYERS = ("fine", "middle", "coarse")
STEP = StepBytes(GB // 100, canvas=120, pixels=80, look=1100, recomputed=800, stride=16, halo=64)


def plan_in(gigabytes: float, height: int = 4000, width: int = 6000, step: StepBytes = STEP, together: int = 4) -> Plan:
    return choose_plan(height, width, lambda: step, round(gigabytes * GB), together=together)


def test_what_surely_fits_is_not_measured():
    def measure() -> StepBytes:
        raise AssertionError("measured")

    plan = choose_plan(256, 256, measure, 16 * GB, together=4)
    assert (plan.together, plan.recompute, plan.tile_px) == (4, False, 0)
    assert choose_plan(4000, 6000, measure, None).tile_px == 0


def test_with_less_memory_there_are_fewer_together_then_blocks_again_then_tiles():
    steps = [plan_in(gigabytes) for gigabytes in (200, 100, 40, 30, 20, 8)]
    assert [plan.together for plan in steps] == [4, 2, 1, 1, 1, 1]
    assert [plan.recompute for plan in steps] == [False, False, False, True, False, False]
    assert [plan.tile_px > 0 for plan in steps] == [False, False, False, False, True, True]
    assert steps[4].tile_px > steps[5].tile_px


def test_a_plan_takes_no_more_than_its_share_and_tiles_are_as_large_as_they_can_be():
    plan = plan_in(8)
    assert plan.tile_px % STEP.stride == 0
    assert plan.bytes <= 0.8 * 8 * GB
    assert replace(plan, tile_px=2 * plan.tile_px).bytes > 0.8 * 8 * GB
    assert "6000×4000" in str(plan)
    assert f"tiles of {plan.tile_px} px" in str(plan)


def test_a_canvas_that_fits_in_no_way_is_an_error():
    with pytest.raises(ArtgenError, match="6000×4000 px does not fit"):
        plan_in(2)
    with pytest.raises(ArtgenError, match="not even in tiles"):
        plan_in(20, step=replace(STEP, stride=0, halo=0))


def test_each_smaller_plan_takes_clearly_less_until_there_is_none():
    plan: Plan | None = plan_in(200)
    taken = []
    while plan is not None:
        taken.append(plan.bytes)
        plan = plan.smaller()
    assert len(taken) > 4
    assert all(less < 0.75 * more for more, less in pairwise(taken))


def test_memory_is_known_here():
    assert (free_bytes(torch.device("cpu")) or 0) > 0


@pytest.mark.parametrize("tile_px", [0, 64])
def test_a_measured_step_foretells_a_larger_one(tile_px: int):
    sight = sight_of(ThreeLayers())
    painting = noise_of(1, 3, 64, 64)
    smooth = PixelDemand("tv", 1.0, total_variation)
    losses = [loss_of("gram-style", LAYERS), loss_of("content", ["coarse"])]
    step = measured_step(losses, [smooth], sight, torch.device("cpu"), copies=0)

    demands = [demand_of("gram-style", LAYERS, painting, sight), demand_of("content", ["coarse"], painting, sight)]
    picture = noise_of(1, 3, 300, 410)
    maps = content_of(picture, demands, sight)
    with PeakBytes() as counted:
        gradient(picture, demands, sight, content=maps, pixel_demands=[smooth], tile_px=tile_px)
    in_all = counted.peak + sum(found.nbytes for found in maps.values())
    foretold = Plan(300, 410, step, tile_px=tile_px).bytes
    assert 0.9 * in_all < foretold < 1.5 * in_all


def test_masks_are_counted():
    losses = [loss_of("gram-style", LAYERS)]
    plain, masked = (
        measured_step(losses, [], sight_of(ThreeLayers()), torch.device("cpu"), copies=0, weighted=weighted)
        for weighted in (False, True)
    )
    assert masked.look > plain.look
