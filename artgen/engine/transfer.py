"""Starting from another run's weights: the same networks on other pictures, or grown to the next size."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

from artgen.contracts import PictureShape
from artgen.engine.checkpoint import load_part
from artgen.engine.networks import build_network
from artgen.engine.state import TrainState
from artgen.errors import CheckpointError
from artgen.job.kept.lock import read_lock
from artgen.job.kept.values import plain
from artgen.job.text.overrides import as_toml
from artgen.job.words import some_of
from artgen.runs.checkpoints import Checkpoint, checkpoint_to_read
from artgen.runs.store import LOCK_NAME

if TYPE_CHECKING:
    from artgen.job.model import Job, Part

FEWEST_SHARED = 0.5
"""With a smaller share of the learned numbers in common, it is another network and not a grown one."""
_SHOWN = 3
_FACTORS = (1, 0.5, 2)
"""What a width is multiplied by in search of one that fits."""

_Weights = Mapping[str, Mapping[str, Tensor]]


def start_from(state: TrainState, job: Job, shape: PictureShape, run: Path) -> str:
    """Give a fresh state the weights of another run's best checkpoint.

    Layers are matched by name and shape: of a network whose layers are named by their resolution, all but the new
    finest ones are taken over when it grows. Optimisers start anew.

    Returns:
        What was taken over, in words.

    Raises:
        CheckpointError: there is no such checkpoint, it is damaged, its networks, colours or sizes do not fit, or what
            the job freezes is not in it.
    """
    checkpoint = _checkpoint_in(run)
    lock = read_lock(run / LOCK_NAME)
    same_size = _compare(lock, job, shape, run)
    if not checkpoint.trainable:
        raise CheckpointError(
            "what further training needs was cleaned away from it",
            where=str(run),
            hint="start from a run that `artgen clean --finished` has not been used on",
        )
    networks = {**state.networks, "ema": state.ema.generator}
    weights = {part: load_part(checkpoint, part) for part in networks}
    _compare_options(lock, state, job, shape, run, weights)
    renamed = _compare_classes(checkpoint.state.get("classes", ()), state.classes, run)
    told = []
    for part, network in networks.items():
        share = _take_over(network, weights[part], part, run, whole=same_size)
        told.append(f"{share:.0%} of the {part}'s")
    if state.discriminator is not None and job.train.discriminator.freeze:
        _check_frozen(state.discriminator, weights["discriminator"], job, run)
    others = [words for part in _parts(job) if (words := _told_of_others(part, state, shape, weights))]
    new = f"; new, as they have another width at this size: {', '.join(others)}" if others else ""
    return f"took over {', '.join(told)} weights from {run.name}, step {checkpoint.step}{renamed}{new}"


def _checkpoint_in(run: Path) -> Checkpoint:
    checkpoint = checkpoint_to_read(run / "checkpoints")
    if checkpoint is None or not (run / LOCK_NAME).is_file():
        raise CheckpointError(
            "there is no checkpoint to start from",
            where=str(run),
            hint='[train] from takes the folder of a run that was trained, such as "runs/faces"',
        )
    return checkpoint


def _compare(lock: Mapping[str, Any], job: Job, shape: PictureShape, run: Path) -> bool:
    """Whether both runs have pictures of one size.

    Raises:
        CheckpointError: they have other networks or other colours.
    """
    for part in _parts(job):
        other = str(lock.get(part.kind, {}).get("type", ""))
        if other != part.type:
            raise CheckpointError(
                f"it has a {part.kind} of type '{_bare(other)}', and this job one of type '{part.name}'",
                where=str(run),
                hint=f'write [{part.kind}] type = "{_bare(other)}", or start from another run',
            )
    data: Mapping[str, Any] = lock.get("data", {})
    colors = data.get("colors", "rgb")
    if job.data and colors != job.data.colors:
        raise CheckpointError(
            f"it was trained on {colors} pictures, and this job is about {job.data.colors}",
            where=str(run),
            hint=f'write [data] colors = "{colors}", or start from another run',
        )
    size = data.get("size", 64)
    return [size, size] == [shape.width, shape.height] if isinstance(size, int) else size == [shape.width, shape.height]


def _compare_options(
    lock: Mapping[str, Any], state: TrainState, job: Job, shape: PictureShape, run: Path, weights: _Weights
) -> None:
    """What does not fit because of other options is no growth, but for a width with which all layers are as they were.

    Raises:
        CheckpointError: an option of a network is another, and it changes the layers.
    """
    for part in _parts(job):
        network, learned = state.networks[part.kind], weights[part.kind]
        own = plain(part.config)
        said = lock.get(part.kind, {})
        other = {key: said[key] for key, value in own.items() if key in said and said[key] != value}
        but_width = {key: value for key, value in other.items() if key != "width"}
        if not other or _shapes(_built(part, other, shape)) == _shapes(network):
            continue
        if _all_fit(network, learned) and _shapes(_built(part, but_width, shape)) == _shapes(network):
            continue
        there, here = (_as_options({key: options[key] for key in other}) for options in (other, own))
        width = _width_that_fits(part, other, shape, learned)
        fitting = _as_options({**other, **({"width": width} if "width" in other and width else {})})
        raise CheckpointError(
            f"its {part.kind} has {there}, and this job's {here}",
            where=str(run),
            hint=f"write [{part.kind}] {fitting}, or start from another run",
        )


def _parts(job: Job) -> list[Part]:
    """The job's networks."""
    return [part for part in (job.generator, job.discriminator) if part]


