from __future__ import annotations

import torch

from artgen.seeding import Draws, permutation


def test_a_sample_draws_the_same_numbers_in_any_batch():
    whole = Draws(7, "latent", 0, 32)
    part = Draws(7, "latent", 5, 3)
    assert torch.equal(whole.normal(65)[5:8], part.normal(65))
    assert torch.equal(whole.uniform(9)[5:8], part.uniform(9))


def test_other_seeds_purposes_and_children_draw_other_numbers():
    draws = Draws(7, "latent", 0, 4)
    others = [Draws(8, "latent", 0, 4), Draws(7, "noise", 0, 4), draws.child("noise"), Draws(7, "latent", 4, 4)]
    assert not any(torch.equal(draws.uniform(8), other.uniform(8)) for other in others)


def test_normal_numbers_are_standard_normal():
    numbers = Draws(1, "latent", 0, 4000).normal(51).double()
    assert abs(numbers.mean()) < 0.01
    assert abs(numbers.std() - 1) < 0.01
    assert abs((numbers**4).mean() - 3) < 0.1
    assert numbers.isfinite().all()


def test_uniform_numbers_fill_the_unit_interval_and_never_reach_one():
    numbers = Draws(1, "shift", 0, 20000).uniform(3)
    assert numbers.min() >= 0
    assert numbers.max() < 1
    assert abs(numbers.mean() - 0.5) < 0.01
    assert numbers.min() < 0.001
    assert numbers.max() > 0.999


def test_numbers_never_change_between_versions():
    """A seed is a promise: the picture of seed 7 stays the picture of seed 7."""
    assert Draws(7, "latent").normal(3)[0].tolist() == FIRST_NORMALS
    assert Draws(7, "latent").uniform(3)[0].tolist() == FIRST_UNIFORMS


def test_a_permutation_holds_each_index_once_and_differs_between_epochs():
    first, second = (permutation(3, "order", epoch, 100) for epoch in (0, 1))
    assert sorted(first) == list(range(100))
    assert first.tolist() != second.tolist()
    assert first.tolist() == permutation(3, "order", 0, 100).tolist()


FIRST_NORMALS = [-0.6771518588066101, 1.845565915107727, 0.9216036200523376]
FIRST_UNIFORMS = [0.36763399839401245, 0.37759876251220703, 0.026434004306793213]
