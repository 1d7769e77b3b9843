"""What is asked of backbones."""

from __future__ import annotations

import time
from typing import Any

import torch
from torch import Tensor

from artgen.contracts import PictureShape
from artgen.errors import ArtgenError
from artgen.testing.conformance.samples import real_pictures
from artgen.testing.conformance.trial import SEED, Trial
from artgen.testing.conformance.trial import devices as devices_here
from artgen.testing.conformance.verdict import NotChecked, Told, expect

_SHAPE = PictureShape(64, 64, 3)
_COUNT = 2
_TOLERANCE = 1e-3
_KEPT: dict[Any, Any] = {}


def sees(trial: Trial) -> Told:
    """The feature maps that are asked for and no others, of grey, coloured and transparent pictures."""
    backbone, layers = _made(trial), _layers(trial)
    for channels in (3, 4, 1):
        pictures = real_pictures(PictureShape(64, 64, channels))[:_COUNT]
        for wanted in (layers[:1], layers):
            with torch.no_grad():
                found = backbone(pictures, wanted)
            what = f"features of {channels} channels, asked for {', '.join(wanted)}"
            expect(set(found) == set(wanted), what, expected=sorted(wanted), found=sorted(found))
            shapes = {name: tuple(value.shape) for name, value in found.items()}
            fine = all(len(shape) == 4 and shape[0] == _COUNT for shape in shapes.values())
            expect(fine, what, expected="(B, C, h, w) each", found=shapes)
            finite = all(bool(value.isfinite().all()) for value in found.values())
            expect(finite, what, expected="numbers", found="inf or nan")
    return Told(f"{len(layers)} layers, {layers[0]} to {layers[-1]}")


def is_frozen(trial: Trial) -> Told:
    """Nothing in it learns, and it sees the same in training as in evaluation."""
    backbone, layers = _made(trial), _layers(trial)
    learning = [name for name, weight in backbone.named_parameters() if weight.requires_grad]
    expect(not learning, "its weights", expected="frozen: requires_grad_(False)", found=f"{learning[:3]} would learn")
    pictures = real_pictures(_SHAPE)[:_COUNT]
    with torch.no_grad():
        evaluating = {name: value.clone() for name, value in backbone.train(False)(pictures, layers).items()}
        training = backbone.train(True)(pictures, layers)
    differing = [name for name, value in evaluating.items() if not torch.equal(value, training[name])]
    expect(not differing, "features in training", expected="those of evaluation", found=f"others in {differing[:3]}")
    return Told()


def gradients(trial: Trial) -> Told:
    """A gradient comes from every layer to every picture."""
    backbone, layers = _made(trial), _layers(trial)
    for layer in layers:
        pictures = real_pictures(_SHAPE)[:_COUNT].clone().requires_grad_()
        backbone(pictures, [layer])[layer].float().square().mean().backward()
        gradient = pictures.grad
        fine = gradient is not None and bool(gradient.isfinite().all()) and all(bool(one.any()) for one in gradient)
        expect(fine, f"the gradient from {layer}", expected="reaches every picture", found="is 0, missing or nan")
    return Told()


def same_again(trial: Trial) -> Told:
    """Two of it see the same, to the bit."""
    _KEPT.clear()
    pictures, layers = real_pictures(_SHAPE)[:_COUNT], _layers(trial)
    with torch.no_grad():
        one = {name: value.clone() for name, value in _made(trial)(pictures, layers).items()}
        _KEPT.clear()
        other = _made(trial)(pictures, layers)
    differing = [name for name, value in one.items() if not torch.equal(value, other[name])]
    expect(not differing, "two of it", expected="the same features to the bit", found=f"others in {differing[:3]}")
    return Told()