def _as_options(options: Mapping[str, Any]) -> str:
    return ", ".join(f"{key} = {as_toml(value)}" for key, value in options.items())


def _built(part: Part, options: Mapping[str, Any], shape: PictureShape) -> nn.Module:
    """A network with some options in place of the job's."""
    config = type(part.config).model_validate({**plain(part.config), **options})
    return build_network(replace(part, config=config), shape, 0, torch.device("cpu"))


def _width_that_fits(
    part: Part, options: Mapping[str, Any], shape: PictureShape, weights: Mapping[str, Tensor]
) -> float | None:
    """With which `width` all that a run learned fits: another than its own where large pictures have wider tables.

    None where there is none, or a width is a whole number, which means the same at all sizes.
    """
    own = {**plain(part.config), **options}.get("width")
    if not isinstance(own, float):
        return None
    widths = (own * factor for factor in _FACTORS)
    return next(
        (width for width in widths if _all_fit(_built(part, {**options, "width": width}, shape), weights)), None
    )


def _all_fit(network: nn.Module, weights: Mapping[str, Tensor]) -> bool:
    """Whether what a network has by the names of some weights has their shapes too."""
    return not _misshapen(network, weights)


def _misshapen(network: nn.Module, weights: Mapping[str, Tensor]) -> list[str]:
    """Names of weights that a network has in other shapes, in its order."""
    return [name for name, shape in _shapes(network).items() if name in weights and weights[name].shape != shape]


def _told_of_others(part: Part, state: TrainState, shape: PictureShape, weights: _Weights) -> str:
    """In words, which layers begin anew though the run has them, and how to keep them; nothing where all fit."""
    misshapen = _misshapen(state.networks[part.kind], weights[part.kind])
    if not misshapen:
        return ""
    layers = list(dict.fromkeys(map(_layer_of, misshapen)))
    width = _width_that_fits(part, {}, shape, weights[part.kind])
    keep = f" ([{part.kind}] width = {as_toml(width)} would keep them)" if width else ""
    return f"the {part.kind}'s {some_of(layers, _SHOWN)}{keep}"


def _layer_of(name: str) -> str:
    """blocks.64x64 of ``blocks.64x64.conv0.weight``."""
    layer, normed, _ = name.partition(".parametrizations")
    parts = layer.split(".") if normed else name.split(".")[:-1]
    return ".".join(parts[:2]) or name


def _shapes(network: nn.Module) -> dict[str, torch.Size]:
    """Of all its tensors."""
    return {name: tensor.shape for name, tensor in network.state_dict().items()}


def _compare_classes(there: Sequence[str], here: Sequence[str], run: Path) -> str:
    """In words, which classes become which; nothing where they are the same.

    Raises:
        CheckpointError: one has others than the other in number.
    """
    if len(there) != len(here):
        has, wants = (
            f"{len(names)} classes ({', '.join(names)})" if names else "no classes" for names in (there, here)
        )
        raise CheckpointError(
            f"it learned {has}, and this job has {wants}",
            where=str(run),
            hint="start from a run with as many classes, or leave [data] classes as it was there",
        )
    pairs = [f"{old} become {new}" for old, new in zip(there, here, strict=True) if old != new]
    return f"; {', '.join(pairs)}" if pairs else ""


def _bare(type_: str) -> str:
    return type_.rpartition(":")[2] or "none"


@torch.no_grad()
def _take_over(network: nn.Module, weights: Mapping[str, Tensor], part: str, run: Path, *, whole: bool) -> float:
    """Copy what fits; return which share of the network's numbers that is."""
    own = network.state_dict()
    fitting = _fitting(network, weights)
    share = _numbers(fitting) / max(1, _numbers(own))
    misfits = sorted({*own, *weights} - set(fitting))
    if misfits and (whole or share < FEWEST_SHARED):
        kind = "its options differ" if whole else "networks of this type do not grow in this way"
        raise CheckpointError(
            f"the {part} does not fit, {kind}: {some_of(misfits, _SHOWN)}",
            where=str(run),
            hint="use the same widths and options as that run; stylegan-lite keeps its layers when the size grows",
        )
    network.load_state_dict(fitting, strict=False)
    return share


def _check_frozen(discriminator: nn.Module, weights: Mapping[str, Tensor], job: Job, run: Path) -> None:
    """What is frozen as it came must have come from somewhere.

    Raises:
        CheckpointError: a frozen layer is new.
    """
    there = _fitting(discriminator, weights)
    new = [name for name, weight in discriminator.named_parameters() if not weight.requires_grad and name not in there]
    if new:
        raise CheckpointError(
            f"freeze = {job.train.discriminator.freeze} would keep layers from learning that are new, which "
            f"{run.name} does not have: {some_of(new, _SHOWN)}",
            where=job.place_of("train.discriminator.freeze"),
            hint="leave freeze out where the size grows, or start from a run of the same size",
        )


def _fitting(network: nn.Module, weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The weights that a network has too, by name and shape."""
    own = network.state_dict()
    return {name: tensor for name, tensor in weights.items() if name in own and own[name].shape == tensor.shape}


def _numbers(tensors: Mapping[str, Tensor]) -> int:
    return sum(tensor.numel() for tensor in tensors.values())
