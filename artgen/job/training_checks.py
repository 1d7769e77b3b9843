"""What must fit together where something is still to be learned; a run that is done is shown however it learned."""

from __future__ import annotations

from collections.abc import Iterator

from artgen.errors import Problem
from artgen.generators.config import DenseConfig
from artgen.job.checks import Draft
from artgen.job.tree import Table
from artgen.losses.config import AdversarialConfig


def check_training(tree: Table, draft: Draft) -> Iterator[Problem]:
    """Every way in which options that are fine alone would make a training learn nothing, or end it."""
    yield from _skipped_by_no_measure(tree, draft)
    yield from _nothing_to_norm(tree, draft)


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


def _nothing_to_norm(tree: Table, draft: Draft) -> Iterator[Problem]:
    """Batch norm over single numbers compares pictures with each other, and needs two; maps have pixels to compare."""
    if not draft.train or not draft.generator or not isinstance(draft.generator.config, DenseConfig):
        return
    processes = draft.train.devices if isinstance(draft.train.devices, int) else 1
    least = 2 * processes
    if draft.generator.config.norm == "batch" and draft.train.batch < least:
        text = (
            f"batch = {draft.train.batch} leaves batch norm nothing to compare: '{draft.generator.component.name}' with "
            f'norm = "batch" needs {least} pictures at a time or more'
        )
        yield tree.origin_of(("train", "batch")).problem(text, "train")