def tiles(trial: Trial) -> Told:
    """Its layers are of the size that `strides` says and see no farther than `reach`, so that pictures can be tiled."""
    backbone, layers = _made(trial), _layers(trial)
    if not (hasattr(backbone, "strides") and hasattr(backbone, "reach")):
        raise NotChecked("it does not say its strides and reach, and so sees pictures whole, never in tiles")
    pictures = real_pictures(PictureShape(128, 128, 3))[:1]
    generator = torch.Generator().manual_seed(SEED)
    for layer in layers:
        stride, reach = backbone.strides[layer], backbone.reach[layer]
        with torch.no_grad():
            before = backbone(pictures, [layer])[layer].clone()
            place = before.shape[3] // 2
            beyond = place * stride + stride + reach  # the first column that this place must not see
            changed = pictures.clone()
            changed[..., beyond:] = torch.rand(changed[..., beyond:].shape, generator=generator) * 2 - 1
            after = backbone(changed, [layer])[layer]
        size = (128 // stride, 128 // stride)
        expect(tuple(before.shape[2:]) == size, f"the map of {layer}", expected=size, found=tuple(before.shape[2:]))
        gap = float((before[..., place] - after[..., place]).abs().max())
        seen = gap > _TOLERANCE * float(before.abs().max())
        expect(not seen, f"{layer}", expected=f"sees {reach} pixels around its cell", found="sees farther than that")
    return Told()


def devices(trial: Trial) -> Told:
    """It works on every device of this machine, in full precision and under autocast."""
    tried = []
    layers = _layers(trial)
    for device in devices_here():
        backbone = _made(trial).to(device)
        for dtype in (torch.float32, torch.bfloat16):
            with torch.no_grad(), torch.autocast(device.type, torch.bfloat16, enabled=dtype is torch.bfloat16):
                found = backbone(real_pictures(_SHAPE, device)[:_COUNT], layers)
            finite = all(bool(value.isfinite().all()) for value in found.values())
            name = f"{device.type} {'fp32' if dtype is torch.float32 else 'bf16'}"
            expect(finite, f"features on {name}", expected="numbers", found="inf or nan")
            tried.append(name)
        backbone.to("cpu")
    return Told(", ".join(tried))


def looks(trial: Trial) -> Told:
    """A job whose losses look through it paints a canvas."""
    layers = list(_layers(trial))
    deep = [layers[len(layers) // 2]]
    styles = {"type": "gram-style", "images": ["pictures/church-at-auvers.png"], "layers": deep}
    tables: dict[str, Any] = {
        "data": None,
        "discriminator": None,
        "augmentations": None,
        "train": None,
        "quality": None,
        "generator": {"type": "canvas", "content": ["pictures/chelsea.png"], "size": 64},
        "backbone": trial.entry(),
        "losses": [styles],
        "paint": {"steps": 2, "device": "cpu"},
        "outputs": [{"type": "images"}],
    }
    _made(trial)
    run = trial.run(tables)
    expect(bool(run.artifacts()), "a job that looks through it", expected="a picture", found="none")
    return Told(f"at {deep[0]}")


def cost(trial: Trial) -> Told:
    """Time there and back through all layers."""
    backbone, layers = _made(trial), _layers(trial)
    pictures = real_pictures(_SHAPE)[:_COUNT].clone().requires_grad_()
    times = []
    for _ in range(2):
        began = time.perf_counter()
        features: dict[str, Tensor] = backbone(pictures, layers)
        torch.stack([value.float().square().mean() for value in features.values()]).sum().backward()  # type: ignore[no-untyped-call]
        times.append(time.perf_counter() - began)
    weights = sum(weight.numel() * weight.element_size() for weight in backbone.parameters())
    return Told(f"{min(times) * 1000:.1f} ms there and back for {_COUNT} pictures of {_SHAPE}, {weights / 1e6:.1f} MB")


def _layers(trial: Trial) -> tuple[str, ...]:
    named = tuple(trial.model.layer_names) or tuple(getattr(_made(trial), "layer_names", ()))
    expect(bool(named), "`layer_names` of its config", expected="the names of its layers", found="none")
    return named


def _made(trial: Trial) -> Any:
    """The backbone, kept for the next check: large ones take long to read."""
    key = (trial.component, trial.config.model_dump_json())
    if key not in _KEPT:
        _KEPT.clear()
        try:
            _KEPT[key] = trial.component.load()(trial.config)
        except ArtgenError as error:
            raise NotChecked(f"it cannot be had here: {error}".replace("\n", " ")) from error
    return _KEPT[key]
