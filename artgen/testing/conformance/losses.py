"""What is asked of losses: tried in a training step between tiny networks, as a job has it."""

from __future__ import annotations

import copy
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from artgen.contracts import PictureShape
from artgen.engine.memory import MicroBatches
from artgen.engine.optimisers import freeze
from artgen.engine.precision import Precision
from artgen.engine.samples import Samples
from artgen.engine.state import TrainState
from artgen.engine.step import FAKE_GRADIENT, FRESH, REAL_GRADIENT, Phase, Step
from artgen.seeding import derived_seed, seed_torch
from artgen.testing.conformance.networks import same_bytes
from artgen.testing.conformance.samples import EndlessPictures
from artgen.testing.conformance.trial import NAME, SEED, Trial, devices
from artgen.testing.conformance.verdict import NotChecked, Told, expect

_KNOWN_NEEDS = {"discriminator", "content", "features", "decoded", REAL_GRADIENT, FAKE_GRADIENT, FRESH}
_SHAPE = PictureShape(32, 32, 3)
_BATCH = 4


@dataclass
class Scene:
    """A training at its first step, with the loss in it."""

    state: TrainState

    @property
    def loss(self) -> Any:
        """The loss under test."""
        return next(active.loss for active in self.state.losses if active.name == NAME)

    def steps(self) -> Iterator[Step]:
        """The discriminator's phase where there is one, then the generator's; the other network is frozen."""
        state = self.state
        seed_torch(derived_seed(SEED, "step/0"), state.device)
        samples = Samples(state, EndlessPictures(_SHAPE, state.device), SEED, _BATCH, 1)
        if state.discriminator is not None:
            yield from (part.step for part in samples.of_discriminator(0))
        freeze(state.judging_weights, True)
        yield from (part.step for part in samples.of_generator(0))
        freeze(state.judging_weights, False)

    def values(self) -> dict[Phase, Tensor | None]:
        """What the loss says in each phase, with its gradients in the networks."""
        told: dict[Phase, Tensor | None] = {}
        for step in self.steps():
            ask = self.loss.for_discriminator if step.phase == "discriminator" else self.loss.for_generator
            value = ask(step)
            if isinstance(value, Tensor) and value.requires_grad:
                value.float().mean().backward()  # type: ignore[no-untyped-call]
            told[step.phase] = value
        return told


def declares(trial: Trial) -> Told:
    """What it needs is said in words that artgen knows, so that what does not fit is an error before anything runs."""
    loss = trial.component.load()(trial.config)
    needs = getattr(loss, "needs", None)
    expect(isinstance(needs, frozenset), "`needs` of the loss", expected="a frozenset of words", found=repr(needs))
    unknown = sorted(set(needs or ()) - _KNOWN_NEEDS)
    expect(not unknown, "`needs` of the loss", expected=f"some of {', '.join(sorted(_KNOWN_NEEDS))}", found=unknown)
    paints = trial.model.paints
    unknown = sorted(set(paints) - {"latent", "picture", "canvas"})
    expect(bool(paints) and not unknown, "`paints` of its config", expected="latent, picture, canvas", found=paints)
    return Told(f"needs {', '.join(sorted(needs or ())) or 'nothing'}; beside {', '.join(sorted(paints))}")


def says(trial: Trial) -> Told:
    """A number, or one for each picture, in one phase at least, whose gradient reaches the network of that phase."""
    scene = _scene(trial)
    told = scene.values()
    heard = []
    for phase, value in told.items():
        if value is None:
            continue
        what = f"what it says in the {phase}'s phase"
        expect(isinstance(value, Tensor), what, expected="a tensor or None", found=type(value).__name__)
        expect(tuple(value.shape) in ((), (_BATCH,)), what, expected="() or (B,)", found=tuple(value.shape))
        expect(bool(value.isfinite().all()), what, expected="numbers", found=value.tolist())
        expect(value.requires_grad, what, expected="a value with a gradient", found="one without (detached?)")
        network = scene.state.networks[phase]
        reached = [w for w in network.parameters() if w.grad is not None and w.grad.isfinite().all() and w.grad.any()]
        expect(bool(reached), f"{what}: its gradient", expected=f"reaches the {phase}", found="reaches no weight of it")
        heard.append(f"{phase} {float(value.detach().mean()):.4g}")
    expect(bool(heard), "what it says", expected="a value in one phase at least", found="None in all of them")
    return Told(", ".join(heard))


def same_seed(trial: Trial) -> Told:
    """The same step is the same value and the same gradients, to the bit."""
    one, other = (_heard(_scene(trial)) for _ in range(2))
    differing = [name for name, value in one.items() if not torch.equal(value, other[name])]
    expect(
        not differing,
        "one step, computed twice",
        expected="the same bytes; chance comes from step.draws",
        found=f"other values of {', '.join(differing[:3])}",
    )
    return Told()


