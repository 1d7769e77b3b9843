"""What must fit together where something is still to be learned; a run that is done is shown however it learned."""

from __future__ import annotations

from collections.abc import Iterator

from artgen.backbones.config import VGGConfig, stride_of
from artgen.config import least_batch
from artgen.engine.config import TrainConfig
from artgen.errors import Problem
from artgen.job.checks.draft import Draft
from artgen.job.text.tree import Table
from artgen.losses.config import AdversarialConfig


def check_training(tree: Table, draft: Draft) -> Iterator[Problem]:
    """Every way in which options that are fine alone would make a training learn nothing, or end it."""
    yield from _skipped_by_no_measure(tree, draft)
    yield from _nothing_to_compare(tree, draft)
    yield from _groups_to_share(tree, draft)
    if draft.train and draft.train.stages:
        yield from _stages_too_long(tree, draft.train)
        yield from _stage_too_small(tree, draft, draft.train.stages[0].size)


def _skipped_by_no_measure(tree: Table, draft: Draft) -> Iterator[Problem]:
    """A loss without a lower end says nothing of how far ahead the discriminator is."""
    if not draft.train or not draft.train.discriminator.skip_below:
        return
    for loss in draft.losses or ():
        if isinstance(loss.config, AdversarialConfig) and loss.config.form == "wasserstein":
            text = (
                f"skip_below goes by a loss that comes to 0 as the discriminator wins, and '{loss.name}', of form "
                '"wasserstein", goes on below it: leave skip_below out'
            )
            yield tree.origin_of(("train", "discriminator", "skip_below")).problem(text, "train.discriminator")


def _nothing_to_compare(tree: Table, draft: Draft) -> Iterator[Problem]:
    """Networks that compare pictures with each other need some, in every process."""
    if not draft.train:
        return
    processes = draft.train.devices if isinstance(draft.train.devices, int) else 1
    for part in draft.networks:
        least = least_batch(part.config) * processes
        if draft.train.batch < least:
            text = (
                f"batch = {draft.train.batch} leaves {part.kind} '{part.component.name}' too few pictures to compare with "
                f"each other: it needs {least} or more"
            )
            yield tree.origin_of(("train", "batch")).problem(text, "train")


def _groups_to_share(tree: Table, draft: Draft) -> Iterator[Problem]:
    """Pictures that `minibatch_stddev` looks at together stay in one process."""
    if not draft.train or not isinstance(draft.train.devices, int):
        return
    for part in draft.networks:
        group = getattr(part.config, "minibatch_stddev", 0)
        if group > 1 and draft.train.devices > -(-draft.train.batch // group):
            text = (
                f"devices = {draft.train.devices} cannot share a batch of {draft.train.batch}: {part.kind} "
                f"'{part.component.name}' looks at {group} pictures together. Write batch = {draft.train.devices * group} "
                f"or more, or a smaller minibatch_stddev"
            )
            yield tree.origin_of(("train", "devices")).problem(text, "train")


def _stages_too_long(tree: Table, train: TrainConfig) -> Iterator[Problem]:
    """The budget lasts beyond the stages before the last, and each stage until its resolution is there."""
    stages = train.stages
    last = len(stages) - 1
    earlier_kimg = sum(stage.kimg or 0.0 for stage in stages[:-1])
    steps_kimg = None if train.steps is None else train.steps * train.batch * train.discriminator.updates / 1000
    budget_kimg = train.kimg if train.kimg is not None else steps_kimg
    if budget_kimg is not None and budget_kimg <= earlier_kimg:
        key = "kimg" if train.kimg is not None else "steps"
        text = f"the stages before take {earlier_kimg:g} kimg, and the whole budget is {budget_kimg:g}: raise [train] {key}"
        yield tree.origin_of(("train", "stages", last, "size")).problem(text, f"train.stages.{last}")
    left_kimg = None if budget_kimg is None else budget_kimg - earlier_kimg
    for index, stage in enumerate(stages):
        text = ""
        if index == 0 and stage.fade_kimg:
            text = "the first stage has nothing to fade from: leave fade_kimg out"
        elif stage.kimg is not None and stage.fade_kimg > stage.kimg:
            text = f"fade_kimg is part of kimg, and {stage.fade_kimg:g} is more than {stage.kimg:g}"
        elif index == last and left_kimg is not None and 0 < left_kimg < stage.fade_kimg:
            text = (
                f"the budget leaves {left_kimg:g} kimg to this stage, and it would fade in over {stage.fade_kimg:g}: pictures "
                "would never be painted in full"
            )
        if text:
            yield tree.origin_of(("train", "stages", index, "fade_kimg")).problem(text, f"train.stages.{index}")


def _stage_too_small(tree: Table, draft: Draft, size: int) -> Iterator[Problem]:
    """Losses that look at layers whose cells are larger than the pictures of the first stage."""
    if not draft.backbone or not isinstance(draft.backbone.config, VGGConfig):
        return
    for loss in draft.losses or ():
        layers = getattr(loss.config, "layers", ()) if getattr(loss.config, "looks", False) else ()
        blind = [layer for layer in layers if layer in draft.backbone.config.layer_names and stride_of(layer) > size]
        if blind:
            text = (
                f"pictures of the first stage, {size} pixels, are too small for {' and '.join(blind)}: begin with "
                f"size = {max(map(stride_of, blind))}, or name other layers"
            )
            yield tree.origin_of(("losses", loss.name, "layers")).problem(text, f"losses.{loss.name}")
