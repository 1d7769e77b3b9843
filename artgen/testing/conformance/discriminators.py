"""What is asked of discriminators."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from artgen.contracts import Judged, Painted, PictureShape
from artgen.layers.resolutions import resolutions
from artgen.testing.conformance import networks
from artgen.testing.conformance.networks import COUNT, CPU, built
from artgen.testing.conformance.samples import real_pictures
from artgen.testing.conformance.trial import Trial, data_of
from artgen.testing.conformance.verdict import NotChecked, Told, Unmet, expect

_CLASSES = 3


def judges(trial: Trial) -> Told:
    """Logits for pictures of every shape that it takes, as the contract has them."""
    shapes = list(trial.shapes())[:4]
    for shape in shapes or [trial.shape]:
        network = built(trial, shape).train(False)
        with torch.no_grad():
            judged = network(_shown(trial, shape, CPU), want=frozenset())
        _check_judged(judged, shape)
    return Told(", ".join(map(str, shapes)))


def features(trial: Trial) -> Told:
    """It hands out features and decoded pictures when it is asked, and only then."""
    provided = sorted({"features", "decoded"} & trial.model.provides)
    network = built(trial, trial.shape).train(False)
    shown = _shown(trial, trial.shape, CPU)
    with torch.no_grad():
        unasked = network(shown, want=frozenset())
        asked = network(shown, want=frozenset(provided))
    for name in ("features", "decoded"):
        found = sorted(getattr(unasked, name))
        expect(not found, f"`{name}` that nobody asked for", expected="none", found=found)
    for name in provided:
        maps = getattr(asked, name)
        shapes = {key: tuple(value.shape) for key, value in maps.items()}
        fine = bool(shapes) and all(len(shape) == 4 and shape[0] == COUNT for shape in shapes.values())
        expect(fine, f"`{name}`, which its config provides", expected="(B, C, h, w) by name", found=shapes)
    if not provided:
        raise NotChecked("its config does not say that it provides features or decoded")
    return Told(", ".join(provided))


def slopes(trial: Trial) -> Told:
    """Gradient penalties can be taken of it: the slope by the picture can be differentiated once more."""
    network = built(trial, trial.shape).train()
    shown = _shown(trial, trial.shape, CPU)
    leaves = [picture.requires_grad_() for picture in (shown.picture, *shown.scales)]
    logits = torch.stack([head.mean() for head in network(shown, want=frozenset()).logits]).sum()
    try:
        found = torch.autograd.grad(logits, leaves, create_graph=True)
        torch.stack([slope.square().sum() for slope in found]).sum().backward()  # type: ignore[no-untyped-call]
    except RuntimeError as error:
        raise Unmet(
            "the slope of the logits by the pictures, as R1 needs it",
            expected="it can be differentiated by the weights",
            found=str(error).split("\n")[0],
        ) from error
    expect(bool(found[0].any()), "the slope of the logits by the pictures", expected="not 0", found="0 everywhere")
    return Told()


def gradients(trial: Trial) -> Told:
    """A gradient comes to every parameter, those that only some stage has among them."""

    def at_stage(network: Any, shape: PictureShape, device: torch.device, size: int) -> list[Tensor]:
        network.set_stage(size, 0.5)
        judged: Judged = network(Painted(_smaller(real_pictures(shape, device)[:COUNT], size)), want=frozenset())
        return judged.logits

    return networks.gradients(
        trial,
        lambda *call: _forward(trial, *call),
        *(partial(at_stage, size=size) for size in networks.sizes_to_grow_through(trial)),
    )


def same_seed(trial: Trial) -> Told:
    """The same seed is the same network and the same judgement, to the bit."""
    return networks.same_seed(trial, lambda *call: _forward(trial, *call))


def state_round_trip(trial: Trial) -> Told:
    """All that it is goes into a checkpoint and comes back."""
    return networks.state_round_trip(trial, lambda *call: _forward(trial, *call))


def devices(trial: Trial) -> Told:
    """It works on every device of this machine, in full precision and under autocast."""
    return networks.devices_and_precisions(trial, lambda *call: _forward(trial, *call))


def classes(trial: Trial) -> Told:
    """With classes, it judges a picture by the class that it is said to be of."""
    if "classes" not in trial.model.provides:
        raise NotChecked("its config does not say that it provides classes")
    shape = replace(trial.shape, classes=_CLASSES)
    network = built(trial, shape).train(False)
    shown = _shown(trial, shape, CPU)
    with torch.no_grad():
        judged = [
            network(shown, want=frozenset(), label=torch.full((COUNT,), label)).logits for label in range(_CLASSES)
        ]
    alike = all(torch.equal(a, b) for other in judged[1:] for a, b in zip(judged[0], other, strict=True))
    expect(not alike, "one picture in several classes", expected="other logits", found="the same")
    return Told()


def stages(trial: Trial) -> Told:
    """It can grow: at every stage that its config allows it judges pictures of that size."""
    sizes = networks.sizes_to_grow_through(trial)
    if not sizes:
        raise NotChecked("its options do not let it grow")
    network = built(trial, trial.shape).train(False)
    picture = real_pictures(trial.shape)[:COUNT]
    for size in sizes:
        smaller = _smaller(picture, size)
        for fade in (0.0, 0.5, 1.0):
            network.set_stage(size, fade)
            with torch.no_grad():
                _check_judged(network(Painted(smaller), want=frozenset()), trial.shape)
    return Told(", ".join(map(str, sizes)))


def learns(trial: Trial) -> Told:
    """A job with it trains, and goes on where it stood to the same bytes."""
    generator = {"type": "msg", "latent": 8, "width": 4} if "scales" in trial.model.provides else None
    tables: dict[str, Any] = {"data": data_of(trial.shape), "discriminator": trial.entry()}
    tables |= {"generator": generator} if generator else {}
    whole = trial.run(tables, into="whole")
    trial.run(tables, "train.steps=1", into="halves")
    halves = trial.run(tables, into="halves")
    one, other = (max(run.checkpoints.glob("0*")) / "discriminator.safetensors" for run in (whole, halves))
    expect(
        one.read_bytes() == other.read_bytes(),
        "a training that was interrupted: discriminator.safetensors",
        expected="the same bytes as without the interruption",
        found="others; what it needs to go on must be a parameter or a persistent buffer",
    )
    return Told()


def cost(trial: Trial) -> Told:
    """Time and memory of a step."""
    return networks.cost(trial, lambda *call: _forward(trial, *call))


def _forward(trial: Trial, network: Any, shape: PictureShape, device: torch.device) -> list[Tensor]:
    wanted = frozenset({"features", "decoded"} & trial.model.provides)
    judged: Judged = network(_shown(trial, shape, device), want=wanted)
    return [*judged.logits, *judged.features.values(), *judged.decoded.values()]


def _shown(trial: Trial, shape: PictureShape, device: torch.device) -> Painted:
    picture = real_pictures(shape, device)[:COUNT].clone()
    if "scales" not in trial.model.provides:
        return Painted(picture)
    # the sizes of artgen's own generators that paint several
    sizes = [(grid.height, grid.width) for grid in resolutions(shape, width=1)[-2::-1]]
    return Painted(picture, tuple(F.interpolate(picture, size, mode="area") for size in sizes))


def _smaller(picture: Tensor, side: int) -> Tensor:
    """Pictures with this shorter side."""
    return F.interpolate(picture, scale_factor=side / min(picture.shape[2:]), mode="area")


def _check_judged(judged: Any, shape: PictureShape) -> None:
    expect(isinstance(judged, Judged), "what it returns", expected="artgen.Judged", found=type(judged).__name__)
    found = [tuple(logits.shape) for logits in judged.logits]
    fine = bool(found) and all(
        len(one) in (1, 4) and one[0] == COUNT and (len(one) == 1 or one[1] == 1) for one in found
    )
    expect(fine, f"the logits of pictures of {shape}", expected="a list of (B,) or (B, 1, h, w)", found=found)
    finite = all(bool(logits.isfinite().all()) for logits in judged.logits)
    expect(finite, f"the logits of pictures of {shape}", expected="numbers", found="inf or nan")
