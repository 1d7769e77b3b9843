"""How a batch is cut for processes and micro-batches."""

from __future__ import annotations

from itertools import pairwise, product

import pytest

from artgen.engine.team.slices import Slicing
from artgen.errors import ArtgenError


@pytest.mark.parametrize("unit", [1, 3, 4])
@pytest.mark.parametrize("processes", [1, 2, 3, 5])
def test_all_micro_batches_of_all_processes_are_the_batch(unit: int, processes: int):
    for batch, size in product((1, 4, 7, 12, 32), (1, 2, 4, 5, 32)):
        if processes > -(-batch // unit):
            continue
        slicings = [Slicing(batch, unit, processes, rank) for rank in range(processes)]
        pieces = [piece for slicing in slicings for piece in slicing.micro_batches(size)]
        assert [index for piece in pieces for index in piece] == list(range(batch))
        assert all(pieces), "none is empty"
        assert len({len(slicing.micro_batches(size)) for slicing in slicings}) == 1, "all work in step"
        assert all(slicing.own.start % unit == 0 for slicing in slicings), "no group is between two processes"
        assert max(map(len, pieces)) <= size or len(slicings[0].micro_batches(size)) == slicings[0].most_pieces


@pytest.mark.parametrize("batch", [4, 9, 32])
def test_slices_are_as_even_as_groups_allow(batch: int):
    lengths = [len(Slicing(batch, 1, 4, rank).own) for rank in range(4)]
    assert max(lengths) - min(lengths) <= 1
    groups = [len(Slicing(4 * batch, 4, 4, rank).own) // 4 for rank in range(4)]
    assert max(groups) - min(groups) <= 1


def test_micro_batches_that_have_room_for_a_group_do_not_cut_it():
    pieces = Slicing(32, 4).micro_batches(10)
    assert [piece.start for piece in pieces] == [0, 8, 16, 24]
    assert all(before.stop == after.start for before, after in pairwise(pieces))


def test_a_last_group_that_is_not_full_is_no_reason_to_cut_the_others():
    pieces = Slicing(10, 4).micro_batches(5)
    assert [(piece.start, piece.stop) for piece in pieces] == [(0, 4), (4, 8), (8, 10)]


@pytest.mark.parametrize("unit", [1, 4])
@pytest.mark.parametrize("processes", [1, 2, 3])
def test_no_picture_is_alone_where_a_layer_compares_them(unit: int, processes: int):
    for batch, size in product((12, 13, 15, 17, 32), (1, 2, 4, 5, 32)):
        slicings = [Slicing(batch, unit, processes, rank, least=2) for rank in range(processes)]
        pieces = [piece for slicing in slicings for piece in slicing.micro_batches(size)]
        assert [index for piece in pieces for index in piece] == list(range(batch))
        assert min(map(len, pieces)) >= 2
        assert len({len(slicing.micro_batches(size)) for slicing in slicings}) == 1, "all work in step"
    assert Slicing(5, least=2).most_pieces == 2
    with pytest.raises(ArtgenError, match="3 pictures that are looked at 2 at a time cannot be shared by 2") as caught:
        Slicing(3, 1, 2, 0, least=2)
    assert "batch = 4 or more" in caught.value.hint


def test_more_processes_than_groups_are_refused_with_what_to_write():
    with pytest.raises(ArtgenError, match="8 pictures that are looked at 4 at a time cannot be shared by 3") as caught:
        Slicing(8, 4, 3, 0)
    assert "at most 2" in caught.value.hint
    assert "batch = 12" in caught.value.hint
