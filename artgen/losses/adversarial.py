"""The game of the two networks: the discriminator tells real from painted, the generator is mistaken for real."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import torch
import torch.nn.functional as F
from torch import Tensor

from artgen.losses.config import AdversarialConfig

if TYPE_CHECKING:
    from artgen.engine.step import Step


@dataclass(frozen=True)
class Form:
    """What each kind of judgement costs, logit by logit.

    Attributes:
        real: costs the discriminator, of a real picture's logits.
        fake: costs the discriminator, of a painted picture's.
        fool: costs the generator, of a painted picture's.
        undecided: the logit at which a picture is as likely real as painted; None where only differences count.
    """

    real: Callable[[Tensor], Tensor]
    fake: Callable[[Tensor], Tensor]
    fool: Callable[[Tensor], Tensor]
    undecided: float | None = 0.0


FORMS: dict[str, Form] = {
    # -log D(real), -log(1 - D(fake)), -log D(fake) with D = sigmoid(logit): I. Goodfellow et al., 2014
    "non-saturating": Form(lambda logit: F.softplus(-logit), F.softplus, lambda logit: F.softplus(-logit)),
    # J. Lim and J. Ye, "Geometric GAN", 2017
    "hinge": Form(lambda logit: F.relu(1 - logit), lambda logit: F.relu(1 + logit), torch.neg),
    # X. Mao et al., "Least Squares Generative Adversarial Networks", 2017, with labels 0 and 1
    "least-squares": Form(
        lambda logit: 0.5 * (logit - 1).square(),
        lambda logit: 0.5 * logit.square(),
        lambda logit: 0.5 * (logit - 1).square(),
        undecided=0.5,
    ),
    # M. Arjovsky et al., "Wasserstein GAN", 2017
    "wasserstein": Form(torch.neg, torch.Tensor.clone, torch.neg, undecided=None),
}


class Adversarial:
    """The adversarial loss in one of five forms; several heads of a discriminator are averaged.

    Args:
        config: options.
    """

    needs: ClassVar[frozenset[str]] = frozenset({"discriminator"})

    def __init__(self, config: AdversarialConfig) -> None:
        self.config = config
        self.form = _bce(config) if config.form == "bce" else FORMS[config.form]
        self.undecided = self.form.undecided

    def for_generator(self, step: Step) -> Tensor:
        """What the judgement of painted pictures costs the generator."""
        return mean_over_heads(step.judged_fake.logits, self.form.fool)

    def for_discriminator(self, step: Step) -> Tensor:
        """What its judgements of real and painted pictures cost the discriminator."""
        return mean_over_heads(step.judged_real.logits, self.form.real) + mean_over_heads(
            step.judged_fake.logits, self.form.fake
        )


def _bce(config: AdversarialConfig) -> Form:
    """Binary cross-entropy against labels; the generator always aims at 1 (T. Salimans et al., 2016, section 3.4)."""
    fake_label = config.smoothing if config.two_sided else 0.0
    between = (1 - config.smoothing + fake_label) / 2
    return Form(
        lambda logit: _cross_entropy(logit, 1 - config.smoothing),
        lambda logit: _cross_entropy(logit, fake_label),
        lambda logit: _cross_entropy(logit, 1.0),
        undecided=math.log(between / (1 - between)),
    )


def _cross_entropy(logit: Tensor, label: float) -> Tensor:
    """-label log D - (1 - label) log(1 - D), as softplus(logit) - label logit: no overflow, no tensor of labels."""
    return F.softplus(logit) - label * logit


def mean_over_heads(heads: Sequence[Tensor], cost: Callable[[Tensor], Tensor]) -> Tensor:
    """The mean cost of each head's logits, then of the heads: a large map counts as much as a single number."""
    total = torch.stack([cost(logits).mean() for logits in heads])
    return total.mean()
