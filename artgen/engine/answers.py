"""What losses answer with: checked, so that a wrong one is told with its name and not where it is computed with."""

from __future__ import annotations

from typing import Any

from torch import Tensor

from artgen.errors import ArtgenError


def checked_answer(told: Any, name: str) -> Tensor | None:
    """What a loss says in a step, if anything.

    Args:
        told: of its `for_generator` or `for_discriminator`.
        name: of the loss in the job.

    Returns:
        () or (B,).

    Raises:
        ArtgenError: it is something else.
    """
    if told is None or (isinstance(told, Tensor) and told.dim() <= 1):
        return told
    found = f"a tensor of shape {tuple(told.shape)}" if isinstance(told, Tensor) else f"a {type(told).__name__}"
    raise ArtgenError(
        f"the loss '{name}' answers with {found}",
        hint="A loss answers with a number for each picture, (B,), or with one for all of them. See: artgen plugins check",
    )
