"""What must fit together in a job: budgets, and what a generator cannot be trained without."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from artgen.data.config import DataConfig
from artgen.engine.config import TrainConfig
from artgen.errors import Problem
from artgen.job.model import JobInfo, Part
from artgen.job.tree import Table
from artgen.registry import BUILTIN


@dataclass(frozen=True)
class Draft:
    """What was understood of a job so far; None where a table is wrong or not there."""

    info: JobInfo | None
    data: DataConfig | None
    train: TrainConfig | None
    generator: Part | None
    discriminator: Part | None
    losses: tuple[Part, ...] | None


def check(tree: Table, draft: Draft) -> Iterator[Problem]:
    """Every way in which the tables of a job do not fit each other."""
    yield from _budget(tree)
    if "generator" not in tree.entries:
        yield tree.origin.problem('[generator] is missing: say what paints, such as type = "dcgan"')
    if draft.generator and getattr(draft.generator.config, "input", "latent") == "latent":
        yield from _latent_generator(tree, draft)
    if draft.data:
        yield from _shapes(tree, draft, draft.data)


def _budget(tree: Table) -> Iterator[Problem]:
    train = tree.table("train")
    if train is None:
        return
    budgets = [key for key in ("kimg", "steps", "minutes") if key in train.entries]
    for extra in budgets[1:]:
        text = f"{extra} and {budgets[0]} are both a budget: keep one of kimg, steps and minutes"
        yield train.origin_of((extra,)).problem(text, "train")
    if train.value("cooldown") and budgets == ["minutes"]:
        text = "cooldown needs kimg or steps as budget: with minutes nobody knows when the last share begins"
        yield train.origin_of(("cooldown",)).problem(text, "train")
    if "checkpoint_steps" in train.entries and "checkpoint_kimg" in train.entries:
        text = "checkpoint_kimg and checkpoint_steps say the same thing: keep one"
        yield train.origin_of(("checkpoint_kimg",)).problem(text, "train")


def _latent_generator(tree: Table, draft: Draft) -> Iterator[Problem]:
    origin = tree.origin_of(("generator", "type"))
    name = draft.generator.component.name if draft.generator else ""
    if "data" not in tree.entries:
        yield origin.problem(f"'{name}' learns from pictures: add [data] with folder = \"...\"", "generator")
    if "discriminator" not in tree.entries:
        yield origin.problem(f"'{name}' learns against a discriminator: add [discriminator] with a type", "generator")
    if draft.losses is not None and not any(map(_may_be_adversarial, draft.losses)):
        text = 'no loss trains the two networks against each other: add one of type "adversarial"'
        yield tree.origin_of(("losses",)).problem(text, "losses")


def _shapes(tree: Table, draft: Draft, data: DataConfig) -> Iterator[Problem]:
    """What networks have against the pictures' shape, where their config model can tell without being built."""
    for part in (draft.generator, draft.discriminator):
        check_shape = getattr(part.config, "check_shape", None) if part else None
        if part is None or check_shape is None:
            continue
        try:
            check_shape(data.shape)
        except ValueError as error:
            yield tree.origin_of((part.kind,)).problem(str(error), part.kind)


def _may_be_adversarial(loss: Part) -> bool:
    """Whether a loss plays the game; a third party's that does not say is believed to."""
    said = getattr(loss.config, "adversarial", None)
    if said is None:
        return loss.component.distribution != BUILTIN or loss.component.name == "adversarial"
    return bool(said)
