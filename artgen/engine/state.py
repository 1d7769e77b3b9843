"""Everything that a training run is made of and that a checkpoint brings back."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import reduce
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

from artgen.config import least_batch
from artgen.contracts import PictureShape
from artgen.engine.checkpoint import load_part
from artgen.engine.ema import EMA
from artgen.engine.lagged import LaggedNumbers
from artgen.engine.memory import MicroBatches
from artgen.engine.networks import build_backbone, build_network
from artgen.engine.optimisers import adam_tensors, build_adam, freeze, restore_adam
from artgen.engine.precision import autocast_for, choose_precision, device_of, weights_in
from artgen.engine.references import References
from artgen.engine.stages import Stage, Stages
from artgen.engine.team.distributed import ALONE, Team
from artgen.engine.team.slices import looked_at_together
from artgen.engine.watch import Watch
from artgen.errors import ArtgenError, CheckpointError
from artgen.runs.checkpoints import Checkpoint
from artgen.seeding import Draws
from artgen.sight.sight import Sight

if TYPE_CHECKING:
    from artgen.job.model import Job, Part


@dataclass
class ActiveLoss:
    """A loss at work: the object and what the job says of it."""

    name: str
    loss: Any
    weight: float
    every: int
    adversarial: bool

    def due(self, step: int) -> bool:
        """Whether it counts in this step."""
        return step % self.every == 0


@dataclass
class TrainState:
    """The networks, their optimisers, and where the training stands.

    Attributes:
        networks: what learns, by name: the generator and, but where it learns from its losses alone, the discriminator.
        adams: the optimiser of each.
        references: what losses that compare features compare with.
        step: steps taken.
        images: real pictures shown.
        seconds: time spent training, over all calls.
        rate_scale: halved each time the guard had to go back.
        discriminator_scale: what the discriminator's rate is multiplied by beside that, while it is far ahead.
        rollbacks: how often that was.
        reported: numbers on their way to the guard.
        stage: where growing networks stand; None where nothing grows.
        classes: names of the pictures' classes; none where they are of one kind.
        team: the processes that train it.
        threads: of the processor, for all of them on one machine together.
        judging_weights: the discriminator's parameters that learn, looked up once.
    """

    networks: dict[str, nn.Module]
    adams: dict[str, torch.optim.Adam]
    ema: EMA
    losses: list[ActiveLoss]
    references: References
    augmentations: dict[str, Any]
    device: torch.device
    precision: str
    autocast: Callable[[], Any]
    stages: Stages
    micro_batches: MicroBatches
    watch: Watch
    step: int = 0
    images: int = 0
    seconds: float = 0.0
    rate_scale: float = 1.0
    discriminator_scale: float = 1.0
    rollbacks: int = 0
    reported: LaggedNumbers = field(default_factory=LaggedNumbers)
    stage: Stage | None = None
    classes: tuple[str, ...] = ()
    team: Team = ALONE
    threads: int = field(default_factory=torch.get_num_threads)
    judging_weights: list[nn.Parameter] = field(init=False)

    @classmethod
    def build(cls, job: Job, shape: PictureShape, *, precision: str = "") -> TrainState:
        """A fresh start: what depends on chance depends on the job's seed alone.

        Args:
            precision: what the run began with; else what the job says.
        """
        device = device_of(job)
        precision = choose_precision(precision or job.train.precision, device)
        parts = [part.config for part in (job.generator, job.discriminator) if part]
        autocast = autocast_for(device, precision)
        dtype = weights_in(precision)
        generator = build_network(job.generator, shape, job.job.seed, device).to(dtype)
        networks = {"generator": generator}
        adams = {"generator": build_adam(generator, job.train.generator, device)}
        if job.discriminator:
            discriminator = build_network(job.discriminator, shape, job.job.seed, device).to(dtype)
            _freeze_first(discriminator, job)
            networks["discriminator"] = discriminator
            adams["discriminator"] = build_adam(discriminator, job.train.discriminator, device)
        losses = [_active(part) for part in job.losses]
        backbone = build_backbone(job, device, dtype)
        return cls(
            networks=networks,
            adams=adams,
            ema=_ema(generator, job, shape),
            losses=losses,
            references=References(job, [active.loss for active in losses], Sight(backbone, autocast)),
            augmentations={part.name: _built(part) for part in job.augmentations},
            device=device,
            precision=precision,
            autocast=autocast,
            stages=Stages(job.train.stages, shape),
            micro_batches=MicroBatches(
                job.train.batch,
                unit=looked_at_together(networks.get("discriminator")),
                least=max(map(least_batch, parts)),
            ),
            watch=Watch(device),
        )

    def __post_init__(self) -> None:
        judging = self.discriminator.parameters() if self.discriminator is not None else ()
        self.judging_weights = [weight for weight in judging if weight.requires_grad]

    @property
    def generator(self) -> nn.Module:
        """What paints."""
        return self.networks["generator"]

    @property
    def discriminator(self) -> nn.Module | None:
        """What judges; None where the generator learns from its losses alone."""
        return self.networks.get("discriminator")

    @property
    def undecided(self) -> float | None:
        """The logit of a picture that may be either; None where only differences of logits count."""
        games = (active.loss for active in self.losses if active.adversarial)
        return next((getattr(game, "undecided", 0.0) for game in games), 0.0)

    @property
    def lazy_loss_due(self) -> bool:
        """Whether a loss counts in this step that counts in few."""
        return any(active.every > 1 and active.due(self.step) for active in self.losses)

    @property
    def dtype(self) -> torch.dtype:
        """Of the weights, and of what networks are handed."""
        return weights_in(self.precision)

    @property
    def repaints(self) -> bool:
        """Whether the generator paints from the real pictures."""
        return getattr(self.generator, "input", "latent") == "picture"

    def become(self, other: TrainState) -> None:
        """Take over everything of another state but who trains it."""
        self.__dict__.update({**other.__dict__, "team": self.team, "threads": self.threads})

    def join(self, team: Team) -> None:
        """Train from now on as one process of a team.

        Raises:
            ArtgenError: the batch is too small to be shared by so many.
        """
        self.team = team
        own = self.micro_batches
        self.micro_batches = MicroBatches(
            own.batch, own.size, unit=own.slicing.unit, least=own.slicing.least, team=team
        )
        self.micro_batches.warn = own.warn

    def augment(self, pictures: Tensor, draws: Draws) -> Tensor:
        """All augmentations of the job, one after the other, each with draws of its own."""
        numbered = enumerate(self.augmentations.values())
        return reduce(lambda x, entry: entry[1](x, draws.child(str(entry[0]))), numbered, pictures)

    def enter_stage(self) -> None:
        """Bring all networks to the stage of the pictures seen so far."""
        stage = self.stages.at(self.images)
        if stage is None or stage == self.stage:
            return
        for network in (self.ema.generator, *self.networks.values()):
            network.set_stage(stage.size, stage.fade)  # type: ignore[operator]
        self.stage = stage

    def observe(self, real_logits: list[Tensor], seen: Tensor | None, images: int) -> None:
        """Let the watch and the augmentations that adapt see how the discriminator judged the real pictures.

        Args:
            real_logits: a head each, counted from the undecided one.
            seen: what the watch saw.
            images: how many pictures these were.
        """
        if seen is not None:
            self.watch.take_in(seen)
        for augmentation in self.augmentations.values():
            if hasattr(augmentation, "observe"):
                augmentation.observe(real_logits, images)

    def standing(self) -> dict[str, Tensor]:
        """What the watch and the augmentations have to tell, for the metrics."""
        told = self.watch.numbers()
        for name, augmentation in self.augmentations.items():
            if hasattr(augmentation, "report"):
                told |= {f"augmentation/{name}/{key}": value for key, value in augmentation.report().items()}
        return told

    def healthy(self) -> bool:
        """Whether every weight that learns and every loss so far is a number; waits for the device."""
        weights = [weight for network in self.networks.values() for weight in network.parameters()]
        finite = bool(torch.stack([torch.isfinite(weight).all() for weight in weights]).all())
        return finite and all(math.isfinite(loss) for row in self.reported.values() for loss in row)

    def tensors(self) -> dict[str, dict[str, Tensor]]:
        """What a checkpoint keeps as tensors, by part."""
        return {
            **{name: network.state_dict() for name, network in self.networks.items()},
            "ema": self.ema.generator.state_dict(),
            "optimizers": {
                **{
                    key: value
                    for name, network in self.networks.items()
                    for key, value in adam_tensors(name, network, self.adams[name]).items()
                },
                **{f"extras/{key}": value for key, value in self._extras().items() if isinstance(value, Tensor)},
            },
        }

    def numbers(self) -> dict[str, Any]:
        """What a checkpoint keeps as plain numbers."""
        return {
            "step": self.step,
            "images": self.images,
            "seconds": round(self.seconds, 3),
            "rate_scale": self.rate_scale,
            "discriminator_scale": self.discriminator_scale,
            "micro_batch": self.micro_batches.size,
            **({"stage": {"size": self.stage.size, "fade": self.stage.fade}} if self.stage else {}),
            "rollbacks": self.rollbacks,
            "varied": self.watch.varied(),
            "reported": self.reported.values(),
            "extras": {key: value for key, value in self._extras().items() if not isinstance(value, Tensor)},
            "threads": self.threads,
            "processes": self.team.size,
            "torch": torch.__version__,
            "device": str(self.device),
            **({"classes": list(self.classes)} if self.classes else {}),
            "precision": self.precision,
        }

    def restore(self, checkpoint: Checkpoint) -> None:
        """Go to where a checkpoint stands.

        Raises:
            CheckpointError: it is damaged, or belongs to other networks.
        """
        parts = (*self.networks, "ema", "optimizers")
        try:
            self.take({part: load_part(checkpoint, part) for part in parts}, checkpoint.state)
        except RuntimeError as error:
            raise CheckpointError(str(error), where=str(checkpoint.path)) from error

    def take(self, tensors: Mapping[str, Mapping[str, Tensor]], numbers: Mapping[str, Any]) -> None:
        """Become what `tensors` and `numbers` said of a state.

        Raises:
            RuntimeError: it was of other networks.
        """
        for part, network in {**self.networks, "ema": self.ema.generator}.items():
            try:
                network.load_state_dict(tensors[part])
            except RuntimeError as error:
                raise RuntimeError(f"{part} does not fit: {error}") from error
        of_optimizers = tensors["optimizers"]
        for name, network in self.networks.items():
            restore_adam(name, network, self.adams[name], of_optimizers)
        extras = {key[7:]: value for key, value in of_optimizers.items() if key.startswith("extras/")}
        self._restore_extras({**numbers["extras"], **extras})
        self.step = int(numbers["step"])
        self.images = int(numbers["images"])
        self.seconds = float(numbers["seconds"])
        self.rate_scale = float(numbers["rate_scale"])
        self.discriminator_scale = float(numbers["discriminator_scale"])
        self.rollbacks = int(numbers["rollbacks"])
        self.micro_batches.size = int(numbers["micro_batch"])
        self.stage = None
        self.enter_stage()
        self.reported = LaggedNumbers(numbers["reported"])

    def _stateful(self) -> dict[str, Any]:
        parts: dict[str, Any] = {"watch": self.watch}
        parts |= {f"loss/{active.name}": active.loss for active in self.losses}
        parts |= {f"augmentation/{name}": part for name, part in self.augmentations.items()}
        return {name: part for name, part in parts.items() if hasattr(part, "state_dict")}

    def _extras(self) -> dict[str, Any]:
        return {
            f"{name}/{key}": value
            for name, part in self._stateful().items()
            for key, value in part.state_dict().items()
        }

    def _restore_extras(self, extras: Mapping[str, Any]) -> None:
        for name, part in self._stateful().items():
            prefix = f"{name}/"
            part.load_state_dict({k[len(prefix) :]: v for k, v in extras.items() if k.startswith(prefix)})


def _ema(generator: nn.Module, job: Job, shape: PictureShape) -> EMA:
    """The average; weights that were trained before are not young, and their average is not to be forgotten."""
    config = job.train.ema.model_copy(update={"ramp": 0.0}) if job.train.from_ else job.train.ema
    return EMA(generator, config, classes=shape.classes)


def _active(part: Part) -> ActiveLoss:
    return ActiveLoss(part.name, _built(part), part.config.weight, part.config.every, part.may_be_adversarial)


def _built(part: Part) -> Any:
    return part.component.load()(part.config)


def _freeze_first(discriminator: nn.Module, job: Job) -> None:
    """Keep the layers nearest to the picture as they are (S. Mo, M. Cho, J. Shin, "Freeze the discriminator", 2020).

    Raises:
        ArtgenError: the discriminator has no such layers, or none would be left to learn.
    """
    layers = job.train.discriminator.freeze
    if not layers:
        return
    in_order: list[nn.Module] = list(getattr(discriminator, "layers", ()))
    most = max(0, len(in_order) - 1)
    if layers > most:
        raise ArtgenError(
            f"this discriminator has {most or 'no'} layers that can be frozen, not {layers}",
            where=job.place_of("train.discriminator.freeze"),
            hint=f"write at most {most}: the last layer, which judges, must learn" if most else "leave freeze out",
        )
    for layer in in_order[:layers]:
        freeze(layer.parameters(), True)
