"""The losses of one update and their gradients, added up over its micro-batches and over all processes."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import torch
from torch import Tensor, nn

from artgen.engine.answers import checked_answer
from artgen.engine.samples import Part
from artgen.engine.state import TrainState
from artgen.engine.step import Step


@dataclass
class Learned:
    """What one update, summed over its micro-batches, has to tell.

    Attributes:
        total: the weighted sum of all losses.
        game: the sum of those that train the two networks against each other, as the metrics show them.
        numbers: losses by name.
        logits: of the real pictures, head by head, counted from the undecided one; likewise `seen`, what the watch saw.
            The discriminator's alone.
    """

    total: Tensor
    game: Tensor
    numbers: dict[str, Tensor] = field(default_factory=dict)
    logits: list[Tensor] = field(default_factory=list)
    seen: Tensor | None = None

    def count(self, name: str, value: Tensor, share: float) -> None:
        """Add a micro-batch's share of a number."""
        self.numbers[name] = self.numbers.get(name, 0.0) + value.detach() * share

    def hear(self, step: Step, state: TrainState, share: float) -> None:
        """Take down how the discriminator judged a micro-batch."""
        heads, of_painted = from_undecided(step, state.undecided)
        self.logits = [torch.cat(pair) for pair in zip(self.logits, heads, strict=True)] if self.logits else heads
        seen = state.watch.look(step, heads, of_painted) * share
        self.seen = seen if self.seen is None else self.seen + seen


def learn(state: TrainState, network: nn.Module, parts: Callable[[], Iterable[Part]], *, backward: bool) -> Learned:
    """Give a network the gradients of an update, over all pictures of the batch, wherever they are worked on.

    Args:
        network: that learns.
        parts: begins the update's micro-batches, anew where they were too large.
        backward: whether gradients are wanted, or only what the losses are.
    """

    def gathered() -> Learned:
        network.zero_grad(set_to_none=True)
        return gradients(state, parts(), backward=backward)

    learned = state.micro_batches.stepping_down(gathered)
    if state.team.size > 1:
        _add_up(state, learned, [weight.grad for weight in network.parameters() if weight.grad is not None])
    return learned


def _add_up(state: TrainState, learned: Learned, found: list[Tensor]) -> None:
    """Gradients, losses and what was seen of all processes, in one sum; logits side by side."""
    slicing = state.micro_batches.slicing
    own = slice(slicing.own.start, slicing.own.stop)
    logits = [head.new_zeros(slicing.batch, *head.shape[1:]) for head in learned.logits]
    for whole, head in zip(logits, learned.logits, strict=True):
        whole[own] = head
    seen = [] if learned.seen is None else [learned.seen]
    state.team.add_up([*found, learned.total, learned.game, *learned.numbers.values(), *seen, *logits])
    learned.logits = logits


def gradients(state: TrainState, parts: Iterable[Part], *, backward: bool) -> Learned:
    """Add up the gradients of all micro-batches of an update that are this process's."""
    nothing = torch.zeros((), device=state.device)
    learned = Learned(nothing, nothing.clone())
    all_due = all(active.due(state.step) for active in state.losses)
    for part in parts:
        total = _total(state, part, learned)
        # where every loss of a phase counts in few steps, the others teach nothing
        if backward and (total.requires_grad or all_due):
            (total * part.share).backward()  # type: ignore[no-untyped-call]
        if part.step.phase == "discriminator":
            learned.hear(part.step, state, part.share)
        learned.total = learned.total + total.detach() * part.share
    return learned


def _total(state: TrainState, part: Part, learned: Learned) -> Tensor:
    """The weighted sum of all losses that have something to say in this phase; a lazy one counts n times, rarely.

    Adam's rates and decays stay as they are: stylegan2 corrects them for penalties that are steps of their own, and here
    a penalty is part of a step that the other losses take anyway.
    """
    total = torch.zeros((), device=state.device)
    for active in state.losses:
        if not active.due(state.step):
            continue
        ask = active.loss.for_discriminator if part.step.phase == "discriminator" else active.loss.for_generator
        told = checked_answer(ask(part.step), active.name)
        if told is not None:
            value = told.mean()  # of one for each picture, where a loss tells them apart
            learned.count(f"loss/{active.name}/{part.step.phase}", value, part.share)
            if active.adversarial:
                learned.game = learned.game + value.detach() * part.share
            total = total + value * (active.weight * active.every)
    learned.count(f"loss/{part.step.phase}", total, part.share)
    return total


@torch.no_grad()
def from_undecided(step: Step, undecided: float | None) -> tuple[list[Tensor], list[Tensor]]:
    """Logits of real and of painted pictures, head by head, counted from where a picture may be either.

    Args:
        step: one of the discriminator's.
        undecided: that logit; None takes the middle between the means of both, where only differences count.
    """
    real, fake = step.judged_real.logits, step.judged_fake.logits
    pairs = [(r.detach(), f.detach()) for r, f in zip(real, fake, strict=True)]
    zeros = [step.mean(_each(r) + _each(f)) / 2 if undecided is None else undecided for r, f in pairs]
    counted = [(r - zero, f - zero) for (r, f), zero in zip(pairs, zeros, strict=True)]
    return [r for r, _ in counted], [f for _, f in counted]


def _each(logits: Tensor) -> Tensor:
    """One for each picture."""
    return logits.reshape(len(logits), -1).mean(dim=1)