def state_round_trip(trial: Trial) -> Told:
    """What it remembers from step to step goes into a checkpoint and comes back."""
    going_on, resumed = _scene(trial), _scene(trial)
    networks = {role: copy.deepcopy(network.state_dict()) for role, network in going_on.state.networks.items()}
    going_on.values()
    kept = copy.deepcopy(going_on.loss.state_dict()) if hasattr(going_on.loss, "state_dict") else {}
    bad = [key for key, value in kept.items() if not isinstance(value, (Tensor, int, float, str, bool, list))]
    expect(not bad, "its state_dict", expected="tensors and plain values", found=f"something else at {', '.join(bad)}")
    if kept:
        resumed.loss.load_state_dict(kept)
    for role, network in going_on.state.networks.items():
        network.load_state_dict(networks[role])
        network.zero_grad()
    one, other = _heard(going_on), _heard(resumed)
    differing = [name for name, value in one.items() if not same_bytes(value, other[name])]
    expect(
        not differing,
        "a step after another, and the same step after an interruption",
        expected="the same bytes: what it remembers is in its state_dict",
        found=f"other values of {', '.join(differing[:3])}",
    )
    if not kept:
        raise NotChecked("it remembers nothing")
    return Told(", ".join(kept))


def works_everywhere(trial: Trial) -> Told:
    """It works on every device of this machine, in full precision and beside networks under autocast."""
    tried = []
    for device in devices():
        precisions: tuple[Precision, ...] = ("fp32", "bf16")
        for precision in precisions:
            for phase, value in _scene(trial, str(device), precision).values().items():
                finite = value is None or bool(value.isfinite().all())
                where = f"what it says in the {phase}'s phase on {device.type} in {precision}"
                expect(finite, where, expected="numbers", found="inf or nan")
            tried.append(f"{device.type} {precision}")
    return Told(", ".join(tried))


def learns(trial: Trial) -> Told:
    """Jobs with it run to their end: with every kind of generator that it can stand beside."""
    for source in sorted(trial.model.paints):
        run = trial.run(_tables(trial, source) | {"outputs": [{"type": "images"} | _few(source)]}, into=source)
        expect(bool(run.artifacts()), f"a job with it and a generator of {source}", expected="pictures", found="none")
    return Told(", ".join(sorted(trial.model.paints)))


def cost(trial: Trial) -> Told:
    """Time of a step's losses, the networks' own work included."""
    scene = _scene(trial)
    times = []
    for _ in range(3):
        began = time.perf_counter()
        scene.values()
        times.append(time.perf_counter() - began)
    return Told(f"{min(times) * 1000:.1f} ms for {_BATCH} pictures of {_SHAPE}, networks included")


def _heard(scene: Scene) -> dict[str, Tensor]:
    told = {f"the {phase}'s value": value.detach() for phase, value in scene.values().items() if value is not None}
    networks = scene.state.networks.items()
    weights = [(f"{role} {name}", weight) for role, net in networks for name, weight in net.named_parameters()]
    return told | {f"the gradient of {name}": weight.grad for name, weight in weights if weight.grad is not None}


def _scene(trial: Trial, device: str = "cpu", precision: Precision = "fp32") -> Scene:
    sources = [source for source in ("latent", "picture") if source in trial.model.paints]
    if not sources:
        raise NotChecked("it stands beside canvases only, which the jobs below paint")
    tables = _tables(trial, sources[0])
    tables["train"] = {"steps": 2, "batch": _BATCH, "device": device, "precision": precision}
    state = TrainState.build(trial.read(tables), _SHAPE)
    state.micro_batches = MicroBatches(_BATCH)
    return Scene(state)


def _tables(trial: Trial, source: str) -> dict[str, Any]:
    """A job that has what the loss asks for."""
    entry = {"name": NAME, "weight": 1.0, "every": 1, **trial.entry()}
    if source == "latent":
        game = [] if trial.model.adversarial else [{"type": "adversarial"}]
        return {**_networks(trial.model.requires), "losses": [*game, entry]}
    style = {"type": "histogram", "images": ["pictures/church-at-auvers.png"]}
    generator = (
        {"type": "stylizer", "width": 4, "blocks": 1}
        if source == "picture"
        else {"type": "canvas", "content": ["pictures/chelsea.png"], "size": 32}
    )
    own_style = "images" in trial.model.model_fields
    tables: dict[str, Any] = {
        "discriminator": None,
        "augmentations": None,
        "quality": None,
        "generator": generator,
        "losses": [entry] if own_style else [style, entry],
    }
    if source == "canvas":
        tables |= {"data": None, "train": None, "paint": {"steps": 3, "device": "cpu"}}
    return tables


def _networks(requires: frozenset[str]) -> dict[str, Any]:
    """Two tiny networks that provide what is asked for."""
    generator: dict[str, Any] = {"type": "dcgan", "latent": 8, "width": 4}
    discriminator: dict[str, Any] = {"type": "dcgan", "width": 4}
    if "mapping" in requires:
        generator = {"type": "stylegan-lite", "latent": 8, "width": 0.02, "max_width": 8}
    if "decoded" in requires:
        discriminator = {"type": "lightweight", "width": 8, "norm": "spectral"}
    if "scales" in requires:
        generator = {"type": "msg", "latent": 8, "width": 4}
        discriminator = {"type": "msg", "width": 4}
    return {"generator": generator, "discriminator": discriminator}


def _few(source: str) -> dict[str, Any]:
    return {"seeds": "0-1"} if source == "latent" else {}
