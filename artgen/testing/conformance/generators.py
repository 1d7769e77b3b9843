"""What is asked of generators: latent ones, those that repaint pictures, and canvases."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import partial
from typing import Any

import torch
from PIL import Image
from torch import Tensor

from artgen.contracts import Painted, PictureShape
from artgen.engine.networks import latent_size
from artgen.engine.noise import noise_inputs
from artgen.runs.store import Run
from artgen.seeding import Draws
from artgen.testing.conformance import networks
from artgen.testing.conformance.networks import COUNT, CPU, built
from artgen.testing.conformance.samples import real_pictures
from artgen.testing.conformance.trial import SEED, Trial, data_of
from artgen.testing.conformance.verdict import NotChecked, Told, expect

_TOLERANCE = 1e-3
_CLASSES = 3


def paints(trial: Trial) -> Told:
    """Pictures of every shape that it takes, as the contract has them."""
    shapes = list(trial.shapes())[:4]
    for shape in shapes or [trial.shape]:
        network = built(trial, shape).train(False)
        found = getattr(network, "input", None)
        expect(
            found == trial.model.input, "`input` of the network", expected=repr(trial.model.input), found=repr(found)
        )
        with torch.no_grad():
            painted = _painted(network, shape, CPU)
        _check_painted(painted, shape, network)
        expect(
            not torch.equal(painted.picture[0], painted.picture[1]),
            f"two pictures of {shape}",
            expected="two pictures: each follows from its own latent, or from what it repaints",
            found="the same one",
        )
    return Told(", ".join(map(str, shapes)))


def pictures_by_themselves(trial: Trial) -> Told:
    """What a picture looks like does not depend on those that are painted beside it."""
    network = built(trial, trial.shape).train(False)
    with torch.no_grad():
        all_four = _painted(network, trial.shape, CPU).picture
        two = _painted(network, trial.shape, CPU, count=2).picture
    gap = float((all_four[:2] - two).abs().max())
    expect(
        gap <= _TOLERANCE,
        "a finished picture beside others",
        expected="the same picture whatever is painted in its batch, but for the last bits",
        found=f"it differs by up to {gap:.3g} (batch statistics in evaluation?)",
    )
    return Told()


def gradients(trial: Trial) -> Told:
    """A gradient comes to every parameter, those that only some stage has among them."""

    def at_stage(network: Any, shape: PictureShape, device: torch.device, size: int) -> list[Tensor]:
        network.set_stage(size, 0.5)
        return _forward(network, shape, device)

    return networks.gradients(
        trial, _forward, *(partial(at_stage, size=size) for size in networks.sizes_to_grow_through(trial))
    )


def same_seed(trial: Trial) -> Told:
    """The same seed is the same network and the same pictures, to the bit."""
    return networks.same_seed(trial, _forward)


def state_round_trip(trial: Trial) -> Told:
    """All that it is goes into a checkpoint and comes back."""
    return networks.state_round_trip(trial, _forward)


def devices(trial: Trial) -> Told:
    """It works on every device of this machine, in full precision and under autocast."""
    return networks.devices_and_precisions(trial, _forward)


def classes(trial: Trial) -> Told:
    """With classes, each of them is painted in its own way."""
    if "classes" not in trial.model.provides:
        raise NotChecked("its config does not say that it provides classes")
    shape = replace(trial.shape, classes=_CLASSES)
    network = built(trial, shape).train(False)
    with torch.no_grad():
        pictures = [
            network(_latents(network, CPU, 1), label=torch.tensor([label])).picture[0] for label in range(_CLASSES)
        ]
    alike = [label for label in range(1, _CLASSES) if torch.equal(pictures[0], pictures[label])]
    expect(not alike, "one latent in several classes", expected="other pictures", found="the same picture")
    return Told()


def stages(trial: Trial) -> Told:
    """It can grow: at every stage that its config allows it paints pictures of that size."""
    shape = trial.shape
    sizes = networks.sizes_to_grow_through(trial)
    if not sizes:
        raise NotChecked("its options do not let it grow")
    network = built(trial, shape).train(False)
    short = min(shape.height, shape.width)
    for size in sizes:
        for fade in (0.0, 0.5, 1.0):
            network.set_stage(size, fade)
            with torch.no_grad():
                picture = _painted(network, shape, CPU).picture
            expect(
                min(picture.shape[2:]) == size and bool(picture.isfinite().all()),
                f"a picture at the stage of {size} of {short} pixels",
                expected=f"numbers, shorter side {size}",
                found=tuple(picture.shape),
            )
    return Told(", ".join(map(str, sizes)))


def learns(trial: Trial) -> Told:
    """A job with it trains, paints its pictures, and goes on where it stood to the same bytes."""
    tables = _job(trial)
    whole = trial.run(tables, into="whole")
    _check_pictures(whole, trial.shape)
    trial.run(tables, "train.steps=1", into="halves")
    halves = trial.run(tables, into="halves")
    for name in ("generator", "ema"):
        one, other = (max(run.checkpoints.glob("0*")) / f"{name}.safetensors" for run in (whole, halves))
        expect(
            one.read_bytes() == other.read_bytes(),
            f"a training that was interrupted: {name}.safetensors",
            expected="the same bytes as without the interruption",
            found="others; what it needs to go on must be a parameter or a persistent buffer",
        )
    return Told(f"{len(whole.artifacts())} files")


def paints_untrained(trial: Trial) -> Told:
    """A job without pictures paints with it as it is drawn from the seed."""
    if not getattr(trial.model, "paints_untrained", False):
        raise NotChecked("its config does not say that it paints untrained")
    tables = {
        "data": None,
        "discriminator": None,
        "losses": None,
        "augmentations": None,
        "train": {"device": "cpu", "precision": "fp32"},
        "quality": None,
        "generator": trial.entry(),
        "outputs": [{"type": "images", "seeds": "0-1"}],
    }
    run = trial.run(tables)
    _check_pictures(run, None)
    return Told(f"{len(run.artifacts())} files")


def canvases(trial: Trial) -> Told:
    """A job with it paints a canvas, and the same again to the byte."""
    tables = _canvas_job(trial)
    first, second = (trial.run(tables, into=name) for name in ("first", "second"))
    _check_pictures(first, None)
    one, other = (_bytes(run) for run in (first, second))
    expect(one == other, "the same canvas twice", expected="the same bytes", found="others")
    return Told(f"{len(one)} files")


def cost(trial: Trial) -> Told:
    """Time and memory of a step."""
    return networks.cost(trial, _forward)


def _forward(network: Any, shape: PictureShape, device: torch.device) -> list[Tensor]:
    painted = _painted(network, shape, device)
    return [painted.picture, *painted.scales]


def _painted(network: Any, shape: PictureShape, device: torch.device, *, count: int = COUNT) -> Painted:
    """Always the same pictures of a network, painted as a training does."""
    if network.input == "picture":
        repainted: Painted = network(real_pictures(shape, device)[:count], None)
        return repainted
    draws = Draws(SEED, "trial", 0, count, device)
    label = {"label": torch.arange(count, device=device) % shape.classes} if shape.classes else {}
    w = network.map(_latents(network, device, count), **label)
    noise = noise_inputs(network.noise_shapes, draws, Draws.normal)
    painted: Painted = network.synthesize(w, noise)
    return painted


def _latents(network: Any, device: torch.device, count: int) -> Tensor:
    return Draws(SEED, "trial/latent", 0, count, device).normal(latent_size(network))


def _check_painted(painted: Any, shape: PictureShape, network: Any) -> None:
    expect(isinstance(painted, Painted), "what it returns", expected="artgen.Painted", found=type(painted).__name__)
    wanted = (COUNT, shape.channels, shape.height, shape.width)
    found = tuple(painted.picture.shape)
    expect(found == wanted, f"the shape of a picture of {shape}", expected=wanted, found=found)
    lowest, highest = (float(value) for value in painted.picture.aminmax())
    limit = math.inf if getattr(network, "unbounded", False) else 1 + 1e-6
    expect(
        -limit <= lowest and highest <= limit and math.isfinite(lowest),  # also no nan
        "the values of a picture",
        expected="within [-1, 1]; a network that is trained to stay there says unbounded = True",
        found=f"from {lowest:.3g} to {highest:.3g}",
    )
    scale_shapes = getattr(network, "scale_shapes", ())
    sizes = [tuple(scale.shape[2:]) for scale in painted.scales]
    expect(
        sizes == [tuple(size) for size in scale_shapes],
        "the sizes of the smaller pictures, `scales`",
        expected=f"those of `scale_shapes`, {list(scale_shapes)}",
        found=sizes,
    )


def _job(trial: Trial) -> dict[str, Any]:
    shape = trial.shape
    tables: dict[str, Any] = {
        "data": data_of(shape),
        "generator": trial.entry(),
        "outputs": [{"type": "images", "seeds": "0-1"}],
    }
    if trial.model.input == "picture":
        style = {"type": "histogram", "images": ["pictures/church-at-auvers.png"]}
        return tables | {
            "discriminator": None,
            "augmentations": None,
            "quality": None,
            "losses": [style],
            "outputs": [{"type": "images"}],
        }
    if "scales" in trial.model.provides:
        tables["discriminator"] = {"type": "msg", "width": 4}
    return tables


def _canvas_job(trial: Trial) -> dict[str, Any]:
    return {
        "data": None,
        "discriminator": None,
        "augmentations": None,
        "train": None,
        "quality": None,
        "generator": {"content": ["pictures/chelsea.png"], "size": 32, **trial.entry()},
        "losses": [{"type": "histogram", "images": ["pictures/church-at-auvers.png"]}],
        "paint": {"steps": 3, "device": "cpu"},
        "outputs": [{"type": "images"}],
    }


def _check_pictures(run: Run, shape: PictureShape | None) -> None:
    pictures = [run.folder / artifact.path for artifact in run.artifacts() if artifact.output == "images"]
    expect(bool(pictures), "what a job with it leaves", expected="pictures", found="none")
    for picture in pictures:
        with Image.open(picture) as image:
            found = image.size
        expect(
            shape is None or run.job.paints_from != "latent" or found == (shape.width, shape.height),
            f"the size of {picture.name}",
            expected=f"{shape}",
            found=found,
        )


def _bytes(run: Run) -> dict[str, bytes]:
    return {artifact.path.as_posix(): (run.folder / artifact.path).read_bytes() for artifact in run.artifacts()}
