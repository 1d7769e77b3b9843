"""What is asked of augmentations."""

from __future__ import annotations

import time
from typing import Any

import torch
from torch import Tensor

from artgen.contracts import PictureShape
from artgen.seeding import Draws
from artgen.testing.conformance.networks import weighted
from artgen.testing.conformance.samples import real_pictures
from artgen.testing.conformance.trial import NAME, SEED, Trial
from artgen.testing.conformance.trial import devices as devices_here
from artgen.testing.conformance.verdict import NotChecked, Told, Unmet, expect

_SHAPES = tuple(PictureShape(*size, channels) for channels in (3, 4, 1) for size in ((32, 32), (48, 32)))
_TOLERANCE = 1e-4
_COUNT = 8


def augments(trial: Trial) -> Told:
    """Pictures of the same shape, numbers, whatever their channels."""
    for shape in _SHAPES:
        pictures = real_pictures(shape)
        found = _augmented(_made(trial), pictures)
        what = f"augmented pictures of {shape}"
        expect(found.shape == pictures.shape, what, expected=tuple(pictures.shape), found=tuple(found.shape))
        expect(found.is_floating_point(), what, expected="floating point", found=found.dtype)
        expect(bool(found.isfinite().all()), what, expected="numbers", found="inf or nan")
    return Told(", ".join(map(str, _SHAPES)))


def does_something(trial: Trial) -> Told:
    """At full strength something changes; at strength 0 nothing does."""
    pictures = real_pictures(_SHAPES[0])
    gap = float((_augmented(_made(trial), pictures, 0.0) - pictures).abs().max())
    expect(gap <= _TOLERANCE, "at strength 0", expected="the pictures as they are", found=f"differs by {gap:.3g}")
    changed = _made(trial)
    if hasattr(changed, "raise_by"):  # one that begins weak
        changed.raise_by(1.0)
    expect(
        not torch.equal(_augmented(changed, pictures), pictures),
        "at full strength",
        expected="changed pictures",
        found="the same to the bit",
    )
    return Told()


def draws_alone(trial: Trial) -> Told:
    """What happens to a picture follows from its own draws: the same again, and whatever is beside it."""
    pictures = real_pictures(_SHAPES[0])
    augmentation = _made(trial)
    whole = _augmented(augmentation, pictures)
    again = _augmented(augmentation, pictures)
    expect(torch.equal(whole, again), "the same pictures and draws, twice", expected="the same bytes", found="others")
    part = augmentation(pictures[2:5], Draws(SEED, NAME, 2, 3))
    gap = float((whole[2:5] - part).abs().max())
    expect(
        gap <= _TOLERANCE,
        "three of the pictures without the others",
        expected="augmented as they were beside them: chance comes from draws, one sample per picture",
        found=f"they differ by {gap:.3g}",
    )
    return Told()


def gradients(trial: Trial) -> Told:
    """A gradient comes through it to the pictures, as the generator needs it."""
    pictures = real_pictures(_SHAPES[0]).clone().requires_grad_()
    augmented = _augmented(_made(trial), pictures)
    try:
        weighted([augmented]).backward()  # type: ignore[no-untyped-call]
    except RuntimeError as error:
        raise Unmet("its gradient", expected="can be computed", found=str(error).split("\n")[0]) from error
    gradient = pictures.grad
    unreached = [
        index
        for index in range(_COUNT)
        if gradient is None or not gradient[index].any() or gradient[index].isnan().any()
    ]
    expect(not unreached, "its gradient", expected="reaches every picture", found=f"not pictures {unreached}")
    return Told()


def state_round_trip(trial: Trial) -> Told:
    """What it remembers goes into a checkpoint and comes back."""
    augmentation = _made(trial)
    if not hasattr(augmentation, "state_dict"):
        raise NotChecked("it has no state_dict, and so remembers nothing")
    if hasattr(augmentation, "observe"):
        for _ in range(5):
            augmentation.observe([torch.ones(_COUNT)], 1000)
    kept = augmentation.state_dict()
    fresh = _made(trial)
    fresh.load_state_dict(kept)
    pictures = real_pictures(_SHAPES[0])
    same = torch.equal(_augmented(augmentation, pictures), _augmented(fresh, pictures))
    expect(same, "a state that was saved and loaded", expected="augments to the same bytes", found="others")
    return Told(", ".join(kept))


def devices(trial: Trial) -> Told:
    """It works on every device of this machine, also on pictures of half precision."""
    tried = []
    for device in devices_here():
        for dtype in (torch.float32, torch.bfloat16):
            pictures = real_pictures(_SHAPES[0], device).to(dtype)
            augmented = _augmented(_made(trial), pictures)
            where = f"augmented pictures on {device.type} in {dtype}"
            expect(bool(augmented.isfinite().all()), where, expected="numbers", found="inf or nan")
            expect(augmented.device == pictures.device, where, expected=pictures.device, found=augmented.device)
            tried.append(f"{device.type} {str(dtype).removeprefix('torch.')}")
    return Told(", ".join(tried))


def learns(trial: Trial) -> Told:
    """A job with it trains, and goes on where it stood to the same bytes."""
    tables = {"augmentations": [{"name": NAME, **trial.entry()}]}
    whole = trial.run(tables, into="whole")
    trial.run(tables, "train.steps=1", into="halves")
    halves = trial.run(tables, into="halves")
    one, other = (max(run.checkpoints.glob("0*")) / "generator.safetensors" for run in (whole, halves))
    expect(
        one.read_bytes() == other.read_bytes(),
        "a training that was interrupted",
        expected="the same bytes as without the interruption",
        found="others; what it remembers must be in its state_dict",
    )
    return Told()


def cost(trial: Trial) -> Told:
    """Time there and back."""
    augmentation = _made(trial)
    pictures = real_pictures(PictureShape(64, 64, 3)).clone().requires_grad_()
    times = []
    for _ in range(3):
        began = time.perf_counter()
        weighted([_augmented(augmentation, pictures)]).backward()  # type: ignore[no-untyped-call]
        times.append(time.perf_counter() - began)
    return Told(f"{min(times) * 1000:.1f} ms there and back for {_COUNT} pictures of 64×64×3")


def _made(trial: Trial) -> Any:
    return trial.component.load()(trial.config)


def _augmented(augmentation: Any, pictures: Tensor, strength: float = 1.0) -> Tensor:
    draws = Draws(SEED, NAME, 0, len(pictures), pictures.device)
    found: Tensor = augmentation(pictures, draws, strength)
    return found
