"""How steeply a discriminator's judgement changes with the picture, which the gradient penalties hold down."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from artgen.contracts import Painted


def squared_slopes(logits: Sequence[Tensor], painted: Painted) -> Tensor:
    """The squared norm of each picture's gradient: of its logit, by all its pixels at every scale.

    A map of logits counts as its mean, and several heads as theirs. The result can be differentiated by the
    discriminator's parameters.

    Args:
        logits: a head each, (B,) or (B, 1, h, w).
        painted: the leaves that were judged.

    Returns:
        (B,)
    """
    heads = torch.stack([head.flatten(1).mean(dim=1) if head.dim() > 1 else head for head in logits])
    pictures = (painted.picture, *painted.scales)
    # pictures are judged apart (statistics over the batch are left out of account): the sum's gradient is each one's own
    gradients = torch.autograd.grad(heads.mean(dim=0).sum(), pictures, create_graph=True, materialize_grads=True)
    return torch.stack([gradient.square().sum(dim=(1, 2, 3)) for gradient in gradients]).sum(dim=0)
