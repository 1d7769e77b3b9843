"""What must fit together where something is still to be learned; a run that is done is shown however it learned."""

from __future__ import annotations

from collections.abc import Iterator

from artgen.errors import Problem
from artgen.job.checks import Draft
from artgen.job.tree import Table
from artgen.losses.config import AdversarialConfig


def check_training(tree: Table, draft: Draft) -> Iterator[Problem]:
    """Every way in which options that are fine alone would make a training learn nothing, or end it."""
    yield from _skipped_by_no_measure(tree, draft)


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
