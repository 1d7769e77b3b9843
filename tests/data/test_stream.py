from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from artgen.data.cache import open_pictures
from artgen.data.pictures import Pictures
from artgen.data.sample import Stream
from tests.data.sample_pictures import config


@pytest.fixture
def pictures(folder: Path) -> Pictures:
    return open_pictures(config(folder, colors="rgba", size=[48, 32]))


def test_a_batch_is_floats_from_minus_one_to_one_in_planes(pictures: Pictures) -> None:
    batch = Stream(pictures, 0, mirror=False).batch(0, 8)
    assert batch.shape == (8, 4, 32, 48)
    assert batch.dtype == torch.float32
    assert batch.is_contiguous()
    assert batch.min() == -1
    assert batch.max() == 1
    rows = Stream(pictures, 0, mirror=False).rows(0, 8)
    back = ((batch + 1) * 127.5).round().to(torch.uint8).permute(0, 2, 3, 1).numpy()
    assert (back == pictures.array[rows]).all()


@pytest.mark.parametrize("resident", [False, True])
def test_a_sample_depends_on_its_index_and_not_on_its_batch(pictures: Pictures, resident: bool) -> None:
    at_once = Stream(pictures, 5, True, resident=resident).batch(0, 32)
    stream = Stream(pictures, 5, True, resident=False)
    one_by_one = torch.cat([stream.batch(index, 1) for index in range(32)])
    assert torch.equal(at_once, one_by_one)
    assert torch.equal(Stream(pictures, 5, True).batch(21, 5), at_once[21:26])


def test_every_epoch_shows_each_picture_once_in_another_order(pictures: Pictures) -> None:
    rows = Stream(pictures, 1, False).rows(0, 80).reshape(10, 8)
    assert (np.sort(rows, axis=1) == np.arange(8)).all()
    assert len({tuple(epoch) for epoch in rows.tolist()}) > 5


def test_going_back_in_time_gives_the_same_order(pictures: Pictures) -> None:
    stream = Stream(pictures, 1, False)
    before = stream.rows(3, 10)
    stream.rows(8000, 100)
    assert (stream.rows(3, 10) == before).all()


def test_half_of_the_samples_are_mirrored(pictures: Pictures) -> None:
    plain, mirrored = Stream(pictures, 2, False), Stream(pictures, 2, True)
    turned = 0
    for first in range(0, 400, 40):
        for one, other in zip(plain.batch(first, 40), mirrored.batch(first, 40), strict=True):
            if not torch.equal(one, other):
                assert torch.equal(one.flip(2), other)
                turned += 1
    assert 150 < turned < 250


def test_another_seed_is_another_order(pictures: Pictures) -> None:
    assert (Stream(pictures, 1, False).rows(0, 64) != Stream(pictures, 2, False).rows(0, 64)).any()


def test_a_batch_may_be_larger_than_the_folder(pictures: Pictures) -> None:
    assert (np.bincount(Stream(pictures, 1, False).rows(0, 24)) == 3).all()


@pytest.mark.gpu
@pytest.mark.parametrize("options", [{"resident": True}, {"resident": False}, {}])
def test_the_gpu_gets_the_same_pictures(pictures: Pictures, options: dict[str, Any]) -> None:
    there = Stream(pictures, 3, True, "cuda", **options).batch(5, 30)
    assert there.device.type == "cuda"
    assert torch.equal(there.cpu(), Stream(pictures, 3, True).batch(5, 30))
