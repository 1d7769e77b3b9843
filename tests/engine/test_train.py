"""The loop as a whole, on real pictures with tiny networks."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

import pytest
import torch
from torch import Tensor

from artgen.data.cache import open_pictures
from artgen.data.sample import Stream
from artgen.engine.checkpoint import write_checkpoint
from artgen.engine.state import TrainState
from artgen.engine.train import train
from artgen.job.model import Job
from artgen.losses.path_length import PathLength
from artgen.runs.checkpoints import Checkpoint, latest_checkpoint, list_checkpoints


class Notebook:
    """Keeps what the loop reports and writes checkpoints; stops where it is told to."""

    def __init__(self, folder: Path, stop_at: int | None = None) -> None:
        self.folder = folder
        self.stop_at = stop_at
        self.rows: list[dict[str, float]] = []
        self.went_back: list[int] = []

    def told(self, name: str) -> list[float]:
        return [row[name] for row in self.rows if name in row]

    def log(self, state: TrainState, means: dict[str, float]) -> None:
        self.rows.append({"step": state.step, **means})

    def checkpoint(self, state: TrainState, means: dict[str, float]) -> None:
        self.rows.append({"step": state.step, **means})
        state.ema.settle()
        write_checkpoint(self.folder, state.tensors(), {**state.numbers(), "quality": {}})

    def go_back(self, state: TrainState) -> None:
        self.went_back.append(state.step)
        checkpoint, _ = latest_checkpoint(self.folder)
        assert checkpoint is not None
        scale = state.rate_scale
        state.restore(checkpoint)
        state.rate_scale = scale / 2

    def mend(self, state: TrainState) -> bool:
        return False

    def stop_requested(self, state: TrainState) -> bool:
        return self.stop_at is not None and state.step >= self.stop_at


def train_on(
    job: Job,
    folder: Path,
    *,
    stop_at: int | None = None,
    spoil: Callable[[Tensor], Any] | None = None,
    keep: type[Notebook] = Notebook,
):
    state = TrainState.build(job, job.data.shape)
    checkpoint, _ = latest_checkpoint(folder)
    if checkpoint:
        state.restore(checkpoint)
    stream = Stream(open_pictures(job.data), job.job.seed, job.data.mirror, state.device)
    if spoil:
        whole = stream.batch
        stream.batch = lambda first, count: spoil(first, whole(first, count))  # type: ignore[method-assign]
    notebook = keep(folder, stop_at)
    train(state, stream, job.train, job.job.seed, notebook)
    return state, notebook


def digests(folder: Path) -> dict[str, str]:
    checkpoint, _ = latest_checkpoint(folder)
    assert isinstance(checkpoint, Checkpoint)
    return dict(checkpoint.state["sha256"])


VARIANTS = {
    "plain": (),
    "bf16": ('train.precision="bf16"',),
    "two updates each": ("train.discriminator.updates=2", "train.generator.updates=2"),
    "cooldown, skipping, dropout": (
        "train.cooldown=0.5",
        "train.discriminator.skip_below=1.9",
        "discriminator.dropout=0.3",
    ),
    "batch norm and lazy smoothness": (
        'discriminator.norm="batch"',
        'losses=[{type="adversarial", form="bce"}, {type="total-variation", every=3, weight=0.1}]',
    ),
    "style mixing, lazy penalties, path length, adaptive augmentation": (
        'generator={type="stylegan-lite", latent=8, width=0.01}',
        'discriminator={type="stylegan-lite", width=0.01}',
        'losses=[{type="adversarial", form="non-saturating"}, {type="r1", every=3}, {type="path-length", every=2}]',
        'augmentations=[{type="flips"}, {type="adaptive", start=0.3}]',
    ),
    "relativistic, r2, noise": (
        'losses=[{type="relativistic"}, {type="r1", every=1, gamma=0.1}, {type="r2", every=2, gamma=0.1}]',
        'augmentations=[{type="instance-noise"}, {type="diffaugment"}]',
    ),
    "wgan-gp, feature matching": (
        'losses=[{type="adversarial", form="wasserstein"}, {type="gradient-penalty", every=2}, {type="feature-matching"}]',
    ),
    "lightweight": (
        'generator={type="lightweight", latent=8, width=8}',
        'discriminator={type="lightweight", width=8}',
        'losses=[{type="adversarial"}, {type="reconstruction"}]',
    ),
    "msg": (
        'generator={type="msg", latent=8, width=4}',
        'discriminator={type="msg", width=4}',
        'losses=[{type="relativistic"}, {type="r1", every=2, gamma=0.1}]',
    ),
    "lazy game": ('losses=[{type="adversarial", every=2}]',),
    "dense": ('generator={type="dense", hidden=[16]}', 'discriminator={type="dense", hidden=[16]}'),
}


@pytest.mark.parametrize("sets", VARIANTS.values(), ids=VARIANTS.keys())
def test_stopping_and_going_on_ends_with_the_same_bytes(tiny_job, tmp_path: Path, sets: tuple[str, ...]):
    job = tiny_job(*sets)
    train_on(job, tmp_path / "whole")
    for stop_at in (3, 4, 11, None):
        train_on(job, tmp_path / "parts", stop_at=stop_at)
    assert digests(tmp_path / "parts") == digests(tmp_path / "whole")


def test_another_seed_trains_another_generator(tiny_job, tmp_path: Path):
    train_on(tiny_job(), tmp_path / "three")
    train_on(tiny_job("job.seed=4"), tmp_path / "four")
    assert digests(tmp_path / "three") != digests(tmp_path / "four")


def test_training_moves_every_weight_of_both_networks(tiny_job, tmp_path: Path):
    job = tiny_job('losses.adversarial.form="non-saturating"')  # under hinge the head's bias may stay: +1 and -1 cancel
    before = TrainState.build(job, job.data.shape)
    after, _ = train_on(job, tmp_path)
    for network in ("generator", "discriminator"):
        old, new = (dict(getattr(state, network).named_parameters()) for state in (before, after))
        assert [name for name in old if torch.equal(old[name], new[name])] == []
    moved = zip(before.ema.generator.parameters(), after.ema.generator.parameters(), strict=True)
    assert not any(torch.equal(a, b) for a, b in moved)


def test_the_discriminator_is_left_alone_while_its_loss_was_low(tiny_job, tmp_path: Path):
    _, always = train_on(tiny_job("train.discriminator.skip_below=1000.0"), tmp_path / "always")
    _, never = train_on(tiny_job(), tmp_path / "never")
    assert always.told("discriminator/skipped")[-1] == 1
    assert not any(never.told("discriminator/skipped"))


def test_a_loss_below_0_leaves_no_discriminator_alone_that_is_never_to_be(tiny_job, tmp_path: Path):
    wasserstein = 'losses=[{type="adversarial", form="wasserstein"}, {type="gradient-penalty"}]'
    _, notebook = train_on(tiny_job(wasserstein, "train.steps=48", "train.discriminator.rate=0.002"), tmp_path)
    assert min(notebook.told("loss/adversarial/discriminator")) < 0
    assert not any(notebook.told("discriminator/skipped"))


def test_a_step_in_which_no_loss_counts_teaches_nothing(tiny_job, tmp_path: Path):
    job = tiny_job('losses=[{type="adversarial", form="non-saturating", every=4}]')
    weights = []
    for stop_at in (1, 4, 5):
        state, _ = train_on(job, tmp_path, stop_at=stop_at)
        networks = state.networks.values()
        weights.append([weight.clone() for network in networks for weight in network.parameters()])
    assert all(map(torch.equal, weights[0], weights[1]))
    assert not any(map(torch.equal, weights[1], weights[2]))


def test_only_the_adversarial_loss_says_whether_the_discriminator_is_left_alone(tiny_job, tmp_path: Path):
    dear = 'losses=[{type="adversarial"}, {type="gradient-penalty", weight=100000.0}]'
    _, notebook = train_on(tiny_job(dear, "train.discriminator.skip_below=1000.0"), tmp_path)
    assert notebook.told("loss/discriminator")[-1] > 1000
    assert notebook.told("discriminator/skipped")[-1] == 1


def test_the_discriminator_is_never_left_alone_where_a_lazy_loss_counts(tiny_job, tmp_path: Path):
    lazy = 'losses=[{type="adversarial"}, {type="r1", gamma=0.1, every=2}]'
    _, notebook = train_on(tiny_job(lazy, "train.discriminator.skip_below=1000.0"), tmp_path)
    assert notebook.told("discriminator/skipped")[-1] == 0.5


def test_a_stop_between_two_checkpoints_mends_nothing_that_would_not_be_mended_without_it(tiny_job, tmp_path: Path):
    class Mending(Notebook):
        def mend(self, state: TrainState) -> bool:
            state.discriminator_scale /= 2
            return False

    job = tiny_job("train.checkpoint_steps=8")
    train_on(job, tmp_path / "whole", keep=Mending)
    for stop_at in (3, 11, None):
        train_on(job, tmp_path / "parts", stop_at=stop_at, keep=Mending)
    assert digests(tmp_path / "parts") == digests(tmp_path / "whole")


def test_a_loss_that_is_no_number_sends_the_run_back_with_half_the_rate(tiny_job, tmp_path: Path):
    spoiled = []

    def spoil(first: int, pictures: Tensor) -> Tensor:
        if first == 4 * 12 and not spoiled:
            spoiled.append(first)
            return pictures * float("nan")
        return pictures

    state, notebook = train_on(tiny_job("train.checkpoint_steps=5"), tmp_path, spoil=spoil)
    assert len(notebook.went_back) == 1
    assert notebook.went_back[0] <= 12 + 5
    assert state.rate_scale == 0.5
    assert state.step == 20
    assert state.healthy()


def test_a_checkpoint_is_never_written_from_bad_numbers(tiny_job, tmp_path: Path):
    spoiled = []

    def spoil(first: int, pictures: Tensor) -> Tensor:
        if first == 4 * 9 and not spoiled:
            spoiled.append(first)
            return pictures * float("nan")
        return pictures

    train_on(tiny_job("train.checkpoint_steps=5"), tmp_path, spoil=spoil)
    for file in tmp_path.rglob("*.safetensors"):
        from safetensors.torch import load_file

        assert all(tensor.isfinite().all() for tensor in load_file(file).values()), file


def test_no_step_keeps_its_pictures_until_garbage_is_collected(tiny_job, tmp_path: Path):
    shown = []

    def note(_first: int, pictures: Tensor) -> Tensor:
        shown.append(weakref.ref(pictures))
        return pictures

    gc.collect()
    gc.disable()
    try:
        train_on(tiny_job(), tmp_path, spoil=note)
        kept = sum(one() is not None for one in shown)
    finally:
        gc.enable()
    assert len(shown) >= 20
    assert kept == 0


def test_losses_are_told_by_name_and_phase(tiny_job, tmp_path: Path):
    _, notebook = train_on(tiny_job('losses=[{type="adversarial"}, {type="total-variation"}]'), tmp_path)
    told = {key for row in notebook.rows for key in row}
    assert {"loss/adversarial/generator", "loss/adversarial/discriminator", "loss/total-variation/generator"} <= told
    assert "loss/total-variation/discriminator" not in told


class Undeclared(PathLength):
    """Path length that does not say that it paints latents of its own."""

    needs: ClassVar[frozenset[str]] = frozenset()


def test_a_loss_that_paints_fresh_latents_must_say_so(tiny_job, tmp_path: Path):
    job = tiny_job(*VARIANTS["style mixing, lazy penalties, path length, adaptive augmentation"])
    *others, loss = job.losses
    undeclared = replace(loss, component=replace(loss.component, target=f"{__name__}:Undeclared"))
    with pytest.raises(RuntimeError, match='must have "fresh" in its needs'):
        train_on(replace(job, losses=(*others, undeclared)), tmp_path)


def test_what_was_acted_on_is_not_acted_on_again_where_the_training_went_back_to(tiny_job, tmp_path: Path):
    class Returning(Notebook):
        mended: ClassVar[list[int]] = []

        def mend(self, state: TrainState) -> bool:
            self.mended.append(state.step)
            if self.mended.count(12) != 1 or state.step != 12:
                return False
            state.restore(list_checkpoints(self.folder)[0])
            return True

    train_on(tiny_job("train.checkpoint_steps=4"), tmp_path, keep=Returning)
    assert Returning.mended == [4, 8, 12, 8, 12, 16, 20]
